package fit

import (
	"math"
	"testing"

	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/score"
)

// What defines the analysis, checked on its outcome: on each axis rows have the mean 0 and the axis's inertia as their variance,
// and no two axes are correlated.
func TestAxesAreThoseOfTheRows(t *testing.T) {
	s := schema(t)
	c := counter(t, s)
	add(t, c, s, persons(t, s, 8, 30_000), flow.MaxRows)
	rows, complete := c.rows()
	sp, err := analyse(rows[:complete], &c.missing)
	if err != nil {
		t.Fatal(err)
	}
	if len(sp.axes) < 8 || len(sp.axes) > maxAxes {
		t.Fatalf("%d axes", len(sp.axes))
	}
	unit := math.Ldexp(score.Variables, int(sp.bits))
	var n, sum, adjusted float64
	var products [maxAxes][maxAxes]float64
	for i := range rows[:complete] {
		x := sp.at(&rows[i].codes)
		w := float64(rows[i].n)
		n += w
		for a := range sp.axes {
			sum += w * float64(x[a]) / unit
			for b := range sp.axes {
				products[a][b] += w * float64(x[a]) / unit * float64(x[b]) / unit
			}
		}
	}
	if math.Abs(sum/n) > 1e-4 {
		t.Errorf("the mean is %v", sum/n)
	}
	for a := range sp.axes {
		adjusted += sp.axes[a].Adjusted
		if a > 0 && sp.axes[a].Inertia > sp.axes[a-1].Inertia || sp.axes[a].Inertia <= 1.0/9 {
			t.Errorf("axis %d has inertia %v", a, sp.axes[a].Inertia)
		}
		for b := range sp.axes {
			want := 0.0
			if a == b {
				want = sp.axes[a].Inertia
			}
			if got := products[a][b] / n; math.Abs(got-want) > 1e-4 {
				t.Errorf("axes %d and %d: %v, want %v", a, b, got, want)
			}
		}
	}
	if adjusted < 0.9 || adjusted > 1+1e-9 {
		t.Errorf("the kept axes have %v of the adjusted inertia", adjusted)
	}
	for v, code := range c.missing {
		if sp.place[v][code] != [maxAxes]int32{} {
			t.Errorf("Not stated of %s lies at %v", c.names[v], sp.place[v][code])
		}
	}
}

// Variables that all say the same are one axis a group: eight groups have seven.
func TestVariablesThatSayTheSame(t *testing.T) {
	var rows []row
	for k := range uint8(8) {
		r := row{n: 10}
		for v := range r.codes {
			r.codes[v] = k
		}
		rows = append(rows, r)
	}
	missing := [score.Variables]int16{8, 8, 8, 8, 8, 8, 8, 8, 8}
	sp, err := analyse(rows, &missing)
	if err != nil {
		t.Fatal(err)
	}
	if len(sp.axes) != 7 {
		t.Fatalf("%d axes, want 7", len(sp.axes))
	}
	for _, a := range sp.axes {
		if math.Abs(a.Inertia-1) > 1e-9 || math.Abs(a.Adjusted-1.0/7) > 1e-9 {
			t.Errorf("%+v", a)
		}
	}
}

func TestAnalyseRefuses(t *testing.T) {
	independent := func() (rows []row) {
		for i := range 1 << score.Variables {
			r := row{n: 1}
			for v := range r.codes {
				r.codes[v] = uint8(i >> v & 1)
			}
			rows = append(rows, r)
		}
		return rows
	}()
	independent[0].n++ // the least dependence keeps an axis above 1/9, however little
	for _, test := range []struct {
		name string
		rows []row
		want string
	}{
		{"one row", []row{{n: 5}}, "all complete rows are the same: there is nothing to tell apart"},
		{"too many", []row{{n: math.MaxInt32}, {codes: [score.Variables]uint8{1}, n: 1}},
			"there are more than 2147483647 complete rows: fit a sample of them, drawn by chance"},
	} {
		if _, err := analyse(test.rows, &[score.Variables]int16{}); err == nil || err.Error() != test.want {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
	sp, err := analyse(independent, &[score.Variables]int16{15, 15, 15, 15, 15, 15, 15, 15, 15})
	if err != nil || len(sp.axes) != 1 {
		t.Errorf("%v", err)
	}
}

// The steps are never so fine that a squared distance could overflow, and no finer than they need to be.
func TestStepBits(t *testing.T) {
	for _, test := range []struct {
		n    int64
		want uint
	}{{1, finestBits}, {200_000, finestBits}, {20_000_000, finestBits}, {1 << 30, 11}, {math.MaxInt32, 11}} {
		got := stepBits(test.n)
		if got != test.want {
			t.Errorf("%d rows: 2^-%d, want 2^-%d", test.n, got, test.want)
		}
		if most := float64(test.n) * 324 * math.Ldexp(1, 2*int(got)); most > math.MaxInt64/2 {
			t.Errorf("%d rows: a squared distance may be %v", test.n, most)
		}
	}
}
