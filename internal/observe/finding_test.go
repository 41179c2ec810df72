package observe

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-dev/assay/internal/flow"
)

// Of each code the last examples are kept, the newest first, and nothing of the counts that they came in, which are used again.
func TestExamplesAreTheLastOnes(t *testing.T) {
	s, _, _ := newState()
	f := s.Feed("a")
	var c flow.Counts
	for i := range int64(maxExamples + 3) {
		c.Reset()
		c.Found(flow.FindingID{Code: "X", Field: fmt.Sprint("f", i%2)}, 10)
		c.Examples = append(c.Examples, flow.Example{Code: "X", Row: i, Line: i + 2, Value: fmt.Sprint(i)})
		f.Committed(&c, 0)
	}
	c.Reset()
	c.Found(flow.FindingID{Code: "Y"}, 1)
	f.Committed(&c, 0)
	got := s.Status().Feeds[0].Findings
	if len(got) != 2 || got[0].Code != "X" || got[0].Rows != 80 || got[1].Code != "Y" || len(got[1].Examples) != 0 {
		t.Fatalf("%+v", got)
	}
	if diff := cmp.Diff([]FieldFindings{{"f0", 40}, {"f1", 40}}, got[0].Fields); diff != "" {
		t.Error(diff)
	}
	var seen []string
	for _, e := range got[0].Examples {
		seen = append(seen, fmt.Sprint(e.Value, "@", *e.Row, ":", *e.Line))
	}
	if diff := cmp.Diff([]string{"7@7:9", "6@6:8", "5@5:7", "4@4:6", "3@3:5"}, seen); diff != "" {
		t.Error(diff)
	}
}

func TestHistoryOfRows(t *testing.T) {
	s, c, _ := newState()
	f := s.Feed("a")
	rows := func(n int64) { f.Committed(&flow.Counts{Rows: n}, 0) }
	rows(5)
	rows(6)
	c.pass(time.Second)
	rows(7)
	c.pass(3 * time.Second)
	rows(8) // of a second that is not over
	tail := func() []int64 {
		h := s.Status().Feeds[0].RowsBySecond
		if len(h) != rateHistory-1 {
			t.Fatalf("%d seconds", len(h))
		}
		return h[len(h)-5:]
	}
	if diff := cmp.Diff([]int64{0, 11, 7, 0, 0}, tail()); diff != "" {
		t.Error(diff)
	}
	c.pass(time.Second)
	if diff := cmp.Diff([]int64{11, 7, 0, 0, 8}, tail()); diff != "" {
		t.Error(diff)
	}
	c.pass(2 * rateHistory * time.Second)
	if diff := cmp.Diff([]int64{0, 0, 0, 0, 0}, tail()); diff != "" {
		t.Error(diff)
	}
}
