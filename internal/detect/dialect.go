package detect

import (
	"bytes"
	"slices"

	"github.com/assay-dev/assay/internal/csvarrow"
)

// delimiters are those that are tried, the more usual first: of two that explain the text equally well the first wins.
// Spaces and colons stand in most text anyway and have to prove more (see acceptable).
var delimiters = []byte{',', ';', '\t', '|', 0x1f, 0x01, '^', '~', ':', ' '}

// quotings are the quotes and escapes that are tried, the more usual first.
var quotings = []struct{ quote, escape byte }{{'"', '"'}, {'"', '\\'}, {'\'', '\''}, {'\'', '\\'}}

// What a dialect's first look is bounded by.
const (
	lookedAt    = 1000 // records whose cells are looked at
	maxPreamble = 100  // records in front of the header
)

// candidate is one way to cut the text into cells, and how well it does.
//
// Each candidate reads the whole text. Its table begins at the first record of the most usual width (by bytes, of two cells
// or more); the score is
//
//	(share of the text's bytes in sound records of that width)   ×  (share of cells that look like one cell)
//	× (width - 1) / width                                        ×  0.9 where lines had to be skipped
//
// The first factor counts bytes because a wrong quote can hide a thousand lines in one record. The second, after van den
// Burg's CleverCSV, tells the delimiter of the cells from one inside them (1,5;2,5 is cut as well by commas). The third,
// as DuckDB's sniffer does, prefers the finer cut of two that fit.
type candidate struct {
	dialect csvarrow.Dialect
	width   int
	first   record // of the table
	records int    // of the table
	fit     int    // of them, sound and of the width
	even    int    // of them, of the width
	share   float64
	form    float64 // share of cells that look like one
	quoted  int     // cells in quotes
	escaped bool    // quotes inside quotes were found
	numeric bool    // there is a column of nothing but numbers or dates
	header  bool    // the text's first record has the width
	score   float64
}

// source is the text in which a table is looked for.
type source struct {
	text     []byte
	last     bool // no bytes follow the text
	at, line int  // where to begin
	anyCR    bool // lone CRs end lines wherever they stand: the text has line ends of several kinds
}

// walk gives a walker at the beginning of the table.
func (s source) walk(d csvarrow.Dialect) *walker {
	w := newWalker(d, s.text, s.last)
	w.begin(s.at, s.line)
	w.loneCR = w.loneCR || s.anyCR
	return w
}

// dialectOf finds delimiter, quote and escape. What is declared is kept.
func dialectOf(src source, d Declared) candidate {
	var best candidate
	var records []record
	for _, delimiter := range delimiters {
		if d.Delimiter != 0 {
			delimiter = d.Delimiter
		} else if bytes.IndexByte(src.text[src.at:], delimiter) < 0 || best.share > 0.95 && (delimiter == ':' || delimiter == ' ') {
			continue
		}
		for _, dialect := range dialects(delimiter, d) {
			c := candidate{dialect: dialect}
			records = c.read(src, records[:0])
			if c.score > best.score*better && c.uses(d) && (d.Delimiter != 0 || c.acceptable(src.text[src.at:])) {
				best = c
			}
		}
		if d.Delimiter != 0 {
			break
		}
	}
	if best.score == 0 {
		best = single(src, d)
	}
	return best
}

// better is by how much a less usual dialect must do better. One that reads the text in the same way never does.
const better = 1.001

// dialects gives the dialects with a delimiter that agree with what is declared.
func dialects(delimiter byte, d Declared) []csvarrow.Dialect {
	var all []csvarrow.Dialect
	for _, q := range quotings {
		dialect := csvarrow.Dialect{Delimiter: delimiter, Quote: or(d.Quote, q.quote), Escape: q.escape}
		if q.escape == q.quote {
			dialect.Escape = dialect.Quote
		}
		dialect.Escape = or(d.Escape, dialect.Escape)
		if dialect.Check() == nil && !slices.Contains(all, dialect) {
			all = append(all, dialect)
		}
	}
	return all
}

// single reads text that no delimiter cuts: one column.
func single(src source, d Declared) candidate {
	var best candidate
	for _, dialect := range dialects(or(d.Delimiter, idle(src.text[src.at:], d)), d) {
		c := candidate{dialect: dialect, width: 1}
		c.read(src, nil)
		if best.width == 0 || c.score > best.score*better && c.uses(d) {
			best = c
		}
	}
	return best
}

