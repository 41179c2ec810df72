package engine

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/assay-dev/assay/internal/expr"
	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/score"
	"github.com/assay-dev/assay/internal/suggest"
	"github.com/assay-dev/assay/internal/validate"
)

// Compile makes a Program of a contract. What only shows when its parts meet fails here: reference sets, expressions, the
// scorer and its model, the output. Whatever is wrong with the contract comes at once, as feed.Problems; what is wrong with the
// options comes as an error of its own.
func Compile(c *feed.Contract, o Options) (*Program, error) { return compile(c, o, nil) }

// With compiles the program's contract under other options. The reference sets are the program's own, not read again: their bytes
// need not be in the contract any more.
func (p *Program) With(o Options) (*Program, error) { return compile(p.contract, o, p.refs) }

// compile is Compile with the reference sets that have been read, or nil.
func compile(c *feed.Contract, o Options, read []reference) (*Program, error) {
	o.setDefaults()
	if err := o.checkScorers(); err != nil {
		return nil, fmt.Errorf("feed %s: %w", c.Feed, err)
	}
	p := &Program{contract: c, opts: o, names: nameSets(c), schema: c.Schema(), version: c.Feed + "@" + c.Version}
	for i := range c.Columns {
		p.targets = append(p.targets, target(&c.Columns[i]))
	}
	k := compiler{p: p, c: c}
	k.references(read)
	k.rules()
	k.score()
	k.output()
	k.width()
	if len(k.problems) > 0 {
		k.problems.Sort()
		return nil, k.problems
	}
	p.version += k.vocabularies()
	for i := range c.Refs {
		p.version += " " + c.Refs[i].Name + "=" + c.Refs[i].Version
	}
	if o.ColumnsOnly && len(p.out) == 0 && !slices.ContainsFunc(p.schema, func(f flow.Field) bool { return f.Key }) {
		return nil, fmt.Errorf("feed %s: nothing is scored and no column is the key, so that rows of the score columns only would be empty", c.Feed)
	}
	p.adds = map[string]bool{}
	for _, name := range fieldNames(p.Added()) {
		p.adds[flow.FoldName(name)] = true
	}
	if err := p.checkOwnRules(); err != nil {
		return nil, fmt.Errorf("feed %s: %w", c.Feed, err)
	}
	return p, nil
}

// compiler gathers what is wrong with a contract while it fills in the program.
type compiler struct {
	p        *Program
	c        *feed.Contract
	problems feed.Problems
	mapping  string // the version of mapping files that the model's stands for, or ""
}

// problem adds a problem, to which the caller may add a suggestion.
func (k *compiler) problem(at feed.Pos, format string, args ...any) *feed.Problem {
	p := k.c.Problem(at, format, args...)
	k.problems = append(k.problems, p)
	return p
}

// width refuses a contract whose rows, with a cell a column, the settings refuse.
func (k *compiler) width() {
	if most := k.p.opts.Columns; len(k.c.Columns) > most {
		k.problem(k.c.Columns[most].At, "the contract has %d columns; rows of more than %d are refused", len(k.c.Columns), most).Suggestion =
			"raise limits.columns of the settings"
	}
}

// expression compiles an expression of the contract, or gives nil after telling what is wrong with it.
func (k *compiler) expression(e feed.Expr) *expr.Program {
	p, err := expr.Compile(e.Text, expr.Env{Columns: k.p.schema, Values: k.p.counts})
	var bad *expr.Error
	switch {
	case err == nil:
		return p
	case errors.As(err, &bad):
		k.problem(e.At(bad.Offset), "%s", bad.Text).Suggestion = bad.Hint
	default:
		k.problem(e.At(0), "%v", err)
	}
	return nil
}

func (k *compiler) rules() {
	for i := range k.c.Rules {
		r := &k.c.Rules[i]
		p := k.expression(r.Must)
		if p == nil {
			continue
		}
		if t := p.Field().Type; t != flow.Bool {
			k.problem(r.Must.At(0), "rule %s is no condition: it gives a value of type %s", r.Name, t).Suggestion = "compare it with something"
			continue
		}
		told := func(what string) string { return string(fault.Cut([]byte(what + ": " + p.String()))) }
		k.p.rules = append(k.p.rules, rule{
			Rule: validate.Rule{
				Name: r.Name, Text: told("must hold"), OverText: told("a number is too large to calculate with"),
				Warning: r.Severity == feed.SeverityWarning,
			},
			condition: p,
		})
	}
}

