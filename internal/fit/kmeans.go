package fit

import (
	"math"
	"math/rand/v2"

	"github.com/assay-dev/assay/internal/score"
)

// point is a place on the axes, in steps. Axes that are not kept are 0.
type point [maxAxes]int32

// squared gives the squared distance of two points; stepBits sees to it that it fits.
func (p *point) squared(q *point, axes int) (d int64) {
	for a := range axes {
		e := int64(p[a]) - int64(q[a])
		d += e * e
	}
	return d
}

// clusters is what one start of k-means came to.
type clusters struct {
	start      int
	centroids  [score.Profiles]point
	inertia    float64 // Σ squared distances to the nearest centroid, in squared steps
	iterations int
}

// cloud is the rows that are clustered.
type cloud struct {
	points []point
	n      []int64 // rows at each
	axes   int
}

// maxIterations ends a start that goes round in circles, which rounded centroids could in theory.
const maxIterations = 300

// start is one run of k-means from centroids that k-means++ draws: each next one by its squared distance from those before.
// What it draws depends on the seed and its number alone.
func (c *cloud) start(seed uint64, number int) *clusters {
	r := rand.New(rand.NewPCG(seed, uint64(number)))
	k := &clusters{start: number}
	nearest := make([]int64, len(c.points))
	for i := range nearest {
		nearest[i] = 1 // the first is drawn by the number of rows
	}
	for m := range k.centroids {
		chosen := &c.points[c.draw(nearest, r)]
		k.centroids[m] = *chosen
		for i := range c.points {
			if d := c.points[i].squared(chosen, c.axes); m == 0 || d < nearest[i] {
				nearest[i] = d
			}
		}
	}
	of := make([]uint8, len(c.points))
	for moved := true; moved && k.iterations < maxIterations; k.iterations++ {
		moved = c.assign(k, of)
		if k.iterations == 0 {
			moved = true // of holds nothing yet
		}
		if moved {
			c.centre(k, of)
		}
	}
	return k
}

// draw chooses a point by weight times its number of rows. Sums of float64s in one order are the same everywhere; the
// conversion keeps the product from being fused with the sum.
func (c *cloud) draw(weight []int64, r *rand.Rand) int {
	total := 0.0
	for i, w := range weight {
		total += float64(float64(w) * float64(c.n[i]))
	}
	left := r.Float64() * total
	for i, w := range weight {
		if left -= float64(float64(w) * float64(c.n[i])); left < 0 {
			return i
		}
	}
	return len(weight) - 1
}

// assign finds each point's nearest centroid, the first of several, and reports whether any point has another one than
// before.
func (c *cloud) assign(k *clusters, of []uint8) (moved bool) {
	k.inertia = 0
	for i := range c.points {
		best, least := uint8(0), int64(math.MaxInt64)
		for m := range k.centroids {
			if d := c.points[i].squared(&k.centroids[m], c.axes); d < least {
				best, least = uint8(m), d
			}
		}
		if of[i] != best {
			of[i], moved = best, true
		}
		k.inertia += float64(float64(least) * float64(c.n[i]))
	}
	return moved
}

// centre puts each centroid into the middle of its points, rounded to a step. One that has lost all points stays.
func (c *cloud) centre(k *clusters, of []uint8) {
	var sums [score.Profiles][maxAxes]int64
	var n [score.Profiles]int64
	for i, m := range of {
		n[m] += c.n[i]
		for a, x := range c.points[i] {
			sums[m][a] += int64(x) * c.n[i]
		}
	}
	for m := range k.centroids {
		for a := range sums[m] {
			if n[m] > 0 {
				k.centroids[m][a] = int32(math.RoundToEven(float64(sums[m][a]) / float64(n[m])))
			}
		}
	}
}

// inertia is the rows' whole spread about the middle, which is 0.
func (c *cloud) inertia() (sum float64) {
	for i := range c.points {
		sum += float64(float64(c.points[i].squared(&point{}, c.axes)) * float64(c.n[i]))
	}
	return sum
}
