package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"

	"github.com/assay-dev/assay/internal/suggest"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// readFile parses the settings file. It gives nil when there is nothing in it, or when it is not YAML, which it reports.
func (l *loader) readFile() ast.Node {
	if l.src.Path == "" {
		return nil
	}
	data, err := l.src.ReadFile(l.src.Path)
	if err != nil {
		l.fail(Origin{File: l.src.Path}, "the settings file cannot be read: %s", reason(err))
		return nil
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	// Duplicate keys are found by the walk, which reports all of them.
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		at := Origin{File: l.src.Path}
		var syntax yaml.Error
		if errors.As(err, &syntax) && syntax.GetToken() != nil {
			at = l.at(syntax.GetToken())
			l.fail(at, "this is not YAML: %s", syntax.GetMessage())
			return nil
		}
		l.fail(at, "this is not YAML: %s", err)
		return nil
	}
	var root ast.Node
	for _, doc := range file.Docs {
		if doc == nil || isNull(doc.Body) {
			continue
		}
		if root != nil {
			l.fail(l.placeOf(doc.Body), "only one document may stand in a settings file")
			break
		}
		root = doc.Body
	}
	return root
}

// reason gives the cause of a file error without the path, which the message has already.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// countFeeds gives the number of feeds: those of the file, else the default one, and those that only the environment has.
func (l *loader) countFeeds(root ast.Node) int {
	n := 1
	if root, ok := root.(*ast.MappingNode); ok {
		for _, m := range root.Values {
			if list, ok := m.Value.(*ast.SequenceNode); ok && keyText(m) == "feeds" {
				n = len(list.Values)
			}
		}
	}
	for l.hasEnv(fmt.Sprintf("%sFEEDS_%d_", envPrefix, n)) {
		n++
	}
	return n
}

// walk reads the mapping n into the fields of the group at path.
func (l *loader) walk(path string, n ast.Node, fields []field) {
	var members []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		members = n.Values
	case *ast.MappingValueNode:
		members = []*ast.MappingValueNode{n}
	default:
		l.wrongKind(path, n, "fields with values")
		return
	}
	seen := map[string]Origin{}
	for _, m := range members {
		at := l.at(m.Key.GetToken())
		key := keyText(m)
		if key == "" {
			l.fail(at, "a field's name must be a plain word")
			continue
		}
		if first, ok := seen[key]; ok {
			l.fail(at, "duplicate field %q, it stands in line %d already", key, first.Line)
			continue
		}
		seen[key] = at
		f, file := lookup(fields, key)
		if f == nil {
			l.unknownField(at, key, fields)
			continue
		}
		l.member(join(path, f.name), f, file, at, m.Value)
	}
}

// lookup finds the field called key. A secret is found by the name of its file, and file is true then.
func lookup(fields []field, key string) (f *field, file bool) {
	for i := range fields {
		if f := &fields[i]; f.fileKey() == key {
			return f, f.secret
		}
	}
	return nil, false
}

// fileKey gives the name of the field in a settings file.
func (f *field) fileKey() string {
	if f.secret {
		return f.name + "_file"
	}
	return f.name
}

func (l *loader) unknownField(at Origin, key string, fields []field) {
	known := make([]string, len(fields))
	for i := range fields {
		known[i] = fields[i].fileKey()
		if fields[i].secret && fields[i].name == key {
			l.fail(at, "%q does not stand in a settings file: put it into a file of its own and name that with %q", key, known[i])
			return
		}
	}
	if near := suggest.Nearest(key, known); near != "" {
		l.fail(at, "unknown field %q, did you mean %q?", key, near)
		return
	}
	l.fail(at, "unknown field %q, here may stand %s", key, oneOf(known))
}

// member reads the value of one field. A value that is left out keeps what the field has.
func (l *loader) member(path string, f *field, file bool, key Origin, value ast.Node) {
	if isNull(value) {
		return
	}
	at := l.placeOf(value)
	_, list := f.to.(*[]string)
	switch {
	case f.to == nil && f.notYet:
		l.fail(key, "%s is not supported yet by this version", path)
	case f.feeds != nil:
		l.feeds(path, f, value)
	case f.to == nil:
		l.walk(path, value, f.fields)
	case list:
		l.list(path, f, at, value)
	default:
		written, ok := scalar(value)
		switch {
		case !ok:
			l.wrongKind(path, value, fmt.Sprintf("one value such as %q", f.sample()))
		case file:
			l.setSecret(path, f, at, written)
		default:
			l.set(path, f, at, written)
		}
	}
}

