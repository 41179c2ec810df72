package feed

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
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
		r.problems.sort()
		return nil, r.problems
	}
	return c, nil
}

// Pack gives the contract of a feed pack that ships in the binary.
func Pack(name string) (*Contract, error) {
	known := Packs()
	if !slices.Contains(known, name) {
		return nil, fmt.Errorf("unknown feed pack %q: there is %s%s", name, strings.Join(known, ", "), didYouMean(name, known))
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
	problems Problems
	files    map[string]*readFile
}

// readFile is a file beside the contract. It is read once, however often the contract names it.
type readFile struct {
	data       []byte
	vocabulary *vocabularyFile
	ok         bool
}

var topKeys = []string{
	"feed", "version", "csv", "columns", "refs", "rules", "score", "output", "malformed", "limits", "credits", "dialect",
}

var (
	feedForm    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)
	versionForm = regexp.MustCompile(`^[A-Za-z0-9._+-]{1,64}$`)
)

func (r *reader) contract(data []byte) *Contract {
	c := &Contract{
		File:      r.file,
		CSV:       CSV{Delimiter: ',', Quote: '"', Header: HeaderAlways, Charset: "utf-8"},
		Malformed: MalformedRow,
		Dialect:   fault.Problem,
	}
	root := r.parse(data)
	if root == nil {
		return c
	}
	members := r.mapping(root, "the contract")
	if len(r.problems) > 0 && members == nil {
		return c // it is no mapping
	}
	missing := map[string]bool{"feed": true, "version": true, "columns": true}
	for _, m := range members {
		delete(missing, m.name)
		switch m.name {
		case "feed":
			c.Feed = r.formed(m, feedForm, "letters, digits, dots, hyphens and underscores, at most 100")
		case "version":
			c.Version = r.formed(m, versionForm, "letters, digits, dots, hyphens, plus signs and underscores, at most 64")
		case "csv":
			r.csv(&c.CSV, m)
		case "columns":
			c.Columns = r.columns(m)
		case "refs", "rules":
			r.problem(at(m.key), "%s are not supported by this version", m.name)
		case "score":
			c.Score = r.score(m)
		case "output":
			r.output(&c.Output, m)
		case "malformed":
			c.Malformed = r.choice(m, MalformedRow, MalformedChunk)
		case "limits":
			r.limits(&c.Limits, m)
		case "credits":
			c.RowsPerCredit = r.credits(m)
		case "dialect":
			c.Dialect, _ = fault.ParseDialect(r.choice(m, fault.DialectNames()...))
		default:
			r.unknown(m, "the contract", topKeys)
		}
	}
	for _, name := range topKeys {
		if missing[name] {
			r.problem(at(root), "%s is missing", name)
		}
	}
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
	if !utf8.Valid(data) {
		r.problem(Pos{1, 1}, "the contract is not UTF-8")
		return nil
	}
	file, err := parser.ParseBytes(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), 0, parser.AllowDuplicateMapKey())
	if err != nil {
		var syntax yaml.Error
		if errors.As(err, &syntax) && syntax.GetToken() != nil && syntax.GetToken().Position != nil {
			p := syntax.GetToken().Position
			r.problem(Pos{p.Line, p.Column}, "%s", syntax.GetMessage())
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

// formed gives the text of a member that must have a form.
func (r *reader) formed(m member, form *regexp.Regexp, words string) string {
	s, ok := r.text(m)
	if ok && !form.MatchString(s) {
		r.problem(at(m.value), "%s %q is not made of %s", m.name, s, words)
	}
	return s
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
	data, err := fs.ReadFile(r.fsys, path.Join(path.Dir(r.file), name))
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
