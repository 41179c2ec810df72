package feed

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// Only ASCII letters are the same in either case: what is one name here is one name in a header.
func TestNamesFoldAsHeadersDo(t *testing.T) {
	const text = "feed: f\nversion: 1\ncolumns: {k: {type: int64}, \u212a: {type: int64}, é: {type: int64}, É: {type: int64}}\n" +
		"score: {kind: expression, add: {K: k}}\n"
	_, err := Load(fstest.MapFS{"f.yaml": {Data: []byte(text)}}, "f.yaml")
	if want := "f.yaml:4:33: the scorer adds the column K, which the contract has already"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

var update = flag.Bool("update", false, "rewrite the golden files")

// Each file in testdata/bad is a contract named by what is wrong with it; beside it stands its exact message.
func TestBadContracts(t *testing.T) {
	for _, name := range contracts(t, "testdata/bad") {
		t.Run(name, func(t *testing.T) {
			_, err := Load(os.DirFS("testdata/bad"), name)
			if err == nil {
				t.Fatal("no problem")
			}
			var problems Problems
			if !errors.As(err, &problems) || len(problems) == 0 {
				t.Fatalf("no Problems: %v", err)
			}
			golden(t, "testdata/bad/"+strings.TrimSuffix(name, ".yaml")+".txt", err.Error()+"\n")
		})
	}
}

// Each file in testdata/good is a contract without a problem; beside it stands what it means.
func TestGoodContracts(t *testing.T) {
	for _, name := range contracts(t, "testdata/good") {
		t.Run(name, func(t *testing.T) {
			c, err := Load(os.DirFS("testdata/good"), name)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "testdata/good/"+strings.TrimSuffix(name, ".yaml")+".txt", describe(c))
		})
	}
}

func TestLoadNeedsTheFile(t *testing.T) {
	_, err := Load(fstest.MapFS{}, "orders.yaml")
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "orders.yaml") {
		t.Errorf("got %v", err)
	}
}

// A contract in a folder finds its files there, and messages name the whole path.
func TestLoadInFolder(t *testing.T) {
	files := fstest.MapFS{
		"feeds/orders/feed.yaml":      {Data: []byte("feed: orders\nversion: 1\ncolumns:\n  a: {type: category, vocabulary: sub/labels.csv}\n")},
		"feeds/orders/sub/labels.csv": {Data: []byte("raw,label\nx,X\n")},
	}
	c, err := Load(files, "feeds/orders/feed.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Columns[0].Labels; len(got) != 1 || got[0] != "X" {
		t.Errorf("labels %v", got)
	}
	if got := c.Problem(c.Columns[0].At, "%s is odd", "a").Error(); got != "feeds/orders/feed.yaml:4:3: a is odd" {
		t.Errorf("got %s", got)
	}
	if got := c.Schema(); len(got) != 1 || got[0].Name != "a" {
		t.Errorf("schema %v", got)
	}
}

func FuzzLoad(f *testing.F) {
	for _, dir := range []string{"testdata/good", "testdata/bad", "../../schemas/feeds/census-profile", "../engine/testdata/orders"} {
		for _, name := range contracts(f, dir) {
			data, err := os.ReadFile(path.Join(dir, name))
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	files := fstest.MapFS{
		"labels.csv": {Data: []byte("raw,label\nx,X\n")}, "customers.csv": {Data: []byte("email,tier\n")}, "model.bin": {Data: []byte("m")},
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		files["feed.yaml"] = &fstest.MapFile{Data: data}
		c, err := Load(files, "feed.yaml")
		if err == nil {
			checkLoaded(t, c)
		}
		var problems Problems
		if err != nil && (!errors.As(err, &problems) || len(problems) == 0) {
			t.Errorf("%v", err)
		}
		for _, p := range problems {
			if p.Line < 1 || p.Column < 1 || p.Message == "" {
				t.Errorf("problem without a place: %v", p)
			}
			p.Show()
		}
	})
}

// checkLoaded checks what holds for every contract that could be loaded.
func checkLoaded(t *testing.T, c *Contract) {
	if c.Feed == "" || c.Version == "" || len(c.Columns) == 0 || c.Digest == "" {
		t.Errorf("loaded without its required keys: %+v", c)
	}
	var all []Expr
	for _, r := range c.Rules {
		all = append(all, r.Must)
	}
	if c.Score != nil {
		all = append(all, c.Score.Expressions...)
	}
	for _, e := range all {
		if e.Text == "" {
			t.Errorf("an expression without text at %v", e.Pos)
		}
		for i := range len(e.Text) + 1 {
			if at := e.At(i); at.Line < e.Pos.Line || at.Column < 1 {
				t.Errorf("byte %d of the expression at %v is at %v", i, e.Pos, at)
			}
		}
	}
	for i := range c.Refs {
		if r := &c.Refs[i]; r.Name == "" || r.Version == "" || r.Key == "" || c.Column(r.On) == nil || len(r.Add) != len(r.AddAt) {
			t.Errorf("reference set %+v", r)
		}
	}
}

func contracts(t testing.TB, dir string) []string {
	t.Helper()
	names, err := fs.Glob(os.DirFS(dir), "*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no contracts in %s: %v", dir, err)
	}
	return names
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", name, d)
	}
}

