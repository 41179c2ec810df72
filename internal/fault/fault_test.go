package fault

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/schemas"
)

// ER-01: one table drives everything.
func TestCatalogueIsComplete(t *testing.T) {
	var raw []map[string]any
	if err := json.Unmarshal(schemas.Errors, &raw); err != nil {
		t.Fatal(err)
	}
	if len(raw) != 78 || len(Codes()) != 78 {
		t.Fatalf("%d codes in the file, %d in the table, want 78", len(raw), len(Codes()))
	}
	seen := map[flow.Code]bool{}
	for i, code := range Codes() {
		e, ok := Lookup(code)
		if !ok || e.Code != code || seen[code] || string(code) != raw[i]["code"] {
			t.Fatalf("code %d: %s is missing, doubled or out of order", i, code)
		}
		seen[code] = true
		for name, v := range map[string]string{
			"category": e.Category, "direction": e.Direction, "severity": e.Severity, "scope": e.Scope, "title": e.Title,
			"message": e.Message, "retry_class": e.RetryClass, "trigger": e.Trigger, "advice": e.Advice, "doc": e.Doc,
		} {
			if v == "" || v != raw[i][name] {
				t.Errorf("%s: %s is %q, the file says %v", code, name, v, raw[i][name])
			}
		}
		oneOf(t, code, e.Direction, "inbound", "upstream", "internal")
		oneOf(t, code, e.Severity, "info", "warning", "error", "critical")
		oneOf(t, code, e.Scope, "row", "chunk", "job", "source")
		oneOf(t, code, e.RetryClass, "R0", "R1", "R2", "R3", "R4", "R5", "R6")
		if want := e.RetryClass != "R0" && e.RetryClass != "R6"; e.Retryable != want {
			t.Errorf("%s: retryable is %t in class %s", code, e.Retryable, e.RetryClass)
		}
		wait := int64(-1)
		if ms, ok := raw[i]["default_retry_after_ms"].(float64); ok {
			wait = int64(ms)
		}
		if e.DefaultRetryAfterMS != wait {
			t.Errorf("%s: default wait %d, the file says %d", code, e.DefaultRetryAfterMS, wait)
		}
	}
}

func oneOf(t *testing.T, code flow.Code, got string, want ...string) {
	t.Helper()
	if !slices.Contains(want, got) {
		t.Errorf("%s: %q is none of %v", code, got, want)
	}
}

func TestTitlesAreTheHTTPPhrases(t *testing.T) {
	titles := map[int]string{
		400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found", 409: "Conflict",
		413: "Payload Too Large", 414: "URI Too Long", 429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway",
		503: "Service Unavailable", 504: "Gateway Timeout",
	}
	for _, code := range Codes() {
		if e, _ := Lookup(code); e.HTTPStatus != 0 && e.Title != titles[e.HTTPStatus] {
			t.Errorf("%s: title %q for status %d", code, e.Title, e.HTTPStatus)
		}
	}
}

func TestLookupUnknown(t *testing.T) {
	if e, ok := Lookup("NO_SUCH_CODE"); ok || e != nil {
		t.Errorf("got %v, %t", e, ok)
	}
}

func TestDialects(t *testing.T) {
	for _, name := range DialectNames() {
		d, ok := ParseDialect(name)
		if !ok || d.String() != name {
			t.Errorf("%s parses as %v, %t", name, d, ok)
		}
	}
	if _, ok := ParseDialect("klingon"); ok {
		t.Error("klingon is a dialect")
	}
	if s := Dialect(99).String(); s != "unknown" {
		t.Errorf("Dialect(99) is %q", s)
	}
}

func TestHTTPStatus(t *testing.T) {
	for _, c := range []struct {
		d    Dialect
		code flow.Code
		want int
	}{
		{Ausynth, MissingColumns, 400},
		{Scriptix, ValidationError, 422},
		{Scriptix, EnvironmentMismatch, 401},
		{Sentinel, EnvironmentMismatch, 403},
		{Synthient, InvalidIPAddress, 400},
		{Problem, InvalidIPAddress, 422},
		{Problem, InvalidCursor, 400},
		{Problem, EnvironmentMismatch, 403},
		{Kleene, FileTooLarge, 400},
		{Kleene, UpstreamTimeout, 504},
		{Kleene, EmptyResponse, 502},
		{Ausynth, DQSummary, 0},
		{Problem, TrainingFailed, 0},
		{Problem, "NO_SUCH_CODE", 0},
		{Dialect(99), InvalidFile, 0},
	} {
		if got := HTTPStatus(c.d, c.code); got != c.want {
			t.Errorf("HTTPStatus(%v, %s) = %d, want %d", c.d, c.code, got, c.want)
		}
	}
}
