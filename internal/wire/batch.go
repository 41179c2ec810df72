package wire

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"time"
)

// Batch is the header of a record batch, with its records still as they came. It points into the bytes given to Next.
type Batch struct {
	Base, Last    int64 // offsets; Last counts even where compaction has removed the record
	Codec         Codec
	Transactional bool
	Control       bool // a transaction's marker, no data
	Abort         bool // the marker of an aborted transaction
	ProducerID    int64
	Epoch         int16
	Sequence      int32
	Count         int32 // 0 when compaction has left nothing but the header
	Time, MaxTime time.Time
	AppendTime    bool // records carry the broker's time, MaxTime, in place of their own
	Size          int  // bytes, header included

	baseTime int64 // milliseconds
	maxTime  int64
	records  []byte
}

// Next reads the batch at the start of b and gives the rest of b behind it. It checks the format, the CRC and the header's
// sense. When b is empty or ends inside the batch the error is ErrCut; the first batch of a fetch's first partition with
// records is never cut, so there it means a damaged length. Any other error is a *CorruptError, and rest is what follows
// the damaged batch, as far as its length can be believed.
func Next(b []byte) (batch Batch, rest []byte, err error) {
	if len(b) <= atMagic {
		return Batch{}, b, ErrCut
	}
	base := int64(binary.BigEndian.Uint64(b[atBase:]))
	corrupt := func(rest []byte, reason string) (Batch, []byte, error) {
		return Batch{}, rest, &CorruptError{Base: base, Reason: reason}
	}
	if b[atMagic] != magic {
		return corrupt(nil, fmt.Sprintf("format %d instead of %d", b[atMagic], magic))
	}
	length := int64(int32(binary.BigEndian.Uint32(b[atLength:])))
	if length < BatchHeader-afterLength {
		return corrupt(nil, fmt.Sprintf("length %d is less than a header", length))
	}
	if length > int64(len(b)-afterLength) {
		return Batch{}, b, ErrCut
	}
	b, rest = b[:afterLength+length:afterLength+length], b[afterLength+length:]
	if got, want := crc32.Checksum(b[afterCRC:], castagnoli), binary.BigEndian.Uint32(b[atCRC:]); got != want {
		return corrupt(rest, fmt.Sprintf("CRC %08x instead of %08x", got, want))
	}

	attributes := binary.BigEndian.Uint16(b[atAttributes:])
	lastDelta := int32(binary.BigEndian.Uint32(b[atLastDelta:]))
	count := int32(binary.BigEndian.Uint32(b[atCount:]))
	codec := Codec(attributes & codecBits)
	switch {
	case codec >= codecs:
		return corrupt(rest, fmt.Sprintf("unknown codec %d", uint8(codec)))
	case base < 0 || lastDelta < 0 || base > math.MaxInt64-int64(lastDelta):
		return corrupt(rest, fmt.Sprintf("last offset delta %d", lastDelta))
	case count < 0 || int64(count) > int64(lastDelta)+1:
		return corrupt(rest, fmt.Sprintf("%d records in %d offsets", count, int64(lastDelta)+1))
	}
	baseTime := int64(binary.BigEndian.Uint64(b[atBaseTime:]))
	maxTime := int64(binary.BigEndian.Uint64(b[atMaxTime:]))
	batch = Batch{
		Base:          base,
		Last:          base + int64(lastDelta),
		Codec:         codec,
		Transactional: attributes&bitTransactional != 0,
		Control:       attributes&bitControl != 0,
		ProducerID:    int64(binary.BigEndian.Uint64(b[atProducer:])),
		Epoch:         int16(binary.BigEndian.Uint16(b[atEpoch:])),
		Sequence:      int32(binary.BigEndian.Uint32(b[atSequence:])),
		Count:         count,
		Time:          time.UnixMilli(baseTime).UTC(),
		MaxTime:       time.UnixMilli(maxTime).UTC(),
		AppendTime:    attributes&bitAppendTime != 0,
		Size:          len(b),
		baseTime:      baseTime,
		maxTime:       maxTime,
		records:       b[BatchHeader:],
	}
	if batch.Control {
		if batch.Abort, err = batch.isAbort(); err != nil {
			return Batch{}, rest, err
		}
	}
	return batch, rest, nil
}

// isAbort reads the marker of a control batch, whose key is a version and a type: 0 aborts, 1 commits, others do not concern
// transactions. A marker that compaction has removed has outlived the records that it was about.
func (b *Batch) isAbort() (bool, error) {
	if b.Count == 0 {
		return false, nil
	}
	if b.Codec != None {
		return false, &CorruptError{Base: b.Base, Reason: "compressed control batch"}
	}
	records := b.plain()
	var marker Record
	if !records.Next(&marker) {
		return false, records.Err()
	}
	if len(marker.Key) < 4 {
		return false, &CorruptError{Base: b.Base, Reason: fmt.Sprintf("control key of %d bytes", len(marker.Key))}
	}
	return binary.BigEndian.Uint16(marker.Key[2:]) == 0, nil
}

// plain gives the records of an uncompressed batch.
func (b *Batch) plain() Records { return b.over(b.records) }

// over gives the records of b, framed in plain.
func (b *Batch) over(plain []byte) Records {
	return Records{rest: plain, batch: b.Base, last: b.Last, left: b.Count, previous: b.Base - 1,
		baseTime: b.baseTime, maxTime: b.maxTime, appendTime: b.AppendTime}
}
