package engine

import "testing"

func TestExcerptIsOneLineAroundTheCaret(t *testing.T) {
	long := make([]byte, 1000)
	for i := range long {
		long[i] = 'x'
	}
	for _, test := range []struct {
		text     string
		from, to int
		line     int64
		shown    string // with the place in brackets
	}{
		{"a,b,c", 2, 3, 7, "a,[b],c"},
		{"a,,c", 2, 2, 7, "a,[],c"},
		{"a,b", 3, 4, 7, "a,b[]"},
		{"a,b", 9, 99, 7, "a,b[]"},
		{"\"a\nbé\ncd\",x", 4, 5, 8, "b[é]"}, // a caret never stands in the middle of a character
		{"\"a\r\nb\",x", 6, 7, 8, "b\"[,]x"},
		{"a\nb", 0, 3, 7, "[a]"},
		{string(long), 500, 501, 7, "…" + string(long[:160]) + "[x]" + string(long[:160]) + "…"},
		{string(long), 500, 900, 7, "…" + string(long[:160]) + "[" + string(long[:160]) + "]" + string(long[:160]) + "…"},
	} {
		e := excerpt([]byte(test.text), 7, test.from, test.to)
		if got := e.Text[:e.From] + "[" + e.Text[e.From:e.To] + "]" + e.Text[e.To:]; got != test.shown || e.Line != test.line {
			t.Errorf("%.20q [%d, %d): line %d %q, want %d %q", test.text, test.from, test.to, e.Line, got, test.line, test.shown)
		}
	}
}
