package engine

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/assay-dev/assay/internal/census"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
)

// benchRows is how many rows the chunk of a benchmark has: two batches and a bit.
const benchRows = 10_000

var benchInputs = []struct {
	name string
	opts census.Options
}{
	{"abs", census.Options{ABS: true, Flagged: 0.002}},
	{"collapsed", census.Options{Flagged: 0.002}},
}

// chunkOf draws a chunk of so many persons.
func chunkOf(rows int, opts census.Options) []byte {
	g := census.New(1, opts)
	return g.Append(bytes.Clone(g.Header()), rows)
}

// benchRun runs one chunk and empties the Effects, as a lane does with what it has sent.
func benchRun(tb testing.TB, w *Worker, c *flow.Chunk, fx *flow.Effects) {
	fx.Reset()
	r := w.Begin(c, "/assay/bench", fx)
	for more := true; more; {
		var err error
		if more, err = r.Next(); err != nil {
			tb.Fatal(err)
		}
	}
	if _, err := r.End(); err != nil {
		tb.Fatal(err)
	}
}

func benchWorker(tb testing.TB, o Options) *Worker {
	contract, err := feed.Pack("census-profile")
	if err != nil {
		tb.Fatal(err)
	}
	p, err := Compile(contract, o)
	if err != nil {
		tb.Fatal(err)
	}
	w, err := p.NewWorker("0")
	if err != nil {
		tb.Fatal(err)
	}
	return w
}

func benchChunk(value []byte) *flow.Chunk {
	return &flow.Chunk{
		Position: flow.Position{Topic: "census.in", Partition: 3, Offset: 42}, Key: []byte("k"), Value: value,
		Time: time.Date(2026, 5, 25, 12, 0, 0, 0, time.UTC),
	}
}

// lanesLimit is the limit that a lane sets for Kafka's default of max.message.bytes.
const lanesLimit = 1 << 20

func laneEffects() *flow.Effects {
	fx := &flow.Effects{}
	for i := range fx.Limit {
		fx.Limit[i] = lanesLimit
	}
	return fx
}

func BenchmarkScore(b *testing.B) {
	for _, in := range benchInputs {
		for _, format := range []Format{JSON, CSV, Arrow} {
			b.Run(in.name+"/"+[]string{"json", "csv", "arrow"}[format], func(b *testing.B) {
				w, c, fx := benchWorker(b, Options{Format: format}), benchChunk(chunkOf(benchRows, in.opts)), laneEffects()
				benchRun(b, w, c, fx)
				b.SetBytes(int64(len(c.Value)))
				b.ReportAllocs()
				for b.Loop() {
					benchRun(b, w, c, fx)
				}
				b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			})
		}
	}
}

// BenchmarkBroken holds the price of rows that are not valid CSV: each becomes a dead letter, the first hundred an event.
func BenchmarkBroken(b *testing.B) {
	for _, share := range []float64{0, 0.02, 0.2} {
		b.Run(fmt.Sprintf("%.0f%%", 100*share), func(b *testing.B) {
			w, fx := benchWorker(b, Options{}), laneEffects()
			c := benchChunk(chunkOf(benchRows, census.Options{ABS: true, Broken: share}))
			b.SetBytes(int64(len(c.Value)))
			b.ReportAllocs()
			for b.Loop() {
				benchRun(b, w, c, fx)
			}
			b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// readCSV reads all records with encoding/csv and nothing else.
func readCSV(tb testing.TB, in []byte) (records int) {
	r := csv.NewReader(bytes.NewReader(in))
	r.ReuseRecord = true
	for {
		if _, err := r.Read(); errors.Is(err, io.EOF) {
			return records
		} else if err != nil {
			tb.Fatal(err)
		}
		records++
	}
}

func BenchmarkEncodingCSV(b *testing.B) {
	for _, in := range benchInputs {
		b.Run(in.name, func(b *testing.B) {
			chunk := chunkOf(benchRows, in.opts)
			b.SetBytes(int64(len(chunk)))
			b.ReportAllocs()
			for b.Loop() {
				readCSV(b, chunk)
			}
			b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkRatio runs the whole engine and encoding/csv alone on the same bytes, in turns, so that what else the machine does
// hits both. x_encoding_csv is rows a second of the engine over rows a second of encoding/csv.
func BenchmarkRatio(b *testing.B) {
	for _, in := range benchInputs {
		for _, format := range []Format{JSON, CSV} {
			b.Run(in.name+"/"+[]string{"json", "csv"}[format], func(b *testing.B) {
				w, c, fx := benchWorker(b, Options{Format: format}), benchChunk(chunkOf(benchRows, in.opts)), laneEffects()
				benchRun(b, w, c, fx)
				var ours, theirs time.Duration
				for b.Loop() {
					at := time.Now()
					benchRun(b, w, c, fx)
					mid := time.Now()
					readCSV(b, c.Value)
					ours, theirs = ours+mid.Sub(at), theirs+time.Since(mid)
				}
				b.ReportMetric(theirs.Seconds()/ours.Seconds(), "x_encoding_csv")
			})
		}
	}
}
