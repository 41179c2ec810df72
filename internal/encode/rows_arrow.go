package encode

import (
	"bytes"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/assay-dev/assay/internal/flow"
)

// arrowRows makes Arrow IPC streams: a stream a message on a topic, one stream for all chunks in a file. Input columns
// keep their text (numbers and booleans their type); added categories are dictionaries.
type arrowRows struct {
	w    *Writer
	once bool

	layout  *Layout
	schema  *arrow.Schema
	columns []arrowColumn
	alloc   memory.Allocator
	live    []int32 // rows of the batch that are not dead

	buf    bytes.Buffer // the message in the making
	held   bytes.Buffer // the message before, which is sent when it is known whether it is the last
	rows   int          // of held
	room   int
	part   int
	stream *ipc.Writer // of the file, when once
}

// NewArrowRows gives the encoder of rows as Arrow IPC. With once all chunks go into one stream, which Close ends.
func NewArrowRows(w *Writer, once bool) Rows {
	return &arrowRows{w: w, once: once, alloc: memory.DefaultAllocator}
}

func (e *arrowRows) Begin(l *Layout, _ *flow.Batch) error {
	e.part, e.rows, e.room = 1, 0, e.w.rowsRoom(contentArrow)
	if e.layout == l {
		return nil
	}
	columns, schema := e.bind(l)
	if e.stream != nil && !e.schema.Equal(schema) {
		return fmt.Errorf("the columns %v differ from those of the file before, %v", schema, e.schema)
	}
	e.layout, e.columns, e.schema = l, columns, schema
	return nil
}

// bind makes what depends on the header only.
func (e *arrowRows) bind(l *Layout) ([]arrowColumn, *arrow.Schema) {
	var columns []arrowColumn
	var fields []arrow.Field
	for i := range l.Columns {
		c := &l.Columns[i]
		a := arrowColumn{from: c.Column, added: c.Input == Added}
		if a.kind = inputType(c.Type); a.added {
			a.kind = addedType(c.Field)
			if a.kind.ID() == arrow.DICTIONARY {
				a.dictionary = dictionary(e.alloc, c.Labels)
			}
		}
		columns = append(columns, a)
		fields = append(fields, arrow.Field{Name: c.Name, Type: a.kind, Nullable: true})
	}
	return columns, arrow.NewSchema(fields, nil)
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

// write makes one message of rows, or two of their halves where one would be too large.
func (e *arrowRows) write(b *flow.Batch, rows []int32) error {
	if len(rows) == 0 {
		return nil
	}
	record := e.record(rows)
	defer record.Release()
	if e.once {
		return e.append(record)
	}
	e.buf.Reset()
	s := ipc.NewWriter(&e.buf, ipc.WithSchema(e.schema), ipc.WithAllocator(e.alloc))
	if err := s.Write(record); err != nil {
		return fmt.Errorf("writing an Arrow stream: %w", err)
	}
	if err := s.Close(); err != nil {
		return fmt.Errorf("ending an Arrow stream: %w", err)
	}
	if e.buf.Len() > e.room {
		if len(rows) == 1 {
			tooLong(b, int(rows[0]), e.w.fx.Limit[flow.Scored])
			return nil
		}
		half := len(rows) / 2
		if err := e.write(b, rows[:half]); err != nil {
			return err
		}
		return e.write(b, rows[half:])
	}
	if err := e.send(false); err != nil {
		return err
	}
	e.buf, e.held = e.held, e.buf
	e.rows = len(rows)
	return nil
}

// append writes a record to the file's stream and sends what that gave.
func (e *arrowRows) append(record arrow.Record) error {
	if e.stream == nil {
		e.stream = ipc.NewWriter(&e.held, ipc.WithSchema(e.schema), ipc.WithAllocator(e.alloc))
	}
	e.held.Reset()
	if err := e.stream.Write(record); err != nil {
		return fmt.Errorf("writing an Arrow stream: %w", err)
	}
	e.rows = int(record.NumRows())
	return e.send(false)
}

// Close ends the stream of a file and gives its last bytes.
func (e *arrowRows) Close() ([]byte, error) {
	e.held.Reset()
	if e.stream == nil {
		if e.schema == nil {
			return nil, nil
		}
		e.stream = ipc.NewWriter(&e.held, ipc.WithSchema(e.schema), ipc.WithAllocator(e.alloc))
	}
	if err := e.stream.Close(); err != nil {
		return nil, fmt.Errorf("ending an Arrow stream: %w", err)
	}
	return e.held.Bytes(), nil
}

// send sends the message that is held back, if there is one.
func (e *arrowRows) send(last bool) error {
	if e.rows == 0 {
		return nil
	}
	w := e.w
	err := w.emit(flow.Scored, w.partition(flow.Scored), w.chunk.Key, e.held.Bytes(), w.part(contentArrow, e.rows, e.part, last))
	e.part++
	e.rows = 0
	return err
}

func (e *arrowRows) End() error { return e.send(true) }

// record gathers rows of the batch into an Arrow record over buffers of e, valid until the next one.
func (e *arrowRows) record(rows []int32) arrow.Record {
	columns := make([]arrow.Array, len(e.columns))
	for k := range e.columns {
		columns[k] = e.columns[k].gather(rows)
	}
	record := array.NewRecord(e.schema, columns, int64(len(rows)))
	for _, c := range columns {
		c.Release()
	}
	return record
}
