package detect

import "github.com/assay-dev/assay/internal/csvarrow"

// walker cuts text into records and cells by the rules of the CSV specification, as the engine's scanner does, but without
// knowing how many cells a record should have: that is what detection has to find out. What is found is then read with the
// real scanner. A test holds the two to the same records.
type walker struct {
	text   []byte
	last   bool // no bytes follow the text
	loneCR bool // a lone CR ends records

	quote, escape byte
	plain         [256]bool // bytes that end or spoil an unquoted cell
	delimiter     byte

	at   int
	line int // on which the byte at at stands
	// cells are those of the record read last, up to maxCells of them. Reused.
	cells []cell
}

// maxCells bounds the cells that are kept of a record; all are counted.
const maxCells = 1 << 16

type cell struct {
	from, to int // as it stands, quotes included
	quoted   bool
	escaped  bool // quotes have to be undone inside
}

// record is one record: where it stands and what is wrong with it.
type record struct {
	from, to, next int // next is behind the line end
	line           int
	width          int // cells
	quoted         int // cells that begin with a quote
	flaw           flaw
	place          int  // of the flaw
	cut            bool // the text ends before the record does, and more text follows
}

// flaw is what makes the engine refuse a record whatever its width, in the order in which two of them in one place count.
type flaw uint8

const (
	sound flaw = iota
	neverClosed
	afterQuote
	bareQuote
	hasNUL
)

func newWalker(d csvarrow.Dialect, text []byte, last bool) *walker {
	w := &walker{text: text, last: last, line: 1, delimiter: d.Delimiter, quote: d.Quote, escape: d.Escape}
	for _, b := range []byte{d.Delimiter, d.Quote, '\n', '\r', 0} {
		w.plain[b] = true
	}
	return w
}

// begin goes to the first record and finds out whether it ends in a lone CR, which then ends all others too.
func (w *walker) begin(at, line int) {
	w.at, w.line, w.loneCR = at, line, true
	r, ok := w.record()
	w.loneCR = !ok || r.next == r.to+1 && w.text[r.to] == '\r'
	w.at, w.line = at, line
}

// record reads the next record. It gives false at the end of the text.
func (w *walker) record() (r record, ok bool) {
	w.skipBlank()
	if w.at >= len(w.text) {
		return r, false
	}
	r.from, r.line, r.place = w.at, w.line, -1
	w.cells = w.cells[:0]
	for w.cell(&r) {
	}
	return r, true
}

func (w *walker) skipBlank() {
	for w.at < len(w.text) {
		n := w.lineEnd(w.at)
		if n == 0 {
			return
		}
		w.at += n
		w.line++
	}
}

// lineEnd gives the length of the line end at i, or 0.
func (w *walker) lineEnd(i int) int {
	switch w.text[i] {
	case '\n':
		return 1
	case '\r':
		if i+1 < len(w.text) && w.text[i+1] == '\n' {
			return 2
		}
		if w.loneCR {
			return 1
		}
	}
	return 0
}

func (r *record) add(f flaw, place int) {
	if r.flaw == sound || place < r.place || place == r.place && f < r.flaw {
		r.flaw, r.place = f, place
	}
}

// cell reads the next cell of r and reports whether another follows.
func (w *walker) cell(r *record) bool {
	t, i := w.text, w.at
	c := cell{from: i}
	if i < len(t) && t[i] == w.quote {
		c.quoted = true
		r.quoted++
		i = w.inQuotes(r, &c, i)
		if i < len(t) && t[i] != w.delimiter && w.lineEnd(i) == 0 {
			r.add(afterQuote, i)
		}
	}
	for ; i < len(t); i++ {
		if !w.plain[t[i]] {
			continue
		}
		if t[i] == w.delimiter || w.lineEnd(i) > 0 {
			break
		}
		switch t[i] {
		case w.quote:
			r.add(bareQuote, i)
		case 0:
			r.add(hasNUL, i)
		}
	}
	c.to = i
	if r.width++; len(w.cells) < maxCells {
		w.cells = append(w.cells, c)
	}
	if i < len(t) && t[i] == w.delimiter {
		w.at = i + 1
		return true
	}
	r.to, r.next = i, i
	if i < len(t) {
		r.next += w.lineEnd(i)
		w.line++
	} else {
		r.cut = !w.last
	}
	w.at = r.next
	return false
}

// mend gives a record whose quote is never closed the line's end as its own, as its writer meant it, and goes on behind it.
// The engine does not: it is done only to find out how the rest is written.
func (w *walker) mend(r *record) {
	end := r.place
	for end < len(w.text) && w.lineEnd(end) == 0 {
		end++
	}
	if end == len(w.text) {
		return
	}
	r.to, r.next, r.cut = end, end+w.lineEnd(end), false
	r.width, w.cells = 0, w.cells[:0]
	for from := r.from; from <= end; r.width++ {
		to := from
		for to < end && w.text[to] != w.delimiter {
			to++
		}
		w.cells = append(w.cells, cell{from: from, to: to})
		from = to + 1
	}
	w.at = r.next
	w.line = r.line + lineCount(w.text[r.from:r.next], w.loneCR)
}

// inQuotes walks from the opening quote at i to behind the closing one, or to the end of the text.
func (w *walker) inQuotes(r *record, c *cell, i int) int {
	t := w.text
	for i++; i < len(t); i++ {
		switch b := t[i]; {
		case b == w.quote:
			if w.escape != w.quote || i+1 == len(t) || t[i+1] != w.quote {
				return i + 1
			}
			c.escaped = true
			i++
			continue
		case b == w.escape:
			c.escaped = true
			if i++; i == len(t) {
				r.add(neverClosed, c.from)
				return i
			}
		}
		switch t[i] {
		case '\n':
			w.line++
		case '\r':
			if w.loneCR && !(i+1 < len(t) && t[i+1] == '\n') {
				w.line++
			}
		case 0:
			r.add(hasNUL, i)
		}
	}
	r.add(neverClosed, c.from)
	return len(t)
}

// value gives the text of a cell of the record read last, without quotes and escapes.
func (w *walker) value(c cell) []byte {
	t := w.text[c.from:c.to]
	if !c.quoted {
		return t
	}
	if len(t) < 2 || t[len(t)-1] != w.quote {
		return t[1:]
	}
	t = t[1 : len(t)-1]
	if !c.escaped {
		return t
	}
	out := make([]byte, 0, len(t))
	for i := 0; i < len(t); i++ {
		if t[i] == w.escape && i+1 < len(t) {
			i++
		}
		out = append(out, t[i])
	}
	return out
}
