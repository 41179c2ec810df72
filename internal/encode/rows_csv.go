package encode

import (
	"bytes"
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
	started bool

	layout   *Layout
	header   []byte // the output's header row, line end included
	eol      []byte // of the record before
	replaced bool
	kept     []int      // input columns that stay, when some are replaced or only scores are wanted
	labels   [][][]byte // per output column: each label as a CSV cell
	msg      []byte
	rows     int
	part     int
	limit    int
	headers  []flow.Header
	row      []byte // the row that did not fit, between two messages
}

// NewCSVRows gives the encoder of rows as CSV. With once the header row is written only before the first chunk's rows, as
// a file needs it; otherwise each message begins with it.
func NewCSVRows(w *Writer, once bool) Rows { return &csvRows{w: w, once: once} }

func (e *csvRows) Begin(l *Layout, b *flow.Batch) error {
	e.layout, e.rows, e.part = l, 0, 1
	e.eol = l.EOL
	if len(e.eol) == 0 {
		e.eol = lf
	}
	e.kept, e.replaced = e.kept[:0], e.w.feed.ColumnsOnly
	for i := range b.Input {
		switch {
		case l.Replaced[i]:
			e.replaced = true
		case !e.w.feed.ColumnsOnly || i == l.Key:
			e.kept = append(e.kept, i)
		}
	}
	e.labels = e.labels[:0]
	for i := range b.Out {
		var labels [][]byte
		for _, t := range b.Out[i].Labels {
			labels = append(labels, appendCell(nil, []byte(t), l.Delimiter, l.Quote))
		}
		e.labels = append(e.labels, labels)
	}
	e.header = e.appendHeader(e.header[:0], b)
	e.limit = csvPart
	if m := e.w.fx.Limit[flow.Scored]; m > 0 && m-messageSlack < e.limit {
		e.limit = max(m-messageSlack, len(e.header)+1)
	}
	e.msg = e.msg[:0]
	if !e.once || !e.started {
		e.msg = append(e.msg, e.header...)
	}
	return nil
}

// messageSlack is room left in a message of rows for its key, headers and framing.
const messageSlack = 4 << 10

var lf = []byte{'\n'}

func (e *csvRows) appendHeader(dst []byte, b *flow.Batch) []byte {
	l := e.layout
	if len(l.Header) == 0 {
		return dst // the input has none, so neither has the output
	}
	if e.replaced {
		cells := splitCells(l.Header, l.Delimiter, l.Quote)
		for _, i := range e.kept {
			dst = e.delimit(dst)
			dst = append(dst, cells[i]...)
		}
	} else {
		dst = append(dst, l.Header...)
	}
	for i := range b.Out {
		dst = e.delimit(dst)
		dst = appendCell(dst, []byte(b.Out[i].Name), l.Delimiter, l.Quote)
	}
	return append(dst, e.eol...)
}

// delimit puts a delimiter between cells of a line that begins at the start of dst.
func (e *csvRows) delimit(dst []byte) []byte {
	if len(dst) == 0 {
		return dst
	}
	return append(dst, e.layout.Delimiter)
}

func (e *csvRows) Batch(b *flow.Batch) error {
	l := e.layout
	for i := range b.N {
		if b.Dead.Get(i) {
			continue
		}
		start := len(e.msg)
		if e.replaced {
			for n, k := range e.kept {
				if n > 0 {
					e.msg = append(e.msg, l.Delimiter)
				}
				s := b.Cells[i*len(b.Input)+k]
				e.msg = append(e.msg, b.Bytes[s.From:s.To]...)
			}
		} else {
			e.msg = append(e.msg, b.Raw(i)...)
		}
		for k := range b.Out {
			if k > 0 || len(e.kept) > 0 {
				e.msg = append(e.msg, l.Delimiter)
			}
			e.msg = e.appendValue(e.msg, &b.Out[k], k, i)
		}
		if eol := b.EOL(i); len(eol) > 0 {
			e.eol = eol
		}
		e.msg = append(e.msg, e.eol...)
		e.rows++
		if len(e.msg) > e.limit {
			if err := e.cut(b, i, start); err != nil {
				return err
			}
		}
	}
	// The bytes of a line end belong to the window, which is gone by the next batch.
	e.eol = keepEOL(e.eol)
	return nil
}

// cut sends the message without its last row, which begins at start, and begins the next one with that row.
func (e *csvRows) cut(b *flow.Batch, i, start int) error {
	if e.rows > 1 {
		e.row = append(e.row[:0], e.msg[start:]...)
		e.msg, e.rows = e.msg[:start], e.rows-1
		if err := e.send(false); err != nil {
			return err
		}
		e.msg, e.rows = append(e.msg, e.row...), 1
	}
	if m := e.w.fx.Limit[flow.Scored]; m > 0 && len(e.msg) > m-messageSlack {
		tooLong(b, i, m)
		e.msg, e.rows = e.msg[:e.headerLen()], 0
	}
	return nil
}

func (e *csvRows) headerLen() int {
	if e.once {
		return 0
	}
	return len(e.header)
}

func (e *csvRows) End() error {
	if e.rows == 0 && (!e.once || len(e.msg) == 0) {
		return nil
	}
	return e.send(true)
}

func (e *csvRows) send(last bool) error {
	w := e.w
	e.headers = append(e.headers[:0],
		flow.Header{Key: "content-type", Value: contentCSV},
		flow.Header{Key: "assay-source", Value: w.source},
		flow.Header{Key: "assay-rows", Value: strconv.AppendInt(nil, int64(e.rows), 10)},
		flow.Header{Key: "assay-version", Value: []byte(w.feed.Version)},
		flow.Header{Key: "assay-part", Value: strconv.AppendInt(nil, int64(e.part), 10)})
	if last {
		e.headers = append(e.headers, flow.Header{Key: "assay-part-last", Value: []byte("1")})
	}
	e.headers = append(e.headers, w.carried...)
	if err := w.emit(flow.Scored, w.partition(flow.Scored), w.chunk.Key, e.msg, e.headers); err != nil {
		return err
	}
	e.part++
	e.rows, e.started = 0, true
	e.msg = e.msg[:0]
	if !e.once {
		e.msg = append(e.msg, e.header...)
	}
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
	return appendCell(dst, c.Cell(i), e.layout.Delimiter, e.layout.Quote)
}

// appendCell appends text as one CSV cell, quoted when it must be.
func appendCell(dst, text []byte, delimiter, quote byte) []byte {
	if bytes.IndexByte(text, delimiter) < 0 && bytes.IndexByte(text, quote) < 0 && bytes.IndexByte(text, '\n') < 0 && bytes.IndexByte(text, '\r') < 0 {
		return append(dst, text...)
	}
	dst = append(dst, quote)
	for _, c := range text {
		if c == quote {
			dst = append(dst, quote)
		}
		dst = append(dst, c)
	}
	return append(dst, quote)
}

// splitCells gives the raw cells, quotes included, of a well-formed record.
func splitCells(record []byte, delimiter, quote byte) [][]byte {
	var cells [][]byte
	from, quoted := 0, false
	for i, c := range record {
		switch {
		case c == quote:
			quoted = !quoted
		case c == delimiter && !quoted:
			cells = append(cells, record[from:i])
			from = i + 1
		}
	}
	return append(cells, record[from:])
}

// keepEOL gives a line end that outlives the window it was found in.
func keepEOL(eol []byte) []byte {
	switch string(eol) {
	case "\r\n":
		return crlf
	case "\r":
		return cr
	}
	return lf
}

var crlf, cr = []byte("\r\n"), []byte("\r")
