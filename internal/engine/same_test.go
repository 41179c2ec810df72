package engine_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/census"
	"github.com/assay-dev/assay/internal/encode"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/flow"
)

// bytesOf is everything that stands in the Effects, where it stands.
func bytesOf(fx *flow.Effects) string {
	var b strings.Builder
	for _, f := range fx.Frames() {
		fmt.Fprintf(&b, "%s/%d %d %d\n", f.Output, f.Partition, f.Count, len(f.Buf))
		b.Write(f.Buf)
	}
	return b.String()
}

// drawChunk draws a chunk of any kind: of either name set, clean or not, refused or not, with headers, long or short.
func drawChunk(t *rapid.T) *flow.Chunk {
	rows := rapid.SampledFrom([]int{0, 1, 2, 3, 7, 20, 40, 40, 80, 300, 300, 5000}).Draw(t, "rows")
	share := rapid.SampledFrom([]float64{0, 0, 0.1})
	value := persons(rows, census.Options{
		ABS: rapid.Bool().Draw(t, "abs"), Flagged: share.Draw(t, "flagged"), Broken: share.Draw(t, "broken"),
	})
	switch rapid.IntRange(0, 7).Draw(t, "change") {
	case 0:
		value = append([]byte("x"), value...) // no id
	case 1:
		value = append(value, `"open`...)
	case 2:
		value = bytes.ReplaceAll(value, []byte("\n"), []byte("\r\n"))
	case 3:
		value = append([]byte("note,"), value...) // every row is ragged
	case 4:
		value = value[:0]
	}
	c := chunk(value)
	c.Partition, c.Offset = rapid.Int32Range(0, 3).Draw(t, "partition"), rapid.Int64Range(0, 1<<40).Draw(t, "offset")
	c.Time = c.Time.Add(time.Duration(rapid.Int64Range(0, 1e15).Draw(t, "time")))
	c.Attempt = rapid.IntRange(1, 3).Draw(t, "attempt")
	c.Key = rapid.SampledFrom([][]byte{nil, {}, []byte("key")}).Draw(t, "key")
	for _, name := range []string{"traceparent", "assay-key", "content-type", "assay-tenant", "assay-error-first-seen", "x-request-id"} {
		if rapid.IntRange(0, 3).Draw(t, name) == 0 {
			c.Headers = append(c.Headers, flow.Header{Key: name, Value: []byte("text/csv")})
		}
	}
	return c
}

// The same chunk gives the same bytes, whatever has run on the worker before, been refused, rolled back or failed there.
func TestCP18SameChunkSameBytes(t *testing.T) {
	for i, format := range formats {
		o := engine.Options{Format: format, Allowed: []string{"traceparent"}, Headers: encode.HeadersAll}
		p := compile(t, pack(t), o)
		contents := func(t *rapid.T, w *engine.Worker, c *flow.Chunk, fx *flow.Effects) string {
			fx.Reset()
			through(t, w.Begin(c, origin, fx))
			return bytesOf(fx)
		}
		rapid.Check(t, func(t *rapid.T) {
			fails := false
			w := worker(t, p.WithScorer(func(s flow.Scorer) flow.Scorer {
				return &moody{Scorer: s, mood: func(_ int, b *flow.Batch) error {
					if fails {
						return ways["error after findings"](b)
					}
					return nil
				}}
			}))
			fx := laneEffects()
			for range rapid.IntRange(1, 5).Draw(t, "chunks before") {
				before := drawChunk(t)
				fails = rapid.IntRange(0, 3).Draw(t, "fails") == 0
				if rapid.IntRange(0, 3).Draw(t, "abandoned") > 0 {
					contents(t, w, before, fx)
					continue
				}
				r := w.Begin(before, origin, fx)
				for range rapid.IntRange(0, 2).Draw(t, "steps") {
					if _, err := r.Next(); err != nil {
						t.Fatal(err)
					}
				}
				r.Rollback()
			}
			fails = false
			c := drawChunk(t)
			want := contents(t, worker(t, p), c, laneEffects())
			if got := contents(t, w, c, fx); got != want {
				t.Fatalf("%s: %s", names[i], firstDifference(want, got))
			}
		})
	}
}

// table reads the scored rows of any format as texts: a list of names, then the rows.
func (o *outcome) table(t *testing.T, format engine.Format) (all [][]string) {
	t.Helper()
	switch format {
	case engine.CSV:
		return records(t, o.csv())
	case engine.Arrow:
		for _, v := range o.values(flow.Scored) {
			rows := arrowRows(t, v)
			if len(all) > 0 {
				rows = rows[1:]
			}
			all = append(all, rows...)
		}
		return all
	default:
		for i, v := range o.values(flow.Scored) {
			row := map[string]any{}
			unmarshal(t, v, &row)
			if i == 0 {
				all = append(all, strings.Split(bureau+newNames, ","))
			}
			var cells []string
			for _, name := range all[0] {
				cells = append(cells, fmt.Sprint(row[name]))
			}
			all = append(all, cells)
		}
		return all
	}
}

// arrowRows reads an IPC stream.
func arrowRows(t *testing.T, stream string) (all [][]string) {
	t.Helper()
	r, err := ipc.NewReader(strings.NewReader(stream))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	var header []string
	for _, f := range r.Schema().Fields() {
		header = append(header, f.Name)
	}
	all = append(all, header)
	for r.Next() {
		rec := r.Record()
		for i := range int(rec.NumRows()) {
			var cells []string
			for _, c := range rec.Columns() {
				cells = append(cells, arrowCell(c, i))
			}
			all = append(all, cells)
		}
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func arrowCell(c arrow.Array, i int) string {
	if d, ok := c.(*array.Dictionary); ok {
		return d.Dictionary().(*array.String).Value(d.GetValueIndex(i))
	}
	return c.ValueStr(i)
}

// The three formats tell the same rows, and the same of everything else.
func TestFormatsAgree(t *testing.T) {
	in := chunk(persons(9000, census.Options{ABS: true, Flagged: 0.02, Broken: 0.02}))
	var want *outcome
	for i, format := range formats {
		o := run(t, newWorker(t, pack(t), engine.Options{Format: format}), in)
		if want == nil {
			want = o
			continue
		}
		if diff := cmp.Diff(want.table(t, formats[0]), o.table(t, format)); diff != "" {
			t.Errorf("json and %s differ:\n%.2000s", names[i], diff)
		}
		for _, out := range []flow.Output{flow.Quality, flow.Errors, flow.Dead, flow.Results} {
			if !slices.Equal(want.values(out), o.values(out)) {
				t.Errorf("json and %s differ on the %s topic", names[i], out)
			}
		}
	}
	if n := len(want.topics[flow.Scored]); n < 8000 {
		t.Errorf("only %d rows compared", n)
	}
}

// Nothing that leaves depends on whether others are listened to.
func TestDisabledOutputs(t *testing.T) {
	in := chunk(persons(500, census.Options{Flagged: 0.02, Broken: 0.1}))
	want := run(t, newWorker(t, pack(t), engine.Options{}), in)
	for out := range flow.Outputs {
		o := engine.Options{}
		o.Disabled[out] = true
		got := run(t, newWorker(t, pack(t), o), in)
		if n := len(got.topics[out]); n > 0 {
			t.Errorf("%d records on the %s topic, which nobody reads", n, out)
		}
		got.topics[out] = want.topics[out]
		if err := same(want, got); err != nil {
			t.Errorf("without %s: %v", out, err)
		}
	}
}
