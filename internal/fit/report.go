package fit

import (
	"bytes"
	"encoding/json"
	"math"

	"github.com/assay-dev/assay/internal/score"
)

// Report is what there is to know of a fitted model before it is used. Shares are from 0 to 1.
type Report struct {
	Model      string `json:"model"` // its version
	Checksum   string `json:"checksum"`
	Population string `json:"population"`
	Seed       uint64 `json:"seed"`
	Rows       int64  `json:"rows"`
	Complete   int64  `json:"rows_complete"` // those that answer all variables, which the fit rests on
	Different  int    `json:"rows_complete_different"`
	Scale      int64  `json:"scale"`
	Axes       []Axis `json:"axes"`

	Clustering Clustering `json:"clustering"`
	Silhouette Silhouette `json:"silhouette"`
	Profiles   []Profile  `json:"profiles"`
	Traits     []Trait    `json:"traits"`
	Rounding   Rounding   `json:"rounding"`
}

// Clustering tells how k-means went. Inertia is the mean squared distance of complete rows to their centroid.
type Clustering struct {
	Starts      int     `json:"starts"`
	Start       int     `json:"start"` // the one that was taken
	Iterations  int     `json:"iterations"`
	Inertia     float64 `json:"inertia"`
	Total       float64 `json:"inertia_of_all"` // to the middle of all rows
	Explained   float64 `json:"explained"`      // 1 − inertia/total
	LeastOfAll  float64 `json:"least_inertia"`  // of all starts, accepted or not
	WhyNotLeast string  `json:"why_not_the_least,omitempty"`
}

// Silhouette is the mean silhouette of a sample of complete rows: near 1 where rows lie much nearer to their own profile than to the
// next, near 0 where profiles touch, below where rows lie nearer to another.
type Silhouette struct {
	Sample int     `json:"sample"`
	Mean   float64 `json:"mean"`
}

// Profile is one of the eight.
type Profile struct {
	ID         int     `json:"id"`
	Name       string  `json:"name"`
	Rows       int64   `json:"rows"`
	Share      float64 `json:"share"`
	Low        float64 `json:"low_confidence_share"` // of its rows
	Silhouette float64 `json:"silhouette"`
	// The archetype's distance to its own centroid and to the nearest other one, in units of the axes.
	Own   float64 `json:"archetype_distance"`
	Next  float64 `json:"archetype_distance_to_next"`
	NextP int     `json:"archetype_next"`
}

// Trait is how common a label is, among all rows and in each profile.
type Trait struct {
	Variable string    `json:"variable"`
	Label    string    `json:"label"`
	All      float64   `json:"all"`
	Profiles []float64 `json:"profiles"`
}

// Rounding says what the model's bytes rest on: coordinates come from floating-point arithmetic and are rounded to steps of
// 2^-Bits. Margin is how near the nearest of them came to the border between two steps, in steps.
type Rounding struct {
	Bits   uint    `json:"step_bits"`
	Margin float64 `json:"margin"`
}

// report describes a model of the clusters k.
func (f *fitting) report(m *score.Model, k *clusters) *Report {
	r := &Report{
		Model: m.Version, Checksum: m.Checksum, Population: f.o.Population, Seed: f.o.Seed,
		Rows: f.counts.Rows, Different: f.complete, Scale: m.Scale,
		Rounding: Rounding{f.space.bits, rounded(f.space.margin, 6)},
	}
	for _, n := range f.cloud.n {
		r.Complete += n
	}
	for _, a := range f.space.axes {
		r.Axes = append(r.Axes, Axis{rounded(a.Inertia, 6), rounded(a.Adjusted, 4)})
	}
	unit := math.Ldexp(score.Variables, int(f.space.bits)) // steps in a unit of the axes
	mean := func(inertia float64) float64 { return inertia / float64(r.Complete) / unit / unit }
	total := f.cloud.inertia()
	r.Clustering = Clustering{
		Starts: f.o.Starts, Start: k.start, Iterations: k.iterations, Inertia: rounded(mean(k.inertia), 6), Total: rounded(mean(total), 6),
		Explained: rounded(1-k.inertia/total, 4), LeastOfAll: rounded(mean(f.least.inertia), 6), WhyNotLeast: f.refused,
	}
	f.describe(r, m)
	for p := range r.Profiles {
		q := &r.Profiles[p]
		q.Next = math.Inf(1)
		for c := range k.centroids {
			d := math.Sqrt(float64(f.archetypes[p].squared(&k.centroids[c], f.cloud.axes))) / unit
			switch {
			case c == p:
				q.Own = rounded(d, 3)
			case d < q.Next:
				q.Next, q.NextP = d, c
			}
		}
		q.Next = rounded(q.Next, 3)
	}
	f.silhouette(r, m)
	return r
}

// describe counts who is in which profile.
func (f *fitting) describe(r *Report, m *score.Model) {
	var rows, low [score.Profiles]int64
	var has [score.Variables][maxLabels][score.Profiles]int64
	for i := range f.rows {
		w := &f.rows[i]
		k, _ := choose(m, &w.codes)
		rows[k] += w.n
		if f.counts.unanswered(w) >= score.LowConfidence {
			low[k] += w.n
		}
		for v, c := range w.codes {
			has[v][c][k] += w.n
		}
	}
	for k, name := range m.Profiles {
		r.Profiles = append(r.Profiles, Profile{
			ID: k, Name: name, Rows: rows[k], Share: rounded(share(rows[k], r.Rows), 4), Low: rounded(share(low[k], rows[k]), 4),
		})
	}
	for v := range m.Tables {
		for c, l := range m.Tables[v].Labels {
			t := Trait{Variable: m.Tables[v].Variable, Label: l.Name}
			all := int64(0)
			for k, n := range has[v][c] {
				all += n
				t.Profiles = append(t.Profiles, rounded(share(n, rows[k]), 4))
			}
			t.All = rounded(share(all, r.Rows), 4)
			r.Traits = append(r.Traits, t)
		}
	}
}

// rounded gives x with so many decimals.
func rounded(x float64, decimals int) float64 {
	p := math.Pow10(decimals)
	return math.RoundToEven(x*p) / p
}

// JSON gives the report for machines.
func (r *Report) JSON() []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		panic(err) // it holds finite numbers and text
	}
	return b.Bytes()
}
