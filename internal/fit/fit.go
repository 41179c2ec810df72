// Package fit makes nearest-profile models from rows: multiple correspondence analysis of nine categories, then k-means with
// eight clusters, as the census-profile specification says (section 5). The same rows, archetypes and options give the same
// bytes, whatever the order of the rows, the number of processors and, but for one rounding that the report judges, the
// processor's floating point.
//
// Rows are counted by Counts, which stands in a scorer's place in the engine. It does no I/O and starts no goroutine: fifty
// starts over the few thousand different rows of a census take about a second.
package fit

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/assay-dev/assay/internal/score"
)

// minShare is what each profile must hold of the rows: census-profile specification, section 5.
const minShare = 0.03

// mostRounds bounds a fit that cannot succeed. Of the census about one start in fifteen is accepted.
const mostRounds = 20

// Options are what a fit depends on beside its rows.
type Options struct {
	Archetypes     *Archetypes
	MappingVersion string // of the vocabulary that the rows were read with
	Population     string // where the rows came from, for the model and its report
	Seed           uint64
	// Starts is how many starts of k-means there are. While none of them is accepted there are as many again, up to mostRounds
	// times.
	Starts int
	// Each is called before each start, of so many that are planned by then, and ends the fit with its error.
	Each func(start, of int) error
}

// Result is a fitted model and what there is to say of it.
type Result struct {
	Model  *score.Model
	Report *Report
}

// NotAccepted says that no start of k-means gave clusters that the archetypes can name.
type NotAccepted struct {
	Starts int
	Best   string // what is wrong with the clusters that lie closest together
}

func (e *NotAccepted) Error() string {
	return fmt.Sprintf("none of %d starts gives profiles that keep their ids: in the best one, %s. Try more --starts, another --seed, or --archetypes that are further apart in these rows",
		e.Starts, e.Best)
}

// fitting is one fit.
type fitting struct {
	o          *Options
	counts     *Counts
	rows       []row
	complete   int // so many of rows answer all variables
	space      *space
	cloud      cloud
	codes      [score.Profiles][score.Variables]uint8 // of the archetypes
	archetypes [score.Profiles]point
	least      *clusters // of all so far
	refused    string    // why that was not accepted, if it was not
}

// Fit makes a model of the rows that were counted. It takes the start with the least inertia among those that are accepted:
// each archetype must score as its own profile, and each profile must hold 3 % of all rows. A *NotAccepted error says that
// there is none in any round.
func Fit(counts *Counts, o Options) (*Result, error) {
	if o.Starts < 1 {
		return nil, errors.New("k-means needs at least one start")
	}
	f := &fitting{o: &o, counts: counts}
	var err error
	if f.codes, err = o.Archetypes.codes(counts); err != nil {
		return nil, err
	}
	f.rows, f.complete = counts.rows()
	if f.complete < score.Profiles {
		return nil, fmt.Errorf("there are %d different rows that answer all nine variables; %d profiles need more", f.complete, score.Profiles)
	}
	if f.space, err = analyse(f.rows[:f.complete], &counts.missing); err != nil {
		return nil, err
	}
	f.place()
	for round := range mostRounds {
		k, err := f.starts(round)
		if err != nil {
			return nil, err
		}
		m, err := f.accepted(k)
		if err != nil || m != nil {
			return m, err
		}
	}
	return nil, &NotAccepted{mostRounds * o.Starts, f.refused}
}

// place puts the complete rows and the archetypes onto the axes.
func (f *fitting) place() {
	f.cloud.axes = len(f.space.axes)
	for i := range f.rows[:f.complete] {
		f.cloud.points = append(f.cloud.points, f.space.at(&f.rows[i].codes))
		f.cloud.n = append(f.cloud.n, f.rows[i].n)
	}
	for k := range f.codes {
		f.archetypes[k] = f.space.at(&f.codes[k])
	}
}

// starts runs a round of k-means and gives the outcomes, the least inertia first.
func (f *fitting) starts(round int) ([]*clusters, error) {
	var all []*clusters
	for i := round * f.o.Starts; i < (round+1)*f.o.Starts; i++ {
		if f.o.Each != nil {
			if err := f.o.Each(i, (round+1)*f.o.Starts); err != nil {
				return nil, err
			}
		}
		all = append(all, f.cloud.start(f.o.Seed, i))
	}
	slices.SortStableFunc(all, func(a, b *clusters) int { return cmp.Compare(a.inertia, b.inertia) })
	return all, nil
}

// accepted gives the model of the first outcome that is accepted, or nil.
func (f *fitting) accepted(all []*clusters) (*Result, error) {
	for _, k := range all {
		k.match(&f.archetypes, f.cloud.axes)
		m := f.space.tables(k, f.counts)
		m.Profiles, m.MappingVersion = f.o.Archetypes.Names, f.o.MappingVersion
		m.Fit = f.provenance(k).marshal()
		m.Version = versionOf(m)
		if err := m.Validate(); err != nil {
			return nil, err
		}
		why := f.refusal(m)
		if f.least == nil || k.inertia < f.least.inertia {
			f.least, f.refused = k, why
		}
		if why == "" {
			return f.result(m, k)
		}
	}
	return nil, nil
}

// result reads the model back, so that it is what a scorer will read.
func (f *fitting) result(m *score.Model, k *clusters) (*Result, error) {
	m, err := score.ParseModel(m.Marshal())
	if err != nil {
		return nil, err
	}
	return &Result{m, f.report(m, k)}, nil
}

func (f *fitting) provenance(k *clusters) *provenance {
	return &provenance{
		Method: "multiple correspondence analysis, k-means", Population: f.o.Population, Rows: f.counts.Rows, Seed: f.o.Seed,
		Starts: f.o.Starts, Start: k.start, Iterations: k.iterations, Axes: len(f.space.axes), Bits: f.space.bits,
		Archetypes: f.o.Archetypes.Labels,
	}
}

// versionOf names a model after its content, so that two models never share a name.
func versionOf(m *score.Model) string {
	m.Version = ""
	sum := sha256.Sum256(m.Marshal())
	return "fit-" + hex.EncodeToString(sum[:4])
}

// refusal says why a model is not accepted, or nothing.
func (f *fitting) refusal(m *score.Model) string {
	var wrong []string
	for k := range f.codes {
		if got, _ := choose(m, &f.codes[k]); got != k {
			wrong = append(wrong, fmt.Sprintf("the archetype of %s scores as %s", m.Profiles[k], m.Profiles[got]))
		}
	}
	for k, n := range f.sizes(m) {
		if float64(n) < minShare*float64(f.counts.Rows) {
			wrong = append(wrong, fmt.Sprintf("%s holds %.1f %% of the rows, less than %.0f %%", m.Profiles[k], 100*share(n, f.counts.Rows), 100*minShare))
		}
	}
	return strings.Join(wrong, "; ")
}

// sizes counts the rows of each profile, those that do not answer everything included.
func (f *fitting) sizes(m *score.Model) (n [score.Profiles]int64) {
	for i := range f.rows {
		k, _ := choose(m, &f.rows[i].codes)
		n[k] += f.rows[i].n
	}
	return n
}

func share(n, of int64) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}
