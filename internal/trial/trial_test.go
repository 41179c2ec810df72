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
	for csv, header := range map[string]string{"header: always": "id,text\n", "header: never": ""} {
		var rows strings.Builder
		for i := range 10_000 {
			fmt.Fprintf(&rows, "%d,%s\n", i, strings.Repeat("x", 90))
		}
		text := "-- input --\n" + header + rows.String() + "-- scored --\n" + header + rows.String()
		got, err := trial.Run(t.Context(), load(t, csv), text)
		if err != nil || got.Cases != 1 || len(got.Failures) > 0 {
			t.Errorf("%s: %v, %d failures", csv, err, len(got.Failures))
		}
	}
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
