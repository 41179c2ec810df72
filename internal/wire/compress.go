package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// compressor holds one compressor of each codec that has been used.
type compressor struct {
	gzip *gzip.Writer
	buf  bytes.Buffer
	lz4  *lz4.CompressorCCompat
	zstd *zstd.Encoder
}

func (c *compressor) append(dst []byte, codec Codec, src []byte) ([]byte, error) {
	switch codec {
	case Gzip:
		return c.appendGzip(dst, src)
	case Snappy:
		return appendXerial(dst, src), nil
	case LZ4:
		return c.appendLZ4(dst, src)
	case Zstd:
		return c.appendZstd(dst, src)
	case None:
		return append(dst, src...), nil
	}
	return dst, errors.New("no such codec: " + codec.String())
}

func (c *compressor) appendGzip(dst, src []byte) ([]byte, error) {
	c.buf.Reset()
	if c.gzip == nil {
		c.gzip = gzip.NewWriter(&c.buf)
	} else {
		c.gzip.Reset(&c.buf)
	}
	if _, err := c.gzip.Write(src); err != nil {
		return dst, err
	}
	if err := c.gzip.Close(); err != nil {
		return dst, err
	}
	return append(dst, c.buf.Bytes()...), nil
}

// appendZstd uses the fastest level: output is compressed once and the broker checks it once, and the next level costs
// twice the time for a few per cent. A batch is small, so the window is too.
func (c *compressor) appendZstd(dst, src []byte) ([]byte, error) {
	if c.zstd == nil {
		w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
			zstd.WithWindowSize(1<<20), zstd.WithEncoderCRC(false))
		if err != nil {
			return dst, err
		}
		c.zstd = w
	}
	return c.zstd.EncodeAll(src, dst), nil
}

// xerialHeader opens snappy as Java's producer writes it: magic, version 1, compatible with version 1. Blocks follow, each
// behind its length, of at most xerialBlock bytes of plain text.
var xerialHeader = []byte{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1}

const xerialBlock = 32 << 10

func appendXerial(dst, src []byte) []byte {
	dst = append(dst, xerialHeader...)
	for len(src) > 0 {
		n := min(len(src), xerialBlock)
		at := len(dst) + 4
		dst = grow(dst, 4+s2.MaxEncodedLen(n), math.MaxInt)
		block := s2.EncodeSnappy(dst[at:cap(dst)], src[:n])
		binary.BigEndian.PutUint32(dst[at-4:at:cap(dst)], uint32(len(block)))
		dst, src = dst[:at+len(block)], src[n:]
	}
	return dst
}

// An LZ4 frame: version 1, independent blocks of at most 64 KiB (which is what Java writes and expects its memory to be
// good for), no checksums, because the batch has its own, and no content size. The last byte is the descriptor's check.
var lz4Header = []byte{0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82}

const (
	lz4Block = 64 << 10
	lz4Plain = 1 << 31 // set in a block's length when it is not compressed
)

func (c *compressor) appendLZ4(dst, src []byte) ([]byte, error) {
	if c.lz4 == nil {
		c.lz4 = new(lz4.CompressorCCompat)
	}
	dst = append(dst, lz4Header...)
	for len(src) > 0 {
		n := min(len(src), lz4Block)
		at := len(dst) + 4
		dst = grow(dst, 4+lz4.CompressBlockBound(n), math.MaxInt)
		size, err := c.lz4.CompressBlock(src[:n], dst[at:cap(dst)])
		if err != nil {
			return dst, fmt.Errorf("lz4: %w", err)
		}
		mark := uint32(size)
		if size == 0 || size >= n {
			size = copy(dst[at:cap(dst)], src[:n])
			mark = uint32(n) | lz4Plain
		}
		binary.LittleEndian.PutUint32(dst[at-4:at:cap(dst)], mark)
		dst, src = dst[:at+size], src[n:]
	}
	return append(dst, 0, 0, 0, 0), nil
}

// grow gives dst room for n more bytes. It doubles the capacity, so that blocks appended one by one do not copy it each time,
// but not beyond limit unless the n bytes themselves are.
func grow(dst []byte, n, limit int) []byte {
	if cap(dst)-len(dst) >= n {
		return dst
	}
	grown := make([]byte, len(dst), max(len(dst)+n, min(2*cap(dst), limit)))
	copy(grown, dst)
	return grown
}
