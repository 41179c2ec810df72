package encode

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/assay-dev/assay/internal/flow"
)

// arrowRows makes Arrow IPC streams: a stream a message on a topic, one stream for all chunks in a file. Input columns
// keep their text (numbers and booleans their type); categories that scorers fill are dictionaries.
type arrowRows struct {
	w    *Writer
	once bool

	layout  *Layout
	schema  *arrow.Schema
	columns []arrowColumn
	alloc   memory.Allocator
	buf     bytes.Buffer
	stream  *ipc.Writer // of the file, when once
	part    int
	live    []int32 // rows of the batch that are not dead
}

// arrowColumn is one output column: where its values come from, and buffers that are used again.
type arrowColumn struct {
	in, out int // index into Input or Out, the other is −1
	dict    arrow.Array
	valid   []byte
	offsets []int32
	data    []byte
}

// NewArrowRows gives the encoder of rows as Arrow IPC. With once all chunks go into one stream, which Close ends.
func NewArrowRows(w *Writer, once bool) Rows {
	return &arrowRows{w: w, once: once, alloc: memory.DefaultAllocator}
}

func (e *arrowRows) Begin(l *Layout, b *flow.Batch) error {
	e.layout, e.part = l, 1
	columns := e.columns[:0]
	var fields []arrow.Field
	for i, c := range b.Input {
		if l.Replaced[i] || e.w.feed.ColumnsOnly && i != l.Key {
			continue
		}
		columns = append(columns, arrowColumn{in: i, out: -1})
		fields = append(fields, arrow.Field{Name: l.Names[i], Type: inputType(c.Type), Nullable: true})
	}
	for i := range b.Out {
		c := &b.Out[i]
		a := arrowColumn{in: -1, out: i}
		if c.Type == flow.Category {
			a.dict = dictionary(e.alloc, c.Labels)
		}
		columns = append(columns, a)
		fields = append(fields, arrow.Field{Name: c.Name, Type: outputType(c.Type), Nullable: true})
	}
	e.columns = columns
	schema := arrow.NewSchema(fields, nil)
	if e.once && e.stream != nil {
		if !e.schema.Equal(schema) {
			return fmt.Errorf("the columns %v differ from those of the file before, %v", schema, e.schema)
		}
		return nil
	}
	e.schema = schema
	return nil
}

func dictionary(alloc memory.Allocator, labels []string) arrow.Array {
	b := array.NewStringBuilder(alloc)
	defer b.Release()
	b.AppendValues(labels, nil)
	return b.NewArray()
}

// inputType is the type of an input column in the output: numbers and booleans as such, all else as the cell's text.
func inputType(t flow.Type) arrow.DataType {
	switch t {
	case flow.Int64:
		return arrow.PrimitiveTypes.Int64
	case flow.Float64:
		return arrow.PrimitiveTypes.Float64
	case flow.Bool:
		return arrow.FixedWidthTypes.Boolean
	default:
		return arrow.BinaryTypes.String
	}
}

// outputType is the type of a score column.
func outputType(t flow.Type) arrow.DataType {
	switch t {
	case flow.Int8:
		return arrow.PrimitiveTypes.Int8
	case flow.Category:
		return &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int16, ValueType: arrow.BinaryTypes.String}
	default:
		return inputType(t)
	}
}

func (e *arrowRows) Batch(b *flow.Batch) error {
	e.live = e.live[:0]
	for i := range b.N {
		if !b.Dead.Get(i) {
			e.live = append(e.live, int32(i))
		}
	}
	return e.write(b, e.live)
}

// write sends rows as one message, or as two halves where one is too large.
func (e *arrowRows) write(b *flow.Batch, rows []int32) error {
	if len(rows) == 0 {
		return nil
	}
	rec := e.record(b, rows)
	defer rec.Release()
	if e.once {
		return e.append(rec)
	}
	e.buf.Reset()
	s := ipc.NewWriter(&e.buf, ipc.WithSchema(e.schema), ipc.WithAllocator(e.alloc))
	if err := s.Write(rec); err != nil {
		return fmt.Errorf("writing an Arrow stream: %w", err)
	}
	if err := s.Close(); err != nil {
		return fmt.Errorf("ending an Arrow stream: %w", err)
	}
	limit := e.w.fx.Limit[flow.Scored]
	if limit > 0 && e.buf.Len() > limit-messageSlack {
		if len(rows) == 1 {
			tooLong(b, int(rows[0]), limit)
			return nil
		}
		half := len(rows) / 2
		if err := e.write(b, rows[:half]); err != nil {
			return err
		}
		return e.write(b, rows[half:])
	}
	return e.send(len(rows))
}

