package flow

import (
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// Borrow gives the batch as an Arrow record over its own memory: the columns of Cols, then those of Out, all N rows,
// refused ones included. Text is StringView, categories are dictionary<int16, utf8>, or Utf8 where they keep texts that are no
// label. Nothing is copied but such categories, and booleans, dates and
// int8 scores, which the batch keeps wider than Arrow does. The record is valid until the next batch is decoded; it
// needs no Release.
func (b *Batch) Borrow() arrow.Record {
	return b.record(builder{view: true, mem: memory.DefaultAllocator})
}

// Record gives the same record in memory of its own, with text as Utf8. The caller owns it and releases it.
func (b *Batch) Record(mem memory.Allocator) arrow.Record { return b.record(builder{mem: mem}) }

func (b *Batch) record(m builder) arrow.Record {
	fields := make([]arrow.Field, 0, len(b.Cols)+len(b.Out))
	columns := make([]arrow.Array, 0, cap(fields))
	for _, group := range [...][]Column{b.Cols, b.Out} {
		for i := range group {
			a := m.array(&group[i], b.N)
			fields = append(fields, arrow.Field{Name: group[i].Name, Type: a.DataType(), Nullable: true})
			columns = append(columns, a)
		}
	}
	record := array.NewRecord(arrow.NewSchema(fields, nil), columns, int64(b.N))
	for _, a := range columns {
		a.Release()
	}
	return record
}

// builder makes Arrow arrays of columns.
type builder struct {
	view bool // over the column's memory, where its layout is Arrow's
	mem  memory.Allocator
}

func (m builder) array(c *Column, n int) arrow.Array {
	nulls := n - c.Valid.Count(n)
	buffers := []*memory.Buffer{nil}
	if nulls > 0 {
		buffers[0] = m.buffer(bytesOf(c.Valid)[:(n+7)/8])
	}
	var t arrow.DataType
	var labels arrow.Array
	switch {
	case c.Type == String:
		t, buffers = m.text(c, n, buffers)
	case c.Keeps:
		t, buffers = m.words(c, n, buffers)
	default:
		t, labels, buffers = m.fixed(c, n, buffers)
	}
	var data *array.Data
	if labels != nil {
		data = array.NewDataWithDictionary(t, n, buffers, nulls, 0, labels.Data().(*array.Data))
		labels.Release()
	} else {
		data = array.NewData(t, n, buffers, nil, nulls, 0)
	}
	for _, b := range buffers { // the data holds them now
		if b != nil {
			b.Release()
		}
	}
	defer data.Release()
	return array.MakeFromData(data)
}

// fixed adds the values of a column that are of one width, and gives the labels of a category.
func (m builder) fixed(c *Column, n int, buffers []*memory.Buffer) (t arrow.DataType, labels arrow.Array, _ []*memory.Buffer) {
	switch c.Type {
	case Category:
		d := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int16, ValueType: arrow.BinaryTypes.String}
		t, labels = d, m.labels(c.Labels)
		buffers = append(buffers, m.buffer(bytesOf(c.Codes[:n])))
	case Int64:
		t, buffers = arrow.PrimitiveTypes.Int64, append(buffers, m.buffer(bytesOf(c.Ints[:n])))
	case Timestamp:
		t, buffers = timestampType(c.Unit), append(buffers, m.buffer(bytesOf(c.Ints[:n])))
	case Date:
		t, buffers = arrow.FixedWidthTypes.Date32, append(buffers, narrow[int32](m, c.Ints[:n]))
	case Int8:
		t, buffers = arrow.PrimitiveTypes.Int8, append(buffers, narrow[int8](m, c.Ints[:n]))
	case Bool:
		t, buffers = arrow.FixedWidthTypes.Boolean, append(buffers, m.bits(c.Ints[:n]))
	case Float64:
		t, buffers = arrow.PrimitiveTypes.Float64, append(buffers, m.buffer(bytesOf(c.Floats[:n])))
	case Decimal:
		t = &arrow.Decimal128Type{Precision: c.Precision, Scale: c.Scale}
		buffers = append(buffers, m.buffer(bytesOf(c.Decimals[:n])))
	case UUID:
		t = &arrow.FixedSizeBinaryType{ByteWidth: 16}
		buffers = append(buffers, m.buffer(bytesOf(c.UUIDs[:n])))
	}
	return t, labels, buffers
}

