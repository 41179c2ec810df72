package encode

import (
	"strconv"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// jsonRows makes one JSON object a message.
type jsonRows struct {
	w       *Writer
	layout  *Layout
	members []member
	closing []byte // what stands behind the last member

	headers []flow.Header
	origin  int    // of the headers, the one that names the row; -1 when none does
	source  []byte // its value
	prefix  int    // of source, up to the row's number
	part    int32
}

// member is one member of the object.
type member struct {
	column *flow.Column
	kind   memberKind
	// lead is all that stands before the value: what closes the member before, the name, and the quote that opens a text.
	lead   []byte
	labels [][]byte // added categories: each label, quoted
}

type memberKind uint8

const (
	asText memberKind = iota // the cell's text as a string
	asInt                    // a number; this and all that follow: null when there is none
	asFloat
	asBool
	asLabel
	asWord  // an added text
	asTyped // an added value of another type, as a string
)

// NewJSONRows gives the encoder of rows as JSON messages.
func NewJSONRows(w *Writer) Rows { return &jsonRows{w: w} }

func (e *jsonRows) Begin(l *Layout, _ *flow.Batch) error {
	if e.layout != l {
		e.bind(l)
	}
	e.part = e.w.partition(flow.Scored)
	e.beginHeaders()
	return nil
}

// bind makes what depends on the header only.
func (e *jsonRows) bind(l *Layout) {
	e.layout, e.members = l, e.members[:0]
	for i := range l.Columns {
		c := &l.Columns[i]
		e.add(c.Name, c.Column, kindOf(c.Type, c.Input == Added))
	}
	e.closing = []byte("}")
	if n := len(e.members); n > 0 && e.members[n-1].kind == asText {
		e.closing = []byte(`"}`)
	} else if n == 0 {
		e.closing = []byte("{}")
	}
}

func (e *jsonRows) add(name string, c *flow.Column, kind memberKind) {
	m := member{column: c, kind: kind}
	switch n := len(e.members); {
	case n == 0:
		m.lead = append(m.lead, '{')
	case e.members[n-1].kind == asText:
		m.lead = append(m.lead, `",`...)
	default:
		m.lead = append(m.lead, ',')
	}
	m.lead = append(fault.AppendJSONString(m.lead, name), ':')
	switch kind {
	case asText:
		m.lead = append(m.lead, '"')
	case asLabel:
		for _, t := range c.Labels {
			m.labels = append(m.labels, fault.AppendJSONString(nil, t))
		}
	default:
	}
	e.members = append(e.members, m)
}

func kindOf(t flow.Type, added bool) memberKind {
	switch {
	case t == flow.Int64 || t == flow.Int8:
		return asInt
	case t == flow.Float64:
		return asFloat
	case t == flow.Bool:
		return asBool
	case added && t == flow.Category:
		return asLabel
	case added && t == flow.String:
		return asWord
	case added:
		return asTyped
	}
	return asText
}

func (e *jsonRows) beginHeaders() {
	w := e.w
	e.source = append(append(e.source[:0], w.source...), '/')
	e.prefix = len(e.source)
	e.headers, e.origin = e.headers[:0], -1
	switch w.feed.Headers {
	case HeadersNone:
	case HeadersSource:
		e.headers = append(e.headers, flow.Header{Key: "assay-source"})
		e.origin = 0
	case HeadersAll:
		e.headers = append(e.headers,
			flow.Header{Key: "content-type", Value: contentJSON},
			flow.Header{Key: "assay-source"},
			flow.Header{Key: "assay-version", Value: w.version})
		e.headers = append(e.headers, w.carried...)
		e.origin = 1
	}
}

func (e *jsonRows) Batch(b *flow.Batch) error {
	w := e.w
	key, partition := w.chunk.Key, e.part
	scatter := int32(0) // partitions to spread the rows over
	if w.feed.ByKey {
		scatter = w.feed.Partitions[flow.Scored]
	}
	for i := range b.N {
		if b.Dead.Get(i) {
			continue
		}
		v := e.appendRow(w.buf[:0], i)
		w.buf = v
		if k := e.layout.Key; k >= 0 {
			key = b.Input[k].Cell(i)
		}
		if e.origin >= 0 {
			e.source = strconv.AppendInt(e.source[:e.prefix], b.Index(i), 10)
			e.headers[e.origin].Value = e.source
		}
		if scatter > 0 {
			partition = KeyPartition(key, scatter)
		}
		if w.emit(flow.Scored, partition, key, v, e.headers) != nil {
			tooLong(b, i, w.fx.Limit[flow.Scored])
		}
	}
	return nil
}

func (e *jsonRows) End() error { return nil }

func (e *jsonRows) appendRow(v []byte, i int) []byte {
	for k := range e.members {
		m := &e.members[k]
		v = append(v, m.lead...)
		if m.kind != asText {
			v = m.appendValue(v, i)
			continue
		}
		if cell := m.column.Cell(i); fault.PlainJSON(cell) {
			v = append(v, cell...)
		} else { // with quotes of its own, one of which stands there already, the other is the next lead's
			v = fault.AppendJSONString(v[:len(v)-1], cell)
			v = v[:len(v)-1]
		}
	}
	return append(v, e.closing...)
}

func (m *member) appendValue(v []byte, i int) []byte {
	c := m.column
	if !c.Valid.Get(i) {
		return append(v, "null"...)
	}
	switch m.kind {
	case asLabel:
		if code := int(c.Codes[i]); code < len(m.labels) {
			return append(v, m.labels[code]...)
		}
		return fault.AppendJSONString(v, c.Cell(i)) // kept
	case asInt:
		return strconv.AppendInt(v, c.Ints[i], 10)
	case asFloat:
		return appendFloat(v, c.Floats[i])
	case asBool:
		return strconv.AppendBool(v, c.Ints[i] != 0)
	case asWord:
		return fault.AppendJSONString(v, c.Cell(i))
	default: // of digits and the like, which need no escape
		return append(appendValue(append(v, '"'), c, i), '"')
	}
}
