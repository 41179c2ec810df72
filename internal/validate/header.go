// Package validate checks what the scanner has read: which columns a header brings, and later which rows break which rules.
// Its kernels run once a batch, column by column.
package validate

import (
	"fmt"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// Names is a set of column names that a header may use: one name for each column of the contract, in its order. A
// contract has its own names, and one more set for each set of aliases.
type Names struct {
	set    string
	names  []string
	column map[string]int // folded name → column of the contract
}

// NewNames gives the set of names called set, "" for the contract's own. No two of them fold to the same.
func NewNames(set string, names []string) Names {
	n := Names{set: set, names: names, column: make(map[string]int, len(names))}
	for c, name := range names {
		n.column[flow.FoldName(name)] = c
	}
	return n
}

// Binding says what a header's columns are.
type Binding struct {
	// Column gives, for each column of the input, the index of the contract's column, or -1 for one that is only kept.
	Column []int
	// Set is the name set that the header uses.
	Set string
}

// Header finds out which of sets the header uses. Names are compared trimmed and without regard to ASCII case. Columns
// outside the contract are kept. The faults, in the order of the checks: no set is complete (MISSING_COLUMNS, with the
// names that the nearest set lacks, the first of sets on a tie), a column of another set is present, a column is there
// twice (VALIDATION_ERROR). Source: census-profile, header rules 1 to 6.
func Header(sets []Names, header []string) (Binding, *flow.Fault) {
	folded := make([]string, len(header))
	for i, h := range header {
		folded[i] = flow.FoldName(h)
	}
	best, present := 0, -1
	var found []int // the best set's columns of the contract → first input column, or -1
	for s := range sets {
		if f, n := sets[s].find(folded); n > present {
			best, present, found = s, n, f
		}
	}
	set := &sets[best]
	if present < len(set.names) {
		return Binding{}, missing(set, found)
	}
	b := Binding{Column: make([]int, len(header)), Set: set.set}
	for i := range b.Column {
		b.Column[i] = -1
	}
	for c, i := range found {
		b.Column[i] = c
	}
	for i, name := range folded {
		if _, known := set.column[name]; !known && anyHas(sets, name) {
			return Binding{}, wrongColumn(header[i], "mixed column name sets")
		}
	}
	for i, name := range folded {
		if _, known := set.column[name]; known && b.Column[i] < 0 {
			return Binding{}, wrongColumn(header[i], "duplicate column")
		}
	}
	return b, nil
}

// find gives, for each column of the contract, the first input column that has its name, or -1, and how many there are.
func (n *Names) find(folded []string) (found []int, present int) {
	found = make([]int, len(n.names))
	for c := range found {
		found[c] = -1
	}
	for i, name := range folded {
		if c, ok := n.column[name]; ok && found[c] < 0 {
			found[c] = i
			present++
		}
	}
	return found, present
}

// Share is the part of a header that a name set has to itself.
type Share struct {
	Set   string // "" for the contract's own names
	Names []string
}

// Shares gives the names of a header that one of sets has and no other, in the order of sets; a set without any is left out.
func Shares(sets []Names, header []string) (shares []Share) {
	for s := range sets {
		share := Share{Set: sets[s].set}
		for _, name := range header {
			_, has := sets[s].column[flow.FoldName(name)]
			if has && !anyHas(sets[:s], flow.FoldName(name)) && !anyHas(sets[s+1:], flow.FoldName(name)) {
				share.Names = append(share.Names, flow.TrimName(name))
			}
		}
		if len(share.Names) > 0 {
			shares = append(shares, share)
		}
	}
	return shares
}

func anyHas(sets []Names, folded string) bool {
	for s := range sets {
		if _, ok := sets[s].column[folded]; ok {
			return true
		}
	}
	return false
}

func missing(set *Names, found []int) *flow.Fault {
	var absent, present []string
	for c, i := range found {
		if i < 0 {
			absent = append(absent, set.names[c])
		} else {
			present = append(present, set.names[c])
		}
	}
	d := []flow.Detail{{Name: "missing", Value: told(absent)}}
	if len(present) > 0 {
		d = append(d, flow.Detail{Name: "present", Value: told(present)})
	}
	return &flow.Fault{Code: fault.MissingColumns, Details: d, Stage: stage}
}

// maxTold is how many names a fault lists. It is told more than once in an event, which has to fit into a message.
const maxTold = 100

// told gives names as a fault lists them: the first ones, cut, and how many more there are.
func told(names []string) []string {
	list := make([]string, 0, min(len(names), maxTold+1))
	for i, name := range names {
		if i == maxTold {
			return append(list, fmt.Sprintf("and %d more", len(names)-maxTold))
		}
		list = append(list, string(fault.Cut([]byte(name))))
	}
	return list
}

func wrongColumn(name, text string) *flow.Fault {
	name = flow.TrimName(name)
	return &flow.Fault{
		Code: fault.ValidationError, Field: name, Stage: stage,
		Details: []flow.Detail{{Name: "errors", Value: flow.Messages{{Field: name, Text: []string{text}}}}},
	}
}

// stage is the stage of the faults found here, as dead letters name it.
const stage = "VALIDATE"
