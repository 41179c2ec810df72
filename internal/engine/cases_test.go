package engine_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/testkit/cases"
)

// expected gives the outcome in the words of the cases.
func (o *outcome) expected() *cases.Output {
	out := &cases.Output{Scored: o.csv(), Quality: o.values(flow.Quality), Errors: o.values(flow.Errors)}
	for i := range o.topics[flow.Dead] {
		l := &o.topics[flow.Dead][i]
		out.Dead = append(out.Dead, cases.Letter{Value: l.Value, Row: l.header("assay-error-row") != ""})
	}
	return out
}

// TestPackCases runs the cases that ship beside the pack, all on one worker. What they expect of profiles is worked out apart
// from the engine in package score.
func TestPackCases(t *testing.T) {
	files, err := filepath.Glob("../../schemas/feeds/census-profile/cases/*.txt")
	if err != nil || len(files) < 11 {
		t.Fatalf("%d files of cases (%v)", len(files), err)
	}
	w := newWorker(t, pack(t), engine.Options{Format: engine.CSV})
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			f, err := cases.Parse(string(text))
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			for i := range f.Chunks {
				c := &f.Chunks[i]
				for _, d := range c.Differences(run(t, w, chunk(c.Input)).expected()) {
					t.Errorf("%s: %s", file, d)
				}
			}
		})
	}
}
