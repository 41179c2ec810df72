package observe

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// ours gives the labels of the series of a metric.
func ours(t *testing.T, s *State, name string) string {
	t.Helper()
	var all []string
	for key := range scrape(t, s) {
		if labels, ok := strings.CutPrefix(key, name+"{"); ok {
			all = append(all, strings.TrimSuffix(labels, "}"))
		}
	}
	slices.Sort(all)
	return strings.Join(all, "; ")
}

// The gauges tell of the contract in force only; counters stay, since a lane may yet commit what it began with the one before.
func TestInForceReplaces(t *testing.T) {
	s, c, _ := newState()
	f := s.Feed("a")
	if s.Status().Feeds[0].Program != nil {
		t.Error("there is a program before the first")
	}
	began := c.Now()
	f.InForce(someProgram())
	c.pass(time.Minute)
	f.InForce(someProgram()) // the same: only its files were written again
	if p := s.Status().Feeds[0].Program; p == nil || !p.Since.Equal(began) || len(p.Refs) != 2 {
		t.Errorf("the program is %+v, in force since %v", p, began)
	}
	next := someProgram()
	next.Version, next.Digest, next.Refs = "orders@4 customers=c1", "ba9876543210", next.Refs[:1]
	f.InForce(next)
	if p := s.Status().Feeds[0].Program; p.Version != "orders@4 customers=c1" || !p.Since.Equal(c.Now()) {
		t.Errorf("the program is %+v", p)
	}
	for name, want := range map[string]string{
		"assay_program_info":                    "digest=ba9876543210,feed=a,version=orders@4 customers=c1",
		"assay_refs_rows":                       "feed=a,set=customers",
		"assay_refs_bytes":                      "feed=a,set=customers",
		"assay_refs_modified_timestamp_seconds": "feed=a,set=customers",
		"assay_refs_matched_total":              "feed=a,set=countries; feed=a,set=customers",
	} {
		if got := ours(t, s, name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	f.Committed(someCounts(), 1)
	if got := scrape(t, s)["assay_refs_matched_total{feed=a,set=customers}"]; got != 80 {
		t.Errorf("%v matches, want 80", got)
	}
}