func timestampType(unit string) arrow.DataType {
	switch unit {
	case "s":
		return arrow.FixedWidthTypes.Timestamp_s
	case "ms":
		return arrow.FixedWidthTypes.Timestamp_ms
	case "us":
		return arrow.FixedWidthTypes.Timestamp_us
	}
	return arrow.FixedWidthTypes.Timestamp_ns
}

// text adds the buffers of a string column to its validity: views and what they point into, or offsets and characters.
func (m builder) text(c *Column, n int, buffers []*memory.Buffer) (arrow.DataType, []*memory.Buffer) {
	if m.view {
		return arrow.BinaryTypes.StringView, append(buffers, m.buffer(bytesOf(c.Text[:n])), m.buffer(c.Buffers[0]), m.buffer(c.Buffers[1]))
	}
	size := 0
	for i := range n {
		size += c.Text[i].Len()
	}
	offsets, text := m.empty(4*(n+1)), m.empty(size)
	ends := valuesOf[int32](offsets)
	at := 0
	for i := range n {
		at += copy(text.Bytes()[at:], c.Cell(i))
		ends[i+1] = int32(at)
	}
	return arrow.BinaryTypes.String, append(buffers, offsets, text)
}

// words adds the labels of a category, and the texts that it keeps, as text: no dictionary has them all.
func (m builder) words(c *Column, n int, buffers []*memory.Buffer) (arrow.DataType, []*memory.Buffer) {
	offsets := m.empty(4 * (n + 1))
	ends := valuesOf[int32](offsets)
	var words []byte
	for i := range n {
		if c.Valid.Get(i) {
			words = c.AppendLabel(words, i)
		}
		ends[i+1] = int32(len(words))
	}
	return arrow.BinaryTypes.String, append(buffers, offsets, m.buffer(words))
}

func (m builder) labels(labels []string) arrow.Array {
	b := array.NewStringBuilder(m.mem)
	defer b.Release()
	b.AppendValues(labels, nil)
	return b.NewArray()
}

// bits packs booleans.
func (m builder) bits(values []int64) *memory.Buffer {
	b := m.empty((len(values) + 7) / 8)
	for i, v := range values {
		b.Bytes()[i/8] |= byte(v&1) << (i % 8)
	}
	return b
}

func narrow[T int8 | int32](m builder, values []int64) *memory.Buffer {
	b := m.empty(len(values) * int(unsafe.Sizeof(T(0))))
	out := valuesOf[T](b)
	for i, v := range values {
		out[i] = T(v)
	}
	return b
}

// buffer gives bytes as they lie there, or a copy of them.
func (m builder) buffer(bytes []byte) *memory.Buffer {
	if m.view {
		return memory.NewBufferBytes(bytes)
	}
	b := m.empty(len(bytes))
	copy(b.Bytes(), bytes)
	return b
}

// empty gives zeroed memory.
func (m builder) empty(size int) *memory.Buffer {
	b := memory.NewResizableBuffer(m.mem)
	b.Resize(size)
	clear(b.Bytes())
	return b
}

// bytesOf gives the memory of values. Arrow's layout is little-endian, as are all machines that the house supports.
func bytesOf[T View | int16 | int64 | uint64 | float64 | decimal128.Num | [16]byte](values []T) []byte {
	var one T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)*int(unsafe.Sizeof(one)))
}

func valuesOf[T int8 | int32](b *memory.Buffer) []T {
	var one T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b.Bytes()))), b.Len()/int(unsafe.Sizeof(one)))
}
