package pipeline

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// arrowMessages gives Arrow's reader the messages of a stream that lies in memory. It does what ipc.NewReader's own does, but
// reserves no memory for bytes that are not there.
type arrowMessages struct{ rest []byte }

var errShortStream = errors.New("the stream is shorter than its messages")

// Message gives the next message; io.EOF comes behind the last one.
func (s *arrowMessages) Message() (*ipc.Message, error) {
	const head, intro = 8, "\xff\xff\xff\xff"
	switch {
	case len(s.rest) == 0:
		return nil, io.EOF // a writer may leave out the mark of the end
	case len(s.rest) < head || string(s.rest[:4]) != intro:
		return nil, errors.New("no Arrow stream")
	}
	n := int64(int32(binary.LittleEndian.Uint32(s.rest[4:])))
	if n == 0 {
		return nil, io.EOF
	}
	if n < 0 || n > int64(len(s.rest)-head) {
		return nil, errShortStream
	}
	meta, body := s.rest[head:head+n], s.rest[head+n:]
	if err := checkMessage(meta); err != nil {
		return nil, err
	}
	size := ipc.NewMessage(memory.NewBufferBytes(meta), memory.NewBufferBytes(nil)).BodyLen()
	if size < 0 || size > int64(len(body)) {
		return nil, errShortStream
	}
	s.rest = body[size:]
	return ipc.NewMessage(memory.NewBufferBytes(meta), memory.NewBufferBytes(body[:size:size])), nil
}

// Retain and Release do nothing: messages are views.
func (s *arrowMessages) Retain()  {}
func (s *arrowMessages) Release() {}

// allowance gives no more memory than a stream can need. Where the buffers that a message names overlap, they would come to
// more than the message has bytes.
type allowance struct {
	memory.Allocator
	left int
}

func newAllowance(message int) *allowance {
	const rounded = 16 // times: short buffers take 64 bytes
	return &allowance{Allocator: memory.NewGoAllocator(), left: rounded*message + 1<<16}
}

// Allocate panics where too much is asked for, which Arrow's reader gives as its error: an allocator has no other way to refuse.
func (a *allowance) Allocate(size int) []byte {
	a.take(size)
	return a.Allocator.Allocate(size)
}

// Reallocate is like Allocate.
func (a *allowance) Reallocate(size int, b []byte) []byte {
	a.take(size - len(b))
	return a.Allocator.Reallocate(size, b)
}

// Free gives memory back.
func (a *allowance) Free(b []byte) {
	a.left += len(b)
	a.Allocator.Free(b)
}

func (a *allowance) take(size int) {
	if size > a.left {
		panic(errShortStream)
	}
	a.left -= size
}

// Places in Arrow's metadata, a flatbuffer: a table's fields are found by their slot. They are those of Arrow's format files
// Message.fbs and Schema.fbs.
const (
	messageKind, messageHeader     = 6, 8
	kindSchema, kindLabels         = 1, 2
	kindBatch                      = 3
	labelsData                     = 6
	batchCompression               = 10
	schemaFields, schemaMetadata   = 6, 8
	fieldKind, fieldChildren       = 8, 14
	fieldMetadata                  = 16
	typeInt, typeFloat             = 2, 3
	typeText, typeBool             = 5, 6
	flatReference, flatTableOffset = 4, 4
)

// checkMessage refuses metadata for which Arrow's reader would reserve memory without end, or descend without end: vectors that are longer
// than the metadata, and fields in fields.
func checkMessage(meta []byte) error {
	m := &metadata{b: meta}
	root := m.follow(0)
	header := m.field(root, messageHeader)
	if header != 0 {
		header = m.follow(header)
	}
	switch kind := m.byteAt(m.field(root, messageKind)); {
	case m.bad || header == 0:
	case kind == kindSchema:
		return m.schema(header)
	case kind == kindLabels:
		if data := m.field(header, labelsData); data != 0 {
			return m.batch(m.follow(data))
		}
	case kind == kindBatch:
		return m.batch(header)
	}
	return errBadMetadata
}

var errBadMetadata = errors.New("the stream's metadata is broken")

func (m *metadata) schema(at int) error {
	m.vector(at, schemaMetadata)
	fields, n := m.vector(at, schemaFields)
	for i := range n {
		field := m.follow(fields + flatReference*i)
		m.vector(field, fieldMetadata)
		if _, children := m.vector(field, fieldChildren); children > 0 {
			return errors.New("a column has columns, as no feed writes them")
		}
		switch kind := m.byteAt(m.field(field, fieldKind)); kind {
		case typeInt, typeFloat, typeText, typeBool:
		default:
			return fmt.Errorf("a column has a type, %d, that no feed writes", kind)
		}
	}
	return m.end()
}

func (m *metadata) batch(at int) error {
	if m.field(at, batchCompression) != 0 {
		return errors.New("the stream is compressed, as no feed writes it")
	}
	return m.end()
}

// metadata is walked by places in b. Once one lies outside, bad stays set and all that follows is 0.
type metadata struct {
	b   []byte
	bad bool
}

func (m *metadata) end() error {
	if m.bad {
		return errBadMetadata
	}
	return nil
}

func (m *metadata) at(place, size int) []byte {
	if m.bad || place < 0 || place > len(m.b)-size {
		m.bad = true
		return make([]byte, size)
	}
	return m.b[place : place+size]
}

func (m *metadata) byteAt(place int) byte  { return m.at(place, 1)[0] }
func (m *metadata) uint16At(place int) int { return int(binary.LittleEndian.Uint16(m.at(place, 2))) }
func (m *metadata) int32At(place int) int {
	return int(int32(binary.LittleEndian.Uint32(m.at(place, 4))))
}

// follow gives the place that the reference at place names.
func (m *metadata) follow(place int) int { return place + m.int32At(place) }

// field gives the place of a table's field, or 0 when the table has none in the slot.
func (m *metadata) field(table, slot int) int {
	slots := table - m.int32At(table)
	if slot >= m.uint16At(slots) {
		return 0
	}
	if offset := m.uint16At(slots + slot); offset != 0 {
		return table + offset
	}
	return 0
}

// vector gives the first element and the length of a vector of references.
func (m *metadata) vector(table, slot int) (first, n int) {
	field := m.field(table, slot)
	if field == 0 {
		return 0, 0
	}
	at := m.follow(field)
	n = m.int32At(at)
	if m.bad || n < 0 || n > (len(m.b)-at)/flatReference {
		m.bad = true
		return 0, 0
	}
	return at + flatTableOffset, n
}
