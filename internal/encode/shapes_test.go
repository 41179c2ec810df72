package encode

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// The lists of the messages specification, by hand. Golden files show what stands there; these say that nothing is missing.
var (
	cloudEvent   = []string{"content-type", "ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time"}
	all          = []string{"assay-source", "assay-version", "traceparent"}
	errorMembers = []string{
		"event_id", "occurred_at", "schema_version", "feed", "version", "code", "category", "direction", "severity", "rule",
		"http_status", "title", "message", "retryable", "retry_class", "retry_after_ms", "attempt", "tenant_id", "key_id",
		"request_id", "job_id", "source", "at", "field", "value", "details", "advice", "body",
	}
	qualityMembers = []string{
		"event_id", "schema_version", "occurred_at", "feed", "version", "source", "rows", "data_quality", "totals",
	}
	resultMembers = []string{
		"status", "job_id", "feed", "source", "rows_in", "rows_scored", "rows_dead", "rows_with_invalid_values", "credits_charged",
	}
	letterHeaders = []string{
		"__connect.errors.topic", "__connect.errors.partition", "__connect.errors.offset", "__connect.errors.connector.name",
		"__connect.errors.task.id", "__connect.errors.stage", "__connect.errors.class.name",
		"__connect.errors.exception.class.name", "__connect.errors.exception.message", "assay-error-code", "assay-error-class",
		"assay-error-row", "assay-error-line", "assay-error-bytes", "assay-error-feed", "assay-error-version",
		"assay-error-attempt", "assay-error-first-seen", "assay-header-row",
	}
)

func TestShapes(t *testing.T) {
	found := flow.Finding{Column: &flow.Field{Name: "INCOME"}}
	var q Quality
	q.Reset(1, 1000)
	q.Rows = 1
	q.Add(&found, nil, nil)
	totals := []Total{{Code: fault.DQInvalidValue, Field: "INCOME", Rows: 1}}
	for name, c := range map[string]struct {
		send    func(*Writer) error
		headers [][]string
		members []string // nil where the value is not ours
	}{
		"error": {
			func(w *Writer) error { _, err := w.Error(&ErrorEvent{Code: fault.InvalidFile}); return err },
			[][]string{cloudEvent, all}, errorMembers,
		},
		"summary": {func(w *Writer) error { return w.Summary(totals) }, [][]string{cloudEvent, all}, errorMembers},
		"quality": {func(w *Writer) error { return w.QualityEvent(&q, 9, totals) }, [][]string{cloudEvent, all}, qualityMembers},
		"result, nothing flagged": {
			func(w *Writer) error { _, err := w.Result(&Result{Quality: &Quality{}}); return err },
			[][]string{cloudEvent, all}, resultMembers,
		},
		"result": {
			func(w *Writer) error { _, err := w.Result(&Result{Quality: &q}); return err },
			[][]string{cloudEvent, all}, append(slices.Clone(resultMembers), "data_quality"),
		},
		"result, refused": {
			func(w *Writer) error {
				_, err := w.Result(&Result{Failed: true, Body: []byte("{}"), Quality: &Quality{}})
				return err
			},
			[][]string{cloudEvent, all}, append(slices.Clone(resultMembers), "error"),
		},
		"letter": {
			func(w *Writer) error {
				return w.DeadLetter(&Letter{Code: fault.InvalidFile, HeaderRow: []byte("a"), Line: 2})
			},
			[][]string{{"content-type"}, all, letterHeaders, {"x-other"}}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			if err := c.send(r.begin()); err != nil {
				t.Fatal(err)
			}
			m := r.sent()[0]
			var names []string
			for _, h := range m.headers {
				names = append(names, h.Key)
			}
			want := slices.Concat(c.headers...)
			slices.Sort(names)
			slices.Sort(want)
			if !slices.Equal(names, want) {
				t.Errorf("headers\ngot  %q\nwant %q", names, want)
			}
			if got := membersOf(t, m.value); c.members != nil && !slices.Equal(got, c.members) {
				t.Errorf("members\ngot  %q\nwant %q", got, c.members)
			}
		})
	}
}

// membersOf gives the names of an object's members in their order, or nil when value is none.
func membersOf(t tb, value []byte) (names []string) {
	t.Helper()
	if len(value) == 0 {
		return nil
	}
	depth, name := 0, true
	for _, token := range tokens(t, value) {
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
			if depth == 1 {
				continue
			}
		case json.Delim('}'), json.Delim(']'):
			depth--
		default:
			if s, ok := token.(string); ok && depth == 1 && name {
				names = append(names, s)
				name = false
				continue
			}
		}
		if depth == 1 {
			name = true
		}
	}
	return names
}
