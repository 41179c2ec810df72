package refs

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/flow"
)

// A set finds what a map finds, and unequal keys never meet.
func TestLookupIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.StringMatching(`[ab]{1,3}|[a-z]{10,20}`)
		rows := rapid.MapOfN(key, rapid.StringMatching(`[xy]{0,20}`), 0, 200).Draw(t, "rows")
		var file strings.Builder
		file.WriteString("k,t\n")
		for k, v := range rows {
			fmt.Fprintf(&file, "%s,%s\n", k, v)
		}
		s, err := load(file.String(), "k", flow.Field{}, []string{"t"}, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		asked := rapid.SliceOfN(key, 0, 300).Draw(t, "keys")
		var want strings.Builder
		unmatched := 0
		for _, k := range asked {
			if v, found := rows[k]; found {
				fmt.Fprintf(&want, "1 %q\n", v)
			} else {
				want.WriteString("0 null\n")
				unmatched++
			}
		}
		fmt.Fprintf(&want, "unmatched %d\n", unmatched)
		if got := look(s, texts(asked...), len(asked), 1); got != want.String() {
			t.Fatalf("got\n%swant\n%s", got, want.String())
		}
	})
}

// Hits are used again: nothing of the batch before is left.
func TestHitsAreUsedAgain(t *testing.T) {
	s, err := load("k,t\na,1\n", "k", flow.Field{}, []string{"t"}, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	other, err := load("k,t\nb,2\n", "k", flow.Field{}, []string{"t"}, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var h Hits
	column := flow.NewColumn(&flow.Field{}, flow.MaxRows, true)
	keys := texts("a", "b", "c")
	for _, c := range []struct {
		set  *Set
		n    int
		want string
	}{{s, 3, "1 - - 1 2"}, {other, 2, "- 2 1 1"}, {s, 1, "1 1 0"}, {s, 0, "0 0"}} {
		c.set.Lookup(keys, c.n, &h)
		h.Column(0, &column)
		var got []string
		for i := range c.n {
			if column.Valid.Get(i) {
				got = append(got, string(column.Cell(i)))
			} else {
				got = append(got, "-")
			}
		}
		if g := strings.Join(append(got, fmt.Sprint(h.Matched, h.Unmatched)), " "); g != c.want {
			t.Errorf("got %s, want %s", g, c.want)
		}
	}
}

// What a set says that it holds grows with its rows, keys and texts, and is no less than their bytes.
func TestBytes(t *testing.T) {
	sizes := map[string]int64{}
	for name, row := range map[string]string{"plain": "%03d,a\n", "long keys": "%040d,a\n", "long texts": "%03[1]d,%040[1]d\n"} {
		var file strings.Builder
		file.WriteString("k,t\n")
		for i := range 500 {
			fmt.Fprintf(&file, row, i)
		}
		s, err := load(file.String(), "k", flow.Field{}, []string{"t"}, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		sizes[name] = s.Bytes()
	}
	if least := int64(500 * (2*8 + 4 + 3 + 16)); sizes["plain"] < least || sizes["plain"] > 4*least {
		t.Errorf("500 rows hold %d bytes, of which slots, ends, keys and views are %d", sizes["plain"], least)
	}
	for _, name := range []string{"long keys", "long texts"} {
		if more := sizes[name] - sizes["plain"]; more < 500*36 {
			t.Errorf("%s hold only %d bytes more", name, more)
		}
	}
}

// Look-ups of a lane allocate nothing, whatever the type of the key.
func TestLookupAllocatesNothing(t *testing.T) {
	for _, on := range []flow.Field{{Type: flow.String}, {Type: flow.Category, Labels: []string{"1"}}, {Type: flow.Int64}} {
		s, err := load("k,t\n1,2\n", "k", on, []string{"t"}, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		keys := flow.NewColumn(&on, flow.MaxRows, true)
		keys.Valid.Fill(true)
		text, count := flow.NewColumn(&flow.Field{}, flow.MaxRows, true), flow.NewColumn(&flow.Field{Type: flow.Int64}, flow.MaxRows, false)
		var h Hits
		if n := testing.AllocsPerRun(10, func() {
			s.Lookup(&keys, flow.MaxRows, &h)
			h.Column(0, &text)
			h.Count(&count)
		}); n != 0 {
			t.Errorf("%s: %v allocations a batch", on.Type, n)
		}
	}
}

// A batch of keys of 20 bytes, nine of ten of which a set of a million rows has.
func BenchmarkLookup(b *testing.B) {
	var file strings.Builder
	file.WriteString("k,t\n")
	for i := range 1_000_000 {
		fmt.Fprintf(&file, "%020d,tier %d\n", i, i%100)
	}
	s, err := load(file.String(), "k", flow.Field{}, []string{"t"}, Limits{})
	if err != nil {
		b.Fatal(err)
	}
	var asked []string
	for i := range flow.MaxRows {
		asked = append(asked, fmt.Sprintf("%020d", i*7919%1_111_111))
	}
	keys, text := texts(asked...), flow.NewColumn(&flow.Field{}, flow.MaxRows, true)
	var h Hits
	b.ReportAllocs()
	b.SetBytes(20 * flow.MaxRows)
	for b.Loop() {
		s.Lookup(keys, flow.MaxRows, &h)
		h.Column(0, &text)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/flow.MaxRows, "ns/row")
}
