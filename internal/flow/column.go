package flow

import (
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow/decimal128"
)

// View is one value of a text column in Arrow's StringView layout: 16 bytes, either the length and up to 12 bytes inline,
// zero padded, or the length, the first 4 bytes, a buffer index and an offset. It may be cast to arrow.ViewHeader.
type View struct {
	size   int32
	prefix [4]byte
	buffer int32
	offset int32
}

// viewInline is the longest text kept in the View itself.
const viewInline = 12

// SetView makes v the text buf[from:to], where buf is text buffer number buffer of the column.
func (v *View) SetView(buf []byte, from, to int, buffer int32) {
	t := buf[from:to]
	if len(t) > viewInline {
		v.size = int32(len(t))
		copy(v.prefix[:], t)
		v.buffer, v.offset = buffer, int32(from)
		return
	}
	*v = View{size: int32(len(t))}
	copy(v.inline(), t)
}

func (v *View) inline() []byte {
	return unsafe.Slice(&v.prefix[0], viewInline)
}

// Len gives the length of the text in bytes.
func (v *View) Len() int { return int(v.size) }

// Column holds the values of one field for the rows of a batch, in Arrow layout. Only the slice of the field's type is
// filled, and Text besides where an output or a message needs the cell as it was written. Every slice has room for the batch's Cap rows.
type Column struct {
	*Field
	Valid    Bitmap // bit i: row i has a value; an empty string or category cell is valid
	Text     []View // the cell's text, unquoted; nil when nobody needs it
	Codes    []int16
	Ints     []int64
	Floats   []float64
	Decimals []decimal128.Num
	UUIDs    [][16]byte
	// Buffers are the texts that Text points into: the window of the chunk, and unescaped cells.
	Buffers [2][]byte
}

// NewColumn gives a column for f with room for rows rows; text says whether Text is filled too.
func NewColumn(f *Field, rows int, text bool) Column {
	c := Column{Field: f, Valid: NewBitmap(rows)}
	if text || f.Type == String || f.Keeps {
		c.Text = make([]View, rows)
	}
	switch f.Type {
	case Int64, Bool, Date, Timestamp, Int8:
		c.Ints = make([]int64, rows)
	case Float64:
		c.Floats = make([]float64, rows)
	case Decimal:
		c.Decimals = make([]decimal128.Num, rows)
	case UUID:
		c.UUIDs = make([][16]byte, rows)
	case Category:
		c.Codes = make([]int16, rows)
	case String:
	}
	return c
}

// Cell gives the text of row i, valid until the next batch is decoded. The column must have Text.
func (c *Column) Cell(i int) []byte {
	v := &c.Text[i]
	if v.size <= viewInline {
		return v.inline()[:v.size]
	}
	return c.Buffers[v.buffer][v.offset:][:v.size]
}

// Label gives the label of row i of a category column, or the text that it keeps there.
func (c *Column) Label(i int) string {
	if c.Kept(i) {
		return string(c.Cell(i))
	}
	return c.Labels[c.Codes[i]]
}

// Kept reports whether row i of a category column holds a text that is no label.
func (c *Column) Kept(i int) bool { return c.Keeps && int(c.Codes[i]) == len(c.Labels) }

// AppendLabel appends what Label gives.
func (c *Column) AppendLabel(dst []byte, i int) []byte {
	if c.Kept(i) {
		return append(dst, c.Cell(i)...)
	}
	return append(dst, c.Labels[c.Codes[i]]...)
}
