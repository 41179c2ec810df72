package pipelinetest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/assay-dev/assay/pipeline"
)

const orders = `
feed: orders
version: 1
columns:
  id:     {type: string, key: true}
  amount: {type: int64, required: true}
`

func load(t *testing.T) *pipeline.Feed {
	t.Helper()
	feed, err := pipeline.LoadFS(fstest.MapFS{"orders.yaml": {Data: []byte(orders)}}, "orders.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return feed
}

func TestThePackPassesItsCases(t *testing.T) {
	feed, err := pipeline.Pack("census-profile")
	if err != nil {
		t.Fatal(err)
	}
	Run(t, feed, "../../schemas/feeds/census-profile/cases/*.txt")
}

func TestRunFindsAndRewrites(t *testing.T) {
	const wrong = "Amounts.\n\n-- input --\nid,amount\nA,1\nB,x\n-- scored --\nid,amount\nA,2\n"
	file := filepath.Join(t.TempDir(), "case.txt")
	if err := os.WriteFile(file, []byte(wrong), 0o644); err != nil {
		t.Fatal(err)
	}
	failures, err := run(t.Context(), load(t), file, false)
	want := []string{
		file + ":7: case 1: scored differs (- expected, + came)\n    id,amount\n  - A,2\n  + A,1",
		file + ":3: case 1: errors differs (- expected, + came)\n  + {\"code\":\"INVALID_FORMAT\",\"source\":{\"row\":1},\"at\":{\"line\":3},\"field\":\"amount\",\"value\":\"x\"}",
		file + ":3: case 1: dead differs (- expected, + came)\n  + B,x",
	}
	if err != nil || strings.Join(failures, "\n") != strings.Join(want, "\n") {
		t.Fatalf("%v\n%s", err, strings.Join(failures, "\n"))
	}
	if _, err := run(t.Context(), load(t), file, true); err != nil {
		t.Fatal(err)
	}
	if failures, err := run(t.Context(), load(t), file, false); err != nil || len(failures) > 0 {
		t.Errorf("%v, %q after the file was rewritten", err, failures)
	}
	text, err := os.ReadFile(file)
	if err != nil || !strings.HasPrefix(string(text), "Amounts.\n\n-- input --\nid,amount\nA,1\nB,x\n-- scored --\nid,amount\nA,1\n-- errors --\n") {
		t.Errorf("%v\n%s", err, text)
	}
}

func TestRunNamesTheLineThatIsNoCase(t *testing.T) {
	file := filepath.Join(t.TempDir(), "case.txt")
	if err := os.WriteFile(file, []byte("-- input --\n-- scores --\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := run(t.Context(), load(t), file, false)
	if err == nil || !strings.HasPrefix(err.Error(), file+":2: unknown section") {
		t.Error(err)
	}
}
