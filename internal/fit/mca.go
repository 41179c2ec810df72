package fit

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/assay-dev/assay/internal/score"
)

// maxAxes is the most axes that are kept, whatever their inertia: census-profile specification, section 5.
const maxAxes = 10

// Axis is a principal axis of the multiple correspondence analysis.
type Axis struct {
	Inertia float64 `json:"inertia"`
	// Adjusted is Benzécri's share: (9/8·(inertia−1/9))², of its sum over all axes above 1/9. The plain share of an axis says
	// little, because nine variables spread their labels over many axes.
	Adjusted float64 `json:"adjusted_share"`
}

// space is where rows lie. Each label has a place on each axis, in whole steps of 2^-bits; a row lies at the sum of its nine
// labels' places, nine times as far out as its mean. From here on all arithmetic is on whole numbers, which no processor and
// no order of adding can change: the only rounding that depends on a machine's floating point is behind us.
type space struct {
	axes  []Axis
	bits  uint
	place [score.Variables][maxLabels][maxAxes]int32
	// margin is how near the nearest coordinate came to the border between two steps, in steps: below about 1e-9 another
	// machine might have rounded it the other way.
	margin float64
}

// analyse is the multiple correspondence analysis of complete rows: the eigenvectors of the standardised residuals of the
// table of labels by labels. A label that no row has stays in the middle, like NotStated.
func analyse(rows []row, missing *[score.Variables]int16) (*space, error) {
	labels, n := burt(rows)
	if n > math.MaxInt32 { // products of two counts must fit 64 bits
		return nil, fmt.Errorf("there are more than %d complete rows: fit a sample of them, drawn by chance", math.MaxInt32)
	}
	var own []int64 // how many rows have each label that any has
	var used []int
	for j := range labels {
		if labels[j][j] > 0 {
			used = append(used, j)
			own = append(own, labels[j][j])
		}
	}
	if len(used) <= score.Variables {
		return nil, errors.New("all complete rows are the same: there is nothing to tell apart")
	}
	s := mat.NewSymDense(len(used), nil)
	for i, a := range used {
		for j := range used[:i+1] {
			// The numerator is exact, and each of the other operations rounds once, on every machine the same.
			residual := float64(n*labels[a][used[j]] - own[i]*own[j])
			s.SetSym(i, j, residual/(float64(score.Variables*n)*math.Sqrt(float64(own[i])*float64(own[j]))))
		}
	}
	var e mat.EigenSym
	if !e.Factorize(s, true) {
		return nil, errors.New("the analysis of the labels does not converge")
	}
	var vectors mat.Dense
	e.VectorsTo(&vectors)
	sp := &space{bits: stepBits(n), margin: 0.5}
	sp.keep(e.Values(nil))
	if len(sp.axes) == 0 {
		return nil, errors.New("the variables do not depend on each other: no axis says more than a single variable")
	}
	for a := range sp.axes {
		column := len(used) - 1 - a // eigenvalues are in ascending order
		sign := orientation(&vectors, column)
		for i, j := range used {
			standard := sign * vectors.At(i, column) * math.Sqrt(float64(score.Variables*n)/float64(own[i]))
			steps := math.Ldexp(standard, int(sp.bits))
			sp.place[j/maxLabels][j%maxLabels][a] = int32(math.RoundToEven(steps))
			sp.margin = min(sp.margin, math.Abs(math.Abs(steps-math.Trunc(steps))-0.5))
		}
	}
	for v, code := range missing {
		sp.place[v][code] = [maxAxes]int32{}
	}
	return sp, nil
}

// burt counts how many rows have each two labels, and the rows. Label c of variable v is number v·maxLabels+c.
func burt(rows []row) (labels [][]int64, n int64) {
	labels = make([][]int64, score.Variables*maxLabels)
	for j := range labels {
		labels[j] = make([]int64, len(labels))
	}
	for i := range rows {
		n += rows[i].n
		for v, a := range rows[i].codes {
			for w, b := range rows[i].codes {
				labels[v*maxLabels+int(a)][w*maxLabels+int(b)] += rows[i].n
			}
		}
	}
	return labels, n
}

// keep takes the axes whose inertia is above that of a single variable.
func (s *space) keep(ascending []float64) {
	const single = 1.0 / score.Variables
	sum := 0.0
	for i := len(ascending) - 1; i >= 0 && ascending[i] > single; i-- {
		adjusted := (ascending[i] - single) * score.Variables / (score.Variables - 1)
		adjusted *= adjusted
		sum += float64(adjusted)
		if len(s.axes) < maxAxes {
			s.axes = append(s.axes, Axis{ascending[i], adjusted})
		}
	}
	for a := range s.axes {
		s.axes[a].Adjusted /= sum
	}
}

// orientation gives the sign that makes the largest entry of an eigenvector positive: solvers may give either.
func orientation(vectors *mat.Dense, column int) float64 {
	largest := 0.0
	for i := range vectors.RawMatrix().Rows {
		if x := vectors.At(i, column); math.Abs(x) > math.Abs(largest)*(1+1e-9) {
			largest = x
		}
	}
	return math.Copysign(1, largest)
}

// finestBits makes steps finer than those of a model, whose scale is some thousands, and so coarse that the last digits of
// floating-point arithmetic are a hundred-millionth of a step.
const finestBits = 14

// stepBits gives the finest steps at which no sum can overflow. A row's place is at most 9·√n standard units from the middle,
// because its squared distance there is at most n; so two rows are at most 324·n·4^bits squared steps apart, which must stay
// well below 2⁶³.
func stepBits(n int64) uint {
	bits := uint(0)
	for bits < finestBits && float64(n)*324*math.Ldexp(1, 2*int(bits)+2) < 1<<62 {
		bits++
	}
	return bits
}

// at gives the place of a row.
func (s *space) at(codes *[score.Variables]uint8) (x point) {
	for v, c := range codes {
		for a, d := range s.place[v][c] {
			x[a] += d
		}
	}
	return x
}
