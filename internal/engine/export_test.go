package engine

import "github.com/assay-dev/assay/internal/flow"

// WithScorer gives a program like p, whose workers each score with what wrap makes of their scorer.
func (p *Program) WithScorer(wrap func(flow.Scorer) flow.Scorer) *Program {
	q := *p
	q.newScore = func(counts []*flow.Column) (flow.Scorer, error) {
		s, err := p.newScore(counts)
		if err != nil {
			return nil, err
		}
		return wrap(s), nil
	}
	return &q
}
