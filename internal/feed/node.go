package feed

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// member is one key of a mapping with its value.
type member struct {
	name  string
	key   ast.Node
	value ast.Node
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

func (r *reader) problem(at Pos, format string, args ...any) {
	r.problems = append(r.problems, &Problem{File: r.file, Pos: at, Message: fmt.Sprintf(format, args...)})
}

// mapping gives the members of a mapping in their order, without those that stand twice.
func (r *reader) mapping(n ast.Node, what string) []member {
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
		return nil
	}
	var members []member
	for _, p := range pairs {
		key, ok := r.scalar(p.Key)
		if !ok {
			if !r.foreign(p.Key) {
				r.problem(at(p.Key), "a key of %s must be text", what)
			}
			continue
		}
		if slices.ContainsFunc(members, func(m member) bool { return m.name == key }) {
			r.problem(at(p.Key), "%s stands twice in %s", key, what)
			continue
		}
		members = append(members, member{name: key, key: p.Key, value: p.Value})
	}
	return members
}

func (r *reader) unknown(m member, what string, known []string) {
	r.problem(at(m.key), "unknown key %s in %s%s", m.name, what, didYouMean(m.name, known))
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

// choice gives the value of a member that must be one of a few words, or "".
func (r *reader) choice(m member, words ...string) string {
	s, ok := r.scalar(m.value)
	if ok && slices.Contains(words, s) {
		return s
	}
	if !r.foreign(m.value) {
		r.problem(at(m.value), "%s must be %s%s", m.name, orList(words), didYouMean(s, words))
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

// number gives the value of a member that parse reads and that must be at least 1, or 0.
func (r *reader) number(m member, parse func(string) (int64, error)) int64 {
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

// texts gives the elements of a member that must be a list of different texts, at least one.
func (r *reader) texts(m member) []string {
	list, ok := m.value.(*ast.SequenceNode)
	if !ok || len(list.Values) == 0 {
		if !r.foreign(m.value) {
			r.problem(at(m.value), "%s must be a list like [a, b]", m.name)
		}
		return nil
	}
	var texts []string
	for _, v := range list.Values {
		s, ok := r.text(member{name: "an element of " + m.name, value: v})
		switch {
		case !ok:
		case slices.Contains(texts, s):
			r.problem(at(v), "%s stands twice in %s", s, m.name)
		default:
			texts = append(texts, s)
		}
	}
	return texts
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
