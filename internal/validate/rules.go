package validate

import (
	"fmt"
	"math/bits"

	"github.com/assay-dev/assay/internal/expr"
	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// Rule is a condition that every row must meet.
type Rule struct {
	Name    string
	Text    string // what is said of a row that breaks it
	Warning bool   // such a row is flagged instead of refused
	Check   Check

	// Over is set by Check: of the rows that break the rule those of which the rule cannot be calculated, which are told of in
	// other words. It may be nil.
	Over     flow.Bitmap
	OverText string
}

// Check sets bit i of bad, whose bits are clear, when row i of b breaks the rule. An error says that the rule itself has failed.
type Check func(b *flow.Batch, bad flow.Bitmap) error

// Condition gives the check of an expression of type bool, which a row breaks where it is false or cannot be calculated, and the
// rule's Over. It owns the memory that the expression needs: each worker makes its own. values are the columns that the expression
// names and batches do not have.
func Condition(p *expr.Program, values []*flow.Column) (check Check, over flow.Bitmap) {
	e := p.NewEval(values...)
	return func(b *flow.Batch, bad flow.Bitmap) error {
		e.Bad(b, bad)
		return nil
	}, e.Overflow()
}

// Rules checks the rules of a feed, one after the other, each once a batch. It belongs to one worker.
type Rules struct {
	rules []Rule
	bad   flow.Bitmap
}

// NewRules gives the rules as they are checked.
func NewRules(rules []Rule) *Rules { return &Rules{rules: rules, bad: flow.NewBitmap(flow.MaxRows)} }

// Check adds a finding for each rule that a row of b breaks: VALIDATION_ERROR, which refuses the row, or DQ_INVALID_VALUE for
// a warning (CSV rule 17). Rows that an earlier rule or stage has refused are checked like others, so that all their faults
// are told; the findings of a row come in the order of the rules.
func (r *Rules) Check(b *flow.Batch) error {
	for i := range r.rules {
		rule := &r.rules[i]
		r.bad.Fill(false)
		if err := rule.Check(b, r.bad); err != nil {
			return fmt.Errorf("rule %s: %w", rule.Name, err)
		}
		r.find(b, rule)
	}
	return nil
}

func (r *Rules) find(b *flow.Batch, rule *Rule) {
	code := fault.ValidationError
	if rule.Warning {
		code = fault.DQInvalidValue
	}
	for w := range (b.N + 63) / 64 {
		for bad := r.bad[w]; bad != 0; bad &= bad - 1 {
			i := w*64 + bits.TrailingZeros64(bad)
			if i >= b.N {
				return
			}
			f := b.Find(i, code, nil, !rule.Warning)
			f.Rule, f.Reason = rule.Name, rule.Text
			if rule.Over != nil && rule.Over.Get(i) {
				f.Reason = rule.OverText
			}
		}
	}
}
