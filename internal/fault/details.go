package fault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/assay-dev/assay/internal/flow"
)

// ParseDetails reads the arguments of a code from a JSON object, in the order in which they stand and with the types that the
// catalogue declares. The error says what is wrong for the person who wrote them.
func (e *Entry) ParseDetails(text []byte) ([]flow.Detail, error) {
	var details []flow.Detail
	err := eachMember(text, func(name string, value json.RawMessage) error {
		i := slices.IndexFunc(e.Details, func(s DetailSpec) bool { return s.Name == name })
		if i < 0 {
			return fmt.Errorf("%s has no detail %q", e.Code, name)
		}
		v, err := e.Details[i].parse(value)
		if err != nil {
			return fmt.Errorf("%s: want %s, not %s", name, e.Details[i].Type, value)
		}
		details = append(details, flow.Detail{Name: name, Value: v})
		return nil
	})
	return details, err
}

func (s *DetailSpec) parse(raw json.RawMessage) (any, error) {
	switch s.Type {
	case "int":
		return decode[int64](raw)
	case "number":
		return decode[float64](raw)
	case "bool":
		return decode[bool](raw)
	case "string[]":
		return decode[[]string](raw)
	case "object[]":
		if _, err := decode[[]map[string]json.RawMessage](raw); err != nil {
			return nil, err
		}
		var b bytes.Buffer
		err := json.Compact(&b, raw)
		return RawJSON(b.Bytes()), err
	case "map":
		var m flow.Messages
		err := eachMember(raw, func(field string, value json.RawMessage) error {
			text, err := decode[[]string](value)
			m = append(m, flow.FieldMessage{Field: field, Text: text})
			return err
		})
		return m, err
	}
	return decode[string](raw) // timestamps too
}

func decode[T any](raw json.RawMessage) (v T, err error) {
	err = json.Unmarshal(raw, &v)
	return v, err
}

// eachMember gives the members of a JSON object in their order.
func eachMember(text []byte, do func(name string, value json.RawMessage) error) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.New("want a JSON object")
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		if err := do(name.(string), value); err != nil { // a member's name is nothing else
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	if d.More() {
		return errors.New("something stands behind the JSON object")
	}
	return nil
}

// Example gives arguments that show where each one goes: texts are their own placeholders, numbers are 1.
func (e *Entry) Example() []flow.Detail {
	var details []flow.Detail
	for _, s := range e.Details {
		var v any = "{" + s.Name + "}"
		switch s.Type {
		case "int":
			v = int64(1)
		case "number":
			v = 1.0
		case "bool":
			v = true
		case "timestamp":
			v = "2026-01-01T00:00:00Z"
		case "string[]":
			v = []string{"{" + s.Name + "}"}
		case "object[]":
			v = RawJSON("[]")
		case "map":
			v = flow.Messages{{Field: "{field}", Text: []string{"{message}"}}}
		}
		details = append(details, flow.Detail{Name: s.Name, Value: v})
	}
	return details
}
