package wire

import (
	"errors"
	"fmt"
)

// Decoder opens batches. It keeps its decompressors and one buffer from batch to batch and is for one goroutine at a time.
type Decoder struct {
	decompressor Decompressor
	buf          []byte
}

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
	plain, err := d.decompressor.Open(d.buf[:0], b.Codec, b.records)
	d.buf = plain
	if errors.Is(err, ErrTooLarge) {
		return Records{}, &TooLargeError{Base: b.Base, Last: b.Last, Limit: d.decompressor.Limit}
	}
	if err != nil {
		return Records{}, &CorruptError{Base: b.Base, Reason: fmt.Sprintf("%s: %v", b.Codec, err)}
	}
	return b.over(plain), nil
}
