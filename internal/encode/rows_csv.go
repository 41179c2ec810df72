package encode

import (
	"strconv"

	"github.com/assay-dev/assay/internal/flow"
)

// csvPart is the size at which a message of CSV rows is closed when its topic sets no smaller limit.
const csvPart = 256 << 10

// csvRows makes messages of whole rows: the input's bytes with the score columns at the end, a header row in each.
type csvRows struct {
	w *Writer
	// once is for files: the header stands only before the first row of all chunks.
	once    bool
	started bool // the file has its header

	layout *Layout
	style  cellStyle
	header []byte     // the output's header row, line end included
	whole  bool       // rows leave with all their cells
	kept   []int      // else: the input columns that stay
	labels [][][]byte // per output column: each label as a CSV cell

	room  int    // bytes that a message may have
	limit int    // bytes at which one is closed
	eol   []byte // of the record before
	msg   []byte
	rows  int // of msg
	part  int
	row   []byte // the row that did not fit, between two messages
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
	e.kept, e.whole = e.kept[:0], !e.w.feed.ColumnsOnly
	for i := range b.Input {
		switch {
		case l.Replaced[i]:
			e.whole = false
		case !e.w.feed.ColumnsOnly || i == l.Key:
			e.kept = append(e.kept, i)
		}
	}
	e.labels = e.labels[:0]
	for i := range b.Out {
		var labels [][]byte
		for _, t := range b.Out[i].Labels {
			labels = append(labels, e.style.append(nil, []byte(t)))
		}
		e.labels = append(e.labels, labels)
	}
	e.header = e.appendHeader(e.header[:0], b)
}

// begin starts a message.
func (e *csvRows) begin() {
	e.msg, e.rows = e.msg[:0], 0
	if !e.once || !e.started {
		e.msg = append(e.msg, e.header...)
	}
}

func (e *csvRows) appendHeader(dst []byte, b *flow.Batch) []byte {
	l := e.layout
	if len(l.Header) == 0 {
		return dst // the input has none, so neither has the output
	}
	cells := 0
	delimit := func() {
		if cells++; cells > 1 {
			dst = append(dst, l.Delimiter)
		}
	}
	if e.whole {
		delimit()
		dst = append(dst, l.Header...)
	} else {
		names := e.style.split(l.Header)
		for _, i := range e.kept {
			delimit()
			dst = append(dst, names[i]...)
		}
	}
	for i := range b.Out {
		delimit()
		dst = e.style.append(dst, []byte(b.Out[i].Name))
	}
	return append(dst, lineEnd(l.EOL)...)
}

func (e *csvRows) Batch(b *flow.Batch) error {
	for i := range b.N {
		if b.Dead.Get(i) {
			continue
		}
		start := len(e.msg)
		e.msg = e.appendCells(e.msg, b, i)
		for k := range b.Out {
			if k > 0 || e.whole || len(e.kept) > 0 {
				e.msg = append(e.msg, e.layout.Delimiter)
			}
			e.msg = e.appendValue(e.msg, &b.Out[k], k, i)
		}
		if len(e.msg) == start { // one column without a value: a blank line would be no record
			e.msg = append(e.msg, e.style.quote, e.style.quote)
		}
		eol := b.EOL(i)
		if len(eol) == 0 { // the chunk's last record: it gets that of the record before it
			eol = e.before(b, i)
		}
		e.msg = append(e.msg, eol...)
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

// appendCells appends what row i keeps of its cells, byte for byte.
func (e *csvRows) appendCells(dst []byte, b *flow.Batch, i int) []byte {
	if e.whole {
		return append(dst, b.Raw(i)...)
	}
	for n, k := range e.kept {
		if n > 0 {
			dst = append(dst, e.layout.Delimiter)
		}
		s := b.Cells[i*len(b.Input)+k]
		dst = append(dst, b.Bytes[s.From:s.To]...)
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

func (e *csvRows) appendValue(dst []byte, c *flow.Column, k, i int) []byte {
	switch {
	case !c.Valid.Get(i):
		return dst
	case c.Type == flow.Category:
		return append(dst, e.labels[k][c.Codes[i]]...)
	case c.Type == flow.Float64:
		return strconv.AppendFloat(dst, c.Floats[i], 'g', -1, 64)
	case c.Type == flow.Bool:
		return strconv.AppendBool(dst, c.Ints[i] != 0)
	case c.Ints != nil:
		return strconv.AppendInt(dst, c.Ints[i], 10)
	}
	return e.style.append(dst, c.Cell(i))
}
