package score

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/flow"
)

const packDir = "../../schemas/feeds/census-profile"

func packFile(t testing.TB, name string) []byte {
	t.Helper()
	return readFile(t, filepath.Join(packDir, name))
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// packModel is the model that ships with the census-profile pack.
func packModel(t testing.TB) *Model {
	t.Helper()
	m, err := ParseModel(packFile(t, "model.json"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// toyModel is the toy model of the census-profile specification, section 11: the shape of the pack's model, and all entries
// 0 but those that the specification shows.
func toyModel(t testing.TB) *Model {
	m := packModel(t)
	m.Version, m.Scale = "toy", 1000
	for i := range m.Tables {
		for j := range m.Tables[i].Labels {
			m.Tables[i].Labels[j].Entry = [Profiles]int32{}
		}
	}
	m.Bias = [Profiles]int32{120, 110, 300, 130, 115, 125, 160, 210}
	m.table("EDUCATION").Label("Bachelor or higher").Entry = [Profiles]int32{40, 10, 90, 30, 20, -10, 15, -150}
	m.table("OCCUPATION").Label("Managers and professionals").Entry = [Profiles]int32{50, 20, 95, 40, 10, -20, 30, -160}
	m.table("INCOME").Label("Mid").Entry = [Profiles]int32{0, 5, 0, 0, 0, -10, 0, 0}
	return m
}

func (m *Model) table(variable string) *Table {
	i := slices.IndexFunc(m.Tables, func(t Table) bool { return t.Variable == variable })
	return &m.Tables[i]
}

// schemaOf is a feed's schema that fits the model, with an id before the categories.
func schemaOf(m *Model) flow.Schema {
	s := flow.Schema{{Name: "id", Type: flow.String, Key: true}}
	for _, t := range m.Tables {
		f := flow.Field{Name: t.Variable, Type: flow.Category}
		for _, l := range t.Labels {
			f.Labels = append(f.Labels, l.Name)
		}
		s = append(s, f)
	}
	return s
}

// batchOf makes a batch of the schema with rows of labels, which stand in the order of the category columns, and with the
// output columns of out.
func batchOf(t testing.TB, in, out flow.Schema, rows ...[]string) *flow.Batch {
	t.Helper()
	b := &flow.Batch{}
	b.Reset(&flow.Chunk{})
	b.N = len(rows)
	category := 0
	for f := range in {
		c := flow.NewColumn(&in[f], flow.MaxRows, false)
		if c.Type == flow.Category {
			for i, r := range rows {
				code := slices.Index(c.Labels, r[category])
				if code < 0 {
					t.Fatalf("%s has no label %q", c.Name, r[category])
				}
				c.Codes[i] = int16(code)
			}
			category++
		}
		b.Cols = append(b.Cols, c)
	}
	for f := range out {
		b.Out = append(b.Out, flow.NewColumn(&out[f], flow.MaxRows, false))
	}
	return b
}

// bound gives a scorer of m, bound to the schema of m, with its output schema.
func bound(t testing.TB, m *Model) (s *NearestProfile, in, out flow.Schema) {
	t.Helper()
	s, in = NewNearestProfile(m), schemaOf(m)
	out, err := s.Bind(in)
	if err != nil {
		t.Fatal(err)
	}
	return s, in, out
}

// labels cuts a list as the specification writes it.
func labels(list string) []string {
	out := strings.Split(list, ",")
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}

// sample gives the records of the pack's sample that are whole: the header and the persons.
func sample(t *testing.T) [][]string {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(packFile(t, "sample.csv.gz")))
	if err != nil {
		t.Fatal(err)
	}
	var whole [][]string
	lines := bufio.NewScanner(z)
	for lines.Scan() {
		r, err := csv.NewReader(strings.NewReader(lines.Text())).Read()
		if err == nil && len(r) == 1+Variables {
			whole = append(whole, r)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return whole
}
