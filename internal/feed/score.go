package feed

import (
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// Score names the kind of scorer and what it is made of.
type Score struct {
	At     Pos
	Kind   string
	KindAt Pos

	Model   string // the file's name, or ""
	ModelAt Pos
	Data    []byte // the file's bytes

	// Weights and Intercept are of Linear: the score is the intercept and the sum of each column times its weight.
	Weights   []Weight
	Intercept float64

	Add         []string // the names of the columns that it adds; nil: those of the kind
	AddAt       []Pos    // of each
	Expressions []Expr   // of Expression: what each of Add is
}

// Weight is the factor of a column.
type Weight struct {
	Column string
	At     Pos
	Value  float64
}

func (r *reader) score(block member) *Score {
	s := &Score{At: at(block.key)}
	members := r.block(block.value, block.name, s.At, scoreSpec)
	for _, m := range members {
		if m.name == "kind" {
			s.Kind, _ = r.text(m)
			s.KindAt = at(m.value)
		}
	}
	if s.Kind == "" {
		return s // what the other keys mean is the kind's affair
	}
	for _, m := range members {
		if m.spec.only != nil && !slices.Contains(m.spec.only, s.Kind) {
			p := r.problem(at(m.key), "%s is for %s scorers only; this one is %s", m.name, orList(m.spec.only), s.Kind)
			p.Suggestion = didYouMean(s.Kind, m.spec.only)
			continue
		}
		switch m.name {
		case "model":
			s.ModelAt = at(m.key)
			if f := r.open(m); f != nil {
				s.Model, _ = r.text(m)
				s.Data = f.data
			}
		case "weights":
			r.weights(s, m)
		case "intercept":
			s.Intercept = r.number(m)
		case "add":
			r.adds(s, m)
		}
	}
	r.scoreNeeds(s, members)
	return s
}

func (r *reader) weights(s *Score, block member) {
	members, ok := r.members(block.value, block.name)
	for _, m := range members {
		s.Weights = append(s.Weights, Weight{Column: m.name, At: at(m.key), Value: r.number(m)})
	}
	if ok && len(members) == 0 {
		r.problem(at(block.value), "weights names no column")
	}
}

// adds reads the names of the columns that the scorer adds, with their expressions where the scorer is made of them.
func (r *reader) adds(s *Score, block member) {
	_, one := block.value.(*ast.MappingValueNode)
	_, many := block.value.(*ast.MappingNode)
	switch mapping := one || many; {
	case s.Kind != Expression && mapping:
		r.problem(at(block.value), "add must be a list like [a, b]: only expression scorers have a mapping here")
	case s.Kind != Expression:
		s.Add, s.AddAt = r.columnNames(block)
	case !mapping && !r.foreign(block.value):
		r.problem(at(block.value), "add must be a mapping like {risk: amount * 0.002}")
	case mapping:
		members, _ := r.members(block.value, block.name)
		for _, m := range members {
			r.columnName(at(m.key), m.name)
			s.Add, s.AddAt = append(s.Add, m.name), append(s.AddAt, at(m.key))
			s.Expressions = append(s.Expressions, r.expr(m))
		}
		if len(members) == 0 {
			r.problem(at(block.value), "add names no column")
		}
	}
}

// scoreNeeds tells what the kind of a scorer needs and the contract lacks, or has and the kind does not take.
func (r *reader) scoreNeeds(s *Score, members []member) {
	has := func(key string) bool {
		return slices.ContainsFunc(members, func(m member) bool { return m.name == key })
	}
	for _, key := range needs[s.Kind] {
		if !has(key) {
			r.problem(s.At, "a score of kind %s has no %s", s.Kind, key)
		}
	}
	if s.Kind == Linear && len(s.Add) > 1 {
		r.problem(s.AddAt[1], "a linear scorer adds one column")
	}
	if (s.Kind == Linear || s.Kind == Expression) && has("model") {
		r.problem(s.ModelAt, "model is not for %s scorers", s.Kind)
	}
}

// needs are the keys without which a kind of scorer cannot be.
var needs = map[string][]string{
	NearestProfile: {"model"},
	Linear:         {"weights", "add"},
	Expression:     {"add"},
}
