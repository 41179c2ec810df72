package feed

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/assay-dev/assay/internal/charset"
)

// scalar gives the text of a scalar as it stands in the file, quotes undone, whatever YAML would make of it: a label may
// look like a number or a truth value.
func (r *reader) scalar(n ast.Node) (string, bool) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return v.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// formed tells when a text has not the form that it must have.
func (r *reader) formed(at Pos, what, s string, f form) {
	if f.pattern != nil && !f.pattern.MatchString(s) {
		r.problem(at, "%s %q is not made of %s", what, s, f.words)
	}
}

// text gives the value of a member as text that is not empty.
func (r *reader) text(m member) (string, bool) {
	s, ok := r.scalar(m.value)
	if ok && s != "" {
		if m.spec != nil {
			r.formed(at(m.value), m.name, s, m.spec.form)
		}
		return s, true
	}
	switch {
	case r.foreign(m.value):
	case ok || m.value.Type() == ast.NullType:
		r.problem(at(m.value), "%s has no value", m.name)
	default:
		r.problem(at(m.value), "%s must be text", m.name)
	}
	return "", false
}

// expr gives the value of a member that is an expression.
func (r *reader) expr(m member) Expr {
	s, ok := r.text(m)
	if !ok {
		return Expr{}
	}
	pos := at(m.value)
	return Expr{Text: strings.TrimRight(s, "\n"), Pos: pos, source: r.src.from(pos)}
}

// choice gives the value of a member that must be one of a few words, or "".
func (r *reader) choice(m member) string {
	words := m.spec.words
	s, ok := r.scalar(m.value)
	if ok && m.spec.kind == charsetName {
		if c, known := charset.Parse(s); known {
			return c.String()
		}
	}
	if ok && slices.Contains(words, s) {
		return s
	}
	if !r.foreign(m.value) {
		r.problem(at(m.value), "%s must be %s", m.name, orList(words)).Suggestion = didYouMean(s, words)
	}
	return ""
}

func orList(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// truth gives the value of a member that must be true or false.
func (r *reader) truth(m member) bool {
	if b, ok := m.value.(*ast.BoolNode); ok {
		return b.Value
	}
	if !r.foreign(m.value) {
		r.problem(at(m.value), "%s must be true or false", m.name)
	}
	return false
}

// count gives the value of a member that parse reads and that must be at least 1, or 0.
func (r *reader) count(m member, parse func(string) (int64, error)) int64 {
	s, ok := r.text(m)
	if !ok {
		return 0
	}
	n, err := parse(s)
	if x, ok := numeral(m.value); ok && err != nil && x == math.Trunc(x) && x >= 0 && x < 1<<63 {
		n, err = int64(x), nil // as YAML has it
	}
	switch {
	case err != nil:
		r.problem(at(m.value), "%s: %v", m.name, err)
	case n == 0:
		r.problem(at(m.value), "%s must be at least 1", m.name)
	}
	return n
}

var numberForm = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

// numeral gives what YAML takes a node without quotes for, if that is a finite number: it has ways to write one, like 0x10 and
// 1_000, that the contract language takes only from there.
func numeral(n ast.Node) (float64, bool) {
	switch v := n.(type) {
	case *ast.IntegerNode:
		switch i := v.Value.(type) {
		case int64:
			return float64(i), true
		case uint64:
			return float64(i), true
		}
	case *ast.FloatNode:
		return v.Value, v.Value-v.Value == 0
	}
	return 0, false
}

// number gives the value of a member that must be a finite number, or 0.
func (r *reader) number(m member) float64 {
	s, ok := r.text(m)
	if !ok {
		return 0
	}
	x, err := strconv.ParseFloat(s, 64)
	if yaml, ok := numeral(m.value); ok && (err != nil || !numberForm.MatchString(s)) {
		return yaml
	}
	if err != nil || !numberForm.MatchString(s) { // which infinite numbers and hexadecimal ones do not
		r.problem(at(m.value), "%s: %q is no number", m.name, s)
		return 0
	}
	return x
}

// texts gives the elements of a member that must be a list of different texts, at least one, and their places.
func (r *reader) texts(m member) (texts []string, places []Pos) {
	list, ok := m.value.(*ast.SequenceNode)
	if !ok || len(list.Values) == 0 {
		if !r.foreign(m.value) {
			r.problem(at(m.value), "%s must be a list like [a, b]", m.name)
		}
		return nil, nil
	}
	seen, numbers := map[string]bool{}, map[float64]string{}
	for _, v := range list.Values {
		s, ok := r.text(member{name: "an element of " + m.name, value: v})
		switch {
		case !ok:
		case seen[s]:
			r.problem(at(v), "%s stands twice in %s", s, m.name)
		default:
			if x, ok := numeral(v); ok {
				if other, known := numbers[x]; known {
					r.problem(at(v), "%s and %s in %s are one number to YAML", other, s, m.name).Suggestion = "put them in quotes"
				}
				numbers[x] = s
			}
			seen[s] = true
			texts, places = append(texts, s), append(places, at(v))
		}
	}
	return texts, places
}

// asciiByte gives the value of a member that must be one ASCII character other than a line end, or 0. Of what values are made of
// none will do.
func (r *reader) asciiByte(m member) byte {
	s, ok := r.scalar(m.value)
	switch {
	case !ok || len(s) != 1 || s[0] >= 0x80 || s[0] == 0 || s[0] == '\r' || s[0] == '\n':
		if !r.foreign(m.value) {
			r.problem(at(m.value), "%s must be one ASCII character", m.name)
		}
		return 0
	case InValues(s[0]):
		p := r.problem(at(m.value), "the %s cannot be %s: numbers, dates and words are made of it", m.name, s)
		switch {
		case m.name == "delimiter" && s == "t":
			p.Suggestion = `did you mean "\t"?`
		case m.name == "delimiter":
			p.Suggestion = `use a mark that stands in no value, like ";" or "\t"`
		default:
			p.Suggestion = `use a mark that stands in no value, like "'" or "\\"`
		}
		return 0
	}
	return s[0]
}

// InValues reports whether numbers, dates, truth values or UUIDs are made of a character, so that it can be neither delimiter,
// quote nor escape: the numbers of those who write such a file would be cut or misread. A colon can, though it stands in times:
// there are files that are cut by it, and output puts quotes around a value that has the delimiter in it.
func InValues(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '+' || c == '-' || c == '.'
}
