package csvarrow

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	arrowcsv "github.com/apache/arrow/go/v17/arrow/csv"

	"github.com/assay-dev/assay/internal/census"
	"github.com/assay-dev/assay/internal/flow"
)

// feed is a kind of input with the columns to read it into.
type feed struct {
	name   string
	in     []byte
	fields []func() (*flow.Field, Target)
}

func category(labels []string) func() (*flow.Field, Target) {
	none := int16(len(labels))
	var entries []Entry
	for i, l := range labels {
		entries = append(entries, Entry{l, int16(i)})
	}
	v := NewVocab(entries, relaxed)
	return func() (*flow.Field, Target) {
		return &flow.Field{Type: flow.Category, Labels: append(slices.Clone(labels), "Not stated")},
			Target{Vocab: v, Empty: none, Unknown: UnknownMapped, UnknownCode: none}
	}
}

func typedField(f flow.Field) func() (*flow.Field, Target) {
	return func() (*flow.Field, Target) { g := f; return &g, Target{Empty: EmptyNull} }
}

// censusFeed gives at least 64 KiB of census rows. The labels are those that occur in a larger sample.
func censusFeed(name string, o census.Options, change func(string) string) feed {
	clean := census.New(1, census.Options{ABS: o.ABS})
	r := csv.NewReader(bytes.NewReader(clean.Append(bytes.Clone(clean.Header()), 20000)))
	all, err := r.ReadAll()
	if err != nil {
		panic(err)
	}
	f := feed{name: name, fields: []func() (*flow.Field, Target){typedField(flow.Field{Type: flow.String, Key: true})}}
	for i := range all[0][1:] {
		var labels []string
		for _, row := range all[1:] {
			if l := row[i+1]; !slices.Contains(labels, l) {
				labels = append(labels, l)
			}
		}
		f.fields = append(f.fields, category(labels))
	}
	g := census.New(1, o)
	f.in = bytes.Clone(g.Header())
	for len(f.in) < 64<<10 {
		f.in = g.Append(f.in, 1)
	}
	if change != nil {
		f.in = []byte(change(string(f.in)))
	}
	return f
}

// everyCell changes each hundredth cell, on average, behind the header.
func everyCell(hundredths int, change func(string) string) func(string) string {
	return func(in string) string {
		r := rand.New(rand.NewPCG(7, 7))
		head, body, _ := strings.Cut(in, "\n")
		return head + "\n" + regexp.MustCompile(`"[^"]*"|[^,\n"]+`).ReplaceAllStringFunc(body, func(c string) string {
			if r.IntN(100) >= hundredths || c[0] == '"' {
				return c
			}
			return change(c)
		})
	}
}

// mixedFeed gives 64 KiB of seven columns of as many types.
func mixedFeed() feed {
	r := rand.New(rand.NewPCG(1, 2))
	labels := []string{"pending", "paid", "shipped", "returned", "cancelled"}
	f := feed{name: "mixed", fields: []func() (*flow.Field, Target){
		typedField(flow.Field{Type: flow.Int64}), typedField(flow.Field{Type: flow.Float64}),
		typedField(flow.Field{Type: flow.Decimal, Precision: 12, Scale: 2}), typedField(flow.Field{Type: flow.Date}),
		typedField(flow.Field{Type: flow.Timestamp}), typedField(flow.Field{Type: flow.UUID}), category(labels),
	}}
	b := bytes.NewBufferString("id,weight,price,day,at,uuid,state\n")
	for b.Len() < 64<<10 {
		at := time.Unix(1500000000+r.Int64N(3e8), 0).UTC()
		fmt.Fprintf(b, "%d,%v,%.2f,%s,%s,%08x-%04x-%04x-%04x-%012x,%s\n", r.Int64N(1e8)-1e7, float64(r.Int64N(1e7))/1000,
			float64(r.Int64N(1e6))/100, at.Format(time.DateOnly), at.Format(time.RFC3339), r.Uint32(), r.IntN(1<<16), r.IntN(1<<16),
			r.IntN(1<<16), r.Int64N(1<<48), labels[r.IntN(len(labels))])
	}
	f.in = b.Bytes()
	return f
}

