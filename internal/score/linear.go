package score

import (
	"fmt"

	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
)

// linear adds one float64 column: the intercept and the sum of each weighted column times its weight, in the contract's order.
// A row without a value in one of them has none, nor has one whose sum is no finite number, which is flagged.
type linear struct {
	name      string
	intercept float64
	weights   []feed.Weight
	columns   []int // of the weights, in the batch
}

func newLinear(c Config) (flow.Scorer, error) {
	if len(c.Add) != 1 {
		return nil, fmt.Errorf("it adds one column, not %d", len(c.Add))
	}
	return &linear{name: c.Add[0], intercept: c.Intercept, weights: c.Weights}, nil
}

// Bind finds the weighted columns, which must be numbers.
func (s *linear) Bind(in flow.Schema) (flow.Schema, error) {
	s.columns = s.columns[:0]
	places := in.Places()
	for _, w := range s.weights {
		i, ok := places[w.Column]
		if !ok {
			return nil, fmt.Errorf("weights names the column %s, which is not there", w.Column)
		}
		switch in[i].Type {
		case flow.Int64, flow.Float64, flow.Decimal:
		default:
			return nil, fmt.Errorf("weights are for numbers; %s is %s", w.Column, in[i].Type)
		}
		s.columns = append(s.columns, i)
	}
	return flow.Schema{{Name: s.name, Type: flow.Float64}}, nil
}

// Score adds up column by column. The conversions of the products keep the compiler from fusing them with the sums, which on
// some machines would round once instead of twice: scores are the same everywhere.
func (s *linear) Score(b *flow.Batch) error {
	out := &b.Out[0]
	sums := out.Floats[:b.N]
	for i := range sums {
		sums[i] = s.intercept
	}
	out.Valid.Fill(true)
	for k, place := range s.columns {
		c, weight := &b.Cols[place], s.weights[k].Value
		for w := range words(b.N) {
			out.Valid[w] &= c.Valid[w]
		}
		switch c.Type {
		case flow.Int64:
			for i, v := range c.Ints[:b.N] {
				sums[i] += float64(weight * float64(v))
			}
		case flow.Float64:
			for i, v := range c.Floats[:b.N] {
				sums[i] += float64(weight * v)
			}
		default:
			for i, v := range c.Decimals[:b.N] {
				sums[i] += float64(weight * flow.DecimalFloat(v.HighBits(), v.LowBits(), c.Scale))
			}
		}
	}
	for i, v := range sums {
		if v-v != 0 && out.Valid.Get(i) { // NaN or infinite
			out.Valid.Clear(i)
			flag(b, i, out)
		}
		if !out.Valid.Get(i) { // what stands in the columns there may come from the batch before
			sums[i] = 0
		}
	}
	return nil
}

func words(n int) int { return (n + 63) / 64 }
