package pipeline

import (
	"errors"
	"fmt"
	"iter"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
)

// Records reads a message of scored rows in Arrow format, from a Result or from a topic. A record is valid until the next one:
// whoever keeps it calls its Retain. An error is the last thing given: the message is broken, or none that a feed writes. Bytes
// from anywhere do no harm: Arrow's reader believes the lengths and places that they name, so they are looked at before it is.
func Records(message []byte) iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) {
		r, err := ipc.NewReaderFromMessageReader(&arrowMessages{rest: message}, ipc.WithAllocator(newAllowance(len(message))))
		if err != nil {
			yield(nil, fmt.Errorf("reading an Arrow stream: %w", err))
			return
		}
		defer r.Release()
		if err := known(r.Schema()); err != nil {
			yield(nil, fmt.Errorf("reading an Arrow stream: %w", err))
			return
		}
		for r.Next() {
			if err := sound(r.Record()); err != nil {
				yield(nil, fmt.Errorf("reading an Arrow stream: %w", err))
				return
			}
			if !yield(r.Record(), nil) {
				return
			}
		}
		if err := r.Err(); err != nil {
			yield(nil, fmt.Errorf("reading an Arrow stream: %w", err))
		}
	}
}

// labels is the type of a category that a feed adds.
var labels = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int16, ValueType: arrow.BinaryTypes.String}

// known refuses columns of types that no feed writes. Without columns, nothing holds the number of rows to what the message has.
func known(s *arrow.Schema) error {
	if s.NumFields() == 0 {
		return errors.New("no feed writes rows without columns")
	}
	for _, f := range s.Fields() {
		switch f.Type.ID() {
		case arrow.INT8, arrow.INT64, arrow.FLOAT64, arrow.BOOL, arrow.STRING:
			continue
		}
		if !arrow.TypeEqual(f.Type, labels) {
			return fmt.Errorf("column %s: no feed writes %v", f.Name, f.Type)
		}
	}
	return nil
}

// sound looks for places of values that lie outside of the buffers: arrays meet them only when a value is asked for.
func sound(r arrow.Record) error {
	for i, c := range r.Columns() {
		var err error
		switch c := c.(type) {
		case *array.String:
			err = soundTexts(c.Data())
		case *array.Dictionary:
			err = soundLabels(c)
		default:
			err = soundBits(c.Data())
		}
		if err != nil {
			return fmt.Errorf("column %s: %w", r.ColumnName(i), err)
		}
	}
	return nil
}

var errShortBuffer = errors.New("a buffer is shorter than its column")

// soundBits wants a bit for each value that says whether it is there, or none at all, and the bits of values of fixed width.
func soundBits(c arrow.ArrayData) error {
	if c.Len() < 0 {
		return errShortBuffer
	}
	if b := c.Buffers()[0]; b != nil && b.Len() > 0 && c.Len() > 8*b.Len() {
		return errShortBuffer
	}
	fixed, ok := c.DataType().(arrow.FixedWidthDataType)
	if b := c.Buffers()[1]; ok && c.Len() > 0 && (b == nil || c.Len() > 8*b.Len()/fixed.BitWidth()) {
		return errShortBuffer
	}
	return nil
}

// soundTexts wants offsets that rise within the bytes of the texts.
func soundTexts(c arrow.ArrayData) error {
	if err := soundBits(c); err != nil {
		return err
	}
	buffers := c.Buffers()
	switch {
	case c.Len() == 0:
		return nil
	case len(buffers) != 3 || buffers[1] == nil:
		return errShortBuffer
	}
	last, size := int32(0), int32(0)
	if buffers[2] != nil {
		size = int32(buffers[2].Len())
	}
	offsets := arrow.Int32Traits.CastFromBytes(buffers[1].Bytes())
	if len(offsets)-1 < c.Len() {
		return errShortBuffer
	}
	for _, at := range offsets[:c.Len()+1] {
		if at < last || at > size {
			return errors.New("a text lies outside of its buffer")
		}
		last = at
	}
	return nil
}

// soundLabels looks at the labels before Arrow makes an array of them.
func soundLabels(c *array.Dictionary) error {
	if err := soundBits(c.Data()); err != nil {
		return err
	}
	texts := c.Data().Dictionary()
	if err := soundTexts(texts); err != nil {
		return err
	}
	for i := range c.Len() {
		if c.IsNull(i) {
			continue
		}
		if code := c.GetValueIndex(i); code < 0 || code >= texts.Len() {
			return fmt.Errorf("row %d has the code %d of %d labels", i, code, texts.Len())
		}
	}
	return nil
}
