package engine

import (
	"errors"
	"fmt"

	"github.com/assay-dev/assay/internal/expr"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/validate"
)

// Rule is a rule that is written in Go. A program checks such rules behind those of its contract, over the columns of the
// contract and of its reference sets; those of the scorer are not filled yet.
type Rule struct {
	Name    string
	Text    string           // what is said of a row that breaks it
	Warning bool             // such a row is flagged instead of refused
	New     func() flow.Rule // makes one for each worker
}

// rule is a rule of the contract. Its Check is made for each worker.
type rule struct {
	validate.Rule
	condition *expr.Program
}

// checkOwnRules binds the rules that are written in Go for the first time.
func (p *Program) checkOwnRules() error {
	names := map[string]bool{}
	for i := range p.rules {
		names[p.rules[i].Name] = true
	}
	for i := range p.opts.Rules {
		r := &p.opts.Rules[i]
		switch {
		case r.Name == "":
			return errors.New("a rule needs a name")
		case names[r.Name]:
			return fmt.Errorf("two rules are called %s", r.Name)
		case r.New == nil:
			return fmt.Errorf("the rule %s has no factory: it is nil", r.Name)
		}
		names[r.Name] = true
		if _, err := p.bindOwn(r); err != nil {
			return err
		}
	}
	return nil
}

func (p *Program) bindOwn(r *Rule) (validate.Rule, error) {
	own := r.New()
	if own == nil {
		return validate.Rule{}, fmt.Errorf("the factory of the rule %s gives nil", r.Name)
	}
	if err := own.Bind(p.schema); err != nil {
		return validate.Rule{}, fmt.Errorf("rule %s: %w", r.Name, err)
	}
	return validate.Rule{Name: r.Name, Text: r.Text, Warning: r.Warning, Check: own.Check}, nil
}

// newRules makes a worker's rules, or nil where there are none. counts are the worker's.
func (p *Program) newRules(counts []*flow.Column) (*validate.Rules, error) {
	var rules []validate.Rule
	for i := range p.rules {
		r := p.rules[i].Rule
		r.Check, r.Over = validate.Condition(p.rules[i].condition, counts)
		rules = append(rules, r)
	}
	for i := range p.opts.Rules {
		r, err := p.bindOwn(&p.opts.Rules[i])
		if err != nil {
			return nil, err
		}
		rules = append(rules, r)
	}
	if rules == nil {
		return nil, nil
	}
	return validate.NewRules(rules), nil
}
