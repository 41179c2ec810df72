package engine_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/testkit"
)

// own are options with a kind of scorer, own, that adds the column risk.
func own() engine.Options {
	return engine.Options{Scorers: map[string]func() flow.Scorer{"own": func() flow.Scorer { return riskScorer{} }}}
}

// riskScorer is a scorer as users write them: it adds the length of the first column.
type riskScorer struct{}

func (riskScorer) Bind(flow.Schema) (flow.Schema, error) {
	return flow.Schema{{Name: "risk", Type: flow.Int64}}, nil
}

func (riskScorer) Score(b *flow.Batch) error {
	for i := range b.N {
		b.Out[0].Ints[i] = int64(b.Cols[0].Text[i].Len())
	}
	return nil
}

// Each contract in testdata/bad is one that the loader takes and Compile refuses, named by what is wrong with it; beside it
// stands what people read.
func TestBadContracts(t *testing.T) {
	dir := filepath.Join("testdata", "bad")
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil || len(files) < 15 {
		t.Fatalf("%d contracts (%v)", len(files), err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(strings.TrimSuffix(name, ".yaml"), func(t *testing.T) {
			c, err := feed.Load(os.DirFS(dir), name)
			if err != nil {
				t.Fatal(err)
			}
			_, err = engine.Compile(c, own())
			var problems feed.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("no feed.Problems but %v", err)
			}
			var b strings.Builder
			for _, p := range problems {
				b.WriteString(p.Show())
			}
			testkit.Golden(t, strings.TrimSuffix(file, ".yaml")+".txt", []byte(b.String()))
		})
	}
}

// What a pack that has been tampered with is refused for, each at its place.
func TestCompileRefuses(t *testing.T) {
	for _, test := range []struct {
		name  string
		amend func(*feed.Contract)
		want  string
	}{
		{"a damaged model", func(c *feed.Contract) { c.Score.Data = append([]byte(" "), c.Score.Data...) },
			"feed.yaml:17:32: scorer nearest-profile: model has a wrong checksum"},
		{"another mapping", func(c *feed.Contract) {
			v := *c.Columns[1].Vocabulary
			v.Version, c.Columns[1].Vocabulary = "2", &v
		}, `but the mapping file has version "2"`},
		{"a missing column", func(c *feed.Contract) { c.Columns = c.Columns[:9] },
			" needs the column LABOUR_FORCE, which the contract does not have"},
	} {
		c := pack(t)
		test.amend(c)
		var problems feed.Problems
		if _, err := engine.Compile(c, engine.Options{}); !errors.As(err, &problems) || len(problems) != 1 || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
}

func TestProgramNamesItsVersions(t *testing.T) {
	c := pack(t)
	p := compile(t, c, engine.Options{})
	if want := "census-profile@1 model=" + model(t, c).Version; p.Version() != want || p.Feed() != "census-profile" {
		t.Errorf("%s, %s, want %s", p.Feed(), p.Version(), want)
	}
	if p := compile(t, contract(t, orders), engine.Options{}); p.Version() != "orders@2" {
		t.Error(p.Version())
	}
}

// Files that categories are read with are part of the version, each once, unless the model's version stands for them.
func TestVersionNamesVocabularies(t *testing.T) {
	load := func(labels string) string {
		c, err := feed.Load(fstest.MapFS{
			"feed.yaml": {Data: []byte("feed: f\nversion: 1\ncolumns:\n  a: {type: category, vocabulary: labels.csv}\n" +
				"  b: {type: category, vocabulary: labels.csv}\n  c: {type: category, vocabulary: other.csv}\n  d: {type: category, values: [x]}\n")},
			"labels.csv": {Data: []byte("raw,label\n1," + labels + "\n")}, "other.csv": {Data: []byte("raw,label\n2,y\n")},
		}, "feed.yaml")
		if err != nil {
			t.Fatal(err)
		}
		return compile(t, c, engine.Options{}).Version()
	}
	want := "f@1 vocabulary=" + feed.Digest([]byte("raw,label\n1,x\n")) + " vocabulary=" + feed.Digest([]byte("raw,label\n2,y\n"))
	if got := load("x"); got != want || got == load("z") {
		t.Errorf("%s, want %s", got, want)
	}
	c := pack(t)
	for i := range c.Columns[1:] {
		if v := *c.Columns[1+i].Vocabulary; i > 0 {
			v.Version = "9"
			c.Columns[1+i].Vocabulary = &v
		}
	}
	if _, err := engine.Compile(c, engine.Options{}); err == nil || !strings.Contains(err.Error(), `but the mapping file has version "9"`) {
		t.Error(err)
	}
}

// A contract of more columns than rows may have cells is no contract that could ever read a file.
func TestWiderThanTheLimit(t *testing.T) {
	c := contract(t, "feed: f\nversion: 1\ncolumns:\n  a: {type: int64}\n  b: {type: int64}\n  c: {type: int64}\n")
	compile(t, c, engine.Options{Columns: 3})
	_, err := engine.Compile(c, engine.Options{Columns: 2})
	want := "feed.yaml:6:3: the contract has 3 columns; rows of more than 2 are refused; raise limits.columns of the settings"
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestParseFormat(t *testing.T) {
	for i, name := range names {
		if f, err := engine.ParseFormat(name); f != formats[i] || err != nil {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
	if _, err := engine.ParseFormat("parquet"); err == nil || err.Error() != `unknown format "parquet": json, csv or arrow` {
		t.Error(err)
	}
}
