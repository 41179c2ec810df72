package fit

import (
	"math"
	"math/rand/v2"

	"github.com/assay-dev/assay/internal/score"
)

// silhouetteSample is how many rows are drawn for the silhouette, whose work grows with their square.
const silhouetteSample = 2000

// silhouette fills in the mean silhouette of each profile and of all, on complete rows that are drawn, with replacement, by
// the seed. A row that is alone in its profile counts 0.
func (f *fitting) silhouette(r *Report, m *score.Model) {
	random := rand.New(rand.NewPCG(f.o.Seed, math.MaxUint64)) // no start of k-means has this number
	ones := make([]int64, len(f.cloud.points))
	for i := range ones {
		ones[i] = 1
	}
	points := make([]*point, silhouetteSample)
	of := make([]int, silhouetteSample)
	var n [score.Profiles]int
	for i := range points {
		drawn := f.cloud.draw(ones, random)
		points[i] = &f.cloud.points[drawn]
		of[i], _ = choose(m, &f.rows[drawn].codes)
		n[of[i]]++
	}
	var sums [score.Profiles]float64
	for i := range points {
		sums[of[i]] += silhouetteOf(i, points, of, &n, f.cloud.axes)
	}
	all := 0.0
	for k := range sums {
		all += sums[k]
		if n[k] > 0 {
			r.Profiles[k].Silhouette = rounded(sums[k]/float64(n[k]), 3)
		}
	}
	r.Silhouette = Silhouette{silhouetteSample, rounded(all/silhouetteSample, 3)}
}

// silhouetteOf compares a row's mean distance to its own profile with that to the nearest other.
func silhouetteOf(i int, points []*point, of []int, n *[score.Profiles]int, axes int) float64 {
	var distance [score.Profiles]float64
	for j := range points {
		distance[of[j]] += math.Sqrt(float64(points[i].squared(points[j], axes)))
	}
	own := of[i]
	if n[own] < 2 {
		return 0
	}
	a, b := distance[own]/float64(n[own]-1), math.Inf(1)
	for k := range distance {
		if k != own && n[k] > 0 {
			b = min(b, distance[k]/float64(n[k]))
		}
	}
	if math.IsInf(b, 1) || a == 0 && b == 0 {
		return 0
	}
	return (b - a) / max(a, b)
}
