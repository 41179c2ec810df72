package fault

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-dev/assay/internal/flow"
)

var placeholder = regexp.MustCompile(`\{[A-Za-z_]+(\|or)?\}`)

// sample gives every argument that e declares a value of its type.
func sample(e *Entry) []flow.Detail {
	var details []flow.Detail
	for _, spec := range e.Details {
		details = append(details, flow.Detail{Name: spec.Name, Value: map[string]any{
			"string": "some text", "int": int64(7), "number": 2.5, "bool": true, "timestamp": "2026-01-02T03:04:05Z",
			"map":      flow.Messages{{Field: "name", Text: []string{"is empty"}}},
			"string[]": []string{"A", "B", "C"},
			"object[]": RawJSON(`[{"row":1,"id":"x"}]`),
		}[spec.Type]})
	}
	return details
}

// detailsOf reads JSON arguments.
func detailsOf(t *testing.T, code flow.Code, raw []byte) []flow.Detail {
	t.Helper()
	e, ok := Lookup(code)
	if !ok {
		t.Fatalf("unknown code %s", code)
	}
	details, err := e.ParseDetails(raw)
	if err != nil {
		t.Fatal(err)
	}
	return details
}

func TestParseDetails(t *testing.T) {
	e, _ := Lookup(ValidationError)
	got, err := e.ParseDetails([]byte(`{"totals":[ {"code":"X"} ],"errors":{"b":["1","2"],"a":[]}}`))
	want := []flow.Detail{
		{Name: "totals", Value: RawJSON(`[{"code":"X"}]`)},
		{Name: "errors", Value: flow.Messages{{Field: "b", Text: []string{"1", "2"}}, {Field: "a", Text: []string{}}}},
	}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v\n%s", err, d)
	}
	field, _ := Lookup(MissingField)
	for text, want := range map[string]string{
		``: "want a JSON object", `[]`: "want a JSON object", `{"field":`: "EOF", `{"field":1}`: "field: want string, not 1", `{"feild":"a"}`: `MISSING_FIELD has no detail "feild"`,
		`{} {}`: "something stands behind", `{`: "EOF", `{"field":"a"`: "EOF",
	} {
		if _, err := field.ParseDetails([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	for _, text := range []string{`{"errors":[]}`, `{"errors":{"a":1}}`, `{"totals":{}}`, `{"totals":[1]}`} {
		if _, err := e.ParseDetails([]byte(text)); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

// Examples have every argument of every code in its type, so that each body can be shown.
func TestExamples(t *testing.T) {
	for _, code := range Codes() {
		e, _ := Lookup(code)
		text := AppendDetails(nil, e.Example())
		if back, err := e.ParseDetails(text); err != nil || len(back) != len(e.Details) {
			t.Errorf("%s: %s: %v", code, text, err)
		}
		for d := range dialects {
			if body := AppendBody(nil, d, code, e.Example(), BodyContext{}); !json.Valid(body) {
				t.Errorf("%s in %s: %s", code, d, body)
			}
		}
		if RetryMeaning(e.RetryClass) == "" {
			t.Errorf("%s: nothing is said of %s", code, e.RetryClass)
		}
	}
	for _, class := range []string{"", "R", "R7", "R/", "Q1", "R10"} {
		if s := RetryMeaning(class); s != "" {
			t.Errorf("%q means %q", class, s)
		}
	}
}
