package encode

import (
	"strconv"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// Quality gathers the flagged values of one chunk. Counts are exact, details stop at the limit.
type Quality struct {
	Rows    int64 // rows with at least one flagged value
	limit   int
	details []byte // comma-separated objects
	n       int
}

// Reset starts a chunk with at most limit details.
func (q *Quality) Reset(limit int) {
	q.Rows, q.limit, q.n, q.details = 0, limit, 0, q.details[:0]
}

// Add adds a flagged value; id is the row's key.
func (q *Quality) Add(f *flow.Finding, id []byte) {
	if q.n >= q.limit {
		return
	}
	if q.n > 0 {
		q.details = append(q.details, ',')
	}
	q.n++
	b := append(q.details, `{"row":`...)
	b = strconv.AppendInt(b, f.Row, 10)
	b = append(b, `,"id":`...)
	b = fault.AppendJSONString(b, id)
	b = append(b, `,"field":`...)
	b = fault.AppendJSONString(b, fieldName(f))
	b = append(b, `,"value":`...)
	b = fault.AppendJSONString(b, maskedValue(f))
	b = append(b, `,"mapped_to":`...)
	if f.MappedTo == "" {
		b = append(b, "null"...)
	} else {
		b = fault.AppendJSONString(b, f.MappedTo)
	}
	q.details = append(b, '}')
}

// fieldName is what a finding is counted and told under: its column, or its rule.
func fieldName(f *flow.Finding) string {
	if f.Column != nil {
		return f.Column.Name
	}
	return f.Rule
}

// maskedValue is the value as it may be shown: cut, redacted, and nothing of a column marked pii.
func maskedValue(f *flow.Finding) string {
	if f.Column != nil && f.Column.PII {
		return masked
	}
	return fault.Clean(f.Value)
}

// masked stands for a value of a column marked pii.
const masked = "***"

// append appends the data_quality object.
func (q *Quality) append(b []byte) []byte {
	b = append(b, `{"rows_with_invalid_values":`...)
	b = strconv.AppendInt(b, q.Rows, 10)
	b = append(b, `,"invalid_value_details":[`...)
	b = append(b, q.details...)
	return append(b, `]}`...)
}

// Total is how many rows of a chunk have a finding of one code and field.
type Total struct {
	Code  flow.Code
	Field string
	Rows  int64
}

func appendTotals(b []byte, totals []Total) []byte {
	b = append(b, '[')
	for i, t := range totals {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"code":`...)
		b = fault.AppendJSONString(b, string(t.Code))
		b = append(b, `,"field":`...)
		if t.Field == "" {
			b = append(b, "null"...)
		} else {
			b = fault.AppendJSONString(b, t.Field)
		}
		b = append(b, `,"rows":`...)
		b = strconv.AppendInt(b, t.Rows, 10)
		b = append(b, '}')
	}
	return append(b, ']')
}

// QualityEvent sends the chunk's quality event: rows is how many data records it had.
func (w *Writer) QualityEvent(q *Quality, rows int64, totals []Total) error {
	id := fault.EventID(w.chunk.Position, -1, fault.DQSummary, "", "")
	b := append(w.buf[:0], `{"event_id":`...)
	b = fault.AppendJSONString(b, id)
	b = append(b, `,"schema_version":1,"occurred_at":"`...)
	b = append(b, w.at...)
	b = append(b, `","feed":`...)
	b = fault.AppendJSONString(b, w.feed.Name)
	b = appendMemberString(b, "version", w.feed.Version)
	b = append(b, `,"source":`...)
	b = w.appendSource(b, -1)
	b = append(b, `,"rows":`...)
	b = strconv.AppendInt(b, rows, 10)
	b = append(b, `,"data_quality":`...)
	b = q.append(b)
	b = append(b, `,"totals":`...)
	b = appendTotals(b, totals)
	b = append(b, '}')
	w.buf = b
	return w.emit(flow.Quality, w.partition(flow.Quality), w.chunk.Key, b, w.cloudEvent(id, "assay.quality.v1"))
}

// Summary sends the event that follows when a chunk has more row faults than FindingLimit.
func (w *Writer) Summary(totals []Total) error {
	_, err := w.Error(&ErrorEvent{
		Code: fault.ValidationError, Row: -1,
		Details: []flow.Detail{{Name: "errors", Value: flow.Messages{}}, {Name: "totals", Value: fault.RawJSON(appendTotals(nil, totals))}},
	})
	return err
}
