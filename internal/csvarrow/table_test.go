package csvarrow

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestHashSpreads checks that labels that differ in one byte, at any place, or in length do not fall together.
func TestHashSpreads(t *testing.T) {
	seen := map[uint64]string{}
	for length := range 60 {
		base := strings.Repeat("a", length)
		for at := range length {
			for c := range 8 {
				s := fmt.Sprintf("%s%c%s", base[:at], 'b'+c, base[at+1:])
				h := middle(keyOf([]byte(s)).hash(len(s), 1), []byte(s))
				if other, ok := seen[h]; ok {
					t.Fatalf("%q and %q have the same hash", s, other)
				}
				seen[h] = s
			}
		}
	}
}

// TestTableAsMap holds tables against Go maps for any texts, looked up alone and amid others.
func TestTableAsMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.SampledFrom([]byte("ab\x00\xff")), 0, 50)
		var entries []Entry
		want := map[string]int16{}
		for i, l := range rapid.SliceOfN(text, 0, 100).Draw(t, "labels") {
			entries = append(entries, Entry{string(l), int16(i)})
			if _, ok := want[string(l)]; !ok {
				want[string(l)] = int16(i)
			}
		}
		table := newTable(entries)
		check := func(buf []byte, from, to int) {
			code, known := want[string(buf[from:to])]
			if got, ok := table.get(buf, from, to); ok != known || ok && got != code {
				t.Fatalf("%q in %q: got %d, %t, want %d, %t", buf[from:to], buf, got, ok, code, known)
			}
		}
		others := text.Draw(t, "others")
		cells := append(entries, Entry{Text: string(text.Draw(t, "cell"))})
		for _, e := range cells {
			check([]byte(e.Text), 0, len(e.Text))
			amid := append(append(append([]byte{}, others...), e.Text...), others...)
			check(amid, len(others), len(others)+len(e.Text))
		}
	})
}

// TestSmallTablesArePerfect checks that no label of a vocabulary of common size is displaced, and that a large one still
// ends in time.
func TestSmallTablesArePerfect(t *testing.T) {
	for _, n := range []int{0, 1, 2, 5, 20, 50, 100, 20000} {
		var entries []Entry
		for i := range n {
			entries = append(entries, Entry{fmt.Sprintf("Label number %d of the vocabulary, which is long", i), int16(i)})
		}
		table := newTable(entries)
		displaced := 0
		for _, e := range entries {
			if !table.add([]byte(e.Text), e.Code) {
				displaced++
			}
		}
		if n <= 50 && displaced > 0 || displaced > n/3 {
			t.Errorf("%d of %d entries are displaced in %d slots", displaced, n, len(table.slots))
		}
	}
}
