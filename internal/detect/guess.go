package detect

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/flow"
)

// flawed is a refused record that is to be told.
type flawed struct {
	kind   Kind
	record record // places in the table's text
	place  int
	reason string
	row    int64
}

// explain makes problems of the refused records: the scanner's reason, and a guess that needs to know what the columns hold.
func (p *pass) explain() {
	for i := range p.flaws {
		f := &p.flaws[i]
		x := Problem{Kind: f.kind, Level: Row, Text: f.reason, Guess: p.guess(f)}
		if n := p.kinds[f.kind]; n > shownEach && p.lastOf(i) {
			x.More = n - shownEach
		}
		p.add(x, f.place)
	}
	p.unfinished()
}

func (p *pass) lastOf(i int) bool {
	for _, f := range p.flaws[i+1:] {
		if f.kind == p.flaws[i].kind {
			return false
		}
	}
	return true
}

func (p *pass) guess(f *flawed) string {
	t, at := p.text, f.place
	switch f.kind {
	case KindRagged:
		return p.guessRagged(f)
	case KindUnclosedQuote:
		return p.guessUnclosed(f)
	case KindAfterQuote:
		if lines := lineCount(t[f.record.from:at], p.walker.loneCR); lines > 0 {
			return fmt.Sprintf("the quote opened on line %d closes only on line %d: is one missing in between?", f.record.line, f.record.line+lines)
		}
		if t[at] == ' ' {
			return "white space stands behind the closing quote"
		}
		return "a quote inside the cell that is not doubled?"
	case KindBareQuote:
		switch before := bytes.TrimRight(t[f.record.from:at], " "); {
		case len(before) < at-f.record.from && (len(before) == 0 || before[len(before)-1] == p.walker.delimiter):
			p.blankQuotes = true
			return "white space stands in front of the opening quote, which must be the cell's first character"
		case bytes.HasSuffix(before, []byte(`\`)):
			return `are quotes escaped by \ here? Outside quotes the engine has no escapes`
		}
		return "text with a quote in it must stand in quotes, with its own quotes doubled"
	case KindNUL:
		return "a damaged file, or UTF-16 in parts of it"
	case KindUTF8:
		if p.Charset.Value != charset.UTF8 {
			return "half a character of " + p.Charset.Value.String() + ": was the file cut, or a byte lost?"
		}
		if !utf8.FullRune(t[at:]) {
			return "the file ends in the middle of a character: was it cut?"
		}
		return fmt.Sprintf("%#02x is %q in windows-1252: was the row put in from a file in another encoding?", t[at], string(decode(charset.Windows1252, t[at:at+1], true)))
	case KindLong:
		return "a quote that is not closed where it should be, or raise limits.field_bytes"
	case KindWide:
		return "line ends that are not recognised, or raise limits.columns"
	}
	return ""
}

// guessUnclosed looks for the first line inside the quotes that reads well as a row of its own.
func (p *pass) guessUnclosed(f *flawed) string {
	line := f.record.line + lineCount(p.text[f.record.from:f.place], p.walker.loneCR)
	open := fmt.Sprintf("the quote opened on line %d is never closed", line)
	at, n := f.place, line
	for range 100 {
		i := bytes.IndexAny(p.text[at:f.record.to], "\r\n")
		if i < 0 || at+i+1 >= f.record.to {
			break
		}
		at += i
		at += max(1, p.walker.lineEnd(at))
		n++
		if r, ok := p.again(at, n); ok && r.flaw == sound && r.width == len(p.tallies) && r.width > 1 {
			return fmt.Sprintf("%s; line %d looks like a new row", open, n)
		}
	}
	if p.Complete && f.record.next == len(p.text) && f.record.next == f.record.to {
		return open + ": was the file cut?"
	}
	return open
}

// again reads the record at a place of the table's text once more.
func (p *pass) again(at, line int) (record, bool) {
	if at >= len(p.text) {
		return record{}, false
	}
	p.walker.at, p.walker.line = at, line
	return p.walker.record()
}

// guessRagged looks for what could make a row of the right width of this one.
func (p *pass) guessRagged(f *flawed) string {
	r, _ := p.again(f.record.from, f.record.line)
	line, want, delimiter := p.text[r.from:r.to], len(p.tallies), byteName(p.walker.delimiter)
	for _, d := range delimiters {
		if d != p.walker.delimiter && d != ' ' && want > 1 && r.width < want && bytes.Count(line, []byte{d}) == want-1 {
			return fmt.Sprintf("this line is cut by %s, the others by %s", byteName(d), delimiter)
		}
	}
	if !p.walker.loneCR && bytes.Count(line, []byte("\r")) > 1 {
		return "lone CRs stand where lines should end"
	}
	if r.width > want {
		return p.guessTooMany(r, want)
	}
	if r.width == p.width {
		return "as most rows"
	}
	next, more := p.again(r.next, r.line+1)
	switch {
	case string(line) == "\x1a":
		return "the end-of-file mark of old systems (Ctrl-Z)"
	case bytes.HasPrefix(line, []byte("#")):
		return "a comment? There are none in CSV: it is a row like any other"
	case r.next == r.to && p.Complete && r.width > 1:
		return "the file ends in the middle of a row: was it cut?"
	case more && next.width < want && r.width+next.width-1 == want && next.flaw == sound && p.joined != r.from:
		p.joined = next.from
		return fmt.Sprintf("lines %d and %d together have %d cells: a line break without quotes in column %d?", r.line, next.line, want, r.width)
	case p.joined != 0 && p.joined == r.from:
		return fmt.Sprintf("the second half of line %d", r.line-1)
	case r.width > 1 && bytes.HasSuffix(p.text[:r.from], []byte("\n\n")):
		return fmt.Sprintf("does a second table begin here, of %d columns?", r.width)
	case r.width == 1 && !more:
		return "a total or a remark behind the table?"
	case r.width == 1:
		return "a remark, a title, or half of a row?"
	}
	return fmt.Sprintf("cells are missing, or a %s between them", delimiter)
}

func (p *pass) guessTooMany(r record, want int) string {
	again, _ := p.again(r.from, r.line)
	cells := make([][]byte, len(p.walker.cells))
	for i, c := range p.walker.cells {
		cells[i] = bytes.Clone(p.walker.value(c))
	}
	delimiter := byteName(p.walker.delimiter)
	extra := again.width - want
	if again.width > len(cells) {
		return ""
	}
	if allEmpty(cells[want:]) {
		return fmt.Sprintf("%d more %s at the end of the line", extra, delimiter)
	}
	if want > 2 && (again.width == 2*want || again.width == 2*want-1) {
		return "two rows on one line: is a line end missing?"
	}
	j, ok := p.joint(cells, extra)
	if !ok {
		if r.width == p.width {
			return "as most rows"
		}
		return fmt.Sprintf("an unquoted %s in one of its texts?", delimiter)
	}
	return fmt.Sprintf("an unquoted %s in column %d (%s)?", delimiter, j+1, p.Columns[j].Field.Name)
}

func allEmpty(cells [][]byte) bool {
	for _, c := range cells {
		if len(c) > 0 {
			return false
		}
	}
	return true
}

// joint finds the column whose text the extra delimiters have cut: the one that, put together again, lets most other cells
// be of their column's type; where several do, the one whose parts look like one text.
func (p *pass) joint(cells [][]byte, extra int) (column int, ok bool) {
	best, ties := -1, 0
	for j := range p.Columns {
		if p.Columns[j].Field.Type != flow.String && p.Columns[j].Field.Type != flow.Category {
			continue
		}
		score := 0
		for k := range p.Columns {
			switch {
			case k < j && p.suits(k, cells[k]), k > j && p.suits(k, cells[k+extra]), k == j && !p.Columns[k].emails:
				score += 2
			}
			if k == j && bytes.HasPrefix(cells[j+1], []byte(" ")) {
				score++
			}
		}
		switch {
		case score > best:
			best, column, ties = score, j, 1
		case score == best:
			ties++
		}
	}
	return column, ties == 1
}

// suits says whether a cell is like those of the column.
func (p *pass) suits(column int, cell []byte) bool {
	c := &p.Columns[column]
	if p.Trim.Value {
		cell = bytes.Trim(cell, " \t")
	}
	if len(cell) == 0 {
		return c.Empty > 0
	}
	switch c.Field.Type {
	case flow.String:
		f := formOf(cell, true)
		return (f == words || f == c.form) && (!c.emails || bytes.IndexByte(cell, '@') > 0)
	case flow.Category:
		for _, l := range c.Field.Labels {
			if l == string(cell) {
				return true
			}
		}
		return false
	}
	return reads(&c.Field, cell)
}

// unfinished tells of a quote in the last, cut record of an incomplete sample that hides many lines.
func (p *pass) unfinished() {
	rest := p.text[p.at:]
	if p.Complete || len(rest) == 0 {
		return
	}
	r, ok := p.again(p.at, lineCount(p.text[:p.at], p.walker.loneCR)+p.Reading.line)
	if !ok || r.flaw != neverClosed || lineCount(rest, p.walker.loneCR) < 10 {
		return
	}
	f := flawed{record: r, place: r.place}
	p.add(Problem{
		Kind: KindUnclosedQuote, Level: File, Text: "quote is not closed in the rest of the sample, " + plural(len(rest), "byte"),
		Guess: strings.Replace(p.guessUnclosed(&f), "is never closed", "is not closed", 1),
	}, r.place)
}

// malformedHeader tells why the engine would refuse the whole file.
func (p *pass) malformedHeader(err error, r *record) {
	x := Problem{Kind: KindHeader, Level: File, Text: "the header is malformed, which refuses the whole file", Guess: "mend the header; the columns are shown as if it were mended"}
	place := r.from
	var fault *flow.Fault
	if errors.As(err, &fault) {
		for _, d := range fault.Details {
			switch v := d.Value.(type) {
			case string:
				x.Text += ": " + v
			case int64:
				if d.Name == "byte_offset" {
					place = int(v)
				}
			}
		}
	}
	if r.flaw == neverClosed {
		f := flawed{record: *r, place: r.place}
		p.tallies = make([]*tally, p.width)
		x.Guess = p.guessUnclosed(&f)
	}
	p.add(x, place)
}

// misfits tells of single cells that keep a column from a type.
func (p *pass) misfits() {
	for i := range p.Columns {
		c := &p.Columns[i]
		if c.misfit.line == 0 {
			continue
		}
		if p.kinds[KindMisfit]++; p.kinds[KindMisfit] > 2*shownEach {
			continue
		}
		p.add(Problem{Kind: KindMisfit, Text: fmt.Sprintf("column %d (%s): %s", i+1, c.Field.Name, c.misfit.text)}, p.cellPlace(c.misfit.line, i))
	}
}

// cellPlace finds a cell of the record that begins on a line of the file.
func (p *pass) cellPlace(line int64, column int) int {
	t, at := p.text, 0
	for n := int64(p.Reading.line); n < line && at < len(t); at++ {
		if t[at] == '\n' || t[at] == '\r' && p.walker.loneCR && !(at+1 < len(t) && t[at+1] == '\n') {
			n++
		}
	}
	p.again(at, int(line))
	if column < len(p.walker.cells) {
		at = p.walker.cells[column].from
	}
	return at
}
