package encode

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

var missing = []flow.Detail{
	{Name: "missing", Value: []string{"INCOME", "EDUCATION"}}, {Name: "present", Value: []string{"id", "AGE_GROUP"}},
}

var severalErrors = flow.Messages{{Field: "visits", Text: []string{"must be a whole number"}}, {Field: "AGE_GROUP", Text: []string{"cannot be empty"}}}

// Faults of rows and of chunks, each dialect with one it has a form of its own for and one that is foreign to it.
func TestErrorEvents(t *testing.T) {
	for name, c := range map[string]struct {
		dialect fault.Dialect
		event   ErrorEvent
		headers []flow.Header
		attempt int
	}{
		"row_ausynth": {fault.Ausynth, ErrorEvent{
			Code: fault.MissingField, Details: []flow.Detail{{Name: "field", Value: "AGE_GROUP"}},
			Field: "AGE_GROUP", HasVal: true, Row: 7, Line: 9, From: 120, To: 151,
		}, nil, 0},
		"chunk_ausynth": {fault.Ausynth, ErrorEvent{
			Code: fault.MissingColumns, Details: missing, Row: -1, Line: 1, To: 12,
		}, nil, 0},
		// An event tells who sent the chunk, however the headers are written, and never the key.
		"sender": {fault.Ausynth, ErrorEvent{Code: fault.MissingColumns, Details: missing, Row: -1}, []flow.Header{
			{Key: "X-Request-ID", Value: []byte("req-77")}, {Key: "Assay-Tenant", Value: []byte("tenant 9")},
			{Key: "Assay-Key", Value: []byte("ask_live_0123456789abcdef")},
		}, 3},
		"job_ausynth": {fault.Ausynth, ErrorEvent{
			Code: fault.ScoringFailed, Details: []flow.Detail{{Name: "job_id", Value: "score_20260525_abc234"}}, Row: -1,
			Job: "score_20260525_abc234",
		}, nil, 0},
		"row_scriptix": {fault.Scriptix, ErrorEvent{
			Code:    fault.InvalidFormat,
			Details: []flow.Detail{{Name: "field", Value: "visits"}, {Name: "expected", Value: "a whole number"}, {Name: "value", Value: "many"}},
			Field:   "visits", Value: "many", HasVal: true, Row: 0, Line: 2, From: 20, To: 33,
		}, nil, 0},
		"several_scriptix": {fault.Scriptix, ErrorEvent{
			Code: fault.ValidationError, Details: []flow.Detail{{Name: "errors", Value: severalErrors}}, Row: 0, Line: 2, From: 20, To: 33,
		}, nil, 0},
		"chunk_scriptix": {fault.Scriptix, ErrorEvent{
			Code: fault.FileTooLarge, Details: []flow.Detail{{Name: "max_size_mb", Value: int64(100)}, {Name: "file_size_mb", Value: 100.5}}, Row: -1,
		}, nil, 0},
		"row_kleene": {fault.Kleene, ErrorEvent{
			Code:    fault.InvalidFile,
			Details: []flow.Detail{{Name: "line", Value: int64(3)}, {Name: "byte_offset", Value: int64(44)}, {Name: "reason", Value: `a "bare" quote`}},
			Row:     1, Line: 3, From: 40, To: 60,
		}, nil, 0},
		"row_sentinel": {fault.Sentinel, ErrorEvent{
			Code:    fault.ValidationError,
			Details: []flow.Detail{{Name: "errors", Value: flow.Messages{{Field: "positive", Text: []string{"amount must be above 0"}}}}},
			Rule:    "positive", Field: "amount", Value: "-5", HasVal: true, Row: 2, Line: 4, From: 60, To: 70,
		}, nil, 0},
		"row_synthient": {fault.Synthient, ErrorEvent{
			Code: fault.MissingField, Details: []flow.Detail{{Name: "field", Value: "ip"}}, Field: "ip", HasVal: true, Row: 2, Line: 4, From: 60, To: 70,
		}, nil, 0},
		"chunk_synthient": {fault.Synthient, ErrorEvent{Code: fault.MissingColumns, Details: missing, Row: -1}, nil, 0},
		"row_problem": {fault.Problem, ErrorEvent{
			Code: fault.MissingField, Details: []flow.Detail{{Name: "field", Value: "ip"}}, Field: "ip", HasVal: true, Row: 2, Line: 4, From: 60, To: 70,
		}, nil, 0},
		"chunk_problem": {fault.Problem, ErrorEvent{
			Code: fault.TooManyRows, Details: []flow.Detail{{Name: "max_rows", Value: int64(10)}, {Name: "rows", Value: int64(11)}}, Row: -1,
		}, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.feed.Dialect, r.chunk.Attempt = c.dialect, c.attempt
			r.chunk.Headers = append(r.chunk.Headers, c.headers...)
			body, err := r.begin().Error(&c.event)
			if err != nil {
				t.Fatal(err)
			}
			var event struct{ Body json.RawMessage }
			if err := json.Unmarshal(r.sent()[0].value, &event); err != nil || string(event.Body) != string(body) {
				t.Errorf("the body given is %s, that of the event %s, %v", body, event.Body, err)
			}
			r.golden(t, "error_"+name)
		})
	}
}