// idle gives a delimiter for text of one column: one that it does not have, or else the first that is free.
func idle(text []byte, d Declared) byte {
	free := slices.DeleteFunc(slices.Clone(delimiters), func(b byte) bool { return b == d.Quote || b == d.Escape })
	for _, b := range free {
		if bytes.IndexByte(text, b) < 0 {
			return b
		}
	}
	return free[0]
}

func or(declared, tried byte) byte {
	if declared != 0 {
		return declared
	}
	return tried
}

// uses says whether the text has what sets the dialect apart: a quote or an escape that stands nowhere would only hide that
// the usual one is misused.
func (c *candidate) uses(d Declared) bool {
	if d.Quote == 0 && c.dialect.Quote != '"' && c.quoted == 0 {
		return false
	}
	return d.Escape != 0 || c.dialect.Escape == c.dialect.Quote || c.escaped
}

// read reads the text in the candidate's dialect and scores it. records is memory to use.
func (c *candidate) read(src source, records []record) []record {
	w := src.walk(c.dialect)
	weight := map[int]int{} // of each width: bytes in sound records, and half of those in others
	for mends := maxMends; ; {
		r, ok := w.record()
		if !ok || r.cut && len(records) > 0 && r.to-r.from < max(longCut, len(src.text)/10) {
			break // the end of the sample cuts the last record: it says nothing
		}
		if r.flaw == neverClosed && mends > 0 {
			mends--
			w.mend(&r)
		}
		records = append(records, r)
		n := r.to - r.from + 16 // so that records of empty cells count too
		if r.flaw != sound {
			n /= 2
		}
		weight[r.width] += n
	}
	if c.width == 0 {
		best := 0
		for width, n := range weight {
			if width > 1 && (n > best || n == best && width > c.width) {
				c.width, best = width, n
			}
		}
	}
	if c.width > 0 {
		c.table(w, records)
	}
	return records
}

// longCut is from what length on a record that the end of the sample cuts says something: a quote has hidden lines.
const longCut = 64 << 10

// maxMends is how many quotes that are never closed are looked behind, each of which costs a walk to the end of the text.
const maxMends = 10

// table finds where the table begins and counts what fits. A record of the right width with another flaw fits by half: most
// of it is as it should be. Lines to skip count by half against what follows.
func (c *candidate) table(w *walker, records []record) {
	start := -1
	for i := range records {
		if r := &records[i]; r.flaw == sound && r.width == c.width || i == 0 && near(r.width, c.width) {
			start = i
			break
		}
	}
	if start < 0 || start > maxPreamble {
		return
	}
	c.first = records[start]
	c.header = start == 0 || near(records[start-1].width, c.width)
	fit, all := 0, 0
	for i := range records[start:] {
		r := &records[start+i]
		c.records++
		n := r.next - r.from
		all += n
		if r.width != c.width {
			continue
		}
		c.even++
		if r.flaw == sound {
			c.fit++
			fit += n
		} else {
			fit += n / 2
		}
	}
	if start > 0 && c.even < 2 {
		return
	}
	c.share = float64(fit) / float64(max(all, 1))
	c.look(w, records[start:])
	c.score = float64(fit) / float64(max(all+(c.first.from-records[0].from)/2, 1)) * c.form
	if c.width > 1 {
		c.score *= float64(c.width-1) / float64(c.width)
	}
	if !c.header {
		c.score *= 0.9
	}
}

// near says whether a record of width n can be the header of a table of the given width, with a name too few or too many: R leaves out the name of the row
// names, and a delimiter at the end of each row makes one cell too many.
func near(n, width int) bool {
	return n == width || n > 1 && width > 1 && (n == width-1 || n == width+1)
}

// look reads the cells of the first records once more, to see what they look like.
func (c *candidate) look(w *walker, records []record) {
	good, all := 0, 0
	text := make([]int, min(c.width, maxCells)) // of each column: cells below the first record that are neither number nor date
	looked := 0
	for i := range records {
		r := &records[i]
		if r.flaw == neverClosed || r.width != c.width || looked == lookedAt {
			continue
		}
		w.at, w.line = r.from, r.line
		w.record()
		c.quoted += r.quoted
		for j, cell := range w.cells {
			c.escaped = c.escaped || cell.escaped
			v := w.value(cell)
			f := formOf(v[:min(len(v), 4096)], cell.quoted)
			all++
			if f != odd {
				good++
			}
			if i > 0 && f != number && f != moment {
				text[j]++
			}
		}
		looked++
		if all > 100*lookedAt {
			break
		}
	}
	c.form = float64(good) / float64(max(all, 1))
	for _, n := range text {
		c.numeric = c.numeric || n == 0 && looked > 1
	}
}
