package encode

import (
	"strings"

	"github.com/assay-dev/assay/internal/flow"
)

// csvPart is the size at which a message of CSV rows is closed when its topic sets no smaller limit.
const csvPart = 256 << 10

// csvRows makes messages of whole rows: the input's bytes with the added columns at the end, a header row in each.
type csvRows struct {
	w *Writer
	// once is for files: the header stands only before the first row of all chunks.
	once    bool
	started bool // the file has its header

	layout *Layout
	style  cellStyle
	header []byte     // the output's header row, line end included
	whole  bool       // rows leave with all their bytes
	rest   []Column   // what follows them; all columns, when they do not
	labels [][][]byte // of each of rest, an added category: each label as a CSV cell
	plain  bool       // values that are no text never need quotes

	room  int    // bytes that a message may have
	limit int    // bytes at which one is closed
	eol   []byte // of the record before
	msg   []byte
	rows  int // of msg
	part  int
	row   []byte // the row that did not fit, between two messages
	value []byte // the added value that is being written
}

// NewCSVRows gives the encoder of rows as CSV. With once the header row is written only before the first chunk's rows, as
// a file needs it; otherwise each message begins with it.
func NewCSVRows(w *Writer, once bool) Rows { return &csvRows{w: w, once: once} }

func (e *csvRows) Begin(l *Layout, b *flow.Batch) error {
	if e.layout != l {
		e.bind(l, b)
	}
	e.room = e.w.rowsRoom(contentCSV)
	e.limit = min(csvPart, e.room)
	e.eol, e.part = lineEnd(l.EOL), 1
	e.begin()
	return nil
}

// bind makes what depends on the header only.
func (e *csvRows) bind(l *Layout, b *flow.Batch) {
	e.layout, e.style = l, l.style()
	e.rest, e.whole = l.Columns, l.Whole(len(b.Input))
	if e.whole {
		e.rest = l.Columns[len(b.Input):]
	}
	e.plain = strings.IndexByte(valueBytes, l.Delimiter) < 0 && strings.IndexByte(valueBytes, l.Quote) < 0
	e.labels = e.labels[:0]
	for i := range e.rest {
		var labels [][]byte
		if c := &e.rest[i]; c.Input == Added {
			for _, t := range c.Labels {
				labels = append(labels, e.style.append(nil, []byte(t)))
			}
		}
		e.labels = append(e.labels, labels)
	}
	e.header = e.appendHeader(e.header[:0])
}

// valueBytes are the bytes that values are made of when they are no text: digits and marks, words, exponents, UUIDs.
const valueBytes = "0123456789+-.:TZINabcdefghijklmnopqrstuvwxyz"

// begin starts a message.
func (e *csvRows) begin() {
	e.msg, e.rows = e.msg[:0], 0
	if !e.once || !e.started {
		e.msg = append(e.msg, e.header...)
	}
}

// Header gives what the messages of the chunk that was begun last begin with, line end included.
func (e *csvRows) Header() []byte { return e.header }

func (e *csvRows) appendHeader(dst []byte) []byte {
	l := e.layout
	if len(l.Header) == 0 {
		return dst // the input has none, so neither has the output
	}
	from := len(dst)
	if e.whole {
		dst = append(dst, l.Header...)
	}
	names := e.style.split(l.Header)
	for i := range e.rest {
		if i > 0 || e.whole {
			dst = append(dst, l.Delimiter)
		}
		if c := &e.rest[i]; c.Input == Added {
			dst = e.style.append(dst, []byte(c.Name))
		} else {
			dst = append(dst, names[c.Input]...)
		}
	}
	return e.style.end(dst, from, lineEnd(l.EOL))
}

func (e *csvRows) Batch(b *flow.Batch) error {
	for i := range b.N {
		if b.Dead.Get(i) {
			continue
		}
		start := len(e.msg)
		e.msg = e.appendRow(e.msg, b, i)
		if len(e.msg) == start { // one column without a value: a blank line would be no record
			e.msg = append(e.msg, e.style.quote, e.style.quote)
		}
		eol := b.EOL(i)
		if len(eol) == 0 { // the chunk's last record: it gets that of the record before it
			eol = e.before(b, i)
		}
		e.msg = e.style.end(e.msg, start, eol)
		e.rows++
		if len(e.msg) > e.limit {
			if err := e.cut(b, i, start); err != nil {
				return err
			}
		}
	}
	e.note(b)
	return nil
}

