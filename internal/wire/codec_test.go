package wire

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"math/rand"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// samples are texts at the edges of the block sizes of snappy (32 KiB) and LZ4 (64 KiB), repetitive and random.
func samples() map[string][]byte {
	rnd := rand.New(rand.NewSource(1))
	noise := make([]byte, 3*lz4Block)
	rnd.Read(noise)
	rows := bytes.Repeat([]byte("17,25-29 years,Male,Not stated,$400-$499\r\n"), 8000)
	m := map[string][]byte{"none": {}, "one": {'x'}, "rows": rows, "noise": noise}
	for _, n := range []int{xerialBlock - 1, xerialBlock, xerialBlock + 1, lz4Block - 1, lz4Block, lz4Block + 1} {
		m["rows to "+string(rune('0'+n%10))] = rows[:n]
		m["noise to "+string(rune('0'+n%10))] = noise[:n]
	}
	return m
}

// TestOthersReadOurs opens what the compressor makes with the codec's own reader.
func TestOthersReadOurs(t *testing.T) {
	var c compressor
	for name, plain := range samples() {
		for codec, open := range map[Codec]func([]byte) ([]byte, error){
			Gzip: func(b []byte) ([]byte, error) {
				r, err := gzip.NewReader(bytes.NewReader(b))
				if err != nil {
					return nil, err
				}
				return io.ReadAll(r)
			},
			LZ4: func(b []byte) ([]byte, error) { return io.ReadAll(lz4.NewReader(bytes.NewReader(b))) },
			Zstd: func(b []byte) ([]byte, error) {
				r, err := zstd.NewReader(bytes.NewReader(b))
				if err != nil {
					return nil, err
				}
				defer r.Close()
				return io.ReadAll(r)
			},
			Snappy: func(b []byte) ([]byte, error) {
				var out []byte
				for b = b[16:]; len(b) > 0; {
					n := binary.BigEndian.Uint32(b)
					block, err := s2.Decode(nil, b[4:4+n])
					if err != nil {
						return nil, err
					}
					out, b = append(out, block...), b[4+n:]
				}
				return out, nil
			},
		} {
			packed, err := c.append([]byte("head"), codec, plain)
			if err != nil {
				t.Fatalf("%s %s: %v", codec, name, err)
			}
			got, err := open(packed[len("head"):])
			if err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%s %s: %d of %d bytes, %v", codec, name, len(got), len(plain), err)
			}
		}
	}
}

// TestWeReadOthers opens every form of every codec that clients are known to write.
func TestWeReadOthers(t *testing.T) {
	lz4With := func(options ...lz4.Option) func([]byte) []byte {
		return func(plain []byte) []byte {
			var b bytes.Buffer
			w := lz4.NewWriter(&b)
			must(t, w.Apply(options...))
			_, err := w.Write(plain)
			must(t, err)
			must(t, w.Close())
			return b.Bytes()
		}
	}
	for name, form := range map[string]struct {
		codec Codec
		make  func([]byte) []byte
	}{
		"gzip": {Gzip, func(plain []byte) []byte {
			var b bytes.Buffer
			w := gzip.NewWriter(&b)
			_, err := w.Write(plain)
			must(t, err)
			must(t, w.Close())
			return b.Bytes()
		}},
		"snappy, raw": {Snappy, func(plain []byte) []byte { return s2.EncodeSnappy(nil, plain) }},
		"snappy, other versions": {Snappy, func(plain []byte) []byte {
			b := appendXerial(nil, plain)
			binary.LittleEndian.PutUint32(b[8:], 1) // one client writes these the other way round
			return b
		}},
		"lz4, default":  {LZ4, lz4With()},
		"lz4, 64 KiB":   {LZ4, lz4With(lz4.BlockSizeOption(lz4.Block64Kb))},
		"lz4, all sums": {LZ4, lz4With(lz4.BlockChecksumOption(true), lz4.ChecksumOption(true), lz4.BlockSizeOption(lz4.Block256Kb))},
		"lz4, no sums":  {LZ4, lz4With(lz4.ChecksumOption(false), lz4.BlockSizeOption(lz4.Block1Mb))},
		"lz4, sized": {LZ4, func(plain []byte) []byte {
			return lz4With(lz4.SizeOption(uint64(len(plain))))(plain)
		}},
		"zstd, whole": {Zstd, func(plain []byte) []byte {
			w, err := zstd.NewWriter(nil)
			must(t, err)
			return w.EncodeAll(plain, nil)
		}},
		"zstd, stream": {Zstd, func(plain []byte) []byte {
			var b bytes.Buffer
			w, err := zstd.NewWriter(&b)
			must(t, err)
			_, err = w.Write(plain)
			must(t, err)
			must(t, w.Close())
			return b.Bytes()
		}},
	} {
		for sample, plain := range samples() {
			packed := form.make(plain)
			if len(plain) == 0 && len(packed) == 0 {
				continue
			}
			d := Decompressor{Limit: len(plain)}
			got, err := d.Open(nil, form.codec, packed)
			if err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%s, %s: %d of %d bytes, %v", name, sample, len(got), len(plain), err)
			}
			if len(plain) == 0 {
				continue
			}
			d = Decompressor{Limit: len(plain) - 1}
			if _, err := d.Open(nil, form.codec, packed); !errors.Is(err, ErrTooLarge) {
				t.Errorf("%s, %s, one byte too many: %v", name, sample, err)
			}
			// A stream that ends early is an error wherever it ends; what came out is of no interest.
			for _, n := range []int{0, 1, 7, len(packed) / 2, len(packed) - 1} {
				d = Decompressor{Limit: 2 * len(plain)}
				got, err := d.Open(nil, form.codec, packed[:min(n, len(packed)-1)])
				if err == nil && bytes.Equal(got, plain) {
					t.Errorf("%s, %s, cut at %d of %d: nobody noticed", name, sample, n, len(packed))
				}
			}
		}
	}
}

