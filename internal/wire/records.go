package wire

import (
	"encoding/binary"
	"time"
	"unsafe"

	"github.com/assay-dev/assay/internal/flow"
)

// Record is one record of a batch. Its slices point into the batch, or into the decoder when the batch is compressed.
type Record struct {
	Offset     int64
	Time       time.Time // UTC; the producer's, or the broker's where the topic is set so
	Key, Value []byte    // nil is a null; empty and not nil is empty

	headers []byte // checked by Records.Next
	count   int    // of headers
}

// Records walks through the records of one batch.
type Records struct {
	rest       []byte
	batch      int64 // base offset
	last       int64
	previous   int64 // offset of the record before
	left       int32
	appendTime bool
	baseTime   int64
	maxTime    int64
	err        error
}

// Next reads the next record into rec, which keeps no memory of its own. It gives false at the end and on damage; Err tells
// which.
func (r *Records) Next(rec *Record) bool {
	if r.err != nil {
		return false
	}
	if r.left == 0 {
		if len(r.rest) > 0 {
			r.fail("bytes after the last record")
		}
		return false
	}
	size, n := binary.Varint(r.rest)
	if n <= 0 || size < 1 || size > int64(len(r.rest)-n) {
		return r.fail("record length")
	}
	body := cursor{b: r.rest[n : n+int(size) : n+int(size)]}
	r.rest = r.rest[n+int(size):]
	r.left--

	body.b = body.b[1:] // attributes, unused in format 2
	delta := body.varint()
	offset := r.batch + body.varint()
	rec.Key = body.bytes()
	rec.Value = body.bytes()
	count := body.varint()
	rec.headers = body.b
	rec.count = int(count)
	// A header takes at least two bytes, so that a false count ends here and not after 2⁶³ turns.
	if body.bad || count < 0 || count > int64(len(body.b)/2) {
		return r.fail("record fields")
	}
	for range count {
		if body.bytes() == nil {
			return r.fail("record header without a key")
		}
		body.bytes()
	}
	switch {
	case body.bad:
		return r.fail("record headers")
	case len(body.b) > 0:
		return r.fail("bytes after a record's headers")
	case offset <= r.previous || offset > r.last:
		return r.fail("record offsets")
	}
	r.previous, rec.Offset = offset, offset
	ms := r.baseTime + delta
	if r.appendTime {
		ms = r.maxTime
	}
	rec.Time = time.UnixMilli(ms).UTC()
	return true
}

// Err gives what ended Next early: a *CorruptError, or nil after the last record.
func (r *Records) Err() error { return r.err }

func (r *Records) fail(reason string) bool {
	r.err = &CorruptError{Base: r.batch, Reason: reason}
	return false
}

// Headers appends the record's headers to dst. Keys and values point to where Key and Value do and are valid as long.
func (r *Record) Headers(dst []flow.Header) []flow.Header {
	c := cursor{b: r.headers}
	for range r.count {
		key := c.bytes()
		dst = append(dst, flow.Header{Key: unsafe.String(unsafe.SliceData(key), len(key)), Value: c.bytes()})
	}
	return dst
}

// cursor reads fields from b. Once a field has not fitted, bad stays set and every field is zero.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) varint() int64 {
	v, n := binary.Varint(c.b)
	if n <= 0 {
		c.b, c.bad = nil, true
		return 0
	}
	c.b = c.b[n:]
	return v
}

// bytes reads a length and that many bytes; a negative length is a null.
func (c *cursor) bytes() []byte {
	n := c.varint()
	if n < 0 || c.bad {
		return nil
	}
	if n > int64(len(c.b)) {
		c.b, c.bad = nil, true
		return nil
	}
	f := c.b[:n:n]
	c.b = c.b[n:]
	if f == nil {
		f = []byte{}
	}
	return f
}

// FrameRecords walks through count records framed by AppendRecord one after the other, before they are in a batch. Their
// offsets are the deltas.
func FrameRecords(frames []byte, count int32) Records {
	return Records{rest: frames, previous: -1, last: 1<<63 - 1, left: count}
}
