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
	room    int
	details []byte // comma-separated objects
	n       int
	shown   []byte // the value of the one in the making
}

// Reset starts a chunk with at most limit details, in at most room bytes: an id may be as long as a cell, and the event has
// to fit into its topic (see Writer.DetailRoom).
func (q *Quality) Reset(limit, room int) {
	q.Rows, q.limit, q.room, q.n, q.details = 0, limit, room, 0, q.details[:0]
}

// DetailRoom gives the bytes that the details of flagged values may take in the chunk's quality event and result document:
// half of what their topics take in one record.
func (w *Writer) DetailRoom() int {
	return min(w.room(flow.Quality, w.chunk.Key, w.carried), w.room(flow.Results, w.chunk.Key, w.carried)) / 2
}

// Add adds a flagged value; id is the row's key, which was read from column key.
func (q *Quality) Add(f *flow.Finding, key *flow.Field, id []byte) {
	if q.n >= q.limit {
		return
	}
	if key != nil && key.PII {
		id = []byte(masked)
	}
	b := q.details
	if q.n > 0 {
		b = append(b, ',')
	}
	b = append(b, `{"row":`...)
	b = strconv.AppendInt(b, f.Row, 10)
	b = append(b, `,"id":`...)
	b = fault.AppendJSONString(b, id)
	b = append(b, `,"field":`...)
	b = fault.AppendJSONString(b, FieldName(f))
	b = append(b, `,"value":`...)
	q.shown = appendShown(q.shown[:0], f)
	b = fault.AppendJSONString(b, q.shown)
	b = append(b, `,"mapped_to":`...)
	if f.MappedTo == "" {
		b = append(b, "null"...)
	} else {
		b = fault.AppendJSONString(b, f.MappedTo)
	}
	if b = append(b, '}'); len(b) > q.room {
		q.limit = q.n // no later one either, so that the list is the first ones
		return
	}
	q.details = b
	q.n++
}

// FieldName is what a finding is counted and told under: its column, or its rule.
func FieldName(f *flow.Finding) string {
	if f.Column != nil {
		return f.Column.Name
	}
	return f.Rule
}

// ShownValue is the value as it may be shown: cut, redacted, and nothing of a column marked pii.
func ShownValue(f *flow.Finding) string { return string(appendShown(nil, f)) }

func appendShown(dst []byte, f *flow.Finding) []byte {
	if f.Column != nil && f.Column.PII {
		return append(dst, masked...)
	}
	return fault.AppendClean(dst, f.Value)
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
	if w.feed.Disabled[flow.Quality] {
		return nil
	}
	id := w.eventID(-1, fault.DQSummary, "", "")
	b := append(w.buf[:0], `{"event_id":`...)
	b = fault.AppendJSONString(b, id)
	b = append(b, `,"schema_version":1,"occurred_at":"`...)
	b = append(b, w.at...)
	b = append(b, '"')
	b = appendMemberString(b, "feed", w.feed.Name)
	b = appendMemberString(b, "version", w.feed.Version)
	b = append(b, `,"source":`...)
	b = w.appendSource(b, -1)
	b = appendMemberInt(b, "rows", rows)
	b = append(b, `,"data_quality":`...)
	b = q.append(b)
	b = append(b, `,"totals":`...)
	b = appendTotals(b, totals)
	b = append(b, '}')
	w.buf = b
	return w.document(flow.Quality, -1, id, typeQuality, b)
}

var typeQuality = []byte("assay.quality.v1")

// Summary sends the event that follows when a chunk has more row faults than events may tell.
func (w *Writer) Summary(totals []Total) error {
	_, err := w.Error(&ErrorEvent{
		Code: fault.ValidationError, Row: -1,
		Details: []flow.Detail{{Name: "errors", Value: flow.Messages{}}, {Name: "totals", Value: fault.RawJSON(appendTotals(nil, totals))}},
	})
	return err
}
