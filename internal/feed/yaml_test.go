package feed

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
)

// outline writes what the loader sees of a text: kinds, texts and places of all nodes.
func outline(text string, parse func(string) (*ast.File, error)) string {
	file, err := parse(text)
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, d := range file.Docs {
		b.WriteString("document\n")
		if d.Body != nil {
			ast.Walk(lister{&b}, d.Body)
		}
	}
	return b.String()
}

type lister struct{ b *strings.Builder }

func (l lister) Visit(n ast.Node) ast.Visitor {
	fmt.Fprintln(l.b, n.Type(), at(n), n.GetToken().Value)
	return l
}

func whole(text string) (*ast.File, error) {
	return parser.Parse(lexer.Tokenize(text), 0, parser.AllowDuplicateMapKey())
}

// A text is the same whether it is parsed as a whole or in pieces, of however many keys.
func TestPiecesAreTheWhole(t *testing.T) {
	texts := map[string]string{
		"quotes over lines":  "a:\n  b: \"x\n  c: y\"\n  d: 1\n",
		"braces over lines":  "a:\n  b: {x: 1,\n  c: 2}\n  d: [\n  1, 2\n  ]\n  e: 1\n",
		"text blocks":        "a:\n  b: |\n    c: 1\n    d: 2\n  e: >\n    f: 1\n  g: 1\nh: 1\n",
		"comments":           "# top\na: # here\n  # before\n  b: 1 # behind\n# left\n  c: 2\n  # last\nd: 3\n",
		"nested":             "a:\n  b:\n    x: 1\n    y: 2\n  c:\n    x: 1\n    y: 2\n",
		"nothing below":      "a:\nb:\n  c:\n  d:\n  e:\n",
		"lists":              "a:\n  - b: 1\n    c: 2\n  - d\nb:\n- x\n- y: 1\n  z: 2\n",
		"several documents":  "a:\n  b: 1\n  c: 2\n---\nd:\n  e: 1\n  f: 2\n",
		"a key twice":        "a:\n  b: 1\n  b: 2\na:\n  c: 1\n  d: 2\n",
		"keys that are odd":  "a:\n  ? b\n  : 1\n  'c': 2\n  \"d\": 3\n  4: 5\n  <<: 6\n",
		"anchors":            "a: &x\n  b: 1\n  c: 2\nd:\n  e: *x\n  f: &y 1\n  g: !!str 2\n",
		"plain over lines":   "a:\n  b: one\n    two\n  c: three\n",
		"broken in a piece":  "a:\n  b: 1\n  c: 'x\n",
		"broken indentation": "a:\n  b: 1\n   c: 2\n  d: 3\n",
		"broken to the left": "a:\n    b: 1\n  c: 2\n  d: 3\n",
		"no value":           "a:\n  b: 1\n  c\n  d: 3\n",
	}
	for _, dir := range []string{"testdata/good/", "testdata/bad/"} {
		for _, name := range contracts(t, strings.TrimSuffix(dir, "/")) {
			data, err := os.ReadFile(dir + name)
			if err != nil {
				t.Fatal(err)
			}
			src := newSource(string(data))
			texts[dir+name] = src.text
		}
	}
	pieces := 0
	for name, text := range texts {
		want := outline(text, whole)
		for _, keys := range []int{1, 2, 3} {
			if _, blocks := longBlocks(lexer.Tokenize(text), keys); len(blocks) > 0 {
				pieces++
			}
			if got := outline(text, func(s string) (*ast.File, error) { return parseYAML(s, keys) }); got != want {
				t.Errorf("%s in pieces of %d:\n%s\nas a whole:\n%s", name, keys, got, want)
			}
		}
	}
	if pieces < 20 {
		t.Errorf("only %d texts were parsed in pieces", pieces)
	}
}

// What a column costs does not depend on how many there are.
func TestLoadOfManyColumns(t *testing.T) {
	perColumn := func(columns int) uint64 {
		files := wide(columns)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := Load(files, "wide.yaml"); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return (after.TotalAlloc - before.TotalAlloc) / uint64(columns)
	}
	perColumn(10)
	if few, many := perColumn(1000), perColumn(15_000); many > 2*few {
		t.Errorf("a column of 15,000 takes %d bytes, one of 1,000 takes %d", many, few)
	}
}
