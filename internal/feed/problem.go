package feed

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/assay-dev/assay/internal/suggest"
)

// Pos is a place in a contract, from 1. Columns count characters.
type Pos struct{ Line, Column int }

// Problem is one thing wrong with a contract.
type Problem struct {
	File string
	Pos
	Message string
}

// Error gives file:line:column: message.
func (p *Problem) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// Problems is everything wrong with a contract, in the order of its text. It is never empty when it is an error.
type Problems []*Problem

// Error gives one problem a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].Error()
	}
	return strings.Join(lines, "\n")
}

func (p Problems) sort() {
	slices.SortStableFunc(p, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// didYouMean gives the end of a message that names the nearest known word, or nothing.
func didYouMean(word string, known []string) string {
	if s := suggest.Nearest(word, known); s != "" {
		return "; did you mean " + s + "?"
	}
	return ""
}
