package broker

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
)

// api names one request at the one version in which this package sends it.
type api struct {
	name     string
	key      int16
	version  int16
	flexible bool  // compact lengths and tagged fields
	floor    int16 // the version that kafka-go must have negotiated, as far as it knows the request, for ours to be there
}

// The requests, at versions that Apache Kafka has had since 2.8 and has not yet given notice to. OffsetFetch 7 is the first
// that can wait for open transactions.
var (
	apiProduce         = api{name: "Produce", key: 0, version: 8, floor: 8}
	apiFetch           = api{name: "Fetch", key: 1, version: 11, floor: 11}
	apiListOffsets     = api{name: "ListOffsets", key: 2, version: 5, floor: 5}
	apiMetadata        = api{name: "Metadata", key: 3, version: 12, flexible: true}
	apiOldMetadata     = api{name: "Metadata", key: 3, version: 8}
	apiOffsetCommit    = api{name: "OffsetCommit", key: 8, version: 7, floor: 7}
	apiOffsetFetch     = api{name: "OffsetFetch", key: 9, version: 7, flexible: true, floor: 5}
	apiFindCoordinator = api{name: "FindCoordinator", key: 10, version: 2, floor: 2}
	apiLeaveGroup      = api{name: "LeaveGroup", key: 13, version: 1, floor: 1}
	apiDescribeGroups  = api{name: "DescribeGroups", key: 15, version: 4, floor: 4}
	apiVersions        = api{name: "ApiVersions", key: 18, version: 0}
	apiCreateTopics    = api{name: "CreateTopics", key: 19, version: 4, floor: 4}
	apiInitProducer    = api{name: "InitProducerId", key: 22, version: 4, flexible: true, floor: 4}
	apiAddPartitions   = api{name: "AddPartitionsToTxn", key: 24, version: 3, flexible: true, floor: 3}
	apiAddOffsets      = api{name: "AddOffsetsToTxn", key: 25, version: 3, flexible: true, floor: 3}
	apiEndTxn          = api{name: "EndTxn", key: 26, version: 3, flexible: true, floor: 3}
	apiTxnOffsetCommit = api{name: "TxnOffsetCommit", key: 28, version: 3, flexible: true, floor: 3}
	apiDescribeConfigs = api{name: "DescribeConfigs", key: 32, version: 1, floor: 1}
)

// correlation is the number that an answer must repeat. One request at a time is on a connection, and a connection on which
// anything went wrong is closed, so that one number serves all.
const correlation = 1

var errShortAnswer = errors.New("the answer is shorter than its fields")

// writer appends the fields of a request. In a flexible request strings and arrays have compact lengths.
type writer struct {
	b        []byte
	flexible bool
}

// begin starts a request in buf, whose memory it uses, with room for the length and the request's header.
func begin(buf []byte, a api, clientID string) writer {
	w := writer{b: append(buf[:0], 0, 0, 0, 0)}
	w.int16(a.key)
	w.int16(a.version)
	w.int32(correlation)
	w.string(clientID)
	w.flexible = a.flexible
	w.tags()
	return w
}

// frame notes the length of the request, of which extra bytes are sent from elsewhere.
func (w *writer) frame(extra int) error {
	n := len(w.b) - 4 + extra
	if n > math.MaxInt32 {
		return errors.New("the request passes the protocol's limit")
	}
	binary.BigEndian.PutUint32(w.b, uint32(n))
	return nil
}

func (w *writer) int8(v int8)   { w.b = append(w.b, byte(v)) }
func (w *writer) int16(v int16) { w.b = binary.BigEndian.AppendUint16(w.b, uint16(v)) }
func (w *writer) int32(v int32) { w.b = binary.BigEndian.AppendUint32(w.b, uint32(v)) }
func (w *writer) int64(v int64) { w.b = binary.BigEndian.AppendUint64(w.b, uint64(v)) }

func (w *writer) bool(v bool) {
	if v {
		w.int8(1)
	} else {
		w.int8(0)
	}
}

