// Package validate checks what the scanner has read: which columns a header brings, and later which rows break which rules.
// Its kernels run once a batch, column by column.
package validate

import (
	"slices"
	"strconv"
	"strings"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// Names is a set of column names that a header may use: one name for each column of the contract, in its order. A
// contract has its own names, and one more set for each set of aliases.
type Names struct {
	Set   string // "" for the contract's own names
	Names []string
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
// names that the nearest set lacks), a column of another set is present, a column is there twice (VALIDATION_ERROR).
// Source: census-profile, header rules 1 to 6.
func Header(sets []Names, header []string) (Binding, *flow.Fault) {
	found := make([][]int, len(sets)) // set, contract column → first input column, or -1
	folded := make([]string, len(header))
	for i, h := range header {
		folded[i] = fold(h)
	}
	best, most := 0, -1
	for s := range sets {
		present := 0
		found[s] = make([]int, len(sets[s].Names))
		for c, name := range sets[s].Names {
			found[s][c] = slices.Index(folded, fold(name))
			if found[s][c] >= 0 {
				present++
			}
		}
		if present > most {
			best, most = s, present
		}
	}
	set := &sets[best]
	if most < len(set.Names) {
		return Binding{}, missing(set, found[best])
	}
	b := Binding{Column: make([]int, len(header)), Set: set.Set}
	for i := range b.Column {
		b.Column[i] = -1
	}
	for c, i := range found[best] {
		b.Column[i] = c
	}
	for i, name := range folded {
		if b.Column[i] < 0 && ofOtherSet(sets, best, name) {
			return Binding{}, wrongColumn(header[i], "mixed column name sets")
		}
	}
	for i, name := range folded {
		if b.Column[i] < 0 && slices.ContainsFunc(set.Names, func(n string) bool { return fold(n) == name }) {
			return Binding{}, wrongColumn(header[i], "duplicate column")
		}
	}
	return b, nil
}

// ofOtherSet reports whether name belongs to a set other than best, and not to best too.
func ofOtherSet(sets []Names, best int, name string) bool {
	is := func(n string) bool { return fold(n) == name }
	if slices.ContainsFunc(sets[best].Names, is) {
		return false
	}
	for s := range sets {
		if s != best && slices.ContainsFunc(sets[s].Names, is) {
			return true
		}
	}
	return false
}

func missing(set *Names, found []int) *flow.Fault {
	var absent, present []string
	for c, i := range found {
		if i < 0 {
			absent = append(absent, set.Names[c])
		} else {
			present = append(present, set.Names[c])
		}
	}
	d := []flow.Detail{{Name: "missing", Value: absent}}
	if len(present) > 0 {
		d = append(d, flow.Detail{Name: "present", Value: present})
	}
	return &flow.Fault{Code: fault.MissingColumns, Details: d, Stage: "VALIDATE"}
}

func wrongColumn(name, text string) *flow.Fault {
	name = strings.Trim(name, " \t\r\n")
	return &flow.Fault{
		Code: fault.ValidationError, Field: name, Stage: "VALIDATE",
		Details: []flow.Detail{{Name: "errors", Value: flow.Messages{{Field: name, Text: []string{text}}}}},
	}
}

// fold is the form in which names are compared: trimmed, ASCII lower case.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, strings.Trim(s, " \t\r\n"))
}

// UniqueNames gives each column a name of its own, for outputs that need unique ones: a repeated name gets _2, _3 …, an
// empty one becomes column_N, N from 1 (CSV rule 10).
func UniqueNames(header []string) []string {
	out := make([]string, len(header))
	taken := map[string]bool{}
	for i, h := range header {
		name := strings.Trim(h, " \t\r\n")
		if name == "" {
			name = numbered("column", i+1)
		}
		base := name
		for n := 2; taken[name]; n++ {
			name = numbered(base, n)
		}
		taken[name] = true
		out[i] = name
	}
	return out
}

func numbered(base string, n int) string { return base + "_" + strconv.Itoa(n) }
