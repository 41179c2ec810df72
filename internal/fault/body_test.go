package fault

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/flow"
)

var goldenDialects = map[string]Dialect{"000": Ausynth, "001": Scriptix, "002": Kleene, "003": Sentinel, "004": Synthient}

// ER-02: each entry of the golden index renders to the exact bytes of its file.
func TestGoldenBodies(t *testing.T) {
	var index []struct {
		File, Dialect, Kind, Code string
		HTTPStatus                int `json:"http_status"`
		Details                   json.RawMessage
	}
	readGolden(t, "index.json", &index)
	for _, g := range index {
		t.Run(g.File, func(t *testing.T) {
			want, err := os.ReadFile(filepath.Join("testdata", "golden", g.File))
			if err != nil {
				t.Fatal(err)
			}
			d, code := goldenDialects[g.Dialect], flow.Code(g.Code)
			got := AppendBody(nil, d, code, detailsOf(t, code, g.Details), BodyContext{})
			if got = append(got, '\n'); !bytes.Equal(got, want) {
				t.Errorf("\ngot  %swant %s", got, want)
			}
			if g.Kind == "error" && HTTPStatus(d, code) != g.HTTPStatus {
				t.Errorf("status %d, want %d", HTTPStatus(d, code), g.HTTPStatus)
			}
		})
	}
	if len(index) < 30 {
		t.Errorf("only %d golden bodies", len(index))
	}
}

// ER-02 for the table dialect: its ten rows, word for word.
func TestGoldenStatuses(t *testing.T) {
	var rows []struct {
		Status                int
		Meaning, Advice, Code string
	}
	readGolden(t, "002/statuses.json", &rows)
	for _, row := range rows {
		want := object{}
		want.int("status", int64(row.Status))
		want.text("meaning", row.Meaning)
		want.text("advice", row.Advice)
		got := AppendBody(nil, Kleene, flow.Code(row.Code), nil, BodyContext{})
		if w := want.end(); !bytes.Equal(got, w) {
			t.Errorf("%s\ngot  %s\nwant %s", row.Code, got, w)
		}
	}
	if len(rows) != len(kleeneTable) {
		t.Errorf("%d rows in the file, %d in the table", len(rows), len(kleeneTable))
	}
}

// ER-04: every code in every dialect is valid JSON of the right shape with no placeholder left, and so is every body whose
// arguments are all absent.
func TestEveryCodeInEveryDialect(t *testing.T) {
	first := map[Dialect]string{
		Ausynth: `{"error":"`, Scriptix: `{"error":"`, Kleene: `{"status":`, Sentinel: `{"error":"`, Problem: `{"type":"about:blank","title":"`,
	}
	errors := 0
	for _, code := range Codes() {
		e, _ := Lookup(code)
		if e.Category != "data_quality" {
			errors++
		}
		for d := range dialects {
			for name, details := range map[string][]flow.Detail{"full": sample(e), "empty": nil} {
				got := string(AppendBody(nil, d, code, details, BodyContext{RequestID: "req_1"}))
				if e.HTTPStatus == 0 {
					if got != "null" && !(d == Ausynth && code == DQSummary) {
						t.Errorf("%s in %v: %s, want null", code, d, got)
					}
					continue
				}
				var compact bytes.Buffer
				if err := json.Compact(&compact, []byte(got)); err != nil || compact.String() != got {
					t.Errorf("%s in %v (%s): no compact JSON (%v): %s", code, d, name, err, got)
				}
				if name == "full" && placeholder.MatchString(got) {
					t.Errorf("%s in %v: placeholder left: %s", code, d, got)
				}
				if want, ok := first[d]; ok && !strings.HasPrefix(got, want) {
					t.Errorf("%s in %v begins wrongly: %s", code, d, got)
				}
			}
		}
		if text := e.Fill(sample(e)); text == "" || strings.ContainsAny(text, "{}") {
			t.Errorf("%s: message %q", code, text)
		}
	}
	if errors != 70 {
		t.Errorf("%d error codes, want 70", errors)
	}
}