// append writes a record to the file's stream and sends what that gave.
func (e *arrowRows) append(rec arrow.Record) error {
	if e.stream == nil {
		e.stream = ipc.NewWriter(&e.buf, ipc.WithSchema(e.schema), ipc.WithAllocator(e.alloc))
	}
	e.buf.Reset()
	if err := e.stream.Write(rec); err != nil {
		return fmt.Errorf("writing an Arrow stream: %w", err)
	}
	return e.send(int(rec.NumRows()))
}

// Close ends the stream of a file and gives its last bytes.
func (e *arrowRows) Close() ([]byte, error) {
	e.buf.Reset()
	if e.stream == nil {
		if e.schema == nil {
			return nil, nil
		}
		e.stream = ipc.NewWriter(&e.buf, ipc.WithSchema(e.schema), ipc.WithAllocator(e.alloc))
	}
	if err := e.stream.Close(); err != nil {
		return nil, fmt.Errorf("ending an Arrow stream: %w", err)
	}
	return e.buf.Bytes(), nil
}

func (e *arrowRows) send(rows int) error {
	w := e.w
	h := append(w.headers[:0],
		flow.Header{Key: "content-type", Value: contentArrow},
		flow.Header{Key: "assay-source", Value: w.source},
		flow.Header{Key: "assay-rows", Value: strconv.AppendInt(nil, int64(rows), 10)},
		flow.Header{Key: "assay-version", Value: []byte(w.feed.Version)},
		flow.Header{Key: "assay-part", Value: strconv.AppendInt(nil, int64(e.part), 10)})
	w.headers = append(h, w.carried...)
	e.part++
	return w.emit(flow.Scored, w.partition(flow.Scored), w.chunk.Key, e.buf.Bytes(), w.headers)
}

func (e *arrowRows) End() error { return nil }

// record gathers rows of b into an Arrow record over buffers of e, valid until the next one.
func (e *arrowRows) record(b *flow.Batch, rows []int32) arrow.Record {
	cols := make([]arrow.Array, len(e.columns))
	for k := range e.columns {
		a := &e.columns[k]
		if a.in >= 0 {
			cols[k] = a.gather(b.Input[a.in], inputType(b.Input[a.in].Type), rows)
		} else {
			cols[k] = a.gather(&b.Out[a.out], outputType(b.Out[a.out].Type), rows)
		}
	}
	rec := array.NewRecord(e.schema, cols, int64(len(rows)))
	for _, c := range cols {
		c.Release()
	}
	return rec
}

// gather makes an Arrow array of rows of c.
func (a *arrowColumn) gather(c *flow.Column, t arrow.DataType, rows []int32) arrow.Array {
	n := len(rows)
	a.valid = append(a.valid[:0], make([]byte, (n+7)/8)...)
	nulls := 0
	text := t.ID() == arrow.STRING
	for j, i := range rows {
		if text || c.Valid.Get(int(i)) {
			a.valid[j/8] |= 1 << (j % 8)
		} else {
			nulls++
		}
	}
	a.data = a.data[:0]
	buffers := []*memory.Buffer{memory.NewBufferBytes(a.valid), nil}
	var dict arrow.ArrayData
	switch t.ID() {
	case arrow.STRING:
		a.offsets = append(a.offsets[:0], 0)
		for _, i := range rows {
			a.data = append(a.data, c.Cell(int(i))...)
			a.offsets = append(a.offsets, int32(len(a.data)))
		}
		buffers[1] = memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(a.offsets))
		buffers = append(buffers, memory.NewBufferBytes(a.data))
	case arrow.BOOL:
		a.data = append(a.data, make([]byte, (n+7)/8)...)
		for j, i := range rows {
			if c.Ints[i] != 0 {
				a.data[j/8] |= 1 << (j % 8)
			}
		}
	case arrow.INT8:
		for _, i := range rows {
			a.data = append(a.data, byte(int8(c.Ints[i])))
		}
	case arrow.INT64:
		for _, i := range rows {
			a.data = append(a.data, arrow.Int64Traits.CastToBytes(c.Ints[i:i+1])...)
		}
	case arrow.FLOAT64:
		for _, i := range rows {
			a.data = append(a.data, arrow.Float64Traits.CastToBytes(c.Floats[i:i+1])...)
		}
	case arrow.DICTIONARY:
		for _, i := range rows {
			a.data = append(a.data, arrow.Int16Traits.CastToBytes(c.Codes[i:i+1])...)
		}
		dict = a.dict.Data()
	}
	if buffers[1] == nil {
		buffers[1] = memory.NewBufferBytes(a.data)
	}
	var data *array.Data
	if dict != nil {
		data = array.NewDataWithDictionary(t, n, buffers, nulls, 0, dict.(*array.Data))
	} else {
		data = array.NewData(t, n, buffers, nil, nulls, 0)
	}
	defer data.Release()
	return array.MakeFromData(data)
}