// list reads a list of texts; each wrong item is told at its own place.
func (l *loader) list(path string, f *field, at Origin, value ast.Node) {
	seq, ok := value.(*ast.SequenceNode)
	if !ok {
		l.wrongKind(path, value, fmt.Sprintf("a list such as [%s]", f.sample()))
		return
	}
	items := make([]string, 0, len(seq.Values))
	for i, v := range seq.Values {
		item, ok := scalar(v)
		if !ok {
			item, ok = glued(v)
		}
		if !ok {
			l.wrongKind(index(path, i), v, fmt.Sprintf("one value such as %q", f.sample()))
			continue
		}
		if why := f.wrongText(item); why != "" {
			l.fail(l.placeOf(v), "%s: %s", index(path, i), why)
		}
		items = append(items, item)
	}
	*f.to.(*[]string) = items
	l.origins.at[path] = at
}

// glued gives the text of an item such as kafka-1:9092. Without a space after the colon it is one plain text to YAML; in a list
// within braces the parser takes it for a field (https://github.com/goccy/go-yaml/issues/832).
func glued(n ast.Node) (string, bool) {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) == 1 {
		n = m.Values[0]
	}
	m, ok := n.(*ast.MappingValueNode)
	if !ok {
		return "", false
	}
	key, left := scalar(m.Key)
	value, right := scalar(m.Value)
	from, to := m.Key.GetToken().Position, m.Value.GetToken().Position
	if !left || !right || from.Line != to.Line || from.Column+utf8.RuneCountInString(key)+1 != to.Column {
		return "", false
	}
	return key + ":" + value, true
}

// feeds reads the list of feeds, for which countFeeds has made room.
func (l *loader) feeds(path string, f *field, value ast.Node) {
	seq, ok := value.(*ast.SequenceNode)
	if !ok {
		l.wrongKind(path, value, "a list of feeds")
		return
	}
	l.origins.at[path] = l.placeOf(value)
	for i, v := range seq.Values {
		at := index(path, i)
		l.origins.at[at] = l.placeOf(v)
		before := len(l.errs)
		l.walk(at, v, f.feeds[i])
		l.doubtful[i] = len(l.errs) > before
	}
}

func (l *loader) wrongKind(path string, n ast.Node, want string) {
	if path != "" {
		path += ": "
	}
	l.fail(l.placeOf(n), "%sexpected %s, found %s", path, want, kind(n))
}

// kind names what stands at a node.
func kind(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "fields"
	case *ast.SequenceNode:
		return "a list"
	case *ast.AnchorNode, *ast.AliasNode:
		return "an anchor, which settings do not have"
	case *ast.TagNode:
		return "a tag, which settings do not have"
	case *ast.NullNode:
		return "nothing"
	}
	if s, ok := scalar(n); ok {
		return fmt.Sprintf("%q", s)
	}
	return "something else"
}

// scalar gives the text of a single value, without its quotes.
func scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	case *ast.LiteralNode:
		return strings.TrimRight(n.Value.Value, "\n"), true
	}
	return "", false
}

// keyText gives a member's name, or "" when it is not a plain word.
func keyText(m *ast.MappingValueNode) string {
	if key, ok := m.Key.(ast.Node); ok {
		s, _ := scalar(key)
		return s
	}
	return ""
}

func isNull(n ast.Node) bool {
	if n == nil {
		return true
	}
	_, null := n.(*ast.NullNode)
	return null
}

// at gives the place of a token.
func (l *loader) at(t *token.Token) Origin {
	o := Origin{File: l.src.Path, Line: 1, Column: 1}
	if t != nil && t.Position != nil {
		o.Line, o.Column = t.Position.Line, t.Position.Column
	}
	return o
}

// placeOf gives the place at which a node begins. A block mapping begins at its first name, not at that name's colon, which
// is the token that the parser gives it.
func (l *loader) placeOf(n ast.Node) Origin {
	switch m := n.(type) {
	case *ast.MappingNode:
		if !m.IsFlowStyle && len(m.Values) > 0 {
			return l.at(m.Values[0].Key.GetToken())
		}
	case *ast.MappingValueNode:
		return l.at(m.Key.GetToken())
	}
	return l.at(n.GetToken())
}
