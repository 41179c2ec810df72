package trial_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/assay-dev/assay/internal/cases"
	"github.com/assay-dev/assay/internal/trial"
	"github.com/assay-dev/assay/pipeline"
)

func load(t *testing.T, csv string) *pipeline.Feed {
	t.Helper()
	contract := "feed: f\nversion: 1\ncsv: {" + csv + "}\ncolumns: {id: {type: int64}, text: {type: string}}\n"
	feed, err := pipeline.LoadFS(fstest.MapFS{"f.yaml": {Data: []byte(contract)}}, "f.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return feed
}

// The scored rows of a chunk that gives several messages are one text, with one header or none.
func TestLongChunksAreOneText(t *testing.T) {
	const name = "{id: {type: int64}, text: {type: string}}"
	for _, test := range []struct{ name, csv, columns, header, row, eol string }{
		{"a header", "header: always", name, "id,text", "1,abc", "\n"},
		{"no header, and rows that are all the same", "header: never", name, "", "1,abc", "\n"},
		{"a line end in the header", "header: always", "{id: {type: int64}, \"te\\nxt\": {type: string}}", "id,\"te\nxt\"", "1,abc", "\n"},
		{"lone CRs", "header: always", name, "id,text", "1,abc", "\r"},
		{"a header among the rows", "header: always", "{a: {type: string}, b: {type: string}}", "a,b", "a,b", "\r\n"},
	} {
		header := test.header
		if header != "" {
			header += test.eol
		}
		input := header + strings.Repeat(test.row+test.eol, 1<<20/len(test.row))
		feed, err := pipeline.LoadFS(fstest.MapFS{"f.yaml": {Data: []byte(
			"feed: f\nversion: 1\ncsv: {" + test.csv + "}\ncolumns: " + test.columns + "\n")}}, "f.yaml")
		if err != nil {
			t.Fatal(err)
		}
		text := "-- input escaped --\n" + escaped(input) + "-- scored escaped --\n" + escaped(input)
		got, err := trial.Run(t.Context(), feed, text)
		if err != nil || got.Cases != 1 || len(got.Failures) > 0 {
			t.Errorf("%s: %v, %d failures", test.name, err, len(got.Failures))
		}
	}
}

// escaped gives text on one line of an escaped section.
func escaped(text string) string {
	return strings.NewReplacer("\\", "\\\\", "\n", "\\n", "\r", "\\r").Replace(text) + "\\\n"
}

func TestRun(t *testing.T) {
	const text = "-- input --\nid,text\n1,a\n-- scored --\nid,text\n1,a\n-- input --\nid,text\nx,a\n"
	got, err := trial.Run(t.Context(), load(t, ""), text)
	if err != nil {
		t.Fatal(err)
	}
	var where []string
	for _, f := range got.Failures {
		where = append(where, fmt.Sprintf("%d:%d %s", f.Case, f.Line, f.Section))
	}
	if s := strings.Join(where, ", "); got.Cases != 2 || s != "2:7 errors, 2:7 dead" {
		t.Errorf("%d cases: %s", got.Cases, s)
	}
	again, err := trial.Run(t.Context(), load(t, ""), got.Rewritten())
	if err != nil || len(again.Failures) > 0 {
		t.Errorf("%v, %v in\n%s", err, again.Failures, got.Rewritten())
	}
	var syntax *cases.SyntaxError
	if _, err := trial.Run(t.Context(), load(t, ""), "-- scored --\n"); !errors.As(err, &syntax) || syntax.Line != 1 {
		t.Error(err)
	}
}