// describe writes a contract as text, a line for each thing that it says.
func describe(c *Contract) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s@%s\n", c.Feed, c.Version)
	fmt.Fprintf(&b, "csv delimiter %q quote %q escape %q header %s charset %s trim %t\n",
		c.CSV.Delimiter, c.CSV.Quote, c.CSV.Escape, c.CSV.Header, c.CSV.Charset, c.CSV.Trim)
	for i := range c.Columns {
		col := &c.Columns[i]
		fmt.Fprintf(&b, "column %s %s at %d:%d", col.Name, col.Type, col.At.Line, col.At.Column)
		flags := []struct {
			on   bool
			word string
		}{{col.Required, "required"}, {col.Key, "key"}, {col.PII, "pii"}, {col.AllowNaN, "nan"}}
		for _, f := range flags {
			if f.on {
				b.WriteString(" " + f.word)
			}
		}
		if col.Precision > 0 {
			fmt.Fprintf(&b, " precision %d scale %d", col.Precision, col.Scale)
		}
		if col.Unit != "" {
			fmt.Fprintf(&b, " unit %s", col.Unit)
		}
		for _, set := range col.AliasSets() {
			fmt.Fprintf(&b, " %s=%s", set, col.Aliases[set])
		}
		b.WriteByte('\n')
		if v := col.Vocabulary; v != nil {
			fmt.Fprintf(&b, "  match %s unknown %s (%d) empty %q (%d) labels %q not stated %d version %q variable %q\n  raw",
				col.Match, col.Unknown, col.UnknownCode, col.Empty, col.EmptyCode, col.Labels, v.NotStated, v.Version, v.Variable)
			for _, r := range v.Raw {
				fmt.Fprintf(&b, " %q=%d", r.Text, r.Code)
			}
			b.WriteByte('\n')
		}
	}
	for _, r := range c.Refs {
		fmt.Fprintf(&b, "ref %s at %v file %s %v (%d bytes) version %s key %s %v on %s %v add %q %v fields", r.Name, r.At, r.File, r.FileAt,
			len(r.Data), r.Version, r.Key, r.KeyAt, r.On, r.OnAt, r.Add, r.AddAt)
		for _, f := range r.Fields() {
			fmt.Fprintf(&b, " %s:%s", f.Name, f.Type)
		}
		b.WriteByte('\n')
	}
	for _, r := range c.Rules {
		fmt.Fprintf(&b, "rule %s at %v severity %s must %q at %v to %v\n", r.Name, r.At, r.Severity, r.Must.Text, r.Must.At(0), r.Must.At(len(r.Must.Text)))
	}
	if s := c.Score; s != nil {
		fmt.Fprintf(&b, "score %s at %v model %q (%d bytes) add %q %v\n", s.Kind, s.At, s.Model, len(s.Data), s.Add, s.AddAt)
		for _, w := range s.Weights {
			fmt.Fprintf(&b, "  weight %s %v at %v\n", w.Column, w.Value, w.At)
		}
		if s.Intercept != 0 {
			fmt.Fprintf(&b, "  intercept %v\n", s.Intercept)
		}
		for i, e := range s.Expressions {
			fmt.Fprintf(&b, "  %s is %q at %v\n", s.Add[i], e.Text, e.At(0))
		}
	}
	names := []string{}
	for _, f := range c.Files[1:] {
		names = append(names, f.Name)
	}
	fmt.Fprintf(&b, "files %q digest %s\n", names, c.Digest)
	fmt.Fprintf(&b, "output %q malformed %s rows %d bytes %d rows per credit %d dialect %v\n",
		c.Output.Columns, c.Malformed, c.Limits.Rows, c.Limits.Bytes, c.RowsPerCredit, c.Dialect)
	return b.String()
}
