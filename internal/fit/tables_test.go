package fit

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/score"
)

// The worked example of the specification, section 11: g = (1.5, −0.5), m = (0.4, 0.2), scale 1,048,576.
func TestWorkedExample(t *testing.T) {
	s := schema(t)
	c := counter(t, s)
	sp := &space{bits: 24, axes: make([]Axis, 2)}
	steps := func(x float64) int32 { return int32(math.RoundToEven(math.Ldexp(x, int(sp.bits)))) }
	sp.place[5][0] = [maxAxes]int32{steps(1.5), steps(-0.5)}
	k := &clusters{}
	k.centroids[3] = point{steps(9 * 0.4), steps(9 * 0.2)}
	m := sp.scaled(k, c, 1<<20)
	if m.Bias[3] != 209715 || m.Tables[5].Labels[0].Entry[3] != -116508 {
		t.Errorf("bias %d, entry %d", m.Bias[3], m.Tables[5].Labels[0].Entry[3])
	}
	if sp.scaled(k, c, 1<<40) != nil {
		t.Error("a number beyond 32 bits is no model")
	}
}

func TestDivide(t *testing.T) {
	for _, test := range []struct{ n, d, want int64 }{
		{5, 2, 2}, {7, 2, 4}, {-5, 2, -2}, {-7, 2, -4}, {9, 4, 2}, {11, 4, 3}, {-9, 4, -2}, {-11, 4, -3}, {0, 3, 0}, {6, 3, 2}, {-6, 3, -2},
	} {
		if got := divide(big.NewInt(test.n), big.NewInt(test.d)).Int64(); got != test.want {
			t.Errorf("%d/%d is %d, want %d", test.n, test.d, got, test.want)
		}
	}
}

// Whatever the places and centroids: the tables have the greatest scale that the fast kernel takes, and choose the nearest
// centroid, unless two are so near to each other that the tables' rounding decides.
func TestTablesChooseTheNearestCentroid(t *testing.T) {
	s := schema(t)
	c := counter(t, s)
	rapid.Check(t, func(t *rapid.T) {
		sp := &space{bits: 10, axes: make([]Axis, 3)}
		coordinate := rapid.Int32Range(-3<<10, 3<<10)
		for v := range sp.place {
			for code := range c.labels[v][:c.missing[v]] {
				for a := range sp.axes {
					sp.place[v][code][a] = coordinate.Draw(t, "place")
				}
			}
		}
		k := &clusters{}
		for m := range k.centroids {
			for a := range sp.axes {
				k.centroids[m][a] = 3 * coordinate.Draw(t, "centroid")
			}
		}
		m := sp.tables(k, c)
		if !m.Fits16() || m.Scale&(m.Scale-1) != 0 {
			t.Fatalf("scale %d", m.Scale)
		}
		if next := sp.scaled(k, c, 2*m.Scale); next != nil && next.Fits16() {
			t.Fatalf("scale %d is not the greatest", m.Scale)
		}
		var codes [score.Variables]uint8
		for v := range codes {
			codes[v] = uint8(rapid.IntRange(0, int(c.missing[v])).Draw(t, "code"))
		}
		chosen, _ := choose(m, &codes)
		x := sp.at(&codes)
		unit := math.Ldexp(9, int(sp.bits))
		least := math.Inf(1)
		for p := range k.centroids {
			least = min(least, float64(x.squared(&k.centroids[p], 3))/unit/unit)
		}
		// Ten numbers are rounded, on either side, by half a unit of the scale.
		if got := float64(x.squared(&k.centroids[chosen], 3)) / unit / unit; got > least+10/float64(m.Scale)+1e-9 {
			t.Fatalf("profile %d has the squared distance %v, the least is %v (scale %d)", chosen, got, least, m.Scale)
		}
	})
}

// Each start ends where k-means ends: every row with its nearest centroid, every centroid in the middle of its rows.
func TestStartsEndAtRest(t *testing.T) {
	s := schema(t)
	counts := counter(t, s)
	add(t, counts, s, persons(t, s, 11, 5000), flow.MaxRows)
	f := &fitting{counts: counts}
	f.rows, f.complete = counts.rows()
	var err error
	if f.space, err = analyse(f.rows[:f.complete], &counts.missing); err != nil {
		t.Fatal(err)
	}
	f.place()
	first := f.cloud.start(1, 0)
	for number := range 3 {
		k := f.cloud.start(1, number)
		of := make([]uint8, len(f.cloud.points))
		before := *k
		f.cloud.assign(k, of)
		f.cloud.centre(k, of)
		if k.centroids != before.centroids || k.inertia != before.inertia || k.iterations >= maxIterations {
			t.Errorf("start %d moves on after %d iterations", number, before.iterations)
		}
		if k.inertia >= f.cloud.inertia() {
			t.Errorf("start %d: inertia %v of %v", number, k.inertia, f.cloud.inertia())
		}
		if same := k.centroids == first.centroids; same != (number == 0) {
			t.Errorf("start %d begins like the first: %t", number, same)
		}
	}
}
