package wire

import (
	"fmt"
	"testing"

	"github.com/assay-dev/assay/internal/flow"
)

// rows frames n small JSON rows, as the scored output has them.
func rows(n int) []byte {
	var b []byte
	headers := []flow.Header{{Key: "assay-source", Value: []byte("census.in/3/42/17")}}
	for i := range n {
		b = AppendRecord(b, int32(i), fmt.Append(nil, i), fmt.Appendf(nil, `{"id":"%08d","age":"25-29 years","income":"$400-$499","score":0.%d}`, i, i), headers)
	}
	return b
}

// TestNoAllocationPerRecord encodes and decodes one batch of 1,000 records again and again. Codecs may take a few objects a
// batch, and more under the race detector, which empties their pools; records take none.
func TestNoAllocationPerRecord(t *testing.T) {
	const few = 16
	raw := rows(1000)
	key, value, headers := []byte("key"), []byte("value"), []flow.Header{{Key: "k", Value: []byte("v")}}
	buf := make([]byte, 0, 2*len(raw))
	if n := testing.AllocsPerRun(10, func() {
		buf = buf[:0]
		for i := range int32(1000) {
			if RecordSize(i, key, value, headers) > 0 {
				buf = AppendRecord(buf, i, key, value, headers)
			}
		}
	}); n != 0 {
		t.Errorf("framing 1,000 records took %v objects", n)
	}
	for _, codec := range allCodecs() {
		e, d := NewEncoder(), NewDecoder(1<<30)
		info := BatchInfo{Codec: codec, Time: noon, Count: 1000}
		var batch []byte
		if n := testing.AllocsPerRun(5, func() {
			var err error
			if batch, err = e.AppendBatch(batch[:0], info, raw); err != nil {
				t.Fatal(err)
			}
		}); n > few {
			t.Errorf("%s: encoding a batch took %v objects", codec, n)
		}
		var rec Record
		hs := make([]flow.Header, 0, 4)
		var f Filter
		aborted := []Aborted{{5, 9}}
		if n := testing.AllocsPerRun(5, func() {
			f.Reset(aborted)
			b, _, err := Next(batch)
			if err != nil || !f.Keep(&b) {
				t.Fatal(err)
			}
			records, err := d.Records(&b)
			if err != nil {
				t.Fatal(err)
			}
			for records.Next(&rec) {
				hs = rec.Headers(hs[:0])
			}
			if records.Err() != nil {
				t.Fatal(records.Err())
			}
		}); n > few {
			t.Errorf("%s: decoding a batch took %v objects", codec, n)
		}
	}
}

func BenchmarkAppendBatch(b *testing.B) {
	raw := rows(10_000)
	for _, codec := range allCodecs() {
		b.Run(codec.String(), func(b *testing.B) {
			e := NewEncoder()
			var buf []byte
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if buf, err = e.AppendBatch(buf[:0], BatchInfo{Codec: codec, Time: noon, Count: 10_000}, raw); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(raw))/float64(len(buf)), "ratio")
		})
	}
}

func BenchmarkRecords(b *testing.B) {
	raw := rows(10_000)
	for _, codec := range allCodecs() {
		b.Run(codec.String(), func(b *testing.B) {
			batch, err := NewEncoder().AppendBatch(nil, BatchInfo{Codec: codec, Time: noon, Count: 10_000}, raw)
			if err != nil {
				b.Fatal(err)
			}
			d := NewDecoder(1 << 30)
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				h, _, err := Next(batch)
				if err != nil {
					b.Fatal(err)
				}
				records, err := d.Records(&h)
				if err != nil {
					b.Fatal(err)
				}
				var rec Record
				n := 0
				for records.Next(&rec) {
					n++
				}
				if n != 10_000 {
					b.Fatal(n)
				}
			}
		})
	}
}
