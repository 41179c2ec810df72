package expr

import (
	"math/rand/v2"
	"testing"

	"github.com/assay-dev/assay/internal/flow"
)

// Expressions that together use every kernel but those of one bit a row.
var benchmarks = []struct{ name, text string }{
	{"rule", `amount > 0 and country in ["NL", "BE"]`},
	{"int", `qty >= 0`},
	{"ints", `qty <= stock`},
	{"int-list", `qty in [1, 2, 3, 5, 8, 13]`},
	{"float", `rate between 0 and 1`},
	{"decimal", `amount between 0.01 and 5000`},
	{"decimals", `amount < share`},
	{"decimal-list", `amount in [1, 2.50, 100]`},
	{"text", `name == "NL"`},
	{"text-list", `name in ["NL", "the quick brown fox", "abcdefghijklm"]`},
	{"text-order", `name < "b"`},
	{"length", `length(name) <= 3`},
	{"matches", `name matches /^[A-Z]{2}$/`},
	{"label-matches", `country matches /^[A-Z]{2}$/`},
	{"labels", `country == home`},
	{"uuid", `id != "123e4567-e89b-12d3-a456-426614174000"`},
	{"uuids", `id == parent`},
	{"timestamps", `paid < sent`},
	{"sum-int", `qty + stock * 2 > 100`},
	{"sum-decimal", `amount * qty - 5.5 > 100`},
	{"sum-float", `rate * 0.5 + qty > 100`},
	{"decimal-float", `amount < rate`},
	{"logic", `active and not ` + "`in`" + ` or (active == ` + "`in`" + `) is null`},
}

// The time is that of a full batch: divided by its rows it is the metric ns/row.
func BenchmarkBad(b *testing.B) {
	for _, c := range benchmarks {
		b.Run(c.name, func(b *testing.B) {
			batch, values := newBatch(testEnv(), flow.MaxRows)
			fill(rand.New(rand.NewPCG(1, 2)), batch, values)
			e, bad := compile(b, c.text).NewEval(values...), flow.NewBitmap(flow.MaxRows)
			b.ReportAllocs()
			for b.Loop() {
				e.Bad(batch, bad)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/flow.MaxRows, "ns/row")
		})
	}
}

// In the steady state nothing is allocated, whatever the expression. Patterns are left out: package regexp keeps its machines in
// a pool, which the collector may empty, and the race detector does at random.
func TestAllocations(t *testing.T) {
	batch, values := newBatch(testEnv(), flow.MaxRows)
	fill(rand.New(rand.NewPCG(1, 2)), batch, values)
	for _, c := range benchmarks {
		if c.name == "matches" {
			continue
		}
		e, bad := compile(t, c.text).NewEval(values...), flow.NewBitmap(flow.MaxRows)
		if n := testing.AllocsPerRun(5, func() { e.Bad(batch, bad) }); n != 0 {
			t.Errorf("%s: %v allocations a batch", c.text, n)
		}
	}
	for _, text := range []string{"amount * 2", "qty", "rate + 1", "name", "country", "id", "active"} {
		p := compile(t, text)
		f := p.Field()
		e, out := p.NewEval(values...), flow.NewColumn(&f, flow.MaxRows, false)
		if n := testing.AllocsPerRun(5, func() { e.Column(batch, &out) }); n != 0 {
			t.Errorf("%s: %v allocations a batch", text, n)
		}
	}
}
