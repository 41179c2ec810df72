package feed

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Load reads the contract at name in fsys and the files that it refers to, which must lie in its folder or below. Whatever
// is wrong with it comes as Problems; a file that cannot be opened comes as its own error.
func Load(fsys fs.FS, name string) (*Contract, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("reading a contract: %w", err)
	}
	r := &reader{fsys: fsys, file: name, files: map[string]*readFile{}}
	c := r.contract(data)
	if len(r.problems) > 0 {
		r.problems.Sort()
		return nil, r.problems
	}
	c.Files = []File{{name, Digest(data)}}
	digests := c.Files[0].Digest
	for _, f := range r.opened {
		read := File{f.path, Digest(f.data)}
		c.Files = append(c.Files, read)
		digests += read.Digest
	}
	c.Digest = Digest([]byte(digests))
	return c, nil
}

// reader reads one contract and gathers what is wrong with it.
type reader struct {
	fsys     fs.FS
	file     string
	src      source
	problems Problems
	files    map[string]*readFile
	opened   []*readFile // those that could be read
}

// maxContract is the longest contract. It has room for some ten thousand columns.
const maxContract = 1 << 20

func (r *reader) contract(data []byte) *Contract {
	c := &Contract{
		File:      r.file,
		CSV:       CSV{Delimiter: ',', Quote: '"', Header: HeaderAlways},
		Malformed: MalformedRow,
		Dialect:   fault.Problem,
	}
	root := r.parse(data)
	if root == nil {
		return c
	}
	c.src = r.src
	members, ok := r.members(root, "the contract")
	for _, m := range r.known(members, "the contract", contractSpec) {
		switch m.name {
		case "feed":
			c.Feed, _ = r.text(m)
		case "version":
			c.Version, _ = r.text(m)
		case "csv":
			r.csv(&c.CSV, m)
		case "columns":
			c.Columns = r.columns(m)
		case "refs":
			c.Refs = r.refs(m)
		case "rules":
			c.Rules = r.rules(m)
		case "score":
			c.Score = r.score(m)
		case "output":
			r.output(&c.Output, m)
		case "malformed":
			c.Malformed = r.choice(m)
		case "limits":
			r.limits(&c.Limits, m)
		case "credits":
			c.RowsPerCredit = r.credits(m)
		case "dialect":
			c.Dialect, _ = fault.ParseDialect(r.choice(m))
		}
	}
	if ok {
		for _, name := range missing(members, contractSpec) {
			r.problem(at(root), "%s is missing", name)
		}
	}
	r.link(c)
	return c
}

// parse gives the root of the one document in data, or nil after telling why there is none.
func (r *reader) parse(data []byte) (root ast.Node) {
	defer func() {
		// The parser is a foreign library that reads whatever users write; a panic of it must not end a service.
		if p := recover(); p != nil {
			r.problem(Pos{1, 1}, "not valid YAML: %v", p)
			root = nil
		}
	}()
	switch {
	case len(data) > maxContract:
		r.problem(Pos{1, 1}, "the contract is longer than 1 MiB")
		return nil
	case !utf8.Valid(data):
		r.problem(Pos{1, 1}, "the contract is not UTF-8")
		return nil
	}
	r.src = newSource(strings.TrimPrefix(string(data), "\uFEFF"))
	file, err := parseYAML(r.src.text, pieceKeys)
	if err != nil {
		var syntax yaml.Error
		var nested *nestingError
		if errors.As(err, &nested) {
			r.problem(Pos{nested.at.Position.Line, nested.at.Position.Column}, "%v", err)
		} else if errors.As(err, &syntax) && syntax.GetToken() != nil && syntax.GetToken().Position != nil {
			p := syntax.GetToken().Position
			r.problem(Pos{p.Line, p.Column}, "%s", syntax.GetMessage()).Suggestion = syntaxSuggestion(syntax.GetMessage())
		} else {
			r.problem(Pos{1, 1}, "not valid YAML: %v", err)
		}
		return nil
	}
	var docs []ast.Node
	for _, d := range file.Docs {
		if d.Body != nil && d.Body.Type() != ast.NullType {
			docs = append(docs, d.Body)
		}
	}
	switch {
	case len(docs) == 0:
		r.problem(Pos{1, 1}, "the contract is empty")
		return nil
	case len(docs) > 1:
		r.problem(at(docs[1]), "a contract is one YAML document")
		return nil
	}
	return docs[0]
}

// syntaxSuggestion gives what helps against a syntax error of YAML that expressions run into, or "".
func syntaxSuggestion(message string) string {
	switch {
	case strings.HasPrefix(message, "',' or '}' must be specified"):
		return "in braces, put a text with brackets, braces or commas in quotes"
	case strings.Contains(message, "map key-value is pre-defined"):
		return "put a text that begins with a quote in quotes of the other kind, as a whole"
	case strings.Contains(message, "mapping value is not allowed"), strings.Contains(message, "is a reserved character"),
		strings.Contains(message, "invalid header option"): // of a block, which begins with a greater sign too
		return "put the text in quotes"
	}
	return ""
}

// problem adds a problem, to which the caller may add a suggestion.
func (r *reader) problem(at Pos, format string, args ...any) *Problem {
	p := &Problem{File: r.file, Pos: at, Message: fmt.Sprintf(format, args...), Source: r.src.line(at.Line)}
	r.problems = append(r.problems, p)
	return p
}
