package fit

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/score"
)

// CP-22: fit twice, same bytes: whatever the order of the rows, the size of batches and the number of processors.
func TestSameRowsGiveTheSameBytes(t *testing.T) {
	s := schema(t)
	rows := persons(t, s, 1, 20_000)
	var first *Result
	for _, test := range []struct {
		atOnce, processors int
		shuffled           bool
	}{{flow.MaxRows, runtime.GOMAXPROCS(0), false}, {flow.MaxRows, 1, false}, {7, 16, true}} {
		before := runtime.GOMAXPROCS(test.processors)
		if test.shuffled {
			rand.New(rand.NewPCG(3, 4)).Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		}
		c := counter(t, s)
		add(t, c, s, rows, test.atOnce)
		got, err := Fit(c, options(t, s))
		runtime.GOMAXPROCS(before)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = got
			continue
		}
		if d := cmp.Diff(string(first.Model.Marshal()), string(got.Model.Marshal())); d != "" {
			t.Errorf("%+v: another model:\n%s", test, d)
		}
		if !bytes.Equal(first.Report.JSON(), got.Report.JSON()) || !bytes.Equal(first.Report.Markdown(), got.Report.Markdown()) {
			t.Errorf("%+v: another report", test)
		}
	}
	c := counter(t, s)
	add(t, c, s, rows[1:], flow.MaxRows)
	other, err := Fit(c, options(t, s))
	if err != nil {
		t.Fatal(err)
	}
	if other.Model.Checksum == first.Model.Checksum || other.Model.Version == first.Model.Version {
		t.Error("a row less gives the same model")
	}
}

// CP-22: a fit is a model file like any other, and each archetype scores as its own id.
func TestArchetypesKeepTheirIDs(t *testing.T) {
	s := schema(t)
	c := counter(t, s)
	add(t, c, s, persons(t, s, 5, 30_000), flow.MaxRows)
	o := options(t, s)
	// Another order of the archetypes is another order of the ids.
	a := o.Archetypes
	for k := range score.Profiles / 2 {
		other := score.Profiles - 1 - k
		a.Names[k], a.Names[other] = a.Names[other], a.Names[k]
		a.Labels[k], a.Labels[other] = a.Labels[other], a.Labels[k]
	}
	r, err := Fit(c, o)
	if err != nil {
		t.Fatal(err)
	}
	m, err := score.ParseModel(r.Model.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	if m.Profiles != a.Names || m.Profiles[5] != "Children" {
		t.Errorf("the profiles are %q", m.Profiles)
	}
	scorer := score.NewNearestProfile(m)
	out, err := scorer.Bind(s)
	if err != nil {
		t.Fatal(err)
	}
	b := batch(s)
	for f := range out {
		b.Out = append(b.Out, flow.NewColumn(&out[f], flow.MaxRows, false))
	}
	codes, err := a.codes(c)
	if err != nil {
		t.Fatal(err)
	}
	b.N = score.Profiles
	for k := range codes {
		for v, code := range codes[k] {
			b.Cols[1+v].Codes[k] = int16(code)
		}
	}
	if err := scorer.Score(b); err != nil {
		t.Fatal(err)
	}
	for k := range score.Profiles {
		if got := b.Out[0].Ints[k]; got != int64(k) {
			t.Errorf("the archetype of %s has id %d, want %d", m.Profiles[k], got, k)
		}
	}
	if !m.Fits16() || m.Scale < 1024 {
		t.Errorf("scale %d, for the fast kernel: %t", m.Scale, m.Fits16())
	}
	again, err := ArchetypesOf(m)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(a, again); d != "" {
		t.Errorf("the model carries other archetypes:\n%s", d)
	}
}

// Groups that lie far apart are found whole, each under its archetype.
func TestPlantedGroupsAreFound(t *testing.T) {
	c, a := planted(t, 8000)
	r, err := Fit(c, Options{Archetypes: a, Population: "groups", Seed: 1, Starts: 5})
	if err != nil {
		t.Fatal(err)
	}
	for k, p := range r.Report.Profiles {
		if p.Name != a.Names[k] || math.Abs(p.Share-0.125) > 0.01 || p.Silhouette < 0.5 || p.Own > p.Next/5 {
			t.Errorf("profile %d: %+v", k, p)
		}
	}
	if r.Report.Clustering.Explained < 0.7 || r.Report.Clustering.WhyNotLeast != "" || r.Report.Silhouette.Mean < 0.5 {
		t.Errorf("%+v, silhouette %+v", r.Report.Clustering, r.Report.Silhouette)
	}
	for _, trait := range r.Report.Traits {
		for k, share := range trait.Profiles {
			if own := trait.Label == letters()[k]; own != (share > 0.8) && own != (share > 0.05) {
				t.Errorf("%s %s is in %s with a share of %v", trait.Variable, trait.Label, a.Names[k], share)
			}
		}
	}
}

// Archetypes that lie in one group cannot name two.
func TestNotAccepted(t *testing.T) {
	c, a := planted(t, 8000)
	a.Labels[3] = a.Labels[2]
	_, err := Fit(c, Options{Archetypes: a, Seed: 1, Starts: 1})
	var refused *NotAccepted
	if !errors.As(err, &refused) || refused.Starts != 20 || !strings.Contains(refused.Best, "the archetype of group") {
		t.Errorf("%v", err)
	}
	c, a = planted(t, 8000)
	for key := range c.seen { // all but a few of the first group go
		if key>>(4*(score.Variables-1)) == 0 && key != 0 {
			c.Rows -= c.seen[key]
			delete(c.seen, key)
		}
	}
	c.Rows -= c.seen[0] - 10
	c.seen[0] = 10
	_, err = Fit(c, Options{Archetypes: a, Seed: 1, Starts: 1})
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "less than 3 %") {
		t.Errorf("%v", err)
	}
}

