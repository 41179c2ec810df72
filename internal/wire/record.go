package wire

import (
	"encoding/binary"
	"math/bits"

	"github.com/assay-dev/assay/internal/flow"
)

// RecordSize gives the size in bytes of the record that AppendRecord makes of the same arguments, its own length included.
func RecordSize(delta int32, key, value []byte, headers []flow.Header) int {
	n := recordBody(delta, key, value, headers)
	return varintSize(int64(n)) + n
}

// AppendRecord appends a framed record to dst: its length, no attributes, timestamp delta 0, offset delta, key, value and
// headers. A nil key, value or header value is a null; an empty one is empty.
func AppendRecord(dst []byte, delta int32, key, value []byte, headers []flow.Header) []byte {
	dst = binary.AppendVarint(dst, int64(recordBody(delta, key, value, headers)))
	dst = append(dst, 0, 0)
	dst = binary.AppendVarint(dst, int64(delta))
	dst = appendBytes(dst, key)
	dst = appendBytes(dst, value)
	dst = binary.AppendVarint(dst, int64(len(headers)))
	for i := range headers {
		h := &headers[i]
		dst = binary.AppendVarint(dst, int64(len(h.Key)))
		dst = append(dst, h.Key...)
		dst = appendBytes(dst, h.Value)
	}
	return dst
}

func recordBody(delta int32, key, value []byte, headers []flow.Header) int {
	n := 2 + varintSize(int64(delta)) + bytesSize(key) + bytesSize(value) + varintSize(int64(len(headers)))
	for i := range headers {
		n += varintSize(int64(len(headers[i].Key))) + len(headers[i].Key) + bytesSize(headers[i].Value)
	}
	return n
}

func appendBytes(dst, b []byte) []byte {
	if b == nil {
		return append(dst, 1) // the varint of -1
	}
	dst = binary.AppendVarint(dst, int64(len(b)))
	return append(dst, b...)
}

func bytesSize(b []byte) int {
	if b == nil {
		return 1
	}
	return varintSize(int64(len(b))) + len(b)
}

// varintSize gives the bytes of v in zigzag varint form: one for every started seven bits.
func varintSize(v int64) int {
	return (bits.Len64(uint64(v<<1)^uint64(v>>63)|1) + 6) / 7
}