// The event that follows when there are more faults than events: its totals are exact, its list of errors is empty.
func TestSummary(t *testing.T) {
	r := newRig(t)
	r.feed.Dialect = fault.Scriptix
	totals := []Total{{fault.InvalidFormat, "visits", 250}, {fault.InvalidFile, "", 3}, {fault.ValidationError, `rule "a"`, 1}}
	if err := r.begin().Summary(totals); err != nil {
		t.Fatal(err)
	}
	r.golden(t, "error_summary")
}

// ER-10: the same fault has the same id each time, and another row, field or rule another.
func TestEventIDs(t *testing.T) {
	r := newRig(t)
	w := r.begin()
	same := map[string]int{}
	for range 2 {
		for _, e := range []ErrorEvent{
			{Code: fault.MissingField, Row: 1, Field: "a"}, {Code: fault.MissingField, Row: 1, Field: "b"},
			{Code: fault.MissingField, Row: 2, Field: "a"}, {Code: fault.MissingField, Row: -1, Field: "a"},
			{Code: fault.MissingField, Row: 1, Field: "a", Rule: "r"}, {Code: fault.InvalidFormat, Row: 1, Field: "a"},
		} {
			if _, err := w.Error(&e); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, m := range r.sent() {
		id := m.header(t, "ce_id")
		same[id]++
		if len(id) != 32 || !strings.Contains(string(m.value), `"event_id":"`+id+`"`) {
			t.Errorf("id %s of %s", id, m.value)
		}
	}
	if len(same) != 6 {
		t.Errorf("%d ids, want 6", len(same))
	}
}

// A code that the catalogue lacks is told as an internal error would be; nothing panics.
func TestUnknownCode(t *testing.T) {
	r := newRig(t)
	if _, err := r.begin().Error(&ErrorEvent{Code: "NO_SUCH_CODE", Row: -1}); err != nil {
		t.Fatal(err)
	}
	var event struct {
		Code, Category string
		Body           any
	}
	if err := json.Unmarshal(r.sent()[0].value, &event); err != nil {
		t.Fatal(err)
	}
	if event.Code != "NO_SUCH_CODE" || event.Category != "system" || event.Body != nil {
		t.Errorf("%+v", event)
	}
}

// A request id that is empty or very long is not taken over; the one that stands for it is derived.
func TestRequestID(t *testing.T) {
	derived := fault.EventID(newRig(t).chunk.Position, -1, "", "", "")
	for given, want := range map[string]string{
		"": derived, "r-1": "r-1", strings.Repeat("r", 200): strings.Repeat("r", 200), strings.Repeat("r", 201): derived,
		"with ask_live_0123456789abcdef": "with ask_live_012[redacted]",
	} {
		r := newRig(t)
		r.chunk.Headers = []flow.Header{{Key: "x-request-id", Value: []byte(given)}}
		if _, err := r.begin().Error(&ErrorEvent{Code: fault.InvalidFile, Row: -1}); err != nil {
			t.Fatal(err)
		}
		var event struct {
			ID string `json:"request_id"`
		}
		if err := json.Unmarshal(r.sent()[0].value, &event); err != nil || event.ID != want {
			t.Errorf("%q: request id %q, want %q, %v", given, event.ID, want, err)
		}
	}
}