// TestLinkedBlocks opens a frame whose second block repeats text of the first, as LZ4's own tool writes them.
func TestLinkedBlocks(t *testing.T) {
	frame := append(bytes.Clone(lz4Header), 12, 0, 0, 0x80)
	frame[4] &^= lz4Linked
	frame = append(frame, "Hello, world"...)
	// One sequence: no literal, 12 bytes from 12 back; then the last five literals.
	frame = append(frame, 9, 0, 0, 0, 0x08, 12, 0, 0x50, '!', '!', '!', '!', '!')
	frame = append(frame, 0, 0, 0, 0)
	want := "Hello, worldHello, world!!!!!"
	other, err := io.ReadAll(lz4.NewReader(bytes.NewReader(frame)))
	t.Logf("the reference reader says %q, %v", other, err)
	d := Decompressor{Limit: 100}
	got, err := d.Open(nil, LZ4, frame)
	if err != nil || string(got) != want {
		t.Errorf("%q, %v", got, err)
	}
	frame[4] |= lz4Linked
	if got, err = d.Open(nil, LZ4, frame); err == nil {
		t.Errorf("independent blocks that are not: %q", got)
	}
}

// TestBombs opens a few bytes that become many.
func TestBombs(t *testing.T) {
	var c compressor
	zeros := make([]byte, 64<<20)
	for _, codec := range []Codec{Gzip, Snappy, LZ4, Zstd} {
		packed, err := c.append(nil, codec, zeros)
		must(t, err)
		d := Decompressor{Limit: 1 << 20}
		got, err := d.Open(nil, codec, packed)
		if !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", codec, err)
		}
		if most := 1<<20 + zstdWindow; cap(got) > most {
			t.Errorf("%s took %d bytes, at most %d are allowed", codec, cap(got), most)
		}
	}
}

func TestDamagedFrames(t *testing.T) {
	good := func() []byte {
		var c compressor
		b, err := c.append(nil, LZ4, bytes.Repeat([]byte("row\n"), 100))
		must(t, err)
		return b
	}
	change := func(i int, v byte) []byte { b := good(); b[i] = v; return b }
	for name, b := range map[string][]byte{
		"magic":            change(0, 0),
		"version":          change(4, 0x20),
		"dictionary":       change(4, 0x61),
		"block size":       change(5, 0x30),
		"long block":       change(9, 0x7f),
		"plain block":      append(append(bytes.Clone(lz4Header), 1, 0, 2, 0x80), make([]byte, 1<<17+5)...),
		"trailing bytes":   append(good(), 1),
		"content sum":      change(4, 0x64),
		"size, then gone":  append(bytes.Clone(lz4Header[:4]), 0x68, 0x40, 0),
		"snappy, no block": nil,
	} {
		codec := LZ4
		if b == nil {
			codec, b = Snappy, append(bytes.Clone(xerialHeader), 0, 0, 9)
		}
		d := Decompressor{Limit: 1 << 20}
		if _, err := d.Open(nil, codec, b); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