// plan gives the columns of the feed's input, with a view of each cell's text where views is set.
func (f *feed) plan(b *flow.Batch, views bool) *Plan {
	p := &Plan{}
	b.Input = b.Input[:0]
	for i, column := range f.fields {
		field, t := column()
		field.Name = fmt.Sprint("c", i)
		c := flow.NewColumn(field, flow.MaxRows, views)
		t.Col, t.Order = &c, i
		p.Columns = append(p.Columns, t)
		b.Input = append(b.Input, &c)
	}
	return p
}

// scan reads a chunk and gives its rows.
func scan(s scanner, b *flow.Batch, c *flow.Chunk, in []byte) (rows int, err error) {
	s.Begin(c)
	n, _, err := s.Header(in, true)
	if err != nil {
		return 0, err
	}
	for in = in[n:]; len(in) > 0; in = in[n:] {
		if n, err = s.Next(b, in, true); err != nil {
			return rows, err
		}
		rows += b.N
	}
	return rows, nil
}

// run is a way to read a feed once. It gives the number of rows.
type run struct {
	name string
	read func() int
}

func scanning(name string, s scanner, f *feed, views bool) run {
	var batch flow.Batch
	c := &flow.Chunk{}
	s.Bind(f.plan(&batch, views))
	return run{name, func() int {
		n, err := scan(s, &batch, c, f.in)
		if err != nil {
			panic(err)
		}
		return n
	}}
}

// encodingCSV only cuts cells.
func encodingCSV(f *feed) run {
	return run{"encoding_csv", func() int {
		r := csv.NewReader(bytes.NewReader(f.in))
		r.ReuseRecord = true
		for n := -1; ; n++ {
			if _, err := r.Read(); err == io.EOF {
				return n
			} else if err != nil {
				panic(err)
			}
		}
	}}
}

// arrowCSV makes columns of the same types, but that it has none of labels and none of UUIDs: these are strings.
func arrowCSV(f *feed) run {
	var fields []arrow.Field
	for i, column := range f.fields {
		field, _ := column()
		t := map[flow.Type]arrow.DataType{
			flow.Int64: arrow.PrimitiveTypes.Int64, flow.Float64: arrow.PrimitiveTypes.Float64, flow.Date: arrow.FixedWidthTypes.Date32,
			flow.Timestamp: arrow.FixedWidthTypes.Timestamp_ns,
			flow.Decimal:   &arrow.Decimal128Type{Precision: field.Precision, Scale: field.Scale},
		}[field.Type]
		if t == nil {
			t = arrow.BinaryTypes.String
		}
		fields = append(fields, arrow.Field{Name: fmt.Sprint("c", i), Type: t})
	}
	schema := arrow.NewSchema(fields, nil)
	return run{"arrow", func() int {
		r := arrowcsv.NewReader(bytes.NewReader(f.in), schema, arrowcsv.WithHeader(false), arrowcsv.WithChunk(flow.MaxRows))
		defer r.Release()
		n := int64(-1)
		for r.Next() {
			n += r.Record().NumRows()
		}
		return int(n)
	}}
}

// against reports how many times as long as the first run the others take. They take turns, so that whatever else the
// machine does befalls all of them, and the median of the turns counts.
func against(b *testing.B, f *feed, runs ...run) {
	const reads = 8 // a turn, so that the caches are its own
	took := make([][]float64, len(runs))
	rows := runs[0].read()
	for b.Loop() {
		for i, r := range runs {
			start := time.Now()
			for range reads {
				if n := r.read(); n != rows {
					b.Fatalf("%s has %d rows, %s %d", r.name, n, runs[0].name, rows)
				}
			}
			took[i] = append(took[i], time.Since(start).Seconds())
		}
	}
	for i := range took {
		slices.Sort(took[i])
	}
	median := func(i int) float64 { return took[i][len(took[i])/2] / reads }
	b.ReportMetric(0, "B/op")
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(len(f.in))/median(0)/1e6, "MB/s")
	b.ReportMetric(float64(rows)/median(0)/1e6, "Mrows/s")
	for i := 1; i < len(runs); i++ {
		b.ReportMetric(median(i)/median(0), "x_"+runs[i].name)
	}
}

