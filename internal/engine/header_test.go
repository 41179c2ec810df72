package engine_test

import (
	"bytes"
	"encoding/csv"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/census"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/flow"
)

// records reads CSV.
func records(tb fataler, text string) [][]string {
	tb.Helper()
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	return all
}

// written writes CSV.
func written(tb fataler, all [][]string) string {
	tb.Helper()
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(all); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

func TestCP01ColumnsInAnyOrderAndCase(t *testing.T) {
	plain := records(t, string(persons(200, census.Options{})))
	want := scored(t, engine.JSON, written(t, plain)).people(t)
	cases := []func(string) string{
		strings.ToLower,
		func(s string) string { return s[:1] + strings.ToLower(s[1:]) },
		func(s string) string { return "\t" + strings.ToUpper(s) + " " },
	}
	for i, change := range cases {
		order := rand.New(rand.NewPCG(7, uint64(i))).Perm(len(plain[0]))
		var shuffled [][]string
		for n, row := range plain {
			var cells []string
			for _, from := range order {
				cell := row[from]
				if n == 0 {
					cell = change(cell)
				}
				cells = append(cells, cell)
			}
			shuffled = append(shuffled, cells)
		}
		o := scored(t, engine.JSON, written(t, shuffled))
		for n, v := range o.values(flow.Scored) {
			var row map[string]any
			unmarshal(t, v, &row)
			if row["profile_id"] != float64(want[n].Profile) || row["profile_confidence"] != want[n].Confidence {
				t.Fatalf("header %q, row %d: %s, want profile %d", shuffled[0], n, v, want[n].Profile)
			}
			if id := row[strings.TrimSpace(change("id"))]; id != want[n].ID || o.topics[flow.Scored][n].Key != want[n].ID {
				t.Fatalf("header %q, row %d: id %v under key %q, want %s", shuffled[0], n, id, o.topics[flow.Scored][n].Key, want[n].ID)
			}
		}
	}
}

func TestCP02BureauHeader(t *testing.T) {
	want := scored(t, engine.JSON, string(persons(2000, census.Options{}))).people(t)
	o := scored(t, engine.JSON, string(persons(2000, census.Options{ABS: true})))
	if got := o.people(t); !slices.Equal(got, want) {
		t.Error("the persons of the Bureau's names and labels have other profiles")
	}
	if n := len(o.topics[flow.Quality]); n != 0 {
		t.Errorf("%d quality events", n)
	}
}

// golden is a body of the published pages.
func golden(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("../fault/testdata/golden/000/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(b)
}

func TestCP03MissingColumns(t *testing.T) {
	header := strings.Replace(collapsed, "INCOME,EDUCATION,", "", 1)
	c := chunk(lines(header, "P0,Senior,Female,Single,Non-family,Not in employment,Other / Not employed,Not in labour force"))
	for i, format := range formats {
		e := run(t, newWorker(t, pack(t), engine.Options{Format: format}), c).refusal(t, c)
		if want := golden(t, "missing_columns.json"); !bytes.Equal(e.Body, want) {
			t.Errorf("%s: body %s, want %s", names[i], e.Body, want)
		}
		if e.At == nil || e.At.Line != 1 || e.At.Bytes != [2]int64{0, int64(len(header))} {
			t.Errorf("%s: at %+v, want the header", names[i], e.At)
		}
	}
}

func TestCP04MissingListsTheNearerSet(t *testing.T) {
	for _, test := range []struct{ header, want string }{
		{strings.Replace(bureau, ",OCCP", "", 1), "OCCP"},
		{"id,AGE_GROUP,SEXP", "SEX,MARITAL_STATUS,HOUSEHOLD_ROLE,INCOME,EDUCATION,OCCUPATION,INDUSTRY,LABOUR_FORCE"}, // a tie
		{"id,AGE_GROUP,SEXP,MSTP", "AGE5P,RLHP,INCP,HEAP,OCCP,INDP,LFSP"},
		{strings.Replace(collapsed, "id,AGE_GROUP", "name", 1), "id,AGE_GROUP"},
		{strings.Replace(bureau, "id,", "", 1), "id"},
		{"a,b", collapsed},
	} {
		c := chunk(lines(test.header, "x,y"))
		e := run(t, newWorker(t, pack(t), engine.Options{}), c).refusal(t, c)
		var details struct{ Missing []string }
		unmarshal(t, string(e.Details), &details)
		if got := strings.Join(details.Missing, ","); e.Code != "MISSING_COLUMNS" || got != test.want {
			t.Errorf("%s: %s missing %s, want %s", test.header, e.Code, got, test.want)
		}
	}
}

func TestCP05MixedNameSets(t *testing.T) {
	wrongColumn(t, collapsed+",INCP", "INCP", "mixed column name sets")
	wrongColumn(t, bureau+", occupation ", "occupation", "mixed column name sets")
}

func TestCP06DuplicateColumn(t *testing.T) {
	wrongColumn(t, collapsed+",AGE_GROUP", "AGE_GROUP", "duplicate column")
	wrongColumn(t, "id,"+bureau, "id", "duplicate column")
}

// wrongColumn checks that a header is refused for a column.
func wrongColumn(t *testing.T, header, field, text string) {
	t.Helper()
	c := chunk(lines(header, "P0"+retired+",x"))
	o := run(t, newWorker(t, pack(t), engine.Options{}), c)
	e := o.refusal(t, c)
	want := `{"errors":{"` + field + `":["` + text + `"]}}`
	if e.Code != "VALIDATION_ERROR" || e.Field != field || string(e.Details) != want {
		t.Errorf("%s: %s of %q %s, want VALIDATION_ERROR of %s %s", header, e.Code, e.Field, e.Details, field, want)
	}
	if n := o.counts.FindingsByID[flow.FindingID{Code: "VALIDATION_ERROR", Field: field}]; n != 1 {
		t.Errorf("findings %v", o.counts.FindingsByID)
	}
}
