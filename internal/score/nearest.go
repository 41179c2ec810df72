package score

import (
	"fmt"
	"slices"

	"github.com/assay-dev/assay/internal/flow"
)

// NearestProfileKind is the kind of NearestProfile in contracts.
const NearestProfileKind = "nearest-profile"

// LowConfidence is how many of a row's values must be Not stated for its confidence to be low.
const LowConfidence = 3

// labelSets are the rows of a model's tables, for each variable in the order of its column's dictionary.
type labelSets [Variables][]Label

// NearestProfile puts each row into the profile whose centroid is nearest, by the tables of a Model. It fills profile_id,
// profile_name and profile_confidence. Every row gets a profile; it never adds a finding.
//
// There are two kernels: packed.go for models whose sums fit 16 bits, which all fitted ones do, and wide.go, the plain twin
// that takes any model and against which the packed one is tested.
type NearestProfile struct {
	model   *Model
	columns [Variables]int // the variables' places in the batch
	packed  *packedTables  // nil when the sums do not fit 16 bits
	wide    *wideTables    // nil when packed is set
}

// NewNearestProfile makes a scorer of a model, which it keeps and which must pass Validate.
func NewNearestProfile(m *Model) *NearestProfile { return &NearestProfile{model: m} }

// Kind gives the scorer's kind.
func (s *NearestProfile) Kind() string { return NearestProfileKind }

// Version gives the version of the model, for headers and metrics.
func (s *NearestProfile) Version() string { return s.model.Version }

// MappingVersion gives the version of the mapping that the model was fitted with.
func (s *NearestProfile) MappingVersion() string { return s.model.MappingVersion }

// Bind finds the model's variables among the columns and lays its tables out in the order of their dictionaries. Each must
// be a category whose labels all stand in the variable's table, and all of the table's labels in the dictionary. A value that
// the column keeps and that is no label counts as Not stated.
func (s *NearestProfile) Bind(in flow.Schema) (flow.Schema, error) {
	var entries labelSets
	for v := range s.model.Tables {
		t := &s.model.Tables[v]
		c := in.Index(t.Variable)
		if c < 0 {
			return nil, fmt.Errorf("model %s needs the column %s, which the contract does not have", s.model.Version, t.Variable)
		}
		if in[c].Type != flow.Category {
			return nil, fmt.Errorf("model %s needs the column %s as a category, but it is of type %s", s.model.Version, t.Variable, in[c].Type)
		}
		var err error
		if entries[v], err = t.inOrder(in[c].Labels); err != nil {
			return nil, fmt.Errorf("model %s does not fit the column %s: %w", s.model.Version, t.Variable, err)
		}
		if in[c].Keeps { // what the model has never seen says no more than no answer
			if len(entries[v]) == maxLabels {
				return nil, fmt.Errorf("model %s has no room for unknown values of the column %s: set unknown to a label", s.model.Version, t.Variable)
			}
			entries[v] = append(entries[v], *t.Label(NotStated))
		}
		s.columns[v] = c
	}
	s.packed, s.wide = pack(s.model.Bias, &entries), nil
	if s.packed == nil {
		s.wide = widen(s.model.Bias, &entries)
	}
	return flow.Schema{
		{Name: "profile_id", Type: flow.Int8},
		{Name: "profile_name", Type: flow.Category, Labels: slices.Clone(s.model.Profiles[:])},
		{Name: "profile_confidence", Type: flow.Category, Labels: []string{"high", "low"}},
	}, nil
}

// inOrder gives the table's rows in the order of a dictionary.
func (t *Table) inOrder(dictionary []string) ([]Label, error) {
	out := make([]Label, 0, len(dictionary))
	for i, name := range dictionary {
		l := t.Label(name)
		if l == nil {
			return nil, fmt.Errorf("the model has no label %q", name)
		}
		if slices.Index(dictionary, name) < i {
			return nil, fmt.Errorf("the column has the label %q twice", name)
		}
		out = append(out, *l)
	}
	for _, l := range t.Labels {
		if !slices.Contains(dictionary, l.Name) {
			return nil, fmt.Errorf("the column has no label %q", l.Name)
		}
	}
	return out, nil
}

// Score fills the three columns for all rows of b, refused ones included.
func (s *NearestProfile) Score(b *flow.Batch) error {
	n := b.N
	var codes [Variables][]int16
	for v, c := range s.columns {
		codes[v] = b.Cols[c].Codes[:n]
	}
	ids, names, confidence := b.Out[0].Ints[:n], b.Out[1].Codes[:n], b.Out[2].Codes[:n]
	if s.packed != nil {
		s.packed.score(&codes, ids, names, confidence)
	} else {
		s.wide.score(&codes, ids, names, confidence)
	}
	for i := range b.Out[:3] {
		b.Out[i].Valid.Fill(true)
	}
	return nil
}
