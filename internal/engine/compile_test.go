package engine_test

import (
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
)

func TestCompileRefuses(t *testing.T) {
	for _, test := range []struct {
		name  string
		amend func(*feed.Contract)
		want  string
	}{
		{"output columns", func(c *feed.Contract) { c.Output.Columns = []string{"id"} }, "feed census-profile: output.columns is not supported by this version"},
		{"an unknown kind", func(c *feed.Contract) { c.Score.Kind = "linear" }, `feed census-profile: score: unknown scorer kind "linear", want one of: nearest-profile`},
		{"a damaged model", func(c *feed.Contract) { c.Score.Data = append([]byte(" "), c.Score.Data...) }, "wrong checksum"},
		{"a missing column", func(c *feed.Contract) { c.Columns = c.Columns[:9] }, "needs the column LABOUR_FORCE, which the contract does not have"},
		{"a column of the scorer's name", func(c *feed.Contract) {
			c.Columns = append(c.Columns, feed.Column{Field: flow.Field{Name: "Profile_ID"}})
		}, "the scorer's column profile_id is there already"},
		{"other names to add", func(c *feed.Contract) { c.Score.Add = []string{"risk"} },
			"score: add says risk, nearest-profile adds profile_id, profile_name, profile_confidence"},
	} {
		c := pack(t)
		test.amend(c)
		if _, err := engine.Compile(c, engine.Options{}); err == nil || !strings.Contains(err.Error(), test.want) {
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
