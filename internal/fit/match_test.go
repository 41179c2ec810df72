package fit

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/score"
)

// No exchange of two ids shortens the total distance, and what is given out is what was there: with the exact search over all
// orders for comparison.
func TestMatchHasTheLeastTotalDistance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var archetypes, centroids [score.Profiles]point
		coordinate := rapid.Int32Range(-50, 50)
		for k := range centroids {
			for a := range 2 {
				archetypes[k][a], centroids[k][a] = coordinate.Draw(t, "archetype"), coordinate.Draw(t, "centroid")
			}
		}
		k := &clusters{centroids: centroids}
		k.match(&archetypes, 2)
		got := 0.0
		for i := range k.centroids {
			got += math.Sqrt(float64(archetypes[i].squared(&k.centroids[i], 2)))
		}
		if want := shortest(&archetypes, &centroids, 0, 0); math.Abs(got-want) > 1e-6 {
			t.Fatalf("the total is %v, the least is %v", got, want)
		}
		count := map[point]int{}
		for i := range centroids {
			count[centroids[i]]++
			count[k.centroids[i]]--
		}
		for p, n := range count {
			if n != 0 {
				t.Fatalf("%v is there %d times too few", p, n)
			}
		}
	})
}

// shortest tries all orders of the centroids that are not taken.
func shortest(archetypes, centroids *[score.Profiles]point, next int, taken uint) float64 {
	if next == score.Profiles {
		return 0
	}
	least := math.Inf(1)
	for m := range centroids {
		if taken>>m&1 == 0 {
			d := math.Sqrt(float64(archetypes[next].squared(&centroids[m], 2)))
			least = min(least, d+shortest(archetypes, centroids, next+1, taken|1<<m))
		}
	}
	return least
}
