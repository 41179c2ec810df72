package csvarrow

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/assay-dev/assay/internal/flow"
)

var censusColumns = []struct {
	name   string
	labels []string
}{
	{"AGE_GROUP", []string{"Child", "Youth", "Early career", "Mid career", "Senior"}},
	{"SEX", []string{"Male", "Female"}},
	{"MARITAL_STATUS", []string{"Partnered", "Single"}},
	{"HOUSEHOLD_ROLE", []string{"Family head", "Child", "Other family", "Non-family"}},
	{"INCOME", []string{"No income", "Low", "Mid", "High", "Very high"}},
	{"EDUCATION", []string{"Bachelor or higher", "Diploma or certificate", "Year 12", "Year 11 or below"}},
	{"OCCUPATION", []string{
		"Managers and professionals", "Trades and technical", "Clerical and service", "Labourers and operators", "Not in employment",
	}},
	{"INDUSTRY", []string{
		"Knowledge services", "Public and community services", "Primary and industrial", "Trade and hospitality", "Other / Not employed",
	}},
	{"LABOUR_FORCE", []string{"Full-time employed", "Part-time employed", "Unemployed", "Not in labour force"}},
}

// census gives a clean chunk of at least size bytes, and its rows.
func census(size int) (chunk []byte, rows int) {
	r := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	b.WriteString("id")
	for _, c := range censusColumns {
		b.WriteString("," + c.name)
	}
	b.WriteByte('\n')
	for ; b.Len() < size; rows++ {
		fmt.Fprintf(&b, "CUST_%d", 1000+rows)
		for _, c := range censusColumns {
			b.WriteString("," + c.labels[r.IntN(len(c.labels))])
		}
		b.WriteByte('\n')
	}
	return b.Bytes(), rows
}

// censusPlan gives the columns of such chunks: codes, with a view of each cell's text where views is set.
func censusPlan(b *flow.Batch, views bool) *Plan {
	p := &Plan{}
	add := func(f *flow.Field, t Target) {
		c := flow.NewColumn(f, flow.MaxRows, views)
		t.Col, t.Order = &c, len(p.Columns)
		p.Columns = append(p.Columns, t)
		b.Input = append(b.Input, &c)
	}
	add(&flow.Field{Name: "id", Type: flow.String, Key: true}, Target{})
	for _, c := range censusColumns {
		labels := append(append([]string{}, c.labels...), "Not stated")
		var entries []Entry
		for i, l := range labels {
			entries = append(entries, Entry{l, int16(i)})
		}
		none := int16(len(c.labels))
		add(&flow.Field{Name: c.name, Type: flow.Category, Labels: labels},
			Target{Vocab: NewVocab(entries, relaxed), Empty: none, Unknown: UnknownMapped, UnknownCode: none})
	}
	return p
}

// scan reads a chunk and gives its rows.
func scan(s *Scanner, p *Plan, b *flow.Batch, c *flow.Chunk, in []byte) (rows int, err error) {
	s.Begin(c)
	n, _, err := s.Header(in, true)
	if err != nil {
		return 0, err
	}
	s.Bind(p)
	for in = in[n:]; len(in) > 0; in = in[n:] {
		if n, err = s.Next(b, in, true); err != nil {
			return rows, err
		}
		rows += b.N
	}
	return rows, nil
}

func BenchmarkScan(b *testing.B) {
	for _, views := range []bool{false, true} {
		name := "codes"
		if views {
			name = "codes and views"
		}
		b.Run(name, func(b *testing.B) {
			in, rows := census(64 << 10)
			var batch flow.Batch
			s, p, c := New(Dialect{}, Limits{}), censusPlan(&batch, views), &flow.Chunk{}
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				if n, err := scan(s, p, &batch, c, in); n != rows || err != nil {
					b.Fatal(n, err)
				}
			}
			b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func BenchmarkStructure(b *testing.B) {
	in, rows := census(64 << 10)
	var batch flow.Batch
	s, p := New(Dialect{}, Limits{}), censusPlan(&batch, false)
	s.Bind(p)
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		if f := s.FirstMalformed(in); f != nil {
			b.Fatal(f)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkEncodingCSV reads the same bytes with the standard library, which only cuts cells.
func BenchmarkEncodingCSV(b *testing.B) {
	in, rows := census(64 << 10)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		r := csv.NewReader(bytes.NewReader(in))
		r.ReuseRecord = true
		n := 0
		for {
			if _, err := r.Read(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != rows+1 {
			b.Fatal(n)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// TestScanAllocatesNothing reads chunks that hold quoted, relaxed and flagged cells too.
func TestScanAllocatesNothing(t *testing.T) {
	clean, _ := census(64 << 10)
	odd := bytes.ReplaceAll(clean, []byte("Youth"), []byte("\"you\"\"th\""))
	odd = bytes.ReplaceAll(odd, []byte("Unemployed"), []byte("$5K-$10K"))
	odd = bytes.ReplaceAll(odd, []byte("Single\n"), []byte("Single,\n"))
	for name, in := range map[string][]byte{"clean": clean, "odd": odd} {
		var batch flow.Batch
		s, p, c := New(Dialect{}, Limits{}), censusPlan(&batch, true), &flow.Chunk{}
		read := func() {
			if n, err := scan(s, p, &batch, c, in); n < 400 || err != nil {
				t.Fatal(n, err)
			}
		}
		read()
		if n := testing.AllocsPerRun(20, read); n != 0 {
			t.Errorf("%s: %v allocations a chunk", name, n)
		}
	}
}
