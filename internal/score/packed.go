package score

import (
	"math"
	"slices"
)

// The packed kernel keeps the eight sums of a row in two words, so that an entry is added in two additions instead of eight
// and a row of nine look-ups stays in registers. It goes over the code columns once, row by row: with the sums in memory and
// one pass a column it would load and store every sum nine times. BenchmarkNearestProfile compares it with the plain twin.
//
// Tables are indexed by the code of the column's dictionary. They are padded with the entry of Not stated up to a power of
// two, so that a masked code needs no bounds check and a code that no dictionary has does no harm.
type packedTables struct {
	bias packedEntry
	of   [Variables][maxLabels]packedEntry
}

// packedEntry holds eight unsigned 16-bit numbers, profile 0 in the lowest bits of low, profile 4 in those of high.
type packedEntry struct {
	low, high uint64
	missing   uint64 // 1 for Not stated
}

// pack lays out 16-bit tables. The least of each label's eight entries is taken off all eight, which changes no choice and
// makes them unsigned. It gives nil when a sum could pass 16 bits and so run into its neighbour.
func pack(bias [Profiles]int32, entries *labelSets) *packedTables {
	var most [Profiles]int64 // the greatest sums of any row
	fits := func(greatest [Profiles]int64) bool {
		for k := range most {
			most[k] += greatest[k]
		}
		return slices.Max(most[:]) <= math.MaxUint16
	}
	above := aboveLeast(bias)
	if !fits(above) {
		return nil
	}
	p := &packedTables{bias: packEntry(above)}
	for v, labels := range entries {
		for c := range p.of[v] {
			p.of[v][c].missing = 1
		}
		var greatest [Profiles]int64
		for c, l := range labels {
			above := aboveLeast(l.Entry)
			for k := range above {
				greatest[k] = max(greatest[k], above[k])
			}
			p.of[v][c] = packEntry(above)
			if l.Name == NotStated {
				p.of[v][c].missing = 1
			}
		}
		if !fits(greatest) {
			return nil
		}
	}
	return p
}

func aboveLeast(in [Profiles]int32) (out [Profiles]int64) {
	least := int64(slices.Min(in[:]))
	for k, n := range in {
		out[k] = int64(n) - least
	}
	return out
}

// packEntry takes numbers of any size; pack gives up its tables where one is too large.
func packEntry(n [Profiles]int64) packedEntry {
	var e packedEntry
	for k := range Profiles / 2 {
		e.low |= uint64(n[k]) << (16 * k)
		e.high |= uint64(n[k+Profiles/2]) << (16 * k)
	}
	return e
}

// score is the packed kernel. The nine look-ups are written out: a loop over the columns would read nine slice headers a
// row and check nine bounds. The least profile is found by comparing sum*8+k, so that ties go to the lowest k and nothing
// branches on data.
func (p *packedTables) score(codes *[Variables][]int16, ids []int64, names, confidence []int16) {
	n := len(ids)
	c0, c1, c2, c3, c4 := codes[0][:n], codes[1][:n], codes[2][:n], codes[3][:n], codes[4][:n]
	c5, c6, c7, c8 := codes[5][:n], codes[6][:n], codes[7][:n], codes[8][:n]
	names, confidence = names[:n], confidence[:n]
	const mask, sum = maxLabels - 1, 1<<16 - 1
	for i := range ids {
		e0, e1, e2 := &p.of[0][c0[i]&mask], &p.of[1][c1[i]&mask], &p.of[2][c2[i]&mask]
		e3, e4, e5 := &p.of[3][c3[i]&mask], &p.of[4][c4[i]&mask], &p.of[5][c5[i]&mask]
		e6, e7, e8 := &p.of[6][c6[i]&mask], &p.of[7][c7[i]&mask], &p.of[8][c8[i]&mask]
		low := p.bias.low + e0.low + e1.low + e2.low + e3.low + e4.low + e5.low + e6.low + e7.low + e8.low
		high := p.bias.high + e0.high + e1.high + e2.high + e3.high + e4.high + e5.high + e6.high + e7.high + e8.high
		missing := e0.missing + e1.missing + e2.missing + e3.missing + e4.missing + e5.missing + e6.missing + e7.missing + e8.missing

		best := min(
			(low&sum)<<3, (low>>16&sum)<<3|1, (low>>32&sum)<<3|2, (low>>48)<<3|3,
			(high&sum)<<3|4, (high>>16&sum)<<3|5, (high>>32&sum)<<3|6, (high>>48)<<3|7,
		) & 7
		ids[i] = int64(best)
		names[i] = int16(best)
		confidence[i] = int16((missing + 16 - LowConfidence) >> 4) // 1 from LowConfidence on
	}
}

// Fits16 reports whether the sums fit 16 bits once the least entry of each label has been taken off all eight: the fast
// kernel takes the model then. A maker of models takes the largest scale for which they do. The model must pass Validate.
func (m *Model) Fits16() bool {
	var entries labelSets
	for v := range m.Tables {
		entries[v] = m.Tables[v].Labels
	}
	return pack(m.Bias, &entries) != nil
}