func TestFitRefuses(t *testing.T) {
	s := schema(t)
	same := [score.Variables]int16{}
	for _, test := range []struct {
		name   string
		rows   [][score.Variables]int16
		change func(*Options)
		want   string
	}{
		{"no rows", nil, nil, "there are 0 different rows that answer all nine variables; 8 profiles need more"},
		{"rows of one kind", [][score.Variables]int16{same, same}, nil, "there are 1 different rows that answer all nine variables; 8 profiles need more"},
		{"no starts", persons(t, s, 1, 2000), func(o *Options) { o.Starts = 0 }, "k-means needs at least one start"},
		{"a label that is not there", persons(t, s, 1, 2000), func(o *Options) { o.Archetypes.Labels[4][1] = "X" },
			`archetype 4 (Trades and technical workers): the column SEX has no label "X"`},
		{"an interruption", persons(t, s, 1, 2000), func(o *Options) {
			o.Each = func(start, of int) error {
				if start == 2 && of == 10 {
					return errors.New("enough")
				}
				return nil
			}
		}, "enough"},
	} {
		c := counter(t, s)
		add(t, c, s, test.rows, flow.MaxRows)
		o := options(t, s)
		if test.change != nil {
			test.change(&o)
		}
		if _, err := Fit(c, o); err == nil || err.Error() != test.want {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
}

// A label that no row has weighs nothing, as Not stated does.
func TestLabelsThatNobodyHas(t *testing.T) {
	s := schema(t)
	s[1].Labels = append([]string{"Unborn"}, s[1].Labels...)
	rows := persons(t, s, 5, 30_000)
	c := counter(t, s)
	add(t, c, s, rows, flow.MaxRows)
	r, err := Fit(c, options(t, s))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Unborn", score.NotStated} {
		if l := r.Model.Tables[0].Label(name); l == nil || l.Entry != [score.Profiles]int32{} {
			t.Errorf("%s weighs %v", name, l)
		}
	}
}

func BenchmarkFit(b *testing.B) {
	s := schema(b)
	c := counter(b, s)
	add(b, c, s, persons(b, s, 2075, 200_000), flow.MaxRows)
	o := options(b, s)
	o.Starts = 50
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Fit(c, o); err != nil {
			b.Fatal(err)
		}
	}
}
