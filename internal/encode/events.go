package encode

import (
	"strconv"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// ErrorEvent is what an error event says beside what the catalogue and the chunk say.
type ErrorEvent struct {
	Code    flow.Code
	Details []flow.Detail
	Rule    string
	Field   string
	Value   string // as it may be shown: cut, redacted, masked
	HasVal  bool
	Row     int64 // −1 for a fault of the chunk
	Line    int64 // 0 when there is no place
	From    int64
	To      int64
	Job     string
}

// Error sends an error event and gives the fault's body in the feed's dialect, valid until the next document or row. The
// members stand in the order of the catalogue's section 2.
func (w *Writer) Error(e *ErrorEvent) (body []byte, err error) {
	if w.feed.Disabled[flow.Errors] && e.Row >= 0 {
		return nil, nil // of a row's fault nothing is needed but the event
	}
	entry, from := lookup(e.Code), w.from()
	id := w.eventID(e.Row, e.Code, e.Field, e.Rule)
	b := append(w.buf[:0], `{"event_id":`...)
	b = fault.AppendJSONString(b, id)
	b = append(b, `,"occurred_at":"`...)
	b = append(b, w.at...)
	b = append(b, `","schema_version":1`...)
	b = appendMemberString(b, "feed", w.feed.Name)
	b = appendMemberString(b, "version", w.feed.Version)
	b = appendMemberString(b, "code", string(e.Code))
	b = appendMemberString(b, "category", entry.Category)
	b = appendMemberString(b, "direction", entry.Direction)
	b = appendMemberString(b, "severity", entry.Severity)
	b = appendMemberOrNull(b, "rule", e.Rule, e.Rule != "")
	b = append(b, `,"http_status":`...)
	b = appendIntOrNull(b, int64(entry.HTTPStatus), entry.HTTPStatus != 0)
	b = appendMemberString(b, "title", entry.Title)
	b = appendMemberString(b, "message", entry.Fill(e.Details))
	b = append(b, `,"retryable":`...)
	b = strconv.AppendBool(b, entry.Retryable)
	b = appendMemberString(b, "retry_class", entry.RetryClass)
	b = append(b, `,"retry_after_ms":`...)
	b = appendIntOrNull(b, entry.DefaultRetryAfterMS, entry.DefaultRetryAfterMS >= 0)
	b = append(b, `,"attempt":`...)
	b = strconv.AppendInt(b, int64(max(w.chunk.Attempt, 1)), 10)
	b = appendMemberOrNull(b, "tenant_id", from.tenant, from.hasTenant)
	b = appendMemberOrNull(b, "key_id", from.keyID, from.hasKey)
	b = appendMemberString(b, "request_id", from.request)
	b = appendMemberOrNull(b, "job_id", e.Job, e.Job != "")
	b = append(b, `,"source":`...)
	b = w.appendSource(b, e.Row)
	b = append(b, `,"at":`...)
	b = appendPlace(b, e.Line, e.From, e.To)
	b = appendMemberOrNull(b, "field", e.Field, e.Field != "")
	b = appendMemberOrNull(b, "value", e.Value, e.HasVal)
	b = append(b, `,"details":`...)
	b = fault.AppendDetails(b, e.Details)
	b = appendMemberString(b, "advice", entry.Advice)
	b = append(b, `,"body":`...)
	at := len(b)
	b = fault.AppendBody(b, w.feed.Dialect, e.Code, e.Details,
		fault.BodyContext{RequestID: from.request, Field: e.Field, RetryAfterMS: entry.DefaultRetryAfterMS})
	body = b[at:len(b):len(b)]
	b = append(b, '}')
	w.buf = b
	return body, w.document(flow.Errors, e.Row, id, typeError, b)
}

var typeError = []byte("assay.error.v1")

func appendMemberString(b []byte, name, value string) []byte {
	b = append(b, `,"`...)
	b = append(b, name...)
	b = append(b, `":`...)
	return fault.AppendJSONString(b, value)
}

func appendMemberOrNull(b []byte, name, value string, has bool) []byte {
	if has {
		return appendMemberString(b, name, value)
	}
	b = append(b, `,"`...)
	b = append(b, name...)
	return append(b, `":null`...)
}

func appendMemberInt(b []byte, name string, value int64) []byte {
	b = append(b, `,"`...)
	b = append(b, name...)
	b = append(b, `":`...)
	return strconv.AppendInt(b, value, 10)
}

func appendIntOrNull(b []byte, n int64, has bool) []byte {
	if !has {
		return append(b, "null"...)
	}
	return strconv.AppendInt(b, n, 10)
}

// appendPlace appends the at object; line 0 is null.
func appendPlace(b []byte, line, from, to int64) []byte {
	if line <= 0 {
		return append(b, "null"...)
	}
	b = append(b, `{"line":`...)
	b = strconv.AppendInt(b, line, 10)
	b = append(b, `,"bytes":[`...)
	b = strconv.AppendInt(b, from, 10)
	b = append(b, ',')
	b = strconv.AppendInt(b, to, 10)
	return append(b, `]}`...)
}
