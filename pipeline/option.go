package pipeline

import (
	"fmt"
	"maps"
	"slices"

	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/flow"
)

// Option changes how a feed works.
type Option func(*options)

type options struct {
	format  Format
	scorers map[string]func() flow.Scorer
	rules   []engine.Rule
}

// clone gives options that can be changed without changing o.
func (o options) clone() options {
	o.scorers, o.rules = maps.Clone(o.scorers), slices.Clone(o.rules)
	return o
}

// Format is the form in which scored rows leave.
type Format string

// The formats. JSON is the default.
const (
	JSON  Format = "json"  // an object a row
	CSV   Format = "csv"   // the input's bytes with the scores at the end, under a header
	Arrow Format = "arrow" // Arrow IPC streams
)

// WithFormat sets the form of scored rows.
func WithFormat(f Format) Option { return func(o *options) { o.format = f } }

// WithScorer adds a kind of scorer, which contracts name as `score: {kind: KIND}`. A feed works in several goroutines, and each
// has a Scorer of its own, which factory makes: so a Scorer may keep memory from batch to batch without locks. What all of
// them share, such as a model, factory captures, and they must not change it.
//
// A kind that is built in (expression, linear, nearest-profile) is refused.
//
// A Scorer with a method Version() string has that version named in everything that leaves.
func WithScorer(kind string, factory func() Scorer) Option {
	return func(o *options) {
		if o.scorers == nil {
			o.scorers = map[string]func() flow.Scorer{}
		}
		o.scorers[kind] = factory
	}
}

// WithRule adds a rule, which is checked behind those of the contract: a row that breaks it is refused with VALIDATION_ERROR.
// Like Scorers, each goroutine has a Rule of its own. A Rule with a method String() string says there what must hold, for
// people who are told of a row that breaks it.
func WithRule(name string, factory func() Rule) Option { return withRule(name, factory, false) }

// WithWarning adds a rule in the same way; a row that breaks it is scored, and flagged in the quality event.
func WithWarning(name string, factory func() Rule) Option { return withRule(name, factory, true) }

func withRule(name string, factory func() Rule, warning bool) Option {
	return func(o *options) {
		text := "must keep the rule " + name
		if factory != nil { // otherwise Load refuses it
			if s, ok := factory().(fmt.Stringer); ok {
				text = s.String()
			}
		}
		o.rules = append(o.rules, engine.Rule{Name: name, Text: text, Warning: warning, New: factory})
	}
}
