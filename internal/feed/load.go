package feed

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/schemas"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
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
	c.Files, c.Digest = r.opened, r.digest(data)
	return c, nil
}

// Pack gives the contract of a feed pack that ships in the binary.
func Pack(name string) (*Contract, error) {
	known := Packs()
	if !slices.Contains(known, name) {
		return nil, fmt.Errorf("unknown feed pack %q: there is %s%s", name, strings.Join(known, ", "), and(didYouMean(name, known)))
	}
	return Load(schemas.Feeds, "feeds/"+name+"/feed.yaml")
}

// Packs gives the names of the feed packs in the binary.
func Packs() []string {
	// The pattern is well formed, so that Glob cannot fail.
	files, _ := fs.Glob(schemas.Feeds, "feeds/*/feed.yaml")
	for i, f := range files {
		files[i] = path.Base(path.Dir(f))
	}
	return files
}

// reader reads one contract and gathers what is wrong with it.
type reader struct {
	fsys     fs.FS
	file     string
	src      source
	problems Problems
	files    map[string]*readFile
	opened   []string // the files that could be read, by the names under which fsys knows them
}

// Bounds of what is read. Beyond them a file is a mistake, or would need more memory than a process should spend on it.
const (
	maxContract = 1 << 20
	maxFile     = 256 << 20
)

func (r *reader) contract(data []byte) *Contract {
	c := &Contract{
		File:      r.file,
		CSV:       CSV{Delimiter: ',', Quote: '"', Header: HeaderAlways, Charset: UTF8},
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
	file, err := parser.ParseBytes([]byte(r.src.text), 0, parser.AllowDuplicateMapKey())
	if err != nil {
		var syntax yaml.Error
		if errors.As(err, &syntax) && syntax.GetToken() != nil && syntax.GetToken().Position != nil {
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

// readFile is a file beside the contract. It is read once, however often the contract names it.
type readFile struct {
	data       []byte
	vocabulary *vocabularyFile
	ok         bool
}

// open gives the file beside the contract that m names, or nil after telling why not. Of a file that cannot be read only
// the first mention is told.
func (r *reader) open(m member) *readFile {
	name, ok := r.text(m)
	if !ok {
		return nil
	}
	if f, ok := r.files[name]; ok {
		if !f.ok {
			return nil
		}
		return f
	}
	f := &readFile{}
	r.files[name] = f
	if !fs.ValidPath(name) || name == "." {
		r.problem(at(m.value), "%s: the file must lie in the contract's folder or below", name)
		return nil
	}
	data, err := r.read(path.Join(path.Dir(r.file), name))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = errors.New("no such file") // the system's own words differ
		}
		r.problem(at(m.value), "%s: %v", name, err)
		return nil
	}
	f.data, f.ok = data, true
	return f
}

func (r *reader) read(name string) ([]byte, error) {
	info, err := fs.Stat(r.fsys, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, errors.New("the file is larger than 256 MiB")
	}
	data, err := fs.ReadFile(r.fsys, name)
	if err == nil {
		r.opened = append(r.opened, name)
	}
	return data, err
}

// digest gives the digest of a contract's text and of the files that it names.
func (r *reader) digest(text []byte) string {
	all := []byte(Digest(text))
	for _, f := range r.opened {
		name, _ := strings.CutPrefix(f, strings.TrimPrefix(path.Dir(r.file)+"/", "./"))
		all = append(all, Digest(r.files[name].data)...)
	}
	return Digest(all)
}
