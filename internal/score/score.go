// Package score holds the stateless scorers: they compute columns from columns, a batch at a time. Each kind has a file of
// its own and knows nothing of the feeds that use it; what a feed wants from it stands in the feed's contract and in its
// reference files.
//
// A scorer does no I/O: whoever makes it hands it the bytes of its model. Each worker makes one of its own.
package score

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/assay-dev/assay/internal/expr"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
)

// Config is what a contract gives to a scorer.
type Config struct {
	// Model is the whole model file. The scorer keeps no reference to it.
	Model []byte
	// MappingVersions are the versions of the mapping files that the feed's categories are read with, by column. A model that was
	// fitted with another one is refused. Of a column whose categories come from elsewhere there is none.
	MappingVersions map[string]string

	// Weights and Intercept are of linear scorers.
	Weights   []feed.Weight
	Intercept float64

	// Add are the names of the columns that the scorer adds, or nil where the kind itself knows.
	Add []string
	// Expressions are what each of Add is, compiled against the columns that Bind gets and against Values.
	Expressions []*expr.Program
	// Values are the columns that expressions name and batches do not have. Score reads them as whoever calls it has filled
	// them.
	Values []*flow.Column
}

// kinds are the scorers by the name that contracts use.
var kinds = map[string]func(Config) (flow.Scorer, error){
	NearestProfileKind: func(c Config) (flow.Scorer, error) {
		m, err := ParseModel(c.Model)
		if err != nil {
			return nil, err
		}
		if err := m.CheckMapping(c.MappingVersions); err != nil {
			return nil, err
		}
		return NewNearestProfile(m), nil
	},
	feed.Linear:     newLinear,
	feed.Expression: newExpressions,
}

// New makes the scorer of a kind. The error says what is wrong with the kind or with the model, in words for the author of
// the contract.
func New(kind string, cfg Config) (flow.Scorer, error) {
	build, ok := kinds[kind]
	if !ok {
		return nil, fmt.Errorf("unknown scorer kind %q, want one of: %s", kind, strings.Join(Kinds(), ", "))
	}
	s, err := build(cfg)
	if err != nil {
		return nil, fmt.Errorf("scorer %s: %w", kind, err)
	}
	return s, nil
}

// Kinds gives the names of all kinds, sorted.
func Kinds() []string { return slices.Sorted(maps.Keys(kinds)) }
