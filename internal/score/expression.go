package score

import (
	"fmt"
	"math/bits"

	"github.com/assay-dev/assay/internal/expr"
	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// expressions adds columns that are each an expression over the feed's. Types are those of the expressions.
type expressions struct {
	names    []string
	programs []*expr.Program
	evals    []*expr.Eval
}

func newExpressions(c Config) (flow.Scorer, error) {
	if len(c.Add) != len(c.Expressions) {
		return nil, fmt.Errorf("it adds %d columns and has %d expressions", len(c.Add), len(c.Expressions))
	}
	s := &expressions{names: c.Add, programs: c.Expressions}
	for _, p := range c.Expressions {
		s.evals = append(s.evals, p.NewEval(c.Values...))
	}
	return s, nil
}

// Bind gives the columns. What the expressions name has been looked up when they were compiled.
func (s *expressions) Bind(flow.Schema) (flow.Schema, error) {
	out := make(flow.Schema, len(s.names))
	for i, p := range s.programs {
		out[i] = p.Field()
		out[i].Name = s.names[i]
	}
	return out, nil
}

// Score evaluates one expression after the other. A row that has no value because a number has become too large is flagged
// under the name of the column.
func (s *expressions) Score(b *flow.Batch) error {
	for i, e := range s.evals {
		e.Column(b, &b.Out[i])
		for w, over := range e.Overflow() {
			for over &^= b.Out[i].Valid[w]; over != 0; over &= over - 1 {
				if row := w*64 + bits.TrailingZeros64(over); row < b.N {
					flag(b, row, &b.Out[i])
				}
			}
		}
	}
	return nil
}

// flag tells that row i has no value in a scorer's column because it could not be calculated.
func flag(b *flow.Batch, i int, c *flow.Column) {
	b.Find(i, fault.DQInvalidValue, nil, false).Column = c.Field
}
