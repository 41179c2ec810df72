package flow

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func examples(codes ...string) (all []Example) {
	for i, c := range codes {
		all = append(all, Example{Code: Code(c), Row: int64(i)})
	}
	return all
}

func codes(all []Example) (codes string) {
	for _, e := range all {
		codes += string(e.Code)
	}
	return codes
}

// Sums keep some examples of each code: whoever has enough takes no more, so that they stay few however much is added.
func TestExamplesStayFew(t *testing.T) {
	var sum Counts
	sum.Add(&Counts{Examples: examples("A", "A", "B")})
	sum.Add(&Counts{Examples: examples("A", "C", "A")})
	if got := codes(sum.Examples); got != "AABACA" {
		t.Error(got)
	}
	for range 10 {
		sum.Add(&Counts{Examples: examples("A", "B", "C")})
	}
	if got := codes(sum.Examples); got != "AABACABCBC" {
		t.Error(got)
	}
	if sum.Wants("A", MostExamples) || !sum.Wants("A", 5) || !sum.Wants("D", 1) {
		t.Error("Wants counts wrongly")
	}
}

// A rollback takes examples back with the counts.
func TestExamplesRollBack(t *testing.T) {
	var e Effects
	e.Counts.Examples = examples("A")
	var m Mark
	e.Mark(&m)
	e.Counts.Add(&Counts{Examples: examples("A", "B")})
	e.Rollback(&m)
	if diff := cmp.Diff(examples("A"), e.Counts.Examples); diff != "" {
		t.Error(diff)
	}
	e.Reset()
	if len(e.Counts.Examples) > 0 {
		t.Error("examples are left after Reset")
	}
}