func TestBodies(t *testing.T) {
	errors := flow.Messages{{Field: "language", Text: []string{"is not known", "is too long"}}, {Field: "name", Text: []string{"is empty"}}}
	for _, c := range []struct {
		name    string
		d       Dialect
		code    flow.Code
		details []flow.Detail
		ctx     BodyContext
		want    string
	}{
		{"foreign code", Ausynth, InvalidFormat, []flow.Detail{{Name: "field", Value: "n"}, {Name: "expected", Value: "int64"}}, BodyContext{},
			`{"error":"invalid_format","message":"Field n has the wrong form; expected int64"}`},
		{"foreign code that tells its wait", Ausynth, ConcurrentStreamLimit, []flow.Detail{{Name: "limit", Value: int64(2)}, {Name: "active", Value: int64(3)}},
			BodyContext{RetryAfterMS: 7001}, `{"error":"concurrent_stream_limit","retry_after_seconds":8,"message":"3 streams open; the limit is 2"}`},
		{"the wait of the catalogue", Ausynth, SnapshotNotReady, nil, BodyContext{},
			`{"error":"snapshot_not_ready","retry_after_seconds":60,"message":"Snapshot not ready"}`},
		{"argument absent", Ausynth, TooManyRows, []flow.Detail{{Name: "max_rows", Value: int64(1000000)}, {Name: "rows", Value: int64(1000001)}}, BodyContext{},
			`{"error":"file_too_large","max_rows":1000000}`},
		{"wait from the context", Scriptix, RateLimitExceeded, nil, BodyContext{RetryAfterMS: 60000},
			`{"error":"Rate Limit Exceeded","message":"Too many requests. Please try again in 60 seconds.","error_code":"RATE_LIMIT_EXCEEDED","retry_after":60}`},
		{"foreign code of scriptix", Scriptix, MissingColumns, []flow.Detail{{Name: "missing", Value: []string{"a"}}, {Name: "present", Value: []string{"b"}}}, BodyContext{},
			`{"error":"Bad Request","message":"Required columns are missing: a","error_code":"MISSING_COLUMNS","details":{"missing":["a"],"present":["b"]}}`},
		{"foreign 429 of scriptix", Scriptix, UpstreamRateLimited, nil, BodyContext{},
			`{"error":"Rate Limit Exceeded","message":" limits our rate","error_code":"UPSTREAM_RATE_LIMITED","retry_after":60}`},
		{"first message of each field", Scriptix, ValidationError, []flow.Detail{{Name: "errors", Value: errors}}, BodyContext{},
			`{"error":"Validation Error","message":"Invalid field values","details":{"language":"is not known","name":"is empty"}}`},
		{"first message of all", Sentinel, ValidationError, []flow.Detail{{Name: "errors", Value: errors}}, BodyContext{},
			`{"error":"Bad Request","message":"is not known","status":400}`},
		{"no message at all", Sentinel, ValidationError, []flow.Detail{{Name: "errors", Value: flow.Messages{}}}, BodyContext{},
			`{"error":"Bad Request","message":"Invalid field values","status":400}`},
		{"variant of a message", Sentinel, TenantNotFound, []flow.Detail{{Name: "reason", Value: "malformed"}}, BodyContext{},
			`{"error":"Unauthorized","message":"invalid tenant ID","status":401}`},
		{"fields", Synthient, ValidationError, []flow.Detail{{Name: "errors", Value: errors}}, BodyContext{},
			`{"title":"Validation error","errors":{"language":["is not known","is too long"],"name":["is empty"]}}`},
		{"foreign field fault", Synthient, MissingField, []flow.Detail{{Name: "field", Value: "audio_file"}}, BodyContext{},
			`{"title":"Validation error","errors":{"audio_file":["Audio file cannot be empty"]}}`},
		{"field from the context", Synthient, InvalidSeverity, nil, BodyContext{Field: "severity"},
			`{"title":"Validation error","errors":{"severity":["invalid severity"]}}`},
		{"foreign fault of a chunk", Synthient, MissingColumns, []flow.Detail{{Name: "missing", Value: []string{"a", "b"}}}, BodyContext{},
			`{"detail":"Required columns are missing: a, b"}`},
		{"variant of a field text", Problem, InvalidIPAddress, []flow.Detail{{Name: "field", Value: "ip"}, {Name: "reason", Value: "reserved"}}, BodyContext{RequestID: "r1"},
			`{"type":"about:blank","title":"Validation error","status":422,"detail":"must be a public IP address","instance":"r1","errors":{"ip":["must be a public IP address"]}}`},
		{"problem with the vendor's text", Problem, QuotaExceeded, nil, BodyContext{RequestID: "r1"},
			`{"type":"about:blank","title":"Payment Required","status":402,"detail":"Quota exhausted","instance":"r1"}`},
		{"problem with ours", Problem, InvalidFile, []flow.Detail{{Name: "line", Value: int64(3)}, {Name: "reason", Value: "bare <quote>"}}, BodyContext{},
			`{"type":"about:blank","title":"Bad Request","status":400,"detail":"Not valid CSV at line 3: bare <quote>"}`},
		{"problem without messages", Problem, ValidationError, nil, BodyContext{},
			`{"type":"about:blank","title":"Validation error","status":422,"detail":"Invalid field values","errors":{}}`},
		{"row of another 4xx", Kleene, TooManyRows, nil, BodyContext{}, string(AppendBody(nil, Kleene, UpstreamBadRequest, nil, BodyContext{}))},
		{"code without a status", Problem, DQInvalidValue, nil, BodyContext{}, "null"},
		{"unknown code", Problem, "NO_SUCH_CODE", nil, BodyContext{}, "null"},
		{"unknown dialect", Dialect(99), InvalidFile, nil, BodyContext{}, "null"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(AppendBody(nil, c.d, c.code, c.details, c.ctx)); got != c.want {
				t.Errorf("\ngot  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestBodyKeepsWhatStandsBefore(t *testing.T) {
	for d := range dialects {
		got := string(AppendBody([]byte(`{"body":`), d, InvalidFile, nil, BodyContext{})) + "}"
		if !strings.HasPrefix(got, `{"body":{`) || !json.Valid([]byte(got)) {
			t.Errorf("%v: %s", d, got)
		}
	}
}

func readGolden(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "golden", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}
