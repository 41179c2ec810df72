package encode

import (
	"strconv"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// Layout is the shape of a chunk's scored rows: which columns of a batch leave, under which names. It is made once a
// header.
type Layout struct {
	Header []byte   // the header record's bytes, without line end
	EOL    []byte   // its line end
	Names  []string // unique names of the input's columns, in their order
	// Replaced says which input columns give way to an output column of the same name.
	Replaced []bool
	// Key is the input column with the message key, or -1.
	Key       int
	Delimiter byte
	Quote     byte
}

// Rows encodes the scored rows of one chunk at a time. Its methods are called once a batch.
type Rows interface {
	// Begin starts a chunk with the columns of b.
	Begin(l *Layout, b *flow.Batch) error
	// Batch encodes the rows of b that are not dead.
	Batch(b *flow.Batch) error
	// End sends what is held back. Until then nothing may be missing from the Effects but the last message.
	End() error
}

// jsonRows makes one JSON object a message.
type jsonRows struct {
	w       *Writer
	members []member
	outs    []member
	key     int
	headers []flow.Header
	source  []byte
	prefix  int // of source, up to the row's number
	part    int32
}

// member is one member of the object: its name with what stands before it, and how the value is written.
type member struct {
	name   []byte // `{"id":` or `,"SEX":`
	column int
	kind   memberKind
	labels [][]byte // score categories: each label, quoted
}

type memberKind uint8

const (
	asText  memberKind = iota // the cell's text as a string
	asInt                     // a number, null when there is none
	asFloat                   // a number, null when there is none
	asBool
	asLabel
)

// NewJSONRows gives the encoder of rows as JSON messages.
func NewJSONRows(w *Writer) Rows { return &jsonRows{w: w} }

func (e *jsonRows) Begin(l *Layout, b *flow.Batch) error {
	e.members, e.outs, e.key = e.members[:0], e.outs[:0], l.Key
	sep := byte('{')
	add := func(list []member, name string, column int, c *flow.Column, out bool) []member {
		m := member{column: column, kind: kindOf(c.Type, out)}
		m.name = append(m.name, sep)
		m.name = append(fault.AppendJSONString(m.name, name), ':')
		if m.kind == asLabel {
			for _, t := range c.Labels {
				m.labels = append(m.labels, fault.AppendJSONString(nil, t))
			}
		}
		sep = ','
		return append(list, m)
	}
	for i, c := range b.Input {
		if l.Replaced[i] || e.w.feed.ColumnsOnly && i != l.Key {
			continue
		}
		e.members = add(e.members, l.Names[i], i, c, false)
	}
	for i := range b.Out {
		e.outs = add(e.outs, b.Out[i].Name, i, &b.Out[i], true)
	}
	e.beginHeaders()
	e.part = e.w.partition(flow.Scored)
	return nil
}

func (e *jsonRows) beginHeaders() {
	w := e.w
	e.source = append(append(e.source[:0], w.source...), '/')
	e.prefix = len(e.source)
	e.headers = e.headers[:0]
	switch w.feed.Headers {
	case HeadersNone:
	case HeadersSource:
		e.headers = append(e.headers, flow.Header{Key: "assay-source"})
	case HeadersAll:
		e.headers = append(e.headers,
			flow.Header{Key: "assay-source"},
			flow.Header{Key: "content-type", Value: contentJSON},
			flow.Header{Key: "assay-version", Value: []byte(w.feed.Version)})
		e.headers = append(e.headers, w.carried...)
	}
}

func kindOf(t flow.Type, out bool) memberKind {
	switch t {
	case flow.Int64, flow.Int8:
		return asInt
	case flow.Float64:
		return asFloat
	case flow.Bool:
		return asBool
	case flow.Category:
		if out {
			return asLabel
		}
	default:
	}
	return asText
}

func (e *jsonRows) Batch(b *flow.Batch) error {
	w := e.w
	keyed := e.w.chunk.Key
	for i := range b.N {
		if b.Dead.Get(i) {
			continue
		}
		v := w.buf[:0]
		for k := range e.members {
			v = appendMember(v, &e.members[k], b.Input[e.members[k].column], i)
		}
		for k := range e.outs {
			v = appendMember(v, &e.outs[k], &b.Out[e.outs[k].column], i)
		}
		v = append(v, '}')
		w.buf = v
		if e.key >= 0 {
			keyed = b.Input[e.key].Cell(i)
		}
		if len(e.headers) > 0 {
			e.source = strconv.AppendInt(e.source[:e.prefix], b.Index(i), 10)
			e.headers[0].Value = e.source
		}
		part := e.part
		if n := w.feed.Partitions[flow.Scored]; w.feed.ByKey && n > 0 {
			part = KeyPartition(keyed, n)
		}
		if w.emit(flow.Scored, part, keyed, v, e.headers) != nil {
			tooLong(b, i, w.fx.Limit[flow.Scored])
		}
	}
	return nil
}

// tooLong refuses a scored row that fits into no message of its topic.
func tooLong(b *flow.Batch, i, limit int) {
	f := b.Find(i, fault.FileTooLarge, nil, true)
	f.Limit = int64(limit)
}

func (e *jsonRows) End() error { return nil }

func appendMember(v []byte, m *member, c *flow.Column, i int) []byte {
	v = append(v, m.name...)
	switch m.kind {
	case asText:
		return fault.AppendJSONString(v, c.Cell(i))
	case asLabel:
		return append(v, m.labels[c.Codes[i]]...)
	default:
	}
	if !c.Valid.Get(i) {
		return append(v, "null"...)
	}
	switch m.kind {
	case asInt:
		return strconv.AppendInt(v, c.Ints[i], 10)
	case asFloat:
		return appendFloat(v, c.Floats[i])
	default:
		return strconv.AppendBool(v, c.Ints[i] != 0)
	}
}
