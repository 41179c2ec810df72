package fit

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/assay-dev/assay/internal/census"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/score"
)

const pack = "../../schemas/feeds/census-profile/"

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// schema is that of the census-profile feed, from its mapping file.
func schema(t testing.TB) flow.Schema {
	t.Helper()
	var m struct {
		Variables []struct {
			Name   string
			Labels []struct{ Collapsed string }
		}
	}
	if err := json.Unmarshal(readFile(t, pack+"mapping.json"), &m); err != nil {
		t.Fatal(err)
	}
	s := flow.Schema{{Name: "id"}}
	for _, v := range m.Variables {
		f := flow.Field{Name: v.Name, Type: flow.Category}
		for _, l := range v.Labels {
			f.Labels = append(f.Labels, l.Collapsed)
		}
		s = append(s, f)
	}
	return s
}

func variables(s flow.Schema) (names [score.Variables]string) {
	for v := range names {
		names[v] = s[1+v].Name
	}
	return names
}

// counter gives empty counts that are bound to a schema.
func counter(t testing.TB, s flow.Schema) *Counts {
	t.Helper()
	c := NewCounts(variables(s))
	if _, err := c.Bind(s); err != nil {
		t.Fatal(err)
	}
	return c
}

// persons draws rows as codes.
func persons(t testing.TB, s flow.Schema, seed uint64, n int) [][score.Variables]int16 {
	t.Helper()
	records, err := csv.NewReader(bytes.NewReader(census.New(seed, census.Options{}).Append(nil, n))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows := make([][score.Variables]int16, n)
	for i, r := range records {
		for v := range rows[i] {
			rows[i][v] = int16(slices.Index(s[1+v].Labels, r[1+v]))
		}
	}
	return rows
}

// add counts rows, so many in a batch.
func add(t testing.TB, c *Counts, s flow.Schema, rows [][score.Variables]int16, atOnce int) {
	t.Helper()
	b := batch(s)
	for part := range slices.Chunk(rows, atOnce) {
		b.N = len(part)
		for i, r := range part {
			for v, code := range r {
				b.Cols[1+v].Codes[i] = code
			}
		}
		if err := c.Score(b); err != nil {
			t.Fatal(err)
		}
	}
}

// batch has room for rows that are all valid.
func batch(s flow.Schema) *flow.Batch {
	b := &flow.Batch{}
	b.Reset(&flow.Chunk{})
	for f := range s {
		b.Cols = append(b.Cols, flow.NewColumn(&s[f], flow.MaxRows, false))
		b.Cols[f].Valid.Fill(true)
	}
	return b
}

func packArchetypes(t testing.TB, s flow.Schema) *Archetypes {
	t.Helper()
	names := variables(s)
	a, err := ReadArchetypes(readFile(t, pack+"archetypes.csv"), names[:])
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// options are for tests: fewer starts than usual.
func options(t testing.TB, s flow.Schema) Options {
	return Options{Archetypes: packArchetypes(t, s), MappingVersion: "1", Population: "tests", Seed: 2075, Starts: 10}
}

// planted draws rows around eight groups that share no label with each other where they can: each variable has eight labels
// and Not stated, and one value in ten is any other.
func planted(t testing.TB, n int) (*Counts, *Archetypes) {
	t.Helper()
	s := flow.Schema{{Name: "id"}}
	a := &Archetypes{}
	for v := range score.Variables {
		name := "v" + string(rune('0'+v))
		s = append(s, flow.Field{Name: name, Type: flow.Category, Labels: append(letters(), score.NotStated)})
		a.Variables[v] = name
		for k, l := range letters() {
			a.Names[k] = "group " + l
			a.Labels[k][v] = l
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	rows := make([][score.Variables]int16, n)
	for i := range rows {
		for v := range rows[i] {
			rows[i][v] = int16(i % score.Profiles)
			if r.IntN(10) == 0 {
				rows[i][v] = int16(r.IntN(score.Profiles))
			}
		}
	}
	c := counter(t, s)
	add(t, c, s, rows, flow.MaxRows)
	return c, a
}

func letters() []string { return []string{"a", "b", "c", "d", "e", "f", "g", "h"} }
