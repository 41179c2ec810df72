package feed

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/assay-dev/assay/internal/suggest"
)

// member is one key of a mapping with its value.
type member struct {
	name  string
	key   ast.Node
	value ast.Node
	spec  *field // what the language says about the key; nil where keys are names
}

// at gives the place of a node. It is that of its first character.
func at(n ast.Node) Pos {
	for {
		switch v := n.(type) {
		case *ast.MappingNode:
			// A block mapping's own token is the colon of its first key.
			if v.IsFlowStyle || len(v.Values) == 0 {
				return tokenPos(v)
			}
			n = v.Values[0].Key
		case *ast.MappingValueNode:
			n = v.Key
		default:
			return tokenPos(n)
		}
	}
}

func tokenPos(n ast.Node) Pos {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return Pos{Line: t.Position.Line, Column: t.Position.Column}
	}
	return Pos{Line: 1, Column: 1}
}

// members gives the members of a mapping in their order, without those that stand twice. ok is false after telling that n is
// no mapping.
func (r *reader) members(n ast.Node, what string) (members []member, ok bool) {
	var pairs []*ast.MappingValueNode
	switch v := n.(type) {
	case *ast.MappingNode:
		pairs = v.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{v}
	default:
		if !r.foreign(n) {
			r.problem(at(n), "%s must be a mapping of keys to values", what)
		}
		return nil, false
	}
	seen := map[string]bool{}
	for _, p := range pairs {
		key, ok := r.scalar(p.Key)
		if !ok {
			if !r.foreign(p.Key) {
				r.problem(at(p.Key), "a key of %s must be text", what)
			}
			continue
		}
		if seen[key] {
			r.problem(at(p.Key), "%s stands twice in %s", key, what)
			continue
		}
		seen[key] = true
		members = append(members, member{name: key, key: p.Key, value: p.Value})
	}
	return members, true
}

// block gives the members of a mapping that has the keys of a specification. What it lacks is told at the place of its name.
func (r *reader) block(n ast.Node, what string, name Pos, spec []field) []member {
	members, ok := r.members(n, what)
	if ok {
		for _, key := range missing(members, spec) {
			r.problem(name, "%s has no %s", what, key)
		}
	}
	return r.known(members, what, spec)
}

// missing gives the keys that a mapping must have and lacks. One that was only mistyped is told where it stands.
func missing(members []member, spec []field) []string {
	var names []string
	for _, f := range spec {
		if f.must && !slices.ContainsFunc(members, func(m member) bool {
			return m.name == f.name || lookup(spec, m.name) == nil && suggest.Nearest(m.name, keys(spec)) == f.name
		}) {
			names = append(names, f.name)
		}
	}
	return names
}

// known gives the members whose keys stand in a specification, and tells of the others.
func (r *reader) known(members []member, what string, spec []field) []member {
	var known []member
	for _, m := range members {
		if m.spec = lookup(spec, m.name); m.spec != nil {
			known = append(known, m)
			continue
		}
		r.problem(at(m.key), "unknown key %s in %s", m.name, what).Suggestion = didYouMean(m.name, keys(spec))
	}
	return known
}

// formed tells when a text has not the form that it must have.
func (r *reader) formed(at Pos, what, s string, f form) {
	if f.pattern != "" && !regexp.MustCompile(f.pattern).MatchString(s) {
		r.problem(at, "%s %q is not made of %s", what, s, f.words)
	}
}

// foreign reports, and tells, what YAML has and the contract language has not.
func (r *reader) foreign(n ast.Node) bool {
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		r.problem(at(n), "anchors and aliases are not part of the contract language")
	case *ast.TagNode:
		r.problem(at(n), "tags are not part of the contract language")
	default:
		return false
	}
	return true
}

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
	if ok && m.spec.kind == charset {
		if c, known := ParseCharset(s); known {
			return c
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
	switch {
	case err != nil:
		r.problem(at(m.value), "%s: %v", m.name, err)
	case n == 0:
		r.problem(at(m.value), "%s must be at least 1", m.name)
	}
	return n
}

var numberForm = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

// number gives the value of a member that must be a finite number, or 0.
func (r *reader) number(m member) float64 {
	s, ok := r.text(m)
	if !ok {
		return 0
	}
	x, err := strconv.ParseFloat(s, 64)
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
	seen := map[string]bool{}
	for _, v := range list.Values {
		s, ok := r.text(member{name: "an element of " + m.name, value: v})
		switch {
		case !ok:
		case seen[s]:
			r.problem(at(v), "%s stands twice in %s", s, m.name)
		default:
			seen[s] = true
			texts, places = append(texts, s), append(places, at(v))
		}
	}
	return texts, places
}

// asciiByte gives the value of a member that must be one ASCII character other than a line end, or 0.
func (r *reader) asciiByte(m member) byte {
	s, ok := r.scalar(m.value)
	if ok && len(s) == 1 && s[0] < 0x80 && s[0] != 0 && s[0] != '\r' && s[0] != '\n' {
		return s[0]
	}
	if !r.foreign(m.value) {
		r.problem(at(m.value), "%s must be one ASCII character", m.name)
	}
	return 0
}

// problem adds a problem, to which the caller may add a suggestion.
func (r *reader) problem(at Pos, format string, args ...any) *Problem {
	p := &Problem{File: r.file, Pos: at, Message: fmt.Sprintf(format, args...), Source: r.src.line(at.Line)}
	r.problems = append(r.problems, p)
	return p
}
