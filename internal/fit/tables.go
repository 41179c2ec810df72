package fit

import (
	"math/big"

	"github.com/assay-dev/assay/internal/score"
)

// tables makes the model of centroids: a profile's bias is |m|², a label's entry −(2/9)·g·m, times the largest power of two
// for which the sums fit the fast kernel. Places are nine times as far out as the specification's x and m, so that in steps
//
//	bias = |m|²/81        entry = −2·g·m/81      with g a label's place and m a centroid's
//
// Everything is computed exactly and rounded once, half to even.
func (s *space) tables(k *clusters, c *Counts) *score.Model {
	scale := int64(1)
	m := s.scaled(k, c, scale)
	for scale < 1<<30 {
		next := s.scaled(k, c, 2*scale)
		if next == nil || !next.Fits16() {
			break
		}
		m, scale = next, 2*scale
	}
	return m
}

// scaled gives the tables at a scale, or nil when a number does not fit.
func (s *space) scaled(k *clusters, c *Counts, scale int64) *score.Model {
	m := &score.Model{Scale: scale}
	fits := true
	number := func(dot, times int64) int32 {
		n := new(big.Int).Mul(big.NewInt(dot), big.NewInt(times*scale))
		rounded := divide(n, new(big.Int).Lsh(big.NewInt(score.Variables*score.Variables), 2*s.bits))
		if !rounded.IsInt64() || int64(int32(rounded.Int64())) != rounded.Int64() {
			fits = false
			return 0
		}
		return int32(rounded.Int64())
	}
	for p := range k.centroids {
		m.Bias[p] = number(k.centroids[p].squared(&point{}, len(s.axes)), 1)
	}
	for v, name := range c.names {
		t := score.Table{Variable: name}
		for code, label := range c.labels[v] {
			l := score.Label{Name: label}
			for p := range k.centroids {
				dot := int64(0)
				for a := range s.axes {
					dot += int64(s.place[v][code][a]) * int64(k.centroids[p][a])
				}
				l.Entry[p] = number(dot, -2)
			}
			t.Labels = append(t.Labels, l)
		}
		m.Tables = append(m.Tables, t)
	}
	if !fits {
		return nil
	}
	return m
}

// divide gives n/d rounded half to even; d is positive.
func divide(n, d *big.Int) *big.Int {
	q, r := new(big.Int).DivMod(n, d, new(big.Int))
	switch twice := r.Lsh(r, 1).Cmp(d); {
	case twice > 0, twice == 0 && q.Bit(0) == 1:
		q.Add(q, big.NewInt(1))
	}
	return q
}

// choose gives the profile of a row as the scorer does, and its sums. The labels of a model stand in the order of their codes.
func choose(m *score.Model, codes *[score.Variables]uint8) (best int, sums [score.Profiles]int32) {
	sums = m.Bias
	for v, c := range codes {
		for k, e := range m.Tables[v].Labels[c].Entry {
			sums[k] += e
		}
	}
	for k := range sums {
		if sums[k] < sums[best] {
			best = k
		}
	}
	return best, sums
}
