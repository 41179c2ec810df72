package observe

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics are all series of a process, in a registry of their own.
type metrics struct {
	registry *prometheus.Registry

	rows, bytes, chunks, findings *prometheus.CounterVec
	step, commit                  *prometheus.HistogramVec
	lagMessages, lagSeconds       *prometheus.GaugeVec
	condition                     *prometheus.GaugeVec
	refRows, refBytes, refTime    *prometheus.GaugeVec
	refMatched, refUnmatched      *prometheus.CounterVec
	refOverflow                   *prometheus.CounterVec
	reloads                       *prometheus.CounterVec
	program                       *prometheus.GaugeVec
	spans, spansDropped           prometheus.Counter
	trials                        *prometheus.CounterVec
}

// stepBuckets reach from half a millisecond, a request to a broker nearby, to a transaction's usual time-out of 15 s.
var stepBuckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 15}

// latencyBuckets reach from one idle commit to the backlog of ten minutes.
var latencyBuckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 600}

// newMetrics declares the series. Bytes in flight and lines that were left out of the log are read when somebody asks.
func newMetrics(version string, inFlight, suppressed func() float64) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		rows:     counter("assay_rows_total", "Rows of committed transactions, by what became of them.", "feed", "fate"),
		bytes:    counter("assay_bytes_total", "Bytes of committed transactions: decompressed input, output as sent.", "feed", "direction"),
		chunks:   counter("assay_chunks_total", "Chunks of committed transactions, by what became of them.", "feed", "fate"),
		findings: counter("assay_findings_total", "Rows with a finding, by its code.", "feed", "code"),
		step: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "assay_transaction_seconds", Help: "How long the steps of transactions took.", Buckets: stepBuckets,
		}, []string{"feed", "step"}),
		commit: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "assay_commit_latency_seconds",
			Help:    "Time from the oldest record of a transaction to its commit.",
			Buckets: latencyBuckets,
		}, []string{"feed"}),
		lagMessages:  gauge("assay_lag_messages", "Records that are readable and not committed.", "feed", "topic", "partition"),
		lagSeconds:   gauge("assay_lag_seconds", "How long the oldest record that is not committed has waited, at least.", "feed", "topic", "partition"),
		condition:    gauge("assay_condition", "How many conditions of this name there are.", "name", "feed"),
		refRows:      gauge("assay_refs_rows", "Rows of a reference set.", "feed", "set"),
		refBytes:     gauge("assay_refs_bytes", "Memory that a reference set holds.", "feed", "set"),
		refTime:      gauge("assay_refs_modified_timestamp_seconds", "When the file of a reference set in force was last written.", "feed", "set"),
		refMatched:   counter("assay_refs_matched_total", "Rows whose key a reference set has.", "feed", "set"),
		refUnmatched: counter("assay_refs_unmatched_total", "Rows whose key a reference set does not have.", "feed", "set"),
		trials:       counter("assay_trials_total", "Files that were tried on the page.", "outcome"),
		refOverflow:  counter("assay_refs_overflow_total", "Rows for which a reference set has more matches than are kept.", "feed", "set"),
		reloads:      counter("assay_reloads_total", "How often the files of a contract were read again, by what came of it.", "feed", "outcome"),
		program:      gauge("assay_program_info", "Always 1; the contract in force is in the labels, with the versions that outputs name.", "feed", "version", "digest"),
	}
	m.spans = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "assay_trace_spans_total", Help: "Spans that the collector of traces has taken.",
	})
	m.spansDropped = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "assay_trace_spans_dropped_total", Help: "Spans that were dropped: the queue was full, or the collector refused them.",
	})
	for _, t := range []Trial{TrialDone, TrialRefused, TrialOverdue, TrialFailed} {
		m.trials.WithLabelValues(string(t))
	}
	build := gauge("assay_build_info", "Always 1; the version is in the label.", "version")
	build.WithLabelValues(version).Set(1)
	m.registry.MustRegister(
		m.rows, m.bytes, m.chunks, m.findings, m.step, m.commit, m.lagMessages, m.lagSeconds, m.condition,
		m.refRows, m.refBytes, m.refTime, m.refMatched, m.refUnmatched, m.refOverflow, m.trials, m.reloads, m.program, m.spans, m.spansDropped, build,
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "assay_log_lines_suppressed_total", Help: "Lines that were left out of the log because the same message came too often.",
		}, suppressed),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "assay_bytes_in_flight", Help: "Bytes in fetch buffers and unsent output.",
		}, inFlight),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
}
