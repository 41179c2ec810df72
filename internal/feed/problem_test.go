package feed

import (
	"errors"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestShow(t *testing.T) {
	long := strings.Repeat("x", 200)
	for _, c := range []struct {
		name string
		p    Problem
		want string
	}{
		{"plain", Problem{File: "a.yaml", Pos: Pos{4, 8}, Message: "unknown type text", Source: "  é: {type: text}", Suggestion: "did you mean int64?"},
			"a.yaml:4:8: unknown type text\n   4 |   é: {type: text}\n     |        ^\n       did you mean int64?\n"},
		{"no suggestion", Problem{File: "a.yaml", Pos: Pos{12345, 1}, Message: "m", Source: "x"},
			"a.yaml:12345:1: m\n12345 | x\n      | ^\n"},
		{"no source", Problem{File: "a.yaml", Pos: Pos{1, 1}, Message: "m"},
			"a.yaml:1:1: m\n"},
		{"tabs stay", Problem{File: "a.yaml", Pos: Pos{1, 3}, Message: "m", Source: "\ta: b"},
			"a.yaml:1:3: m\n   1 | \ta: b\n     | \t ^\n"},
		{"behind the end", Problem{File: "a.yaml", Pos: Pos{1, 9}, Message: "m", Source: "ab"},
			"a.yaml:1:9: m\n   1 | ab\n     |   ^\n"},
		{"long", Problem{File: "a.yaml", Pos: Pos{1, 101}, Message: "m", Source: long},
			"a.yaml:1:101: m\n   1 | …" + long[:120] + "…\n     | " + strings.Repeat(" ", 81) + "^\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, c.p.Show()); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

// What is wrong with a contract is shown with its lines, and whoever finds more adds to it.
func TestProblemsOfAContract(t *testing.T) {
	_, err := Load(os.DirFS("testdata/bad"), "everything-at-once.yaml")
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, p := range problems {
		all.WriteString(p.Show())
	}
	golden(t, "testdata/everything-at-once.txt", all.String())

	c, err := Load(fstest.MapFS{"a.yaml": {Data: []byte("feed: a\nversion: 1\ncolumns: {a: {type: int64}}\nrules:\n  r: a > b\n")}}, "a.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p := c.Problem(c.Rules[0].Must.At(4), "unknown column %s", "b")
	p.Suggestion = "did you mean a?"
	found := Problems{p, c.Problem(Pos{1, 7}, "first")}
	found.Sort()
	if got, want := found.Error(), "a.yaml:1:7: first\na.yaml:5:10: unknown column b; did you mean a?"; got != want {
		t.Errorf("got %s", got)
	}
	if got, want := p.Show(), "a.yaml:5:10: unknown column b\n   5 |   r: a > b\n     |          ^\n       did you mean a?\n"; got != want {
		t.Errorf("got %s", got)
	}
}
