package fault

import (
	"bytes"
	"encoding/json"
	"regexp"
	"testing"

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

// detailsOf reads JSON arguments in the order in which they stand, with the types that the catalogue declares.
func detailsOf(t *testing.T, code flow.Code, raw json.RawMessage) []flow.Detail {
	t.Helper()
	e, ok := Lookup(code)
	if !ok {
		t.Fatalf("unknown code %s", code)
	}
	types := map[string]string{}
	for _, spec := range e.Details {
		types[spec.Name] = spec.Type
	}
	var details []flow.Detail
	members(t, raw, func(name string, value json.RawMessage) {
		details = append(details, flow.Detail{Name: name, Value: typed(t, types[name], value)})
	})
	return details
}

func typed(t *testing.T, kind string, raw json.RawMessage) any {
	t.Helper()
	switch kind {
	case "string", "timestamp":
		return decoded[string](t, raw)
	case "int":
		return decoded[int64](t, raw)
	case "number":
		return decoded[float64](t, raw)
	case "bool":
		return decoded[bool](t, raw)
	case "string[]":
		return decoded[[]string](t, raw)
	case "map":
		var m flow.Messages
		members(t, raw, func(field string, value json.RawMessage) {
			m = append(m, flow.FieldMessage{Field: field, Text: decoded[[]string](t, value)})
		})
		return m
	case "object[]":
		var compact bytes.Buffer
		if err := json.Compact(&compact, raw); err != nil {
			t.Fatal(err)
		}
		return RawJSON(compact.Bytes())
	}
	t.Fatalf("type %q", kind)
	return nil
}

func decoded[T any](t *testing.T, raw json.RawMessage) (v T) {
	t.Helper()
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return v
}

// members calls f for each member of a JSON object in the order of the text, which maps of Go would lose.
func members(t *testing.T, raw json.RawMessage, f func(name string, value json.RawMessage)) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		t.Fatal(err)
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			t.Fatal(err)
		}
		f(name.(string), value)
	}
}
