package cases

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// object is a JSON object with its members in the order of the text, which rewriting keeps.
type object []member

type member struct {
	name  string
	value any // object, []any, string, json.Number, bool or nil
}

func (o object) get(name string) (any, bool) {
	i := slices.IndexFunc(o, func(m member) bool { return m.name == name })
	if i < 0 {
		return nil, false
	}
	return o[i].value, true
}

// decode reads a text that is one JSON document. Tokens alone would let a bracket too many, or a comma, pass.
func decode(text string) (any, error) {
	if err := json.Unmarshal([]byte(text), new(json.RawMessage)); err != nil {
		return nil, err
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber() // so that 1 and 1.0, and numbers beyond 2⁵³, differ
	return value(d)
}

func value(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		o := object{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			if _, twice := o.get(fmt.Sprint(name)); twice { // nothing could ever show both
				return nil, fmt.Errorf("the member %q stands twice", name)
			}
			v, err := value(d)
			if err != nil {
				return nil, err
			}
			o = append(o, member{fmt.Sprint(name), v})
		}
		_, err := d.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := value(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	}
	return t, nil
}

// text gives a document on one line.
func text(v any) string {
	var b bytes.Buffer
	appendValue(&b, v)
	return b.String()
}

func appendValue(b *bytes.Buffer, v any) {
	switch v := v.(type) {
	case object:
		b.WriteByte('{')
		for i, m := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			appendScalar(b, m.name)
			b.WriteByte(':')
			appendValue(b, m.value)
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			appendValue(b, e)
		}
		b.WriteByte(']')
	default:
		appendScalar(b, v)
	}
}

func appendScalar(b *bytes.Buffer, v any) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // strings, numbers, booleans and null have a form
	b.Truncate(b.Len() - 1)
}

// covers reports whether got has all that want shows.
func covers(want, got any) bool {
	switch w := want.(type) {
	case object:
		g, ok := got.(object)
		if !ok {
			return false
		}
		for _, m := range w {
			if has, ok := g.get(m.name); !ok || !covers(m.value, has) {
				return false
			}
		}
		return true
	case []any:
		g, ok := got.([]any)
		return ok && slices.EqualFunc(w, g, covers)
	default:
		return want == got
	}
}

// like gives of got what want shows of it: the same members in the same order.
func like(want, got any) any {
	switch w := want.(type) {
	case object:
		g, ok := got.(object)
		if !ok {
			return got
		}
		out := object{}
		for _, m := range w {
			if has, ok := g.get(m.name); ok {
				out = append(out, member{m.name, like(m.value, has)})
			}
		}
		return out
	case []any:
		g, ok := got.([]any)
		if !ok || len(w) != len(g) {
			return got
		}
		out := make([]any, len(g))
		for i := range g {
			out[i] = like(w[i], g[i])
		}
		return out
	default:
		return got
	}
}