func (w *writer) string(s string) {
	if w.flexible {
		w.b = binary.AppendUvarint(w.b, uint64(len(s)+1))
	} else {
		w.int16(int16(len(s)))
	}
	w.b = append(w.b, s...)
}

func (w *writer) null() {
	if w.flexible {
		w.b = append(w.b, 0)
	} else {
		w.int16(-1)
	}
}

func (w *writer) array(n int) {
	if w.flexible {
		w.b = binary.AppendUvarint(w.b, uint64(n+1))
	} else {
		w.int32(int32(n))
	}
}

// tags ends a structure: no tagged fields.
func (w *writer) tags() {
	if w.flexible {
		w.b = append(w.b, 0)
	}
}

// reader takes the fields of an answer. Once a field has not fitted, bad stays set, every field is zero and every array
// empty.
type reader struct {
	b        []byte
	flexible bool
	bad      bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.b, r.bad = nil, true
		return nil
	}
	f := r.b[:n:n]
	r.b = r.b[n:]
	return f
}

func (r *reader) int8() int8 {
	if f := r.take(1); f != nil {
		return int8(f[0])
	}
	return 0
}

func (r *reader) bool() bool { return r.int8() != 0 }

func (r *reader) int16() int16 {
	if f := r.take(2); f != nil {
		return int16(binary.BigEndian.Uint16(f))
	}
	return 0
}

func (r *reader) int32() int32 {
	if f := r.take(4); f != nil {
		return int32(binary.BigEndian.Uint32(f))
	}
	return 0
}

func (r *reader) int64() int64 {
	if f := r.take(8); f != nil {
		return int64(binary.BigEndian.Uint64(f))
	}
	return 0
}

func (r *reader) uvarint() int {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > math.MaxInt32 {
		r.b, r.bad = nil, true
		return 0
	}
	r.b = r.b[n:]
	return int(v)
}

// text takes a string, null or not, as a view of the answer.
func (r *reader) text() []byte {
	var n int
	if r.flexible {
		n = r.uvarint() - 1
	} else {
		n = int(r.int16())
	}
	if n < 0 {
		return nil
	}
	return r.take(n)
}

// bytes passes over a field of bytes, null or not, whose length is not compact.
func (r *reader) bytes() {
	if n := r.int32(); n > 0 {
		r.take(int(n))
	}
}

func (r *reader) string() string { return string(r.text()) }

// array takes the length of an array; a null is empty. Elements take at least a byte, so that a false length cannot make the
// caller wait or reserve memory.
func (r *reader) array() int {
	var n int
	if r.flexible {
		n = r.uvarint() - 1
	} else {
		n = int(r.int32())
	}
	if n > len(r.b) {
		r.b, r.bad = nil, true
		return 0
	}
	return max(n, 0)
}

func (r *reader) tags() {
	if !r.flexible {
		return
	}
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		r.uvarint()
		r.take(r.uvarint())
	}
}

// end says whether everything fitted. Fields that a later broker adds after the known ones are of no concern.
func (r *reader) end() error {
	if r.bad {
		return errShortAnswer
	}
	return nil
}

// readAnswer reads one answer into buf, which grows to its size, and gives the fields after the answer's header.
func readAnswer(from io.Reader, a api, buf []byte) ([]byte, reader, error) {
	var head [8]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		return buf, reader{}, err
	}
	n := int64(int32(binary.BigEndian.Uint32(head[:]))) - 4
	if n < 0 {
		return buf, reader{}, errShortAnswer
	}
	if got := binary.BigEndian.Uint32(head[4:]); got != correlation {
		return buf, reader{}, errors.New("the answer is to another request")
	}
	if int64(cap(buf)) < n {
		// A quarter more: fetches differ a little in size, and each growth costs a copy's worth of clearing.
		buf = make([]byte, n, n+n/4)
	}
	buf = buf[:n]
	if _, err := io.ReadFull(from, buf); err != nil {
		return buf, reader{}, err
	}
	r := reader{b: buf, flexible: a.flexible}
	r.tags()
	return buf, r, r.end()
}
