package score

// The plain kernel takes any model that Validate lets pass. Its tables are padded like those of the packed one.
type wideTables struct {
	bias [Profiles]int32
	of   [Variables][maxLabels]wideEntry
}

type wideEntry struct {
	of      [Profiles]int32
	missing int32 // 1 for Not stated
}

// widen lays out 32-bit tables with the model's own numbers.
func widen(bias [Profiles]int32, entries *labelSets) *wideTables {
	w := &wideTables{bias: bias}
	for v, labels := range entries {
		for c := range w.of[v] {
			w.of[v][c].missing = 1
		}
		for c, l := range labels {
			w.of[v][c] = wideEntry{of: l.Entry}
			if l.Name == NotStated {
				w.of[v][c].missing = 1
			}
		}
	}
	return w
}

// score is the plain kernel.
func (w *wideTables) score(codes *[Variables][]int16, ids []int64, names, confidence []int16) {
	for i := range ids {
		sums, missing := w.bias, int32(0)
		for v := range codes {
			e := &w.of[v][codes[v][i]&(maxLabels-1)]
			for k := range sums {
				sums[k] += e.of[k]
			}
			missing += e.missing
		}
		best := 0
		for k := range sums {
			if sums[k] < sums[best] {
				best = k
			}
		}
		ids[i] = int64(best)
		names[i] = int16(best)
		confidence[i] = 0
		if missing >= LowConfidence {
			confidence[i] = 1
		}
	}
}
