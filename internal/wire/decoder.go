package wire

import (
	"errors"
	"fmt"
)

// Decoder opens batches. It keeps its decompressors and one buffer from batch to batch and is for one goroutine at a time.
type Decoder struct {
	decompressor Decompressor
	buf          []byte
	batches      int // since the buffer was last judged
	longest      int // bytes that one of them took
}

// A buffer that has become larger than spareBuffer is judged every judgedBatches batches: one rare batch must not hold memory
// up to the decoder's limit for ever.
const (
	judgedBatches = 256
	spareBuffer   = 1 << 20
)

// NewDecoder gives a decoder whose decompressed batches take at most maxBytes each.
func NewDecoder(maxBytes int) *Decoder {
	return &Decoder{decompressor: Decompressor{Limit: max(maxBytes, 1)}}
}

// Records gives the records of b. Those of a compressed batch are valid until the next call of Records with a compressed
// batch; those of any other as long as the bytes given to Next. The error is a *TooLargeError or a *CorruptError.
func (d *Decoder) Records(b *Batch) (Records, error) {
	if b.Codec == None || b.Count == 0 {
		return b.plain(), nil
	}
	d.trim()
	plain, err := d.decompressor.Open(d.buf[:0], b.Codec, b.records)
	d.buf, d.longest = plain, max(d.longest, len(plain))
	if errors.Is(err, ErrTooLarge) {
		return Records{}, &TooLargeError{Base: b.Base, Last: b.Last, Limit: d.decompressor.Limit}
	}
	if err != nil {
		return Records{}, &CorruptError{Base: b.Base, Reason: fmt.Sprintf("%s: %v", b.Codec, err)}
	}
	return b.over(plain), nil
}

// trim lets go of the buffer when the batches of late would have fitted into a quarter of it.
func (d *Decoder) trim() {
	if d.batches++; d.batches < judgedBatches {
		return
	}
	if cap(d.buf) > max(spareBuffer, 4*d.longest) {
		d.buf = nil
	}
	d.batches, d.longest = 0, 0
}
