package encode

import (
	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/assay-dev/assay/internal/flow"
)

// arrowColumn is one column of Arrow output: where its values come from, and buffers that are used again.
type arrowColumn struct {
	from       *flow.Column
	added      bool
	kind       arrow.DataType
	dictionary arrow.Array
	valid      []byte
	offsets    []int32
	data       []byte
}

// inputType is the type of an input column in the output: numbers and booleans as such, all else as the cell's text. Of a column whose
// values are no text, such as dates, an empty cell is a null: a reader can cast what is there.
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

// addedType is the type of an added column. A category that keeps texts which are no label has no dictionary.
func addedType(f *flow.Field) arrow.DataType {
	switch {
	case f.Type == flow.Int8:
		return arrow.PrimitiveTypes.Int8
	case f.Type == flow.Category && !f.Keeps:
		return &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int16, ValueType: arrow.BinaryTypes.String}
	default:
		return inputType(f.Type)
	}
}

func dictionary(alloc memory.Allocator, labels []string) arrow.Array {
	b := array.NewStringBuilder(alloc)
	defer b.Release()
	b.AppendValues(labels, nil)
	return b.NewArray()
}

// gather makes an Arrow array of rows of the column.
func (a *arrowColumn) gather(rows []int32) arrow.Array {
	n, c := len(rows), a.from
	a.data = a.data[:0]
	buffers := make([]*memory.Buffer, 2, 3)
	nulls := 0
	if a.nullable() {
		if nulls = a.validity(c, rows); nulls > 0 {
			buffers[0] = memory.NewBufferBytes(a.valid)
		}
	}
	if a.kind.ID() == arrow.STRING {
		a.texts(c, rows)
		buffers[1] = memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(a.offsets))
		buffers = append(buffers, memory.NewBufferBytes(a.data))
	} else {
		a.values(c, rows)
		buffers[1] = memory.NewBufferBytes(a.data)
	}
	var data *array.Data
	if a.dictionary != nil {
		data = array.NewDataWithDictionary(a.kind, n, buffers, nulls, 0, a.dictionary.Data().(*array.Data))
	} else {
		data = array.NewData(a.kind, n, buffers, nil, nulls, 0)
	}
	defer data.Release()
	return array.MakeFromData(data)
}

// nullable reports whether a row without a value is a null. Of the input's texts and labels an empty cell is an empty text, as in
// JSON and CSV output.
func (a *arrowColumn) nullable() bool {
	return a.added || a.from.Type != flow.String && a.from.Type != flow.Category
}

// texts gathers the input's cells, or added values as text; nothing where a row has none.
func (a *arrowColumn) texts(c *flow.Column, rows []int32) {
	a.offsets = append(a.offsets[:0], 0)
	for _, i := range rows {
		switch {
		case a.nullable() && !c.Valid.Get(int(i)):
		case a.added:
			a.data = appendValue(a.data, c, int(i))
		default:
			a.data = append(a.data, c.Cell(int(i))...)
		}
		a.offsets = append(a.offsets, int32(len(a.data)))
	}
}

// validity gathers the validity bits and counts the nulls.
func (a *arrowColumn) validity(c *flow.Column, rows []int32) (nulls int) {
	a.valid = zeroed(a.valid, (len(rows)+7)/8)
	for j, i := range rows {
		if c.Valid.Get(int(i)) {
			a.valid[j/8] |= 1 << (j % 8)
		} else {
			nulls++
		}
	}
	return nulls
}

// values gathers numbers, booleans and codes in Arrow's layout.
func (a *arrowColumn) values(c *flow.Column, rows []int32) {
	switch a.kind.ID() {
	case arrow.BOOL:
		a.data = zeroed(a.data, (len(rows)+7)/8)
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
	}
}

// zeroed gives b with n zero bytes.
func zeroed(b []byte, n int) []byte {
	b = append(b[:0], make([]byte, n)...)
	return b
}
