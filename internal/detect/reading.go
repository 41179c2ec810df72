// Package detect finds out from a sample how a CSV file is written and what its columns hold: encoding, line ends, lines to
// skip, delimiter, quote, escape, header; and for each column a type that reads every sampled value. Each answer carries its
// evidence as a sentence. What the engine would refuse is told with the line, a caret and a guess at the cause.
//
// It serves people who look at a file or write a contract for it. The service never detects anything: its contracts are
// explicit. The package is pure: bytes in, answers out.
//
// The dialect is decided on the first DialectBytes of the text, the columns and the problems on all of the sample, with the
// scanner of package csvarrow; so what is told here is what the engine does. Time is linear in the sample: each dialect that
// the text's characters allow (40 at most) reads DialectBytes once, the scanner reads the sample once.
package detect

import (
	"fmt"

	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/csvarrow"
)

// What a sample is bounded by.
const (
	DialectBytes = 1 << 20  // of text from which the dialect is found
	MaxSample    = 64 << 20 // of bytes that are looked at; the rest of a longer sample is not
	maxColumns   = 1 << 16  // that are looked at, as each costs about a kilobyte
)

// Answer is one thing found out, or declared, and why.
type Answer[T any] struct {
	Value    T
	Declared bool
	Evidence string // a sentence without capital and full stop
}

// Header says whether there is a header record.
type Header uint8

// What can be declared of the header.
const (
	HeaderUnknown Header = iota
	HeaderAlways
	HeaderNever
)

// Declared is what the user has said of the file: it is not looked for. The zero value declares nothing.
type Declared struct {
	Charset    charset.Charset
	CharsetSet bool // Charset is declared, though it may be UTF-8. A byte order mark says more
	Delimiter  byte
	Quote      byte
	Escape     byte // the same as the quote: doubled
	Header     Header
	Skip       int  // lines in front of the header
	SkipSet    bool // Skip is declared, though it may be 0
}

// Check says what is wrong with a declaration. Read needs one that passes.
func (d Declared) Check() error {
	if d.Skip < 0 {
		return fmt.Errorf("%d lines cannot be skipped", d.Skip)
	}
	// An undeclared delimiter or quote gets out of the way of those that are declared.
	c := csvarrow.Dialect{Delimiter: or(d.Delimiter, 1), Quote: or(d.Quote, 2), Escape: d.Escape}
	return c.Check()
}

// LineEnds counts line ends in the text, those inside quotes included. CRLF counts as one.
type LineEnds struct{ LF, CRLF, CR int64 }

// Reading is how a sample is read.
type Reading struct {
	Bytes    int  // looked at
	Complete bool // they are the whole file

	Charset   Answer[charset.Charset]
	Mark      bool           // a byte order mark stands in front
	LineEnd   Answer[string] // LF, CRLF, CR, or "" where there is none: the most frequent
	LineEnds  LineEnds
	Skip      Answer[int] // lines in front of the header
	Delimiter Answer[byte]
	Quote     Answer[byte]
	Escape    Answer[byte] // the same as the quote: doubled
	Trim      Answer[bool]
	Header    Answer[bool]

	Columns []Column
	Rows    int64 // read; with Refused all data records of the sample, but for one that its end cuts
	Refused int64
	Key     int // the column that is most likely the key, or -1

	Problems []Problem

	looks       Answer[charset.Charset]
	text        []byte         // UTF-8, without byte order mark
	loneCR      bool           // lone CRs end lines
	start       int            // of the table in text
	line        int            // of the file, at start
	width       int            // cells of most records
	quoted      int            // cells in quotes among the first records
	blankQuotes bool           // white space stands in front of opening quotes
	kinds       map[Kind]int64 // how many problems there are, listed or not
	units       map[int64]bool // lines that go on with the header: their cells do not count for types
}

// Dialect is the scanner's dialect.
func (r *Reading) Dialect() csvarrow.Dialect {
	return csvarrow.Dialect{Delimiter: r.Delimiter.Value, Quote: r.Quote.Value, Escape: r.Escape.Value, Trim: r.Trim.Value}
}

// Table gives the sample's text as UTF-8 from the header on, or from the first row on where there is no header, and the line
// of the file on which it begins. It may be a view into the sample.
func (r *Reading) Table() (text []byte, line int) { return r.text[r.start:], r.line }

// Front gives how many bytes of the text, as UTF-8 without byte order mark, stand in front of the table.
func (r *Reading) Front() int { return r.start }

// Cells gives the cells of one record, which stands in text without its line end, as far as they can be told: also of one
// that the engine refuses. A quote that is never closed makes the rest of the record one cell.
func Cells(d csvarrow.Dialect, text []byte) []string {
	w := newWalker(d, text, true)
	w.record()
	cells := make([]string, len(w.cells))
	for i, c := range w.cells {
		cells[i] = string(w.value(c))
	}
	return cells
}

