package engine_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/assay-dev/assay/internal/census"
	"github.com/assay-dev/assay/internal/engine"
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

// benchRun runs one chunk and empties the Effects, as a lane does with what it has sent.
func benchRun(tb fataler, w *engine.Worker, c *flow.Chunk, fx *flow.Effects) {
	fx.Reset()
	through(tb, w.Begin(c, origin, fx))
}

func BenchmarkScore(b *testing.B) {
	for _, in := range benchInputs {
		for _, format := range formats {
			b.Run(in.name+"/"+names[format], func(b *testing.B) {
				w, c, fx := newWorker(b, pack(b), engine.Options{Format: format}), chunk(persons(benchRows, in.opts)), laneEffects()
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

// BenchmarkOrders is a feed with two reference sets, four rules and a linear score; bare is the same without them.
func BenchmarkOrders(b *testing.B) {
	bare := ordersPack(b)
	bare.Refs, bare.Rules, bare.Score = nil, nil, nil
	for _, in := range []struct {
		name string
		c    *feed.Contract
	}{{"bare", bare}, {"rules", ordersPack(b)}} {
		for _, format := range formats {
			b.Run(in.name+"/"+names[format], func(b *testing.B) {
				w, c, fx := newWorker(b, in.c, engine.Options{Format: format}), chunk(cleanOrders(benchRows)), laneEffects()
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
			w, fx := newWorker(b, pack(b), engine.Options{}), laneEffects()
			c := chunk(persons(benchRows, census.Options{ABS: true, Broken: share}))
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
func readCSV(tb fataler, in []byte) (records int) {
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
			input := persons(benchRows, in.opts)
			b.SetBytes(int64(len(input)))
			b.ReportAllocs()
			for b.Loop() {
				readCSV(b, input)
			}
			b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkRatio runs the whole engine and encoding/csv alone on the same bytes, in turns, so that what else the machine does
// hits both. x_encoding_csv is rows a second of the engine over rows a second of encoding/csv.
func BenchmarkRatio(b *testing.B) {
	for _, in := range benchInputs {
		for _, format := range []engine.Format{engine.JSON, engine.CSV} {
			b.Run(in.name+"/"+names[format], func(b *testing.B) {
				w, c, fx := newWorker(b, pack(b), engine.Options{Format: format}), chunk(persons(benchRows, in.opts)), laneEffects()
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
