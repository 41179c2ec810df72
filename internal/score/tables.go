package score

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// orderedTables reads the JSON object of tables. encoding/json would lose the order of its members and keep only the last
// of two with the same name; a model needs the first for its own file and must refuse the second.
type orderedTables []orderedTable

type orderedTable struct {
	key    string
	labels []orderedLabel
}

type orderedLabel struct {
	key   string
	entry []int64
}

// UnmarshalJSON reads {variable: {label: [ints]}}.
func (t *orderedTables) UnmarshalJSON(data []byte) error {
	return members(data, func(variable string, value json.RawMessage) error {
		table := orderedTable{key: variable}
		err := members(value, func(label string, value json.RawMessage) error {
			l := orderedLabel{key: label}
			if err := json.Unmarshal(value, &l.entry); err != nil {
				return fmt.Errorf("label %q: %w", label, err)
			}
			table.labels = append(table.labels, l)
			return nil
		})
		if err != nil {
			return fmt.Errorf("table %s: %w", variable, err)
		}
		*t = append(*t, table)
		return nil
	})
}

// members calls each with the members of a JSON object, in their order.
func members(object []byte, each func(key string, value json.RawMessage) error) error {
	d := json.NewDecoder(bytes.NewReader(object))
	open, err := d.Token()
	if err != nil {
		return err
	}
	if open != json.Delim('{') {
		return fmt.Errorf("want an object, got %s", object[:min(len(object), 20)])
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		if err := each(key.(string), value); err != nil {
			return err
		}
	}
	return nil
}