// appendRow appends row i without its line end: of the input's cells the bytes.
func (e *csvRows) appendRow(dst []byte, b *flow.Batch, i int) []byte {
	if e.whole {
		dst = append(dst, b.Raw(i)...)
	}
	for k := range e.rest {
		if k > 0 || e.whole {
			dst = append(dst, e.layout.Delimiter)
		}
		c := &e.rest[k]
		switch {
		case c.Input != Added:
			s := b.Cells[i*len(b.Input)+c.Input]
			dst = append(dst, b.Bytes[s.From:s.To]...)
		case !c.Valid.Get(i):
		case c.Type == flow.Category:
			if labels, code := e.labels[k], int(c.Codes[i]); code < len(labels) {
				dst = append(dst, labels[code]...)
			} else { // kept
				dst = e.style.append(dst, c.Cell(i))
			}
		case c.Type == flow.String:
			dst = e.style.append(dst, c.Cell(i))
		case e.plain:
			dst = appendValue(dst, c.Column, i)
		default:
			e.value = appendValue(e.value[:0], c.Column, i)
			dst = e.style.append(dst, e.value)
		}
	}
	return dst
}

// cut keeps the message within its limit: its last row, which begins at start, moves to a message of its own, or is refused
// when it fits into none.
func (e *csvRows) cut(b *flow.Batch, i, start int) error {
	row := e.msg[start:]
	head := len(e.header)
	if e.once {
		head = 0
	}
	if head+len(row) > e.room {
		tooLong(b, i, e.w.fx.Limit[flow.Scored])
		e.msg, e.rows = e.msg[:start], e.rows-1
		return nil
	}
	if e.rows == 1 {
		return nil
	}
	e.row = append(e.row[:0], row...)
	e.msg, e.rows = e.msg[:start], e.rows-1
	if err := e.send(false); err != nil {
		return err
	}
	e.msg, e.rows = append(e.msg, e.row...), 1
	return nil
}

// before gives the line end of the record before row i, be it refused or not.
func (e *csvRows) before(b *flow.Batch, i int) []byte {
	if i > 0 && b.Index(i-1) == b.Index(i)-1 {
		return lineEnd(b.EOL(i - 1))
	}
	if f := lastRefused(b); f != nil && f.Row == b.Index(i)-1 {
		return lineEnd(b.LineEnd(int(f.To - b.Offset)))
	}
	return e.eol
}

// note keeps the line end of the batch's last record for the next batch, whose window is another.
func (e *csvRows) note(b *flow.Batch) {
	f := lastRefused(b)
	switch {
	case f != nil && (b.N == 0 || f.Row > b.Index(b.N-1)):
		e.eol = lineEnd(b.LineEnd(int(f.To - b.Offset)))
	case b.N > 0:
		e.eol = lineEnd(b.EOL(b.N - 1))
	}
}

// lastRefused gives the last finding of a record that the scanner has refused, or nil. Only findings of the batch's own rows
// stand behind those of the scanner.
func lastRefused(b *flow.Batch) *flow.Finding {
	for i := len(b.Findings) - 1; i >= 0; i-- {
		if f := &b.Findings[i]; f.Slot < 0 {
			return f
		}
	}
	return nil
}

func (e *csvRows) End() error {
	if e.rows == 0 && (!e.once || len(e.msg) == 0) {
		return nil
	}
	return e.send(true)
}

func (e *csvRows) send(last bool) error {
	w := e.w
	if err := w.emit(flow.Scored, w.partition(flow.Scored), w.chunk.Key, e.msg, w.part(contentCSV, e.rows, e.part, last)); err != nil {
		return err
	}
	e.part++
	e.started = true
	e.begin()
	return nil
}
