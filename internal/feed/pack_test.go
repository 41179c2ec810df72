package feed

import (
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

func TestPacksLoad(t *testing.T) {
	for _, name := range Packs() {
		c, err := Pack(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c.Feed != name {
			t.Errorf("pack %s holds the feed %s", name, c.Feed)
		}
	}
}

func TestCensusProfile(t *testing.T) {
	c, err := Pack("census-profile")
	if err != nil {
		t.Fatal(err)
	}
	if c.Version != "1" || c.Dialect != fault.Ausynth || c.Malformed != MalformedRow || c.RowsPerCredit != 100 {
		t.Errorf("version %q, dialect %v, malformed %q, rows per credit %d", c.Version, c.Dialect, c.Malformed, c.RowsPerCredit)
	}
	if want := (Limits{Rows: 1_000_000, Bytes: 100_000_000}); c.Limits != want {
		t.Errorf("limits %+v, want %+v", c.Limits, want)
	}
	if c.Score == nil || c.Score.Kind != "nearest-profile" || c.Score.Model != "model.json" || len(c.Score.Data) == 0 {
		t.Errorf("score %+v", c.Score)
	}
	names := "id/id AGE_GROUP/AGE5P SEX/SEXP MARITAL_STATUS/MSTP HOUSEHOLD_ROLE/RLHP INCOME/INCP EDUCATION/HEAP OCCUPATION/OCCP " +
		"INDUSTRY/INDP LABOUR_FORCE/LFSP"
	var got []string
	labels := 0
	for i := range c.Columns {
		col := &c.Columns[i]
		got = append(got, col.Name+"/"+col.Aliases["abs"])
		if i == 0 {
			if !col.Key || col.Type != flow.String {
				t.Errorf("id is %+v", col.Field)
			}
			continue
		}
		last := int16(len(col.Labels) - 1)
		labels += len(col.Labels) - 1
		if col.Match != MatchRelaxed || col.Unknown != NotStated || col.Empty != NotStated || col.UnknownCode != last || col.EmptyCode != last ||
			col.Vocabulary.NotStated != last || col.Labels[last] != NotStated || col.Vocabulary.Version != "1" {
			t.Errorf("column %+v", col)
		}
	}
	if s := strings.Join(got, " "); s != names {
		t.Errorf("columns %s", s)
	}
	if labels != 36 {
		t.Errorf("%d labels, want 36 and Not stated nine times", labels)
	}
}

func TestUnknownPack(t *testing.T) {
	_, err := Pack("census-profiel")
	if err == nil || !strings.HasPrefix(err.Error(), `unknown feed pack "census-profiel": there is `) ||
		!strings.HasSuffix(err.Error(), "; did you mean census-profile?") {
		t.Errorf("got %v", err)
	}
	if _, err := Pack("../census-profile"); err == nil {
		t.Error("a path is no pack")
	}
}
