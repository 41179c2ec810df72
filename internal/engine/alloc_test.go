package engine_test

import (
	"testing"

	"github.com/assay-dev/assay/internal/census"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
)

const chunkBatches = 3 // that benchRows make

// allocations gives how many allocations a chunk takes in steady state, and how many rows of it are refused.
func allocations(tb testing.TB, o engine.Options, in census.Options) (n float64, refused int64) {
	w, fx, c := newWorker(tb, pack(tb), o), laneEffects(), chunk(persons(benchRows, in))
	for range 3 { // buffers grow
		benchRun(tb, w, c, fx)
	}
	return testing.AllocsPerRun(20, func() { benchRun(tb, w, c, fx) }), fx.Counts.RowsDead
}

// TestAllocations holds the house plan's number: in steady state at most 16 allocations a batch over decoding, scoring and
// encoding, and none a row. In fact there is one a chunk. Flagged values cost none.
func TestAllocations(t *testing.T) {
	for _, share := range []float64{0, 0.02} {
		for i, format := range formats[:2] {
			n, _ := allocations(t, engine.Options{Format: format}, census.Options{ABS: true, Flagged: share})
			t.Logf("%s, %.0f %% of the cells flagged: %.1f allocations a batch", names[i], 100*share, n/chunkBatches)
			if n > 16*chunkBatches {
				t.Errorf("%s, %.0f %% of the cells flagged: %.0f allocations for %d batches", names[i], 100*share, n, chunkBatches)
			}
		}
	}
}

// The same with reference sets, rules and a linear score or expressions, whose columns leave as text too.
func TestAllocationsOfRulesAndSets(t *testing.T) {
	for kind, c := range map[string]*feed.Contract{
		"linear":     ordersPack(t),
		"expression": ordersPack(t, expressions("double: amount * 2, where: country, when: ordered, cheap: amount < 5 and tier == \"gold\"")...),
		"columns":    ordersPack(t, "dialect: problem", "output: {columns: [risk, tier, email, ordered]}\ndialect: problem"),
	} {
		for i, format := range formats[:2] {
			w, fx, in := newWorker(t, c, engine.Options{Format: format}), laneEffects(), chunk(cleanOrders(benchRows))
			for range 3 {
				benchRun(t, w, in, fx)
			}
			n := testing.AllocsPerRun(20, func() { benchRun(t, w, in, fx) })
			t.Logf("%s, %s: %.1f allocations a batch", kind, names[i], n/chunkBatches)
			if n > 16*chunkBatches || fx.Counts.RowsScored == 0 || fx.Counts.RowsDead+fx.Counts.RowsFlagged > 0 {
				t.Errorf("%s, %s: %.0f allocations for %d batches, counts %+v", kind, names[i], n, chunkBatches, fx.Counts)
			}
		}
	}
}

// Arrow's arrays and messages are objects of the library: so many for each column of a batch, and none a row.
func TestAllocationsOfArrow(t *testing.T) {
	n, _ := allocations(t, engine.Options{Format: engine.Arrow}, census.Options{ABS: true, Flagged: 0.02})
	t.Logf("%.1f allocations a batch", n/chunkBatches)
	if n > 300*chunkBatches {
		t.Errorf("%.0f allocations for %d batches", n, chunkBatches)
	}
}

// A refused row is not on the fast path: its details are boxed and its reason is words, for the letter, and more so for the
// event, of which a chunk has a hundred at most.
func TestAllocationsOfRefusedRows(t *testing.T) {
	for i, format := range formats[:2] {
		for _, test := range []struct {
			events int
			most   float64 // a refused row
		}{{1, 5}, {benchRows, 13}} {
			n, refused := allocations(t, engine.Options{Format: format, Findings: test.events}, census.Options{ABS: true, Flagged: 0.02, Broken: 0.02})
			each := (n - 16*chunkBatches) / float64(refused)
			t.Logf("%s, %d rows refused, up to %d events: %.1f allocations each", names[i], refused, test.events, each)
			if refused < 100 || each > test.most {
				t.Errorf("%s, up to %d events: %.1f allocations for each of %d refused rows, want at most %.0f", names[i], test.events, each, refused, test.most)
			}
		}
	}
}
