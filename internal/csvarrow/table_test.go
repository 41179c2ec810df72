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
				k := keyOf([]byte(s))
				h := k.hash([]byte(s), 1)
				if other, ok := seen[h]; ok {
					t.Fatalf("%q and %q have the same hash", s, other)
				}
				seen[h] = s
			}
		}
	}
}

// TestKeyAt holds the key of a text amid others against the key of the text alone.
func TestKeyAt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		buf := rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(t, "buf")
		from := rapid.IntRange(0, len(buf)).Draw(t, "from")
		to := rapid.IntRange(from, len(buf)).Draw(t, "to")
		if got, want := keyAt(buf, from, to), keyOf(buf[from:to]); got != want {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
}
