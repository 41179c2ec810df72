// Package wire reads and writes Kafka record batches (format 2, the only one since Kafka 4) as bytes: framing, CRC-32C,
// codecs, and the filter that hides what aborted transactions wrote. It is pure: no I/O, no goroutine, no clock.
//
// It exists because kafka-go checks no CRC when it reads and hands out aborted records and transaction markers, and because
// its encoder costs a heap allocation for each record. Nothing here allocates per record once its buffers have grown.
//
// Everything read from a batch is untrusted: whatever the bytes are, reading ends with an error and never panics, reads
// beyond the batch, or takes more memory than its bound.
package wire

import (
	"errors"
	"fmt"
	"hash/crc32"
)

// BatchHeader is the size of a record batch's header in bytes; the records follow it.
const BatchHeader = 61

// Positions in the header of a record batch. The length counts what follows it, the CRC covers what follows it.
const (
	atBase       = 0
	atLength     = 8
	atLeader     = 12
	atMagic      = 16
	atCRC        = 17
	atAttributes = 21
	atLastDelta  = 23
	atBaseTime   = 27
	atMaxTime    = 35
	atProducer   = 43
	atEpoch      = 51
	atSequence   = 53
	atCount      = 57

	afterLength = atLength + 4
	afterCRC    = atCRC + 4
)

// Bits of a batch's attributes, besides the codec in the lowest three.
const (
	codecBits             = 0x07
	bitAppendTime         = 0x08
	bitTransactional      = 0x10
	bitControl            = 0x20
	magic            byte = 2
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrCut says that the bytes end inside a batch, as the last batch of a fetch does when it passes the fetch's limit. The
// batch is to be fetched again from its first offset.
var ErrCut = errors.New("record batch is cut")

// ErrCorrupt is what every *CorruptError is.
var ErrCorrupt = errors.New("record batch is corrupt")

// CorruptError says that a batch's bytes contradict themselves.
type CorruptError struct {
	Base   int64 // the batch's first offset, as far as the bytes can be believed
	Reason string
}

// Error gives the offset and the reason.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("record batch at offset %d is corrupt: %s", e.Base, e.Reason)
}

// Is makes errors.Is(err, ErrCorrupt) true.
func (e *CorruptError) Is(target error) bool { return target == ErrCorrupt }

// TooLargeError says that a batch's records take more memory than the decoder may use.
type TooLargeError struct {
	Base  int64 // the batch's first offset
	Last  int64 // the batch's last offset
	Limit int   // bytes
}

// Error gives the offset and the limit.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("record batch at offset %d is larger than %d bytes when decompressed", e.Base, e.Limit)
}
