package score

import (
	"math"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/decimal128"

	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
)

// table is a batch of so many rows with the columns of a schema, all valid, and what a scorer adds.
func table(t interface{ Fatal(...any) }, s flow.Scorer, in flow.Schema, rows int) *flow.Batch {
	b := &flow.Batch{}
	b.Reset(&flow.Chunk{})
	b.N = rows
	out, err := s.Bind(in)
	if err != nil {
		t.Fatal(err)
	}
	for i := range in {
		b.Cols = append(b.Cols, flow.NewColumn(&in[i], flow.MaxRows, false))
		b.Cols[i].Valid.Fill(true)
	}
	for i := range out {
		b.Out = append(b.Out, flow.NewColumn(&out[i], flow.MaxRows, false))
	}
	return b
}

func newScorer(t interface{ Fatal(...any) }, kind string, c Config) flow.Scorer {
	s, err := New(kind, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var numbers = flow.Schema{
	{Name: "n", Type: flow.Int64}, {Name: "x", Type: flow.Float64}, {Name: "d", Type: flow.Decimal, Precision: 12, Scale: 2}, {Name: "s"},
}

func TestLinear(t *testing.T) {
	s := newScorer(t, feed.Linear, Config{
		Weights: []feed.Weight{{Column: "d", Value: 0.25}, {Column: "n", Value: -2}, {Column: "x", Value: 10}}, Intercept: 0.5, Add: []string{"risk"},
	})
	b := table(t, s, numbers, 6)
	copy(b.Cols[0].Ints, []int64{0, 3, 1, 1, 0, 0})
	copy(b.Cols[1].Floats, []float64{0, 0.25, 1, 1, math.NaN(), math.MaxFloat64})
	for i, d := range []int64{0, 125050, 1, 1, 1, 1} {
		b.Cols[2].Decimals[i] = decimal128.FromI64(d)
	}
	b.Cols[0].Valid.Clear(2) // a null in any column
	b.Cols[2].Valid.Clear(3)
	for range 2 { // the second time over what the first has left
		if err := s.Score(b); err != nil {
			t.Fatal(err)
		}
		want := []float64{0.5, 0.5 + 0.25*1250.50 - 2*3 + 10*0.25, 0, 0, 0, 0}
		for i, w := range want {
			if valid := i < 2; b.Out[0].Floats[i] != w || b.Out[0].Valid.Get(i) != valid {
				t.Errorf("row %d: %v, valid %v, want %v", i, b.Out[0].Floats[i], b.Out[0].Valid.Get(i), w)
			}
		}
	}
	if f := b.Out[0].Field; f.Name != "risk" || f.Type != flow.Float64 || len(b.Out) != 1 {
		t.Errorf("it adds %+v", f)
	}
}

func TestLinearRefuses(t *testing.T) {
	for _, c := range []struct {
		weight string
		add    []string
		want   string
	}{
		{"n", []string{"a", "b"}, "scorer linear: it adds one column, not 2"},
		{"m", []string{"a"}, "weights names the column m, which is not there"},
		{"s", []string{"a"}, "weights are for numbers; s is string"},
	} {
		s, err := New(feed.Linear, Config{Weights: []feed.Weight{{Column: c.weight}}, Add: c.add})
		if err == nil {
			_, err = s.Bind(numbers)
		}
		if err == nil || err.Error() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

func TestLinearAllocatesNothing(t *testing.T) {
	s := newScorer(t, feed.Linear, Config{Weights: []feed.Weight{{Column: "d", Value: 1}, {Column: "n", Value: 1}, {Column: "x", Value: 1}}, Add: []string{"sum"}})
	b := table(t, s, numbers, flow.MaxRows)
	if n := testing.AllocsPerRun(10, func() {
		if err := s.Score(b); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v objects a batch", n)
	}
}

func BenchmarkLinear(b *testing.B) {
	s := newScorer(b, feed.Linear, Config{Weights: []feed.Weight{{Column: "d", Value: 1}, {Column: "n", Value: 1}, {Column: "x", Value: 1}}, Add: []string{"sum"}})
	batch := table(b, s, numbers, flow.MaxRows)
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Score(batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(flow.MaxRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
