package wire

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"time"
)

// BatchInfo is what a record batch says besides its records. ProducerID, Epoch and Sequence are -1 in a batch of a producer
// that is neither idempotent nor transactional; zero values name producer 0.
type BatchInfo struct {
	Codec         Codec
	Transactional bool
	ProducerID    int64
	Epoch         int16
	Sequence      int32
	Time          time.Time // of every record, in milliseconds on the wire
	Count         int32     // how many records there are, with offset deltas 0, 1, 2, …
}

// Encoder makes record batches. It keeps its compressors from batch to batch and is for one goroutine at a time.
type Encoder struct {
	compressor compressor
}

// NewEncoder gives an encoder. Compressors are made when a batch first needs them.
func NewEncoder() *Encoder { return new(Encoder) }

// AppendBatch appends a complete record batch to dst: header, CRC-32C, and records, which AppendRecord has framed, compressed
// by info's codec. On error dst is given back as it was.
func (e *Encoder) AppendBatch(dst []byte, info BatchInfo, records []byte) ([]byte, error) {
	if info.Count < 1 {
		return dst, fmt.Errorf("record batch of %d records", info.Count)
	}
	start := len(dst)
	var header [BatchHeader]byte
	out := append(dst, header[:]...)
	var err error
	if info.Codec == None {
		out = append(out, records...)
	} else if out, err = e.compressor.append(out, info.Codec, records); err != nil {
		return dst, fmt.Errorf("compress record batch: %w", err)
	}
	size := len(out) - start
	if size > math.MaxInt32 {
		return dst, fmt.Errorf("record batch of %d bytes passes the protocol's limit", size)
	}

	attributes := uint16(info.Codec)
	if info.Transactional {
		attributes |= bitTransactional
	}
	ms := uint64(info.Time.UnixMilli())
	b := out[start:]
	binary.BigEndian.PutUint32(b[atLength:], uint32(size-afterLength))
	binary.BigEndian.PutUint32(b[atLeader:], math.MaxUint32)
	b[atMagic] = magic
	binary.BigEndian.PutUint16(b[atAttributes:], attributes)
	binary.BigEndian.PutUint32(b[atLastDelta:], uint32(info.Count-1))
	binary.BigEndian.PutUint64(b[atBaseTime:], ms)
	binary.BigEndian.PutUint64(b[atMaxTime:], ms)
	binary.BigEndian.PutUint64(b[atProducer:], uint64(info.ProducerID))
	binary.BigEndian.PutUint16(b[atEpoch:], uint16(info.Epoch))
	binary.BigEndian.PutUint32(b[atSequence:], uint32(info.Sequence))
	binary.BigEndian.PutUint32(b[atCount:], uint32(info.Count))
	binary.BigEndian.PutUint32(b[atCRC:], crc32.Checksum(b[afterCRC:], castagnoli))
	return out, nil
}
