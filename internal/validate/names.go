package validate

import (
	"strconv"

	"github.com/assay-dev/assay/internal/flow"
)

// UniqueNames gives each column of the input a name of its own, for outputs that need unique ones (CSV rule 10). A column of
// the contract is called what the header calls it. Of the others a repeated one, whatever its case, gets _2, _3 …, and
// one without a name becomes column_N, N from 1. No name is one of taken, the columns that outputs add.
func UniqueNames(header []string, b Binding, taken []string) []string {
	out := make([]string, len(header))
	used := make(map[string]bool, len(header)+len(taken))
	for _, name := range taken {
		used[flow.FoldName(name)] = true
	}
	for i, c := range b.Column {
		if c >= 0 {
			out[i] = flow.TrimName(header[i])
			used[flow.FoldName(out[i])] = true
		}
	}
	next := map[string]int{} // folded base → the first number that may be free
	for i, h := range header {
		if b.Column[i] >= 0 {
			continue
		}
		base := flow.TrimName(h)
		if base == "" {
			base = numbered("column", i+1)
		}
		folded := flow.FoldName(base)
		name, n := base, max(next[folded], 2)
		for ; used[flow.FoldName(name)]; n++ {
			name = numbered(base, n)
		}
		next[folded] = n
		used[flow.FoldName(name)] = true
		out[i] = name
	}
	return out
}

func numbered(base string, n int) string { return base + "_" + strconv.Itoa(n) }
