package apptest

import (
	"bytes"
	"testing"
)

// TestColours shows colours on a terminal and nowhere else, nor where NO_COLOR asks for none.
func TestColours(t *testing.T) {
	for _, c := range []struct {
		noColor, term string
		want          bool
	}{{"", "xterm", true}, {"1", "xterm", false}, {"", "dumb", false}} {
		t.Setenv("NO_COLOR", c.noColor)
		t.Setenv("TERM", c.term)
		x := open(t, 100, "explain", "MISSING_FIELD")
		<-x.done
		if got := x.raw.Bytes(); bytes.Contains(got, []byte("\x1b[")) != c.want || !bytes.Contains(got, []byte("Supply the field.")) {
			t.Errorf("NO_COLOR=%q TERM=%s: %q", c.noColor, c.term, got)
		}
	}
}
