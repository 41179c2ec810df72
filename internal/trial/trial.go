// Package trial runs files of cases through a feed: each case is one chunk, and what comes of it is compared with what the
// file expects. Tests in Go and the command line both run their cases here.
package trial

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/assay-dev/assay/internal/cases"
	"github.com/assay-dev/assay/pipeline"
)

// Trial is one file that has been run.
type Trial struct {
	Cases    int
	Failures []Failure

	file    *cases.File
	outputs []*cases.Output
}

// Failure is a section that is not what its case expects.
type Failure struct {
	Case int // from 1
	cases.Difference
}

// Run runs the cases of a file's text. The error is a *cases.SyntaxError when the text is no file of cases; any other
// says that the engine failed.
func Run(ctx context.Context, feed *pipeline.Feed, text string) (*Trial, error) {
	file, err := cases.Parse(text)
	if err != nil {
		return nil, err
	}
	csv, err := feed.With(pipeline.WithFormat(pipeline.CSV))
	if err != nil {
		return nil, err
	}
	t := &Trial{Cases: len(file.Chunks), file: file}
	for i := range file.Chunks {
		c := &file.Chunks[i]
		res, err := csv.Process(ctx, strings.NewReader(c.Input))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", c.Line, err)
		}
		out := output(res)
		t.outputs = append(t.outputs, out)
		for _, d := range c.Differences(out) {
			t.Failures = append(t.Failures, Failure{Case: i + 1, Difference: d})
		}
	}
	return t, nil
}

// Rewritten gives the file's text as it would be right.
func (t *Trial) Rewritten() string { return t.file.Rewrite(t.outputs) }

// Update writes the file at path as it would be right.
func (t *Trial) Update(path string) error { return os.WriteFile(path, []byte(t.Rewritten()), 0o644) }

// output gives a result in the words of the cases.
func output(res *pipeline.Result) *cases.Output {
	out := &cases.Output{Scored: string(res.CSV())}
	for _, e := range res.Events {
		switch e.Output {
		case "quality":
			out.Quality = append(out.Quality, string(e.JSON))
		case "errors":
			out.Errors = append(out.Errors, string(e.JSON))
		}
	}
	for _, l := range res.DeadLetters {
		out.Dead = append(out.Dead, cases.Letter{Value: string(l.Value), Row: l.Row >= 0})
	}
	return out
}
