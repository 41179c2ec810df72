package detect

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/flow"
)

// nothing tells of a file without text.
func (r *Reading) nothing() {
	what := "there are only blank lines"
	if len(bytes.TrimSpace(r.text)) == 0 && len(r.text) == 0 {
		what = "there is nothing in the file"
		if r.Mark {
			what = "there is nothing but a byte order mark in the file"
		}
	} else if r.Skip.Value > 0 {
		what = "there is nothing behind the lines to skip"
	}
	r.whole(KindEmpty, File, what, "")
}

// isBlankText reports whether t has line ends only.
func isBlankText(t []byte) bool { return len(bytes.Trim(t, "\r\n")) == 0 }

// general adds what is odd about the file as a whole. Whole files come first in the list, so it is put in front.
func (r *Reading) general(d Declared) {
	rows := r.Problems
	r.Problems = nil
	r.encoding()
	r.ends()
	if r.Skip.Value > 0 && !r.Skip.Declared {
		r.whole(KindPreamble, File, fmt.Sprintf("%s in front of the table", plural(r.Skip.Value, "line")), fmt.Sprintf("--skip-lines %d of score, load and create leaves them out, a contract cannot; %s", r.Skip.Value, r.Skip.Evidence))
	}
	r.names()
	if n := max(r.width, len(r.Columns)); n > defaultColumns {
		r.whole(KindManyColumns, File, fmt.Sprintf("%s columns, more than limits.columns, which is %s unless set", count(n), count(defaultColumns)), "")
	}
	r.noQuotes()
	r.otherDialect(d)
	r.fixedWidth()
	r.Problems = append(r.Problems, rows...)
}

func (r *Reading) encoding() {
	switch c, looks := r.Charset.Value, r.looks.Value; {
	case !r.Charset.Declared && c != charset.UTF8 && r.Mark:
		r.whole(KindCharset, Note, "the file is in "+c.String(), "its byte order mark says so, to the engine too")
	case !r.Charset.Declared && c != charset.UTF8:
		r.whole(KindCharset, Note, "the file is in "+c.String()+", not UTF-8", "a contract has to say so: csv: {charset: "+c.String()+"}")
	case r.Charset.Declared && looks != c && !(isSingle(c) && (isSingle(looks) || looks == charset.UTF8 && isASCII(r.text))):
		r.whole(KindCharset, File, "the file looks like "+looks.String(), r.looks.Evidence)
	}
	if r.Charset.Value == charset.UTF8 {
		if i := bytes.Index(r.text, []byte("\ufffd")); i >= 0 {
			r.add(Problem{Kind: KindMojibake, Text: plural(bytes.Count(r.text, []byte("\ufffd")), "replacement character") + " (U+FFFD)",
				Guess: "characters were lost in a conversion before"}, i)
		}
	}
	n, first := 0, -1
	for _, m := range mojibake {
		if i := bytes.Index(r.text, []byte(m)); i >= 0 {
			n += bytes.Count(r.text, []byte(m))
			if first < 0 || i < first {
				first = i
			}
		}
	}
	if first >= 0 {
		r.add(Problem{Kind: KindMojibake, Text: fmt.Sprintf("characters that look like UTF-8 taken for windows-1252, in %s", plural(n, "place")),
			Guess: "é became Ã©: the file went through a wrong conversion before"}, first)
	}
}

// isSingle reports whether each byte is a character in c: those two are read as each other without anything to be seen.
func isSingle(c charset.Charset) bool { return c == charset.Latin1 || c == charset.Windows1252 }

func isASCII(t []byte) bool {
	return bytes.IndexFunc(t, func(c rune) bool { return c >= utf8.RuneSelf }) < 0
}

// mojibake are the usual accented letters, the apostrophe and the dash, encoded as UTF-8, decoded as windows-1252.
var mojibake = []string{"Ã©", "Ã¨", "Ã¤", "Ã¶", "Ã¼", "Ã±", "Ã§", "Ã¡", "Ã³", "Ã\u00ad", "ÃŸ", "â€™", "â€œ", "â€“", "â‚¬"}

// names tells of names that are missing or come twice.
func (r *Reading) names() {
	if !r.Header.Value {
		return
	}
	seen := map[string]int{}
	for i := range r.Columns {
		name := strings.TrimSpace(r.Columns[i].Header)
		before, twice := seen[flow.FoldName(name)]
		switch {
		case name == "" && r.Columns[i].Cells > 0 && r.Columns[i].Cells == r.Columns[i].Empty:
			r.whole(KindNames, Note, fmt.Sprintf("column %d has neither a name nor text", i+1), "a delimiter at the end of each line?")
		case name == "":
			r.whole(KindNames, Note, fmt.Sprintf("column %d has no name; it is shown as %s", i+1, r.Columns[i].Field.Name), "")
		case twice:
			r.whole(KindNames, Note, fmt.Sprintf("columns %d and %d are both called %s; the second is shown as %s", before+1, i+1, name, r.Columns[i].Field.Name), "")
		default:
			seen[flow.FoldName(name)] = i
		}
	}
}

// otherDialect says what detection would have found where what is declared reads little.
func (r *Reading) otherDialect(d Declared) {
	if d.Delimiter == 0 && d.Quote == 0 && d.Escape == 0 || r.width > 1 && r.Refused <= r.Rows {
		return
	}
	text := r.text[min(r.start, len(r.text)):]
	text = text[:min(len(text), DialectBytes)]
	c := dialectOf(source{text: text, last: r.Complete && len(text) < DialectBytes, line: 1}, Declared{})
	if c.width > 1 && (c.dialect.Delimiter != r.Delimiter.Value || c.dialect.Quote != r.Quote.Value) {
		r.whole(KindDialect, File, "what is declared does not suit the file", "the delimiter is "+c.delimiterEvidence()+"; the quote: "+c.quoteEvidence())
	}
}

// noQuotes recognises text in which quotes are text and wrap no cell.
func (r *Reading) noQuotes() {
	if n := r.kinds[KindBareQuote]; n > 0 && 2*n > r.Rows && r.Refused == n && !r.Quote.Declared && r.quoted == 0 && !r.blankQuotes {
		r.whole(KindDialect, File, fmt.Sprintf("%s refused for a quote inside a cell, and no cell is in quotes", plural(n, "row")),
			"are quotes only text here (inches, say, or JSON)? Then declare a quote that stands nowhere in the file")
	}
}

// fixedWidth recognises columns that are set off by blanks in the same places of every line.
func (r *Reading) fixedWidth() {
	if r.width != 1 && r.Delimiter.Value != ' ' || r.Delimiter.Declared {
		return
	}
	var gaps []bool
	lines := 0
	for line := range bytes.Lines(r.text[r.start:min(len(r.text), r.start+64<<10)]) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			continue
		}
		if lines++; lines == 1 {
			gaps = make([]bool, len(line))
			for i := range gaps {
				gaps[i] = true
			}
		}
		for i := range gaps {
			gaps[i] = gaps[i] && (i >= len(line) || line[i] == ' ')
		}
	}
	columns, run := 1, 0
	for i, g := range gaps {
		if g {
			run++
			continue
		}
		if run > 0 && i > run {
			columns++
		}
		run = 0
	}
	if lines >= 3 && columns >= 3 && bytes.Contains(r.text, []byte("  ")) {
		r.whole(KindFixedWidth, File, fmt.Sprintf("blanks stand in the same places of every line, between %d columns", columns),
			"a file of fixed widths, not CSV: save it with a delimiter")
	}
}