// BenchmarkScan sets the scanner against others that read the same bytes.
func BenchmarkScan(b *testing.B) {
	mixed := mixedFeed()
	feeds := []feed{
		censusFeed("collapsed", census.Options{}, nil), censusFeed("abs", census.Options{ABS: true}, nil), mixed,
	}
	for _, f := range feeds {
		b.Run(f.name, func(b *testing.B) {
			against(b, &f, scanning("fast", New(Dialect{}, Limits{}), &f, false), encodingCSV(&f), arrowCSV(&f),
				scanning("reference", newReference(Dialect{}, Limits{}), &f, false), scanning("views", New(Dialect{}, Limits{}), &f, true),
				scanning("words", withoutVectors(Dialect{}, Limits{}), &f, false))
		})
	}
}

// BenchmarkAlone reads with the fast scanner only, for profiles.
func BenchmarkAlone(b *testing.B) {
	for _, f := range []feed{
		censusFeed("collapsed", census.Options{}, nil), censusFeed("abs", census.Options{ABS: true}, nil), mixedFeed(),
	} {
		b.Run(f.name, func(b *testing.B) { against(b, &f, scanning("fast", New(Dialect{}, Limits{}), &f, false)) })
	}
}

// BenchmarkOdd sets clean rows against the same with some cells written otherwise.
func BenchmarkOdd(b *testing.B) {
	clean := censusFeed("clean", census.Options{}, nil)
	quoted := everyCell(1, func(c string) string { return `"` + c + `"` })
	runs := []run{}
	for _, f := range []feed{
		clean,
		censusFeed("quoted", census.Options{}, quoted),
		censusFeed("escaped", census.Options{}, everyCell(1, func(c string) string { return `"` + c[:1] + `""` + c[1:] + `"` })),
		censusFeed("lines", census.Options{}, everyCell(1, func(c string) string { return "\"" + c + "\n\"" })),
		censusFeed("crlf", census.Options{}, func(in string) string { return strings.ReplaceAll(in, "\n", "\r\n") }),
		censusFeed("unknown", census.Options{}, everyCell(2, func(c string) string { return c + "?" })),
		censusFeed("blank", census.Options{}, everyCell(2, func(string) string { return "" })),
		censusFeed("broken", census.Options{Broken: 0.01}, nil),
	} {
		runs = append(runs, scanning(f.name, New(Dialect{}, Limits{}), &f, false))
	}
	for i := range runs {
		rows, n, read := runs[0].read(), runs[i].read(), runs[i].read
		if n > rows || n < rows*98/100 {
			b.Fatalf("%s has %d rows of %d", runs[i].name, n, rows)
		}
		runs[i].read = func() int { read(); return rows }
	}
	against(b, &clean, runs...)
}

// TestScanAllocatesNothing reads chunks that hold quoted, relaxed and flagged cells too.
func TestScanAllocatesNothing(t *testing.T) {
	f := censusFeed("", census.Options{}, nil)
	odd := bytes.ReplaceAll(f.in, []byte("Youth"), []byte("\"you\"\"th\""))
	odd = bytes.ReplaceAll(odd, []byte("Unemployed"), []byte("$5K-$10K"))
	odd = bytes.ReplaceAll(odd, []byte("Single\n"), []byte("Single,\n"))
	for name, in := range map[string][]byte{"clean": f.in, "odd": odd} {
		bothScanners(Dialect{}, Limits{}, func(kind string, s scanner) {
			var batch flow.Batch
			s.Bind(f.plan(&batch, true))
			c := &flow.Chunk{}
			read := func() {
				if n, err := scan(s, &batch, c, in); n < 300 || err != nil {
					t.Fatal(n, err)
				}
			}
			read()
			if n := testing.AllocsPerRun(20, read); n != 0 {
				t.Errorf("%s, %s: %v allocations a chunk", kind, name, n)
			}
		})
	}
}
