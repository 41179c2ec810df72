package engine_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/cases"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
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
func TestPackCases(t *testing.T) { runCases(t, "../../schemas/feeds/census-profile", 11) }

// TestOrdersCases runs those of a feed of somebody's own with reference sets, rules and a linear score.
func TestOrdersCases(t *testing.T) { runCases(t, "testdata/orders", 2) }

// runCases runs the cases of the feed in a folder, of which there are so many files at least.
func runCases(t *testing.T, dir string, least int) {
	files, err := filepath.Glob(dir + "/cases/*.txt")
	if err != nil || len(files) < least {
		t.Fatalf("%d files of cases (%v)", len(files), err)
	}
	c, err := feed.Load(os.DirFS(dir), "feed.yaml")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorker(t, c, engine.Options{Format: engine.CSV})
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
