package feed

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"pgregory.net/rapid"
)

// Whatever way YAML writes a text in, At gives the place of each of its characters.
func TestExprAt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[a-z<='"\\é€,\[\]]{1,5}`), 1, 6).Draw(t, "words")
		style := rapid.SampledFrom([]string{"plain", "single", "double", "folded lines", "literal", "folded", "braces"}).Draw(t, "style")
		if style == "plain" || style == "folded lines" {
			words[0] = "x" + words[0] // quotes and brackets do not begin a plain text
		}
		text := strings.Join(words, " ")
		var yaml string
		switch style {
		case "plain":
			yaml = text
		case "single":
			yaml = "'" + strings.ReplaceAll(text, "'", "''") + "'"
		case "double":
			yaml = quoted(t, text)
		case "braces":
			yaml = "{must: " + quoted(t, text) + ", severity: warning}"
		case "folded lines":
			yaml = strings.Join(words, "\n      ")
		case "literal":
			text = strings.Join(words, "\n  ")
			yaml = "| # a remark\n    " + strings.ReplaceAll(text, "\n", "\n    ") + "\n"
		case "folded":
			yaml = ">-\n\n    " + strings.Join(words, "\n    ")
			text = "\n" + text
		}
		contract := "feed: a\nversion: 1\ncolumns: {é: {type: int64}}\nrules:\n  r: " + yaml + "\nmalformed: row\n"
		c, err := Load(fstest.MapFS{"a.yaml": {Data: []byte(contract)}}, "a.yaml")
		if err != nil {
			t.Fatalf("%v\n%s", err, contract)
		}
		e := c.Rules[0].Must
		if e.Text != text {
			t.Fatalf("text %q, want %q of\n%s", e.Text, text, contract)
		}
		before := Pos{}
		for i, want := range e.Text {
			at := e.At(i)
			if at.Line < before.Line || at.Line == before.Line && at.Column <= before.Column {
				t.Fatalf("%d is at %v, what stands before it at %v:\n%s", i, at, before, contract)
			}
			before = at
			got := []rune(c.src.from(at))[0]
			escaped := got == '\\' && (style == "double" || style == "braces")
			if !unicode.IsSpace(want) && got != want && !escaped {
				t.Fatalf("%q at %d is said to be at %v, where %q stands:\n%s", want, i, at, got, contract)
			}
		}
		if end := e.At(len(e.Text)); end != (Pos{before.Line, before.Column + width(e, c, before)}) {
			t.Fatalf("the end is at %v, the last character at %v:\n%s", end, before, contract)
		}
	})
}

// width is how many characters the character at a place of a text is written with.
func width(e Expr, c *Contract, at Pos) int {
	rest := c.src.from(at)
	switch {
	case e.source[0] == '\'' && rest[0] == '\'':
		return 2
	case e.source[0] != '"' || rest[0] != '\\':
		return 1
	case rest[1] == 'x':
		return 4
	case rest[1] == 'u':
		return 6
	}
	return 2
}

// quoted gives text in double quotes, with some characters escaped that need not be.
func quoted(t *rapid.T, text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x80 && rapid.IntRange(0, 9).Draw(t, "escape") == 0:
			fmt.Fprintf(&b, `\x%02x`, r)
		case rapid.IntRange(0, 9).Draw(t, "escape") == 0:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// An expression that was made without a contract is one line of plain text.
func TestExprWithoutSource(t *testing.T) {
	e := Expr{Text: "é > 5", Pos: Pos{3, 10}}
	for _, c := range []struct{ offset, column int }{{0, 10}, {2, 11}, {3, 12}, {6, 15}, {99, 15}} {
		if got := e.At(c.offset); got != (Pos{3, c.column}) {
			t.Errorf("At(%d) = %v, want column %d", c.offset, got, c.column)
		}
	}
}