func (k *compiler) score() {
	s := k.c.Score
	if s == nil {
		return
	}
	kinds := slices.Concat(score.Kinds(), slices.Sorted(maps.Keys(k.p.opts.Scorers)))
	if !slices.Contains(kinds, s.Kind) {
		p := k.problem(s.KindAt, "unknown kind of scorer %s: there are %s", s.Kind, strings.Join(kinds, ", "))
		if near := suggest.Nearest(s.Kind, kinds); near != "" {
			p.Suggestion = "did you mean " + near + "?"
		}
		return
	}
	cfg := score.Config{
		Model: s.Data, MappingVersions: k.c.MappingVersions(), Weights: s.Weights, Intercept: s.Intercept, Add: s.Add,
	}
	known := len(k.problems)
	for _, e := range s.Expressions {
		cfg.Expressions = append(cfg.Expressions, k.expression(e))
	}
	if len(k.problems) > known {
		return
	}
	k.p.newScore = func(counts []*flow.Column) (flow.Scorer, error) {
		factory := k.p.opts.Scorers[s.Kind]
		if k.p.opts.Instead != nil {
			factory = k.p.opts.Instead
		}
		if factory != nil {
			own := factory()
			if own == nil {
				return nil, fmt.Errorf("the factory of the scorer %s gives nil", s.Kind)
			}
			return own, nil
		}
		cfg := cfg
		cfg.Values = counts
		return score.New(s.Kind, cfg)
	}
	scorer, err := k.p.newScore(k.p.newCounts())
	if err == nil {
		k.p.out, err = scorer.Bind(k.p.schema)
	}
	if err != nil {
		at := s.KindAt
		if s.Model != "" {
			at = s.ModelAt
		}
		k.problem(at, "%v", err)
		return
	}
	k.scored(s)
	if v, ok := scorer.(interface{ Version() string }); ok {
		k.p.version += " model=" + v.Version()
	}
	if m, ok := scorer.(interface{ MappingVersion() string }); ok {
		k.mapping = m.MappingVersion()
	}
}

// checkScorers refuses kinds of scorers that a contract could not name, or would mean another one by.
func (o *Options) checkScorers() error {
	for _, kind := range slices.Sorted(maps.Keys(o.Scorers)) {
		switch {
		case kind == "":
			return errors.New("a scorer needs a kind that contracts can name")
		case slices.Contains(score.Kinds(), kind):
			return fmt.Errorf("the scorer %s is built in: one of your own needs another name", kind)
		case o.Scorers[kind] == nil:
			return fmt.Errorf("the scorer %s has no factory: it is nil", kind)
		}
	}
	return nil
}

// scored checks that the scorer adds the columns that the contract expects, or else that they have names of their own.
func (k *compiler) scored(s *feed.Score) {
	switch names := fieldNames(k.p.out); {
	case s.Add == nil:
		k.problems = append(k.problems, k.c.LinkScored(names)...)
	case !slices.Equal(s.Add, names):
		k.problem(s.AddAt[0], "add says %s, but %s adds %s", strings.Join(s.Add, ", "), s.Kind, strings.Join(names, ", "))
	}
}

// output gives the places of the columns that leave. Whether they are there the contract has checked.
func (k *compiler) output() {
	all := slices.Concat(k.p.schema, k.p.out)
	places := all.Places()
	for _, name := range k.c.Output.Columns {
		k.p.leaving = append(k.p.leaving, places[name])
	}
}

// vocabularies names the versions of the files that categories are read with, in their order, each once: the file's own, or else
// its digest. One that the scorer's model was fitted with is named by the model's version.
func (k *compiler) vocabularies() string {
	var named []string
	text := ""
	for i := range k.c.Columns {
		v := k.c.Columns[i].Vocabulary
		if v == nil || v.Digest == "" || slices.Contains(named, v.Digest) || v.Version != "" && v.Version == k.mapping {
			continue
		}
		named = append(named, v.Digest)
		text += " vocabulary=" + cmp.Or(v.Version, v.Digest)
	}
	return text
}
