package flow

import (
	"testing"

	"pgregory.net/rapid"
)

// A bitmap is a set of rows, whatever is done to it.
func TestBitmapIsASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 200).Draw(t, "rows")
		b, model := NewBitmap(n), make([]bool, n)
		row := rapid.IntRange(0, n-1)
		t.Repeat(map[string]func(*rapid.T){
			"set":   func(t *rapid.T) { i := row.Draw(t, "row"); b.Set(i); model[i] = true },
			"clear": func(t *rapid.T) { i := row.Draw(t, "row"); b.Clear(i); model[i] = false },
			"fill": func(t *rapid.T) {
				on := rapid.Bool().Draw(t, "on")
				b.Fill(on)
				for i := range model {
					model[i] = on
				}
			},
			"or": func(t *rapid.T) {
				o := NewBitmap(n)
				for _, i := range rapid.SliceOf(row).Draw(t, "rows") {
					o.Set(i)
					model[i] = true
				}
				b.Or(o)
			},
			"": func(t *rapid.T) {
				first := rapid.IntRange(0, n).Draw(t, "first")
				count := 0
				for i, on := range model {
					if b.Get(i) != on {
						t.Fatalf("bit %d is %t", i, !on)
					}
					if on && i < first {
						count++
					}
				}
				if b.Count(first) != count || b.Any(first) != (count > 0) {
					t.Fatalf("of the first %d bits %d are set, any is %t; want %d", first, b.Count(first), b.Any(first), count)
				}
			},
		})
	})
}
