// Package score holds the stateless scorers: they compute columns from columns, a batch at a time. Each kind has a file of
// its own and knows nothing of the feeds that use it; what a feed wants from it stands in the feed's contract and in its
// reference files.
//
// A scorer does no I/O: whoever makes it hands it the bytes of its model. After Bind it changes nothing of its own, so that
// the lanes of a process can share one.
package score

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/assay-dev/assay/internal/flow"
)

// Config is what a contract gives to a scorer.
type Config struct {
	// Model is the whole model file. The scorer keeps no reference to it.
	Model []byte
	// MappingVersion is the version of the mapping file that the feed's categories are read with. A model that was fitted
	// with another one is refused. It is empty when the categories come from elsewhere; then any model is taken.
	MappingVersion string
}

//go:generate go run ./gen ../../schemas/feeds/census-profile/model.json

// kinds are the scorers by the name that contracts use.
var kinds = map[string]func(Config) (flow.Scorer, error){
	NearestProfileKind: func(c Config) (flow.Scorer, error) {
		m, err := ParseModel(c.Model, c.MappingVersion)
		if err != nil {
			return nil, err
		}
		return NewNearestProfile(m), nil
	},
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
