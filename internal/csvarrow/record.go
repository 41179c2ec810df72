package csvarrow

import (
	"math/bits"
	"strconv"
	"unicode/utf8"
)

// cell is where one cell of a record stands.
type cell struct {
	from, to uint32 // in the window, quotes included; resolve makes it the text, in the window or in the arena
	at       uint32 // where the cell begins in the window
	form     form
}

// form is what has to be done to a cell to get its text.
type form uint8

const (
	bare    form = iota // the bytes are the text
	wrapped             // the text stands between the first and the last byte
	escaped             // the same, but escapes have to be undone
	inArena             // resolve has put the text into the arena
)

// flaw is why a record is refused. Of several flaws the one with the first place counts, and of those in one place: a quote
// never closed, text after a quote, a quote in a cell, NUL, too many cells, a long cell, UTF-8. A wrong number of cells
// counts only where there is nothing else. So the answer does not depend on how a scanner goes about its work.
type flaw struct {
	reason string // "" is none
	place  int    // in the window
}

func (f *flaw) add(reason string, place int) {
	if f.reason == "" || place < f.place {
		f.reason, f.place = reason, place
	}
}

// Reasons of refusal, for people. Those with numbers in them are made in New and in count.
const (
	bareQuote   = "quote inside an unquoted cell"
	afterQuote  = "text after a closing quote"
	neverClosed = "quote is never closed"
	hasNUL      = "NUL byte"
	badUTF8     = "invalid UTF-8"
	noHeader    = "there is no header row"
	noRows      = "there are no rows"
)

// Answers in place of an index.
const (
	moreNeeded   = -1 // of record: the window ends too early
	unterminated = -1 // of inQuotes
)

// Words of eight equal bytes, for looking at eight bytes at once.
const (
	ones     = 0x0101010101010101
	highs    = 0x8080808080808080
	controls = ones * ('\r' + 1)
)

// record reads the record that begins at w[i] and gives its end and the beginning of what follows its line end, or
// moreNeeded. It fills s.cells from s.used on, s.n, s.lines and s.flaw.
//
// It walks from byte to byte by the table of classes and never looks further ahead than the next byte. Only text without
// quotes is skipped eight bytes at a time: in a word, a byte below another or equal to zero shows as a borrow into its high
// bit, and the lowest such bit is never wrong. Some control characters stop that skipping for nothing; the table then says
// text. CSV rules 1 to 3 and 5 to 7 are kept here, except for UTF-8, which validate checks for the whole record.
func (s *reference) record(w []byte, i int, last bool) (end, next int) {
	s.flaw.reason, s.lines = "", 0
	plain, cells, n := &s.plain, s.cells[s.used:], 0
	for {
		start, form := i, bare
		if i < len(w) && w[i] == s.dialect.Quote {
			s.odd = true
			if i, form = s.inQuotes(w, i); i == unterminated {
				if !last {
					return 0, moreNeeded
				}
				s.flaw.add(neverClosed, start)
				i = len(w)
			} else if !s.cellEnds(w, i, last) {
				s.flaw.add(afterQuote, i)
			}
		}
		var class byte
	walk:
		for ; ; i++ {
			for i <= len(w)-8 {
				x := word(w[i:])
				d, q := x^s.delimiters, x^s.quotes
				if m := ((d-ones)&^d | (q-ones)&^q | (x-controls)&^x) & highs; m != 0 {
					i += bits.TrailingZeros64(m) / 8
					break
				}
				i += 8
			}
			for i < len(w) && plain[w[i]] == text {
				i++
			}
			if i == len(w) {
				break
			}
			switch class = plain[w[i]]; class {
			case delimiter, lineFeed:
				break walk
			case carriageReturn:
				if i+1 < len(w) {
					if s.loneCR || w[i+1] == '\n' {
						break walk
					}
				} else if s.loneCR {
					if !last {
						return 0, moreNeeded // a line feed may follow
					}
					break walk
				}
			case quote:
				s.flaw.add(bareQuote, i)
			case nul:
				s.flaw.add(hasNUL, i)
			}
		}
		if n < len(cells) {
			c := &cells[n]
			c.from, c.to, c.at, c.form = uint32(start), uint32(i), uint32(start), form
		}
		if n++; n == s.limits.Columns+1 {
			s.flaw.add(s.wide, start)
		}
		if i-start > s.limits.FieldBytes {
			s.flaw.add(s.tall, start)
		}
		if i < len(w) && class == delimiter {
			i++
			continue
		}
		if i == len(w) && !last {
			return 0, moreNeeded
		}
		s.n = n
		switch {
		case i == len(w):
			return i, i
		case class == carriageReturn && i+1 < len(w) && w[i+1] == '\n':
			return i, i + 2
		default:
			return i, i + 1
		}
	}
}

// inQuotes walks from the opening quote at w[i] to the byte behind the closing one, or gives unterminated.
func (s *reference) inQuotes(w []byte, i int) (int, form) {
	quoted, f := &s.quoted, wrapped
	for i++; i < len(w); i++ {
		switch quoted[w[i]] {
		case text:
			continue
		case quote:
			if s.dialect.Escape != s.dialect.Quote || i+1 == len(w) || w[i+1] != s.dialect.Quote {
				return i + 1, f
			}
			f = escaped
			i++
			continue
		case escape:
			f = escaped
			if i++; i == len(w) {
				return unterminated, f
			}
		}
		switch w[i] { // also the byte behind an escape
		case '\n':
			s.lines++
		case '\r':
			if s.loneCR && !(i+1 < len(w) && w[i+1] == '\n') {
				s.lines++
			}
		case 0:
			s.flaw.add(hasNUL, i)
		}
	}
	return unterminated, f
}

// cellEnds reports whether a cell can end at i, behind its closing quote. At the end of a window it can.
func (s *reference) cellEnds(w []byte, i int, last bool) bool {
	if i == len(w) {
		return true
	}
	switch s.plain[w[i]] {
	case delimiter, lineFeed:
		return true
	case carriageReturn:
		if i+1 == len(w) {
			return s.loneCR || !last
		}
		return s.loneCR || w[i+1] == '\n'
	}
	return false
}

// validate looks for invalid UTF-8 in the record w[from:to]. Delimiters and quotes are ASCII, so checking the record at
// once is the same as checking its cells.
func (s *reference) validate(w []byte, from, to int) {
	if utf8.Valid(w[from:to]) {
		return
	}
	for i := from; i < to; {
		_, n := utf8.DecodeRune(w[i:to])
		if n == 1 && w[i] >= utf8.RuneSelf {
			s.flaw.add(badUTF8, i)
			return
		}
		i += n
	}
}

// count refuses a record that has not as many cells as the header, unless it has another flaw (CSV rule 8). The place is
// the first cell too many, or the record's end.
func (s *reference) count(end int) {
	if s.n == s.columns || s.flaw.reason != "" {
		return
	}
	place := end
	if s.n > s.columns {
		place = int(s.cells[s.used+s.columns].from)
	}
	if s.n != s.raggedCells || s.ragged == "" {
		s.raggedCells = s.n
		s.ragged = "row has " + counted(s.n, "cell") + ", the header has " + strconv.Itoa(s.columns)
	}
	s.flaw.add(s.ragged, place)
}