// Limits are the scanner's limits under which the sample was read: its own, but with room for 65,536 columns, so that
// a wide file can be looked at. A file with more columns than the scanner's own limit has a problem that says so.
func (r *Reading) Limits() csvarrow.Limits {
	return csvarrow.Limits{Columns: min(max(defaultColumns, 2*r.width), maxColumns)}
}

// defaultColumns is the scanner's own limit.
const defaultColumns = 4096

// Read finds out how sample is written. complete says that it is the whole file; of a sample that is not, a last record
// without line end says nothing, as it may be cut. The reading keeps views into the sample.
func Read(sample []byte, complete bool, d Declared) *Reading {
	if len(sample) > MaxSample {
		sample, complete = sample[:MaxSample], false
	}
	r := &Reading{Bytes: len(sample), Complete: complete, Key: -1, line: 1, kinds: map[Kind]int64{}}
	r.assume()
	if r.foreign(sample, d) {
		return r
	}
	r.decode(sample, d)
	if !r.findDialect(d) {
		return r
	}
	if r.width > maxColumns {
		r.whole(KindManyColumns, File, fmt.Sprintf("%s columns, too many to look at", count(r.width)), "is the delimiter right?")
		return r
	}
	r.profile()
	r.general(d)
	return r
}

// decode finds the encoding and makes the text. A byte order mark says more than what is declared, as it does to the engine.
func (r *Reading) decode(sample []byte, d Declared) {
	r.looks = findCharset(sample)
	r.Charset = r.looks
	mark, _ := byteOrderMark(sample)
	r.Mark = len(mark) > 0
	if d.CharsetSet && !r.Mark {
		c, _ := charset.Sniff(nil, d.Charset)
		r.Charset = declared(c)
	}
	r.text = decode(r.Charset.Value, sample, r.Complete)
	r.countLineEnds()
}

// assume sets what holds where nothing can be found out.
func (r *Reading) assume() {
	r.Charset = found(charset.UTF8, "the usual one")
	r.Delimiter, r.Quote = found(byte(','), "the usual one"), found(byte('"'), "the usual one")
	r.Escape, r.Header = found(byte('"'), "the usual one"), found(true, "the usual case")
	r.Skip, r.Trim = found(0, "nothing to skip"), found(false, "no white space around cells")
}

// findDialect finds everything between the encoding and the columns. It gives false where there is no text to read.
func (r *Reading) findDialect(d Declared) bool {
	if d.SkipSet {
		r.Skip = declared(d.Skip)
		r.start, r.line = skipLines(r.text, d.Skip)
	}
	src := source{text: r.text[:min(len(r.text), r.start+DialectBytes)], at: r.start, line: r.line, anyCR: r.crRows()}
	src.last = r.Complete && len(src.text) == len(r.text)
	if isBlankText(src.text[src.at:]) {
		r.nothing()
		return false
	}
	c := dialectOf(src, d)
	r.take(&c, d)
	t := topOf(&c, src)
	r.loneCR, r.width = t.loneCR, c.width
	h := 0
	if !d.SkipSet {
		var why string
		h, why = t.start()
		if r.Skip = found(0, "%s", why); h > 0 {
			r.Skip.Value = t.rows[h].line - 1
			src.at, src.line = t.rows[h].from, t.rows[h].line
		}
	}
	r.start, r.line = src.at, src.line
	if d.Header == HeaderUnknown {
		r.Header = t.header(h)
	} else {
		r.Header = declared(d.Header == HeaderAlways)
	}
	r.units = map[int64]bool{}
	if !r.Header.Value {
		t.setTyped(h - 1)
		r.Trim = t.padded(h)
		return true
	}
	t.setTyped(h)
	r.Trim = t.padded(h + 1)
	r.secondHeaders(t, h)
	r.unequalHeader(t, h)
	return true
}

// take copies the dialect with its evidence.
func (r *Reading) take(c *candidate, d Declared) {
	r.quoted = c.quoted
	r.Delimiter = found(c.dialect.Delimiter, "%s", c.delimiterEvidence())
	if d.Delimiter != 0 {
		r.Delimiter = declared(d.Delimiter)
	}
	r.Quote = found(c.dialect.Quote, "%s", c.quoteEvidence())
	if d.Quote != 0 {
		r.Quote = declared(d.Quote)
	}
	r.Escape = found(c.dialect.Escape, "%s", c.escapeEvidence())
	if d.Escape != 0 {
		r.Escape = declared(d.Escape)
	}
}
