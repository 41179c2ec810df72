package observe

import (
	"cmp"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/assay-dev/assay/internal/flow"
)

// finding is what a feed has found of one code.
type finding struct {
	series   prometheus.Counter
	rows     int64
	fields   map[string]int64
	examples []ExampleStatus // the last ones, the newest at the end
}

// maxExamples is how many examples of a code are kept.
const maxExamples = 5

// finding gives the entry of a code, a new one if need be. It is called with the lock held.
func (f *Feed) finding(code flow.Code) *finding {
	k, ok := f.findings[code]
	if !ok {
		k = &finding{series: f.state.metrics.findings.WithLabelValues(f.name, string(code)), fields: map[string]int64{}}
		f.findings[code] = k
	}
	return k
}

func (k *finding) add(field string, n int64) {
	k.series.Add(float64(n))
	k.rows += n
	k.fields[field] += n
}

func (k *finding) example(e *flow.Example, now time.Time) {
	if len(k.examples) == maxExamples {
		copy(k.examples, k.examples[1:])
		k.examples = k.examples[:maxExamples-1]
	}
	at := ExampleStatus{
		Seen: now, Topic: e.Position.Topic, Partition: e.Position.Partition, Offset: e.Position.Offset,
		Field: e.Field, Value: e.Value, Message: e.Message,
	}
	if row := e.Row; row >= 0 { // of its own: e is used again
		at.Row = &row
	}
	if line := e.Line; line > 0 {
		at.Line = &line
	}
	k.examples = append(k.examples, at)
}

// FindingStatus is what has been found of one code since the process began.
type FindingStatus struct {
	Code     string          `json:"code"`
	Rows     int64           `json:"rows"`     // a row counts once for each field; a refused chunk counts as one
	Fields   []FieldFindings `json:"fields"`   // the most rows first
	Examples []ExampleStatus `json:"examples"` // the last ones, the newest first
}

// FieldFindings is how many rows have a finding in one column, or break one rule; the name is empty where it is the row itself.
type FieldFindings struct {
	Field string `json:"field"`
	Rows  int64  `json:"rows"`
}

// ExampleStatus is one finding, with its value as it may be shown: cut, redacted, and masked where the contract says pii.
type ExampleStatus struct {
	Seen      time.Time `json:"seen"`
	Topic     string    `json:"topic"`
	Partition int32     `json:"partition"`
	Offset    int64     `json:"offset"`
	Row       *int64    `json:"row"`  // null for a whole chunk
	Line      *int64    `json:"line"` // null where there is no place
	Field     string    `json:"field"`
	Value     string    `json:"value"`
	Message   string    `json:"message"`
}

func (k *finding) status(code flow.Code) FindingStatus {
	s := FindingStatus{Code: string(code), Rows: k.rows, Fields: make([]FieldFindings, 0, len(k.fields)), Examples: slices.Clone(k.examples)}
	for field, n := range k.fields {
		s.Fields = append(s.Fields, FieldFindings{field, n})
	}
	slices.SortFunc(s.Fields, func(a, b FieldFindings) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Field, b.Field))
	})
	slices.Reverse(s.Examples)
	return s
}

// found gives the findings of all codes, the most rows first. It is called with the lock held.
func (f *Feed) found() []FindingStatus {
	all := make([]FindingStatus, 0, len(f.findings))
	for code, k := range f.findings {
		all = append(all, k.status(code))
	}
	slices.SortFunc(all, func(a, b FindingStatus) int { return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Code, b.Code)) })
	return all
}
