package suggest

import (
	"testing"

	"pgregory.net/rapid"
)

func TestNearest(t *testing.T) {
	known := []string{"delimiter", "quote", "escape", "header", "id", "AGE_GROUP"}
	for _, c := range []struct{ word, want string }{
		{"delimeter", "delimiter"},
		{"delimter", "delimiter"},
		{"dleimiter", "delimiter"},
		{"qoute", "quote"},
		{"HEADERS", "header"},
		{"age_group", "AGE_GROUP"},
		{"ids", "id"},
		{"topics", ""},
		{"form", ""},
		{"x", ""},
		{"", ""},
	} {
		if got := Nearest(c.word, known); got != c.want {
			t.Errorf("Nearest(%q) = %q, want %q", c.word, got, c.want)
		}
	}
	if got := Nearest("word", nil); got != "" {
		t.Errorf("nothing known: %q", got)
	}
}

// The distance is one of a metric as far as Nearest needs it: nothing for the same word, symmetric, and one for one edit.
func TestDistance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringOf(rapid.SampledFrom([]rune("abc")))
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		d := distance(a, b)
		if (d == 0) != (a == b) || d != distance(b, a) || d > max(len(a), len(b)) {
			t.Fatalf("distance(%q, %q) = %d, back %d", a, b, d, distance(b, a))
		}
		if i := rapid.IntRange(0, len(a)).Draw(t, "place"); distance(a, a[:i]+"x"+a[i:]) != 1 {
			t.Fatalf("one letter more in %q at %d: %d", a, i, distance(a, a[:i]+"x"+a[i:]))
		}
	})
}
