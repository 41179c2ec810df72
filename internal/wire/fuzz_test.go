package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/assay-dev/assay/internal/flow"
)

// FuzzBatches reads arbitrary bytes as batches. Reading ends, gives records from inside its input only, keeps its promises
// about offsets, and takes no more memory than its bound. The fuzzer cannot guess CRCs, so each input is also read with the
// CRC of its first batch mended.
func FuzzBatches(f *testing.F) {
	for _, codec := range allCodecs() {
		b := encode(f, BatchInfo{Codec: codec, Transactional: true, ProducerID: 9}, testRecord{Key: []byte("k"), Value: bytes.Repeat([]byte("value "), 30)},
			testRecord{Headers: []flow.Header{{Key: "h", Value: []byte("v")}}})
		f.Add(b)
		f.Add(append(slices.Clone(b), b[:40]...))
	}
	f.Add(marker(f, 9, false))
	f.Fuzz(func(t *testing.T, in []byte) {
		walkAny(t, in)
		if len(in) < BatchHeader {
			return
		}
		b := bytes.Clone(in)
		n := min(int64(binary.BigEndian.Uint32(b[atLength:]))+afterLength, int64(len(b)))
		if n < BatchHeader {
			n = int64(len(b))
		}
		binary.BigEndian.PutUint32(b[atLength:], uint32(n-afterLength))
		b[atMagic] = magic
		sum(b[:n])
		walkAny(t, b)
	})
}

func walkAny(t *testing.T, b []byte) {
	const limit = 1 << 16
	d := NewDecoder(limit)
	var filter Filter
	filter.Reset([]Aborted{{9, 0}})
	for {
		batch, rest, err := Next(b)
		if err != nil {
			if !errors.Is(err, ErrCut) && !errors.Is(err, ErrCorrupt) {
				t.Fatalf("unexpected error: %v", err)
			}
			if len(rest) >= len(b) {
				return
			}
			b = rest
			continue
		}
		if len(rest) >= len(b) || batch.Size+len(rest) != len(b) {
			t.Fatalf("%d bytes, batch of %d, %d follow", len(b), batch.Size, len(rest))
		}
		if batch.Base < 0 || batch.Last < batch.Base || batch.Count < 0 {
			t.Fatalf("%+v", batch)
		}
		b = rest
		filter.Keep(&batch)
		records, err := d.Records(&batch)
		var large *TooLargeError
		if err != nil {
			if !errors.Is(err, ErrCorrupt) && !errors.As(err, &large) {
				t.Fatalf("unexpected error: %v", err)
			}
			continue
		}
		if cap(d.buf) > limit+zstdWindow {
			t.Fatalf("buffer of %d bytes", cap(d.buf))
		}
		var rec Record
		var n int32
		previous := batch.Base - 1
		for records.Next(&rec) {
			if n++; rec.Offset <= previous || rec.Offset > batch.Last {
				t.Fatalf("offset %d after %d in %+v", rec.Offset, previous, batch)
			}
			previous = rec.Offset
			if got := len(rec.Headers(nil)); got != rec.count {
				t.Fatalf("%d headers of %d", got, rec.count)
			}
		}
		if records.Err() == nil && n != batch.Count {
			t.Fatalf("%d records of %d", n, batch.Count)
		}
	}
}

// FuzzDecompress opens arbitrary bytes with each codec: no panic, and no more than the limit.
func FuzzDecompress(f *testing.F) {
	var c compressor
	for _, codec := range allCodecs()[1:] {
		b, err := c.append(nil, codec, bytes.Repeat([]byte("17,25-29 years,Male\n"), 40))
		must(f, err)
		f.Add(uint8(codec), b)
	}
	f.Fuzz(func(t *testing.T, codec uint8, in []byte) {
		const limit = 1 << 16
		d := Decompressor{Limit: limit}
		// A second opening with the same decompressor must not depend on the first.
		first, err1 := d.Open(nil, Codec(codec%5), in)
		first = bytes.Clone(first)
		second, err2 := d.Open(nil, Codec(codec%5), in)
		if (err1 == nil) != (err2 == nil) || err1 == nil && !bytes.Equal(first, second) {
			t.Fatalf("%d bytes, %v; then %d bytes, %v", len(first), err1, len(second), err2)
		}
		if err1 == nil && len(first) > limit {
			t.Fatalf("%d bytes", len(first))
		}
	})
}
