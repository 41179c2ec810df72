package feed

import (
	"slices"
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
		suggestion := didYouMean(m.name, keys(spec))
		if suggestion == "" {
			suggestion = "there are " + strings.Join(keys(spec), ", ")
		}
		r.problem(at(m.key), "unknown key %s in %s", m.name, what).Suggestion = suggestion
	}
	return known
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
