package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/assay-dev/assay/internal/cases"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/trial"
	"github.com/assay-dev/assay/pipeline"
	"github.com/assay-dev/assay/schemas"
)

type testCmd struct {
	Paths  []string `arg:"" name:"path" help:"Contracts, folders with contracts in them or below, or names of feed packs."`
	Update bool     `help:"Rewrite what the cases expect to what comes."`
	JSON   bool     `help:"Print each difference as one JSON line, and nothing else."`

	captureFlags `embed:""`
}

// testRun is one run of test.
type testRun struct {
	cmd     *testCmd
	s       *streams
	files   int
	cases   int
	failed  int // cases, and files that hold none
	updated int // files
}

// Run runs the cases in the folder cases beside each contract, or writes one.
func (c *testCmd) Run(ctx context.Context, s *streams) error {
	switch {
	case c.Capture != "":
		return c.capture(ctx, s)
	case c.captureFlags != (captureFlags{}):
		return usageError("--chunk, --topic, --offset, --brokers and -c are for --capture")
	}
	contracts, err := findContracts(c.Paths)
	if err != nil {
		return err
	}
	if err := c.check(contracts); err != nil {
		return err
	}
	r := &testRun{cmd: c, s: s}
	problems := problemWriter{s: s, json: c.JSON}
	for _, k := range contracts {
		err := r.contract(ctx, k)
		var wrong feed.Problems
		if errors.As(err, &wrong) {
			r.failed++
			err = problems.write(wrong)
		}
		if err != nil {
			return err
		}
	}
	return r.tell(contracts)
}

// check refuses what has no answer: cases that belong to two contracts, and cases in the program that would be rewritten.
func (c *testCmd) check(contracts []contractAt) error {
	first := map[string]contractAt{}
	for _, k := range contracts {
		if k.pack != "" {
			if c.Update {
				return usageError("the cases of the pack %s are part of the program: assay create --from %s DIR copies them out", k.pack, k.pack)
			}
			continue
		}
		dir := filepath.Dir(k.path)
		if other, ok := first[dir]; ok && other != k {
			return usageError("%s and %s share the cases of one folder: name one of them, or keep each in a folder of its own", other, k)
		}
		first[dir] = k
	}
	return nil
}

// contract runs the cases of one contract.
func (r *testRun) contract(ctx context.Context, k contractAt) error {
	f, err := k.load()
	if problems := (feed.Problems)(nil); errors.As(err, &problems) {
		return err
	}
	if err != nil {
		return &exitError{code: exitUsage, err: err}
	}
	var fsys fs.FS = schemas.Feeds
	dir := "feeds/" + k.pack
	if k.pack == "" {
		fsys, dir = os.DirFS(filepath.Dir(k.path)), "."
	}
	files, err := fs.Glob(fsys, path.Join(dir, "cases/*.txt"))
	if err != nil {
		return err
	}
	for _, name := range files {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return usageError("cannot read %s: %s", name, reason(err))
		}
		shown := filepath.Join(k.pack, strings.TrimPrefix(name, dir))
		if k.pack == "" {
			shown = filepath.Join(filepath.Dir(k.path), name)
		}
		if err := r.file(ctx, f, shown, string(text)); err != nil {
			return err
		}
	}
	return nil
}

// file runs one file of cases.
func (r *testRun) file(ctx context.Context, f *pipeline.Feed, name, text string) error {
	r.files++
	t, err := trial.Run(ctx, f, text)
	if syntax := (*cases.SyntaxError)(nil); errors.As(err, &syntax) {
		r.failed++
		return r.print(testFailure{File: name, Line: syntax.Line, Message: syntax.Text}, syntax.Text)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	r.cases += t.Cases
	if r.cmd.Update {
		return r.update(t, name)
	}
	last := 0
	for _, d := range t.Failures {
		if d.Case != last {
			r.failed++
			last = d.Case
		}
		failure := testFailure{File: name, Line: d.Line, Case: d.Case, Section: d.Section, Want: d.Want, Got: d.Got}
		if err := r.print(failure, fmt.Sprintf("case %d: %s", d.Case, d.Difference)); err != nil {
			return err
		}
	}
	return nil
}

func (r *testRun) update(t *trial.Trial, name string) error {
	if len(t.Failures) == 0 {
		return nil
	}
	if err := t.Update(name); err != nil {
		return usageError("cannot write %s: %s", name, reason(err))
	}
	r.updated++
	if r.cmd.JSON {
		return nil
	}
	_, err := fmt.Fprintln(r.s.out, "rewritten:", name)
	return err
}

// testFailure is a difference for machines, or with a message a file that holds no cases.
type testFailure struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Message string `json:"message,omitempty"`
	Case    int    `json:"case,omitempty"`
	Section string `json:"section,omitempty"`
	Want    string `json:"want"`
	Got     string `json:"got"`
}

func (r *testRun) print(f testFailure, text string) error {
	if r.cmd.JSON {
		return json.NewEncoder(r.s.out).Encode(f)
	}
	_, err := fmt.Fprintf(r.s.out, "%s:%d: %s\n", f.File, max(f.Line, 1), text)
	return err
}

// tell prints the summary.
func (r *testRun) tell(contracts []contractAt) error {
	ran := fmt.Sprintf("%s in %s", count(int64(r.cases), "case"), count(int64(r.files), "file"))
	switch {
	case r.files == 0 && r.failed == 0:
		return usageError("there are no cases: put them into files cases/*.txt beside %s", contracts[0])
	case r.failed > 0:
		if !r.cmd.JSON {
			fmt.Fprintf(r.s.err, "%d failed of %s\n", r.failed, ran)
		}
		return &exitError{code: exitFindings}
	case r.cmd.JSON:
		return nil
	case r.cmd.Update:
		_, err := fmt.Fprintf(r.s.out, "%s: %s rewritten\n", ran, count(int64(r.updated), "file"))
		return err
	}
	_, err := fmt.Fprintln(r.s.out, "ok:", ran)
	return err
}
