package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/assay-dev/assay/internal/flow"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, int(250*time.Millisecond), time.UTC)

// testRecord is a record with its headers spelt out.
type testRecord struct {
	Offset     int64
	Time       time.Time
	Key, Value []byte
	Headers    []flow.Header
}

// equal tells nulls from empties, as reflect.DeepEqual does, but is quick on long values.
func (r testRecord) equal(o testRecord) bool {
	same := func(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }
	return r.Offset == o.Offset && r.Time.Equal(o.Time) && same(r.Key, o.Key) && same(r.Value, o.Value) &&
		slices.EqualFunc(r.Headers, o.Headers, func(a, b flow.Header) bool { return a.Key == b.Key && same(a.Value, b.Value) })
}

// frame frames records with the offset deltas 0, 1, 2, ….
func frame(records ...testRecord) []byte {
	var b []byte
	for i, r := range records {
		b = AppendRecord(b, int32(i), r.Key, r.Value, r.Headers)
	}
	return b
}

// encode makes one batch of records, with sensible defaults for what info leaves out.
func encode(t testing.TB, info BatchInfo, records ...testRecord) []byte {
	t.Helper()
	info.Count = int32(len(records))
	if info.Time.IsZero() {
		info.Time = noon
	}
	b, err := NewEncoder().AppendBatch(nil, info, frame(records...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// at gives batch b the first offset base, as a broker does; the CRC does not cover it.
func at(base int64, b []byte) []byte {
	binary.BigEndian.PutUint64(b, uint64(base))
	return b
}

// sum mends the CRC of a batch that a test has changed.
func sum(b []byte) []byte {
	binary.BigEndian.PutUint32(b[atCRC:], crc32.Checksum(b[afterCRC:], castagnoli))
	return b
}

// read walks all of b and collects copies of its records.
func read(b []byte, limit int) ([]testRecord, error) {
	d := NewDecoder(limit)
	var out []testRecord
	for len(b) > 0 {
		batch, rest, err := Next(b)
		if err != nil {
			return out, err
		}
		records, err := d.Records(&batch)
		if err != nil {
			return out, err
		}
		var r Record
		for records.Next(&r) {
			c := testRecord{Offset: r.Offset, Time: r.Time, Key: bytes.Clone(r.Key), Value: bytes.Clone(r.Value)}
			for _, h := range r.Headers(nil) {
				c.Headers = append(c.Headers, flow.Header{Key: string(bytes.Clone([]byte(h.Key))), Value: bytes.Clone(h.Value)})
			}
			out = append(out, c)
		}
		if records.Err() != nil {
			return out, records.Err()
		}
		b = rest
	}
	return out, nil
}

func allCodecs() []Codec { return []Codec{None, Gzip, Snappy, LZ4, Zstd} }

func TestNullsAndEmptiesStayApart(t *testing.T) {
	want := []testRecord{
		{Offset: 7, Time: noon},
		{Offset: 8, Time: noon, Key: []byte{}, Value: []byte{}},
		{Offset: 9, Time: noon, Key: []byte("k"), Value: []byte("v"), Headers: []flow.Header{
			{Key: "", Value: nil}, {Key: "a", Value: []byte{}}, {Key: "a", Value: []byte("again")}}},
	}
	for _, codec := range allCodecs() {
		got, err := read(at(7, encode(t, BatchInfo{Codec: codec}, want...)), 1<<20)
		if err != nil {
			t.Fatalf("%s: %v", codec, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: -want +got\n%s", codec, d)
		}
	}
}

func TestHeaderOfABatch(t *testing.T) {
	b := at(1000, encode(t, BatchInfo{Codec: LZ4, Transactional: true, ProducerID: 77, Epoch: 3, Sequence: 12}, testRecord{}, testRecord{}))
	got, rest, err := Next(append(b, "tail"...))
	if err != nil {
		t.Fatal(err)
	}
	if string(rest) != "tail" {
		t.Errorf("rest %q", rest)
	}
	want := Batch{Base: 1000, Last: 1001, Codec: LZ4, Transactional: true, ProducerID: 77, Epoch: 3, Sequence: 12, Count: 2,
		Time: noon, MaxTime: noon, Size: len(b)}
	if d := cmp.Diff(want, got, cmp.FilterPath(func(p cmp.Path) bool {
		name := p.Last().String()
		return name == ".baseTime" || name == ".maxTime" || name == ".records"
	}, cmp.Ignore()), cmp.AllowUnexported(Batch{})); d != "" {
		t.Error(d)
	}
}

func TestDamageIsNamed(t *testing.T) {
	whole := func() []byte {
		return at(5, encode(t, BatchInfo{}, testRecord{Value: []byte("one")}, testRecord{Value: []byte("two")}))
	}
	put32 := func(b []byte, i int, v uint32) []byte { binary.BigEndian.PutUint32(b[i:], v); return sum(b) }
	records := func(raw ...byte) []byte {
		b, err := NewEncoder().AppendBatch(nil, BatchInfo{Count: 1, Time: noon}, raw)
		if err != nil {
			t.Fatal(err)
		}
		return at(5, b)
	}
	for _, c := range []struct {
		name string
		b    []byte
		want string
	}{
		{"old format", func() []byte { b := whole(); b[atMagic] = 1; return b }(), "format 1 instead of 2"},
		{"short length", func() []byte { b := whole(); b[atLength+3] = 3; return b }(), "length 3 is less than a header"},
		{"negative length", func() []byte { b := whole(); b[atLength] = 0x80; return b }(), "length -2147483579 is less than a header"},
		{"flipped bit", func() []byte { b := whole(); b[len(b)-2] ^= 1; return b }(), "CRC 1bed24a4 instead of 084fbcd3"},
		{"codec", func() []byte { b := whole(); b[atAttributes+1] |= 7; return sum(b) }(), "unknown codec 7"},
		{"negative delta", put32(whole(), atLastDelta, math.MaxUint32), "last offset delta -1"},
		{"negative base", at(-5, whole()), "last offset delta 1"},
		{"offsets overflow", at(math.MaxInt64, whole()), "last offset delta 1"},
		{"negative count", put32(whole(), atCount, math.MaxUint32), "-1 records in 2 offsets"},
		{"count", put32(whole(), atCount, 3), "3 records in 2 offsets"},
		{"fewer records than counted", put32(put32(whole(), atLastDelta, 9), atCount, 3), "record length"},
		{"more records than counted", put32(whole(), atCount, 1), "bytes after the last record"},
		{"empty record", records(0), "record length"},
		{"only attributes", records(2, 0), "record fields"},
		{"key beyond the record", records(10, 0, 0, 0, 20, 1), "record fields"},
		{"value beyond the record", records(12, 0, 0, 0, 1, 20, 0), "record fields"},
		{"2⁶² headers", records(append([]byte{30, 0, 0, 0, 1, 1}, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1)...), "record fields"},
		{"null header key", records(16, 0, 0, 0, 1, 1, 2, 1, 1), "record header without a key"},
		{"header beyond the record", records(16, 0, 0, 0, 1, 1, 2, 0, 8), "record headers"},
		{"more than its headers", records(14, 0, 0, 0, 1, 1, 0, 9), "bytes after a record's headers"},
		{"offset before the batch", records(12, 0, 0, 1, 1, 1, 0), "record offsets"},
		{"offset after the batch", records(12, 0, 0, 2, 1, 1, 0), "record offsets"},
		{"not gzip", func() []byte { b := whole(); b[atAttributes+1] |= 1; return sum(b) }(), "gzip: gzip: invalid header"},
	} {
		_, err := read(c.b, 1<<20)
		var corrupt *CorruptError
		if !errors.As(err, &corrupt) || !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if corrupt.Reason != c.want {
			t.Errorf("%s: %q, want %q", c.name, corrupt.Reason, c.want)
		}
	}
}

func TestCutAtEveryByte(t *testing.T) {
	b := encode(t, BatchInfo{}, testRecord{Value: []byte("cut me")})
	for n := range b {
		if _, _, err := Next(b[:n]); !errors.Is(err, ErrCut) {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
}

func TestDamagedBatchIsSteppedOver(t *testing.T) {
	one, two := encode(t, BatchInfo{}, testRecord{Value: []byte("1")}), at(1, encode(t, BatchInfo{}, testRecord{Value: []byte("2")}))
	one[len(one)-1] ^= 0x40
	_, rest, err := Next(append(one, two...))
	if !errors.Is(err, ErrCorrupt) || !bytes.Equal(rest, two) {
		t.Fatalf("%v, %d bytes follow", err, len(rest))
	}
}

// TestCompactedBatches reads what compaction leaves: gaps between offsets, and headers with nothing behind them.
func TestCompactedBatches(t *testing.T) {
	var raw []byte
	for _, delta := range []int32{2, 3, 8} {
		raw = AppendRecord(raw, delta, nil, []byte{byte(delta)}, nil)
	}
	b, err := NewEncoder().AppendBatch(nil, BatchInfo{Count: 3, Time: noon, Codec: LZ4}, raw)
	if err != nil {
		t.Fatal(err)
	}
	binary.BigEndian.PutUint32(b[atLastDelta:], 11)
	got, err := read(at(100, sum(b)), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	var offsets []int64
	for _, r := range got {
		offsets = append(offsets, r.Offset)
	}
	if d := cmp.Diff([]int64{102, 103, 108}, offsets); d != "" {
		t.Error(d)
	}

	empty := encode(t, BatchInfo{Codec: Zstd}, testRecord{})[:BatchHeader]
	binary.BigEndian.PutUint32(empty[atLength:], BatchHeader-afterLength)
	binary.BigEndian.PutUint32(empty[atLastDelta:], 4)
	binary.BigEndian.PutUint32(empty[atCount:], 0)
	batch, rest, err := Next(at(40, sum(empty)))
	if err != nil || batch.Count != 0 || batch.Last != 44 || len(rest) != 0 {
		t.Fatalf("%+v, %d bytes follow, %v", batch, len(rest), err)
	}
	if got, err := read(empty, 1<<20); len(got) != 0 || err != nil {
		t.Fatalf("%v, %v", got, err)
	}
}

func TestTimes(t *testing.T) {
	var raw []byte
	raw = append(raw, 14, 0, 0xc8, 1, 0, 1, 1, 0) // timestamp delta 100
	b, err := NewEncoder().AppendBatch(nil, BatchInfo{Count: 1, Time: noon}, raw)
	if err != nil {
		t.Fatal(err)
	}
	later := noon.Add(time.Minute)
	binary.BigEndian.PutUint64(b[atMaxTime:], uint64(later.UnixMilli()))
	for _, c := range []struct {
		appendTime byte
		want       time.Time
	}{{0, noon.Add(100 * time.Millisecond)}, {bitAppendTime, later}} {
		b[atAttributes+1] = c.appendTime
		got, err := read(sum(b), 1<<20)
		if err != nil || len(got) != 1 || !got[0].Time.Equal(c.want) {
			t.Errorf("append time %d: %v, %v", c.appendTime, got, err)
		}
	}
}

func TestEncoderRefuses(t *testing.T) {
	dst := []byte("kept")
	for _, info := range []BatchInfo{{Count: 0}, {Count: -1}, {Count: 1, Codec: codecs}} {
		got, err := NewEncoder().AppendBatch(dst, info, frame(testRecord{}))
		if err == nil || string(got) != "kept" {
			t.Errorf("%+v: %q, %v", info, got, err)
		}
	}
}

func TestCodecNames(t *testing.T) {
	for _, c := range allCodecs() {
		if got, err := ParseCodec(c.String()); got != c || err != nil {
			t.Errorf("%s: %v, %v", c, got, err)
		}
	}
	for name, want := range map[string]Codec{"": None, " IDENTITY": None, "gzip": Gzip, "X-Gzip ": Gzip, "Zstd": Zstd} {
		if got, ok := ContentEncoding(name); got != want || !ok {
			t.Errorf("content-encoding %q is %v, %t", name, got, ok)
		}
	}
	if _, ok := ContentEncoding("br"); ok {
		t.Error("content-encoding br is known")
	}
	if _, err := ParseCodec("brotli"); err == nil {
		t.Error("brotli is taken")
	}
	if s := codecs.String(); s != "Codec(5)" {
		t.Error(s)
	}
}

func bytesOrNil(most int) *rapid.Generator[[]byte] {
	return rapid.OneOf(rapid.Just([]byte(nil)), rapid.SliceOfN(rapid.Byte(), 0, most),
		rapid.Custom(func(t *rapid.T) []byte {
			return bytes.Repeat(rapid.SliceOfN(rapid.Byte(), 1, 9).Draw(t, "unit"), rapid.IntRange(0, 8_000).Draw(t, "times"))
		}))
}

// TestRoundTrip says that whatever goes in comes out, and that RecordSize is what AppendRecord appends.
func TestRoundTrip(t *testing.T) {
	e := NewEncoder()
	rapid.Check(t, func(t *rapid.T) {
		info := BatchInfo{
			Codec:         rapid.SampledFrom(allCodecs()).Draw(t, "codec"),
			Transactional: rapid.Bool().Draw(t, "transactional"),
			ProducerID:    rapid.Int64().Draw(t, "producer"),
			Epoch:         rapid.Int16().Draw(t, "epoch"),
			Sequence:      rapid.Int32().Draw(t, "sequence"),
			Time:          time.UnixMilli(rapid.Int64Range(-1, 1<<45).Draw(t, "ms")).UTC(),
			Count:         int32(rapid.IntRange(1, 20).Draw(t, "count")),
		}
		base := rapid.Int64Range(0, math.MaxInt64-100).Draw(t, "base")
		var want []testRecord
		var raw []byte
		for i := range info.Count {
			r := testRecord{Offset: base + int64(i), Time: info.Time, Key: bytesOrNil(200).Draw(t, "key"), Value: bytesOrNil(200).Draw(t, "value")}
			for range rapid.IntRange(0, 3).Draw(t, "headers") {
				r.Headers = append(r.Headers, flow.Header{Key: rapid.String().Draw(t, "name"), Value: bytesOrNil(20).Draw(t, "text")})
			}
			before := len(raw)
			raw = AppendRecord(raw, i, r.Key, r.Value, r.Headers)
			if got, want := len(raw)-before, RecordSize(i, r.Key, r.Value, r.Headers); got != want {
				t.Fatalf("record of %d bytes was announced as %d", got, want)
			}
			want = append(want, r)
		}
		b, err := e.AppendBatch([]byte("before"), info, raw)
		if err != nil {
			t.Fatal(err)
		}
		b = at(base, b[len("before"):])
		got, err := read(b, len(raw))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(want, got, testRecord.equal) {
			t.Fatal(cmp.Diff(want, got))
		}
		batch, _, err := Next(b)
		if err != nil || batch.ProducerID != info.ProducerID || batch.Epoch != info.Epoch || batch.Sequence != info.Sequence ||
			batch.Transactional != info.Transactional || !batch.Time.Equal(info.Time) {
			t.Fatalf("%+v, %v", batch, err)
		}
		if info.Codec == None {
			return
		}
		// One byte less than the records take is too little, whatever the codec.
		var large *TooLargeError
		if _, err := read(b, len(raw)-1); !errors.As(err, &large) {
			t.Fatalf("limit passed: %v", err)
		}
	})
}

// One batch that is much larger than the others does not keep its memory for ever, and the largest of those that come often
// does.
func TestDecoderLetsGoOfItsBuffer(t *testing.T) {
	encode := func(bytes int) *Batch {
		frames := AppendRecord(nil, 0, nil, make([]byte, bytes), nil)
		raw, err := NewEncoder().AppendBatch(nil, BatchInfo{ProducerID: -1, Epoch: -1, Sequence: -1, Count: 1, Codec: LZ4}, frames)
		if err != nil {
			t.Fatal(err)
		}
		b, _, err := Next(raw)
		if err != nil {
			t.Fatal(err)
		}
		return &b
	}
	small, often, rare := encode(100), encode(2<<20), encode(32<<20)
	d := NewDecoder(64 << 20)
	open := func(b *Batch, times int) {
		t.Helper()
		for range times {
			if _, err := d.Records(b); err != nil {
				t.Fatal(err)
			}
		}
	}
	open(rare, 1)
	for range 6 {
		open(small, judgedBatches/2)
		open(often, 1)
	}
	if n := cap(d.buf); n < 2<<20 || n > 8<<20 {
		t.Errorf("%d bytes are kept for batches of 2 MiB", n)
	}
	at := &d.buf[:1][0]
	for range 10 {
		open(small, judgedBatches/2)
		open(often, 1)
	}
	if at != &d.buf[:1][0] {
		t.Error("a buffer that is needed often was let go")
	}
	open(small, 2*judgedBatches)
	if n := cap(d.buf); n > spareBuffer {
		t.Errorf("%d bytes are kept for small batches", n)
	}
}
