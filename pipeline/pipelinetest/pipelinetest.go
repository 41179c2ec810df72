// Package pipelinetest runs cases through a feed in Go tests. A case is a chunk of CSV in a plain-text file, and beside it what
// must come of it:
//
//	A row without an amount is refused.
//
//	-- input --
//	order_id,amount
//	A1,12.50
//	A2,
//	-- scored --
//	order_id,amount,risk
//	A1,12.50,0.025
//	-- errors --
//	{"code":"VALIDATION_ERROR","source":{"row":1},"field":"amount"}
//	-- dead --
//	A2,
//
// Words before the first section are a comment. Each input section begins a case; a section that is not there says that nothing
// of its kind comes.
//
//   - scored: the scored rows as CSV under their header.
//   - quality, errors: one JSON document a line. A member that is not shown may have any value.
//   - dead: the refused rows, one a line, or the refused chunk as it came.
//
// In a section called "NAME escaped" backslashes stand for bytes as in Go's string literals, and a backslash at the end of a
// line takes the line end away.
//
// With the flag -update the expected sections are rewritten to what comes: look at the difference before you keep it.
// The command assay test runs the same files.
package pipelinetest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/assay-dev/assay/internal/cases"
	"github.com/assay-dev/assay/internal/trial"
	"github.com/assay-dev/assay/pipeline"
)

const updateFlag = "update"

// The flag is shared with other packages that keep golden files, as far as they were there first.
func init() {
	if flag.Lookup(updateFlag) == nil {
		flag.Bool(updateFlag, false, "rewrite expected output instead of comparing with it")
	}
}

// Run runs the cases of all files that match pattern (as filepath.Glob has it), each file as a subtest. It fails when none
// matches.
func Run(t *testing.T, feed *pipeline.Feed, pattern string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("no file matches %s", pattern)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			failures, err := run(t.Context(), feed, file, updating())
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range failures {
				t.Error(f)
			}
		})
	}
}

func updating() bool {
	g, ok := flag.Lookup(updateFlag).Value.(flag.Getter)
	if !ok {
		return false
	}
	on, _ := g.Get().(bool)
	return on
}

// run gives what differs, or with update rewrites the file.
func run(ctx context.Context, feed *pipeline.Feed, file string, update bool) (failures []string, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	t, err := trial.Run(ctx, feed, string(text))
	if syntax := (*cases.SyntaxError)(nil); errors.As(err, &syntax) {
		return nil, fmt.Errorf("%s:%d: %s", file, syntax.Line, syntax.Text)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if update && len(t.Failures) > 0 {
		return nil, t.Update(file)
	}
	for _, f := range t.Failures {
		failures = append(failures, fmt.Sprintf("%s:%d: case %d: %s", file, f.Line, f.Case, f.Difference))
	}
	return failures, nil
}
