package score

import (
	"fmt"

	"github.com/assay-dev/assay/internal/expr"
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

// Score evaluates one expression after the other.
func (s *expressions) Score(b *flow.Batch) error {
	for i, e := range s.evals {
		e.Column(b, &b.Out[i])
	}
	return nil
}
