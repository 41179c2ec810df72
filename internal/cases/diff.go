package cases

// around is how many equal lines a diff shows beside different ones.
const around = 2

// maxTable bounds the work of a diff; texts beyond it are told as wholly different between their common ends.
const maxTable = 4 << 20

// diff gives the lines of two texts: those of a only behind a minus, those of b only behind a plus, and a few that both have
// around them.
func diff(a, b []string) []string {
	first := 0
	for first < len(a) && first < len(b) && a[first] == b[first] {
		first++
	}
	last := 0
	for last < len(a)-first && last < len(b)-first && a[len(a)-1-last] == b[len(b)-1-last] {
		last++
	}
	var all []string
	for _, l := range a[:first] {
		all = append(all, "  "+l)
	}
	all = append(all, middle(a[first:len(a)-last], b[first:len(b)-last])...)
	for _, l := range a[len(a)-last:] {
		all = append(all, "  "+l)
	}
	return near(all)
}

// middle gives the diff of texts that differ in their first and in their last line.
func middle(a, b []string) (out []string) {
	if len(a)*len(b) > maxTable {
		a, b = a[:min(len(a), around)], b[:min(len(b), around)]
	}
	// common[i][j] is how many lines a[i:] and b[j:] have in common, in order.
	common := make([][]int32, len(a)+1)
	for i := range common {
		common[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, "  "+a[i])
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			out = append(out, "- "+a[i])
			i++
		default:
			out = append(out, "+ "+b[j])
			j++
		}
	}
	return out
}

// near leaves out the equal lines that are far from different ones.
func near(all []string) (out []string) {
	skipped := false
	for i, l := range all {
		keep := false
		for k := max(i-around, 0); k <= min(i+around, len(all)-1); k++ {
			keep = keep || all[k][0] != ' '
		}
		switch {
		case keep:
			out = append(out, l)
		case !skipped:
			out = append(out, "  …")
		}
		skipped = !keep
	}
	return out
}
