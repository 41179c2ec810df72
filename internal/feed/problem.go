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
	Message    string
	Suggestion string // what to do about it, like "did you mean version?", or ""
	Source     string // the line of the contract, without its end
}

// Error gives file:line:column: message; suggestion.
func (p *Problem) Error() string {
	s := fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
	if p.Suggestion != "" {
		s += "; " + p.Suggestion
	}
	return s
}

// Bounds of what Show gives of a line: so many characters around the place.
const (
	shownBefore = 80
	shownAfter  = 40
)

// Show gives the problem for people, in lines with their ends: the place and the message, the line of the contract with a
// caret under the place, and the suggestion.
//
//	orders.yaml:4:14: unknown type text
//	   4 |   id: {type: text}
//	     |              ^
//	       did you mean string?
func (p *Problem) Show() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: %s\n", p.File, p.Line, p.Column, p.Message)
	gutter := strings.Repeat(" ", len(fmt.Sprintf("%4d", p.Line)))
	if line := []rune(p.Source); len(line) > 0 {
		at := min(max(p.Column-1, 0), len(line))
		from, to := max(0, at-shownBefore), min(len(line), at+shownAfter)
		before, text := string(line[from:at]), string(line[from:to])
		if from > 0 {
			before, text = "…"+before, "…"+text
		}
		if to < len(line) {
			text += "…"
		}
		fmt.Fprintf(&b, "%4d | %s\n%s | %s^\n", p.Line, text, gutter, blank(before))
	}
	if p.Suggestion != "" {
		fmt.Fprintf(&b, "%s   %s\n", gutter, p.Suggestion)
	}
	return b.String()
}

// blank gives blanks as wide as s: tabs stay, since their width is the terminal's affair.
func blank(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, s)
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

// Sort puts the problems in the order of the contract's text.
func (p Problems) Sort() {
	slices.SortStableFunc(p, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// didYouMean gives the suggestion that names the nearest known word, or nothing.
func didYouMean(word string, known []string) string {
	if s := suggest.Nearest(word, known); s != "" {
		return "did you mean " + s + "?"
	}
	return ""
}
