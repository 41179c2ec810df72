package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// ErrTooLarge says that something is longer than its limit once it is decompressed.
var ErrTooLarge = errors.New("too large")

var errShort = errors.New("ends too early")

// Decompressor holds one decompressor of each codec that has been used. It is for one goroutine at a time.
type Decompressor struct {
	Limit int // the most bytes of an answer

	src  bytes.Reader
	gzip *gzip.Reader
	zstd *zstd.Decoder
}

// Open appends the plain form of src to dst, which is empty. It gives dst back, possibly grown, on every path. The error is
// ErrTooLarge or what is wrong with src.
func (d *Decompressor) Open(dst []byte, codec Codec, src []byte) ([]byte, error) {
	switch codec {
	case Gzip:
		return d.openGzip(dst, src)
	case Snappy:
		return d.openSnappy(dst, src)
	case LZ4:
		return d.openLZ4(dst, src)
	case Zstd:
		return d.openZstd(dst, src)
	case None:
	}
	return dst, errors.New("no such codec")
}

func (d *Decompressor) openGzip(dst, src []byte) ([]byte, error) {
	d.src.Reset(src)
	defer d.src.Reset(nil)
	if d.gzip == nil {
		d.gzip = new(gzip.Reader)
	}
	if err := d.gzip.Reset(&d.src); err != nil {
		return dst, err
	}
	for {
		// One byte more than the limit is asked for, so that a batch of exactly the limit is told from a larger one.
		if len(dst) == cap(dst) {
			dst = grow(dst, min(max(cap(dst), 4*len(src), 1<<10), d.Limit+1-len(dst)), d.Limit+1)
		}
		n, err := d.gzip.Read(dst[len(dst):min(cap(dst), d.Limit+1)])
		dst = dst[:len(dst)+n]
		switch {
		case len(dst) > d.Limit:
			return dst, ErrTooLarge
		case errors.Is(err, io.EOF):
			return dst, nil
		case err != nil:
			return dst, err
		}
	}
}

// zstdWindow is the window that every decoder must support. A frame that was written as a stream names its window and not
// its size, so that a lower limit than this must not be given to the decoder: it would refuse small batches by their window.
const zstdWindow = 8 << 20

func (d *Decompressor) openZstd(dst, src []byte) ([]byte, error) {
	if d.zstd == nil {
		r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(uint64(max(d.Limit, zstdWindow))))
		if err != nil {
			return dst, err
		}
		d.zstd = r
	}
	plain, err := d.zstd.DecodeAll(src, dst)
	if plain == nil {
		plain = dst
	}
	if errors.Is(err, zstd.ErrDecoderSizeExceeded) || errors.Is(err, zstd.ErrWindowSizeExceeded) ||
		err == nil && len(plain) > d.Limit {
		return plain, ErrTooLarge
	}
	return plain, err
}

// openSnappy opens both forms that are found in topics: blocks behind Java's header, and, from other clients, one bare block.
func (d *Decompressor) openSnappy(dst, src []byte) ([]byte, error) {
	// The last eight bytes of the header are version numbers, which no reader checks.
	if !bytes.HasPrefix(src, xerialHeader[:8]) || len(src) < len(xerialHeader) {
		return d.openBlock(dst, src)
	}
	var err error
	for src = src[len(xerialHeader):]; len(src) > 0; {
		if len(src) < 4 {
			return dst, errShort
		}
		n := int64(binary.BigEndian.Uint32(src))
		if src = src[4:]; n > int64(len(src)) {
			return dst, errShort
		}
		if dst, err = d.openBlock(dst, src[:n]); err != nil {
			return dst, err
		}
		src = src[n:]
	}
	return dst, nil
}

func (d *Decompressor) openBlock(dst, src []byte) ([]byte, error) {
	n, err := s2.DecodedLen(src)
	if err != nil {
		return dst, err
	}
	if n > d.Limit-len(dst) {
		return dst, ErrTooLarge
	}
	dst = grow(dst, n, d.Limit)
	if _, err = s2.Decode(dst[len(dst):len(dst)+n], src); err != nil {
		return dst, err
	}
	return dst[:len(dst)+n], nil
}

// Flags of an LZ4 frame's descriptor.
const (
	lz4Linked        = 0x20 // when not set, blocks refer to the 64 KiB before them
	lz4BlockSum      = 0x10
	lz4ContentSize   = 0x08
	lz4ContentSum    = 0x04
	lz4Dictionary    = 0x01
	lz4Window        = 64 << 10
	lz4LargestBlock  = 4 << 20
	lz4SmallestFrame = 7
)

// openLZ4 opens one LZ4 frame. Its checksums are skipped: the batch's CRC has covered them.
func (d *Decompressor) openLZ4(dst, src []byte) ([]byte, error) {
	if len(src) < lz4SmallestFrame || !bytes.Equal(src[:4], lz4Header[:4]) {
		return dst, errors.New("not an LZ4 frame")
	}
	flags := src[4]
	block := lz4LargestBlock >> (2 * (7 - (src[5] >> 4 & 7)))
	if flags>>6 != 1 || flags&lz4Dictionary != 0 || block < lz4Block {
		return dst, errors.New("unknown LZ4 descriptor")
	}
	head := lz4SmallestFrame
	if flags&lz4ContentSize != 0 {
		head += 8
	}
	if len(src) < head {
		return dst, errShort
	}
	tail := 0
	if flags&lz4BlockSum != 0 {
		tail = 4
	}
	for src = src[head:]; ; {
		if len(src) < 4 {
			return dst, errShort
		}
		mark := binary.LittleEndian.Uint32(src)
		src = src[4:]
		if mark == 0 {
			break
		}
		n := int(mark &^ lz4Plain)
		if n+tail > len(src) {
			return dst, errShort
		}
		var err error
		if mark&lz4Plain != 0 {
			if n > block {
				return dst, errors.New("block is larger than declared")
			}
			if n > d.Limit-len(dst) {
				return dst, ErrTooLarge
			}
			dst = append(grow(dst, n, d.Limit), src[:n]...)
		} else if dst, err = d.openLZ4Block(dst, src[:n], block, flags&lz4Linked == 0); err != nil {
			return dst, err
		}
		src = src[n+tail:]
	}
	if flags&lz4ContentSum != 0 {
		if len(src) < 4 {
			return dst, errShort
		}
		src = src[4:]
	}
	if len(src) > 0 {
		return dst, errors.New("bytes after the LZ4 frame")
	}
	return dst, nil
}

// openLZ4Block opens one block of at most size bytes. A block does not say how long it becomes, so there is room for a whole
// one even where that passes the limit: only then is a block that is too large told from a damaged one.
func (d *Decompressor) openLZ4Block(dst, src []byte, size int, linked bool) ([]byte, error) {
	dst = grow(dst, size, d.Limit)
	var before []byte
	if linked {
		before = dst[max(0, len(dst)-lz4Window):]
	}
	n, err := lz4.UncompressBlockWithDict(src, dst[len(dst):len(dst)+size], before)
	if err != nil {
		return dst, err
	}
	if n > d.Limit-len(dst) {
		return dst, ErrTooLarge
	}
	return dst[:len(dst)+n], nil
}
