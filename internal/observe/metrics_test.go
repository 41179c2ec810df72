package observe

import (
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
)

// scrape gives the value of every series of ours: name{label="value",…} in the order of names. Of a histogram it gives count
// and sum.
func scrape(t *testing.T, s *State) map[string]float64 {
	t.Helper()
	families, err := s.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "assay_") {
			continue
		}
		for _, m := range f.GetMetric() {
			labels := ""
			for _, l := range m.GetLabel() {
				labels += "," + l.GetName() + "=" + l.GetValue()
			}
			key := f.GetName() + "{" + strings.TrimPrefix(labels, ",") + "}"
			switch f.GetType() {
			case dto.MetricType_COUNTER:
				got[key] = m.GetCounter().GetValue()
			case dto.MetricType_GAUGE:
				got[key] = m.GetGauge().GetValue()
			case dto.MetricType_HISTOGRAM:
				got[key+" count"] = float64(m.GetHistogram().GetSampleCount())
				got[key+" sum"] = m.GetHistogram().GetSampleSum()
			default:
				t.Errorf("%s has the unexpected type %v", key, f.GetType())
			}
		}
	}
	return got
}

func TestMetrics(t *testing.T) {
	s, c, _ := newState()
	f := s.Feed("census-profile")
	f.Committed(someCounts(), 9000)
	f.Committed(someCounts(), 1000)
	f.Step("produce", 250*time.Millisecond)
	f.Step("settle", time.Second)
	f.CommitLatency(2 * time.Second)
	f.Took(3 * time.Second)
	s.Tried(TrialDone)
	f.InFlight(512)
	f.Position("census.in", 3, 1, 40, c.Now())
	f.Readable("census.in", 3, 142)
	f.Position("census.in", 4, 1, 9, c.Now())
	f.Readable("census.in", 4, 8)
	c.pass(1500 * time.Millisecond)
	f.Set(Condition{Kind: DataLost, Topic: "census.in", Partition: 3})
	f.Set(Condition{Kind: DataLost, Topic: "census.in", Partition: 4})
	f.InForce(someProgram())
	f.Reloaded(Accepted)
	f.Reloaded(Refused)
	f.Reloaded(Refused)
	got := scrape(t, s)
	for key, want := range map[string]float64{
		"assay_rows_total{fate=scored,feed=census-profile}":                                                      180,
		"assay_rows_total{fate=dead,feed=census-profile}":                                                        20,
		"assay_chunks_total{fate=scored,feed=census-profile}":                                                    8,
		"assay_chunks_total{fate=dead,feed=census-profile}":                                                      2,
		"assay_chunks_total{fate=skipped,feed=census-profile}":                                                   4,
		"assay_bytes_total{direction=in,feed=census-profile}":                                                    8000,
		"assay_bytes_total{direction=out,feed=census-profile}":                                                   10000,
		"assay_findings_total{code=DQ_INVALID_VALUE,feed=census-profile}":                                        14,
		"assay_findings_total{code=INVALID_FILE,feed=census-profile}":                                            20,
		"assay_transaction_seconds{feed=census-profile,step=produce} count":                                      1,
		"assay_transaction_seconds{feed=census-profile,step=produce} sum":                                        0.25,
		"assay_transaction_seconds{feed=census-profile,step=settle} sum":                                         1,
		"assay_commit_latency_seconds{feed=census-profile} sum":                                                  2,
		"assay_transaction_seconds{feed=census-profile,step=transaction} sum":                                    3,
		"assay_trials_total{outcome=done}":                                                                       1,
		"assay_trials_total{outcome=overdue}":                                                                    0,
		"assay_bytes_in_flight{}":                                                                                512,
		"assay_lag_messages{feed=census-profile,partition=3,topic=census.in}":                                    102,
		"assay_lag_seconds{feed=census-profile,partition=3,topic=census.in}":                                     1.5,
		"assay_lag_messages{feed=census-profile,partition=4,topic=census.in}":                                    0,
		"assay_condition{feed=census-profile,name=DATA_LOST}":                                                    2,
		"assay_condition{feed=census-profile,name=BROKER_AWAY}":                                                  0,
		"assay_refs_rows{feed=census-profile,set=customers}":                                                     12,
		"assay_refs_bytes{feed=census-profile,set=customers}":                                                    480,
		"assay_refs_modified_timestamp_seconds{feed=census-profile,set=customers}":                               1769860799.5,
		"assay_refs_matched_total{feed=census-profile,set=customers}":                                            160,
		"assay_refs_unmatched_total{feed=census-profile,set=customers}":                                          30,
		"assay_refs_overflow_total{feed=census-profile,set=customers}":                                           0,
		"assay_refs_matched_total{feed=census-profile,set=countries}":                                            0,
		"assay_refs_rows{feed=census-profile,set=countries}":                                                     3,
		"assay_reloads_total{feed=census-profile,outcome=accepted}":                                              1,
		"assay_reloads_total{feed=census-profile,outcome=refused}":                                               2,
		"assay_reloads_total{feed=census-profile,outcome=unchanged}":                                             0,
		"assay_program_info{digest=0123456789ab,feed=census-profile,version=orders@3 customers=c1 countries=c2}": 1,
		"assay_build_info{version=1.2.3}":                                                                        1,
	} {
		if v, ok := got[key]; !ok || v != want {
			t.Errorf("%s is %v (there: %v), want %v", key, v, ok, want)
		}
	}
	f.DropPartition("census.in", 3)
	after := scrape(t, s)
	for key := range after {
		if strings.Contains(key, "partition=3") {
			t.Errorf("%s is left of a partition that was given away", key)
		}
	}
	if n := after["assay_condition{feed=census-profile,name=DATA_LOST}"]; n != 1 {
		t.Errorf("%v lost partitions are left, want 1", n)
	}
}

// TestMetricNames holds the names that others build dashboards on.
func TestMetricNames(t *testing.T) {
	s, _, _ := newState()
	f := s.Feed("a")
	f.Committed(someCounts(), 1)
	f.Position("in", 0, 0, 0, time.Time{})
	f.InForce(someProgram())
	var names []string
	for key := range scrape(t, s) {
		name, _, _ := strings.Cut(key, "{")
		names = append(names, name)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	want := []string{
		"assay_build_info", "assay_bytes_in_flight", "assay_bytes_total", "assay_chunks_total", "assay_commit_latency_seconds",
		"assay_condition", "assay_findings_total", "assay_lag_messages", "assay_lag_seconds", "assay_log_lines_suppressed_total",
		"assay_program_info", "assay_refs_bytes", "assay_refs_matched_total", "assay_refs_modified_timestamp_seconds",
		"assay_refs_overflow_total", "assay_refs_rows", "assay_refs_unmatched_total", "assay_reloads_total", "assay_rows_total",
		"assay_trace_spans_dropped_total", "assay_trace_spans_total", "assay_transaction_seconds", "assay_trials_total",
	}
	if !slices.Equal(names, want) {
		t.Errorf("got  %v\nwant %v", names, want)
	}
	families, err := s.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(families, func(f *dto.MetricFamily) bool { return f.GetName() == "go_goroutines" }) {
		t.Error("the runtime's metrics are missing")
	}
}
