package fit

import (
	"math"
	"math/bits"

	"github.com/assay-dev/assay/internal/score"
)

// match orders the centroids by the archetypes: the one-to-one match with the least total distance, found exactly. Of the
// matches of the first archetypes with a set of centroids only the best can be part of it.
func (k *clusters) match(archetypes *[score.Profiles]point, axes int) {
	const sets = 1 << score.Profiles
	var least [sets]float64
	var last [sets]int // the centroid of the set's last archetype
	for set := 1; set < sets; set++ {
		least[set] = math.Inf(1)
		a := bits.OnesCount(uint(set)) - 1
		for m := range k.centroids {
			if set>>m&1 == 0 {
				continue
			}
			d := least[set&^(1<<m)] + math.Sqrt(float64(archetypes[a].squared(&k.centroids[m], axes)))
			if d < least[set] {
				least[set], last[set] = d, m
			}
		}
	}
	var ordered [score.Profiles]point
	for set, a := sets-1, score.Profiles-1; a >= 0; a-- {
		ordered[a] = k.centroids[last[set]]
		set &^= 1 << last[set]
	}
	k.centroids = ordered
}
