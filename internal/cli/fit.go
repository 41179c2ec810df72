package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/assay-dev/assay/internal/census"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/fit"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/score"
	"github.com/assay-dev/assay/internal/service"
)

type fitCmd struct {
	Files      []string `arg:"" optional:"" name:"file" help:"CSV files with the rows; .gz and .zst are decompressed; - is standard input. Without one, persons are drawn."`
	Contract   string   `default:"census-profile" placeholder:"PATH" help:"Contract that the rows are read with: a path, or a feed pack's name (default: census-profile)."`
	Archetypes string   `placeholder:"FILE" help:"CSV with a typical row of each profile: profile_name and nine variables. Default: those of the contract's model."`
	Out        string   `short:"o" aliases:"output" placeholder:"FILE" help:"Write the model to FILE instead of standard output. It appears when it is complete."`
	Report     string   `placeholder:"DIR" help:"Write report.md and report.json into DIR."`
	Rows       int64    `default:"200000" placeholder:"N" help:"Persons to draw (default: 200000)."`
	Seed       uint64   `default:"2075" placeholder:"N" help:"What chance begins with, of the persons and of k-means (default: 2075)."`
	Starts     int      `default:"50" placeholder:"N" help:"Starts of k-means (default: 50)."`
	JSON       bool     `help:"Print the summary as one JSON line."`
}

// fitSummary is what fit ends with.
type fitSummary struct {
	Model     string  `json:"model"`
	Checksum  string  `json:"checksum"`
	Rows      int64   `json:"rows"`
	Complete  int64   `json:"rows_complete"`
	Refused   int64   `json:"rows_refused"`
	Explained float64 `json:"explained"`
	Smallest  float64 `json:"smallest_share"`
	Seconds   float64 `json:"seconds"`
}

func (c *fitCmd) Run(ctx context.Context, s *streams) error {
	if err := c.check(); err != nil {
		return err
	}
	contract, err := service.Contract(c.Contract)
	if err != nil {
		return &exitError{code: exitUsage, err: err}
	}
	archetypes, err := c.archetypes(contract)
	if err != nil {
		return err
	}
	began := time.Now()
	rows, err := c.read(ctx, s, contract, fit.NewCounts(archetypes.Variables))
	if err != nil {
		return err
	}
	bar := newSteps(s, int64(c.Starts), "start")
	defer bar.done()
	result, err := fit.Fit(rows.counts, fit.Options{
		Archetypes: archetypes, MappingVersion: contract.MappingVersion(), Population: rows.from, Seed: c.Seed, Starts: c.Starts,
		Each: func(start, of int) error {
			bar.of = int64(of)
			bar.show(int64(start))
			return ctx.Err()
		},
	})
	bar.done()
	if refused := (*fit.NotAccepted)(nil); errors.As(err, &refused) {
		return &exitError{code: exitFindings, err: err}
	}
	if err != nil {
		return fmt.Errorf("fitting: %w", err)
	}
	if err := c.write(s, result); err != nil {
		return err
	}
	return c.tell(s, result.Report, rows.refused, time.Since(began))
}

// check refuses numbers that make no sense, and outputs that would destroy an input.
func (c *fitCmd) check() error {
	switch {
	case c.Rows < 1:
		return usageError("--rows must be at least 1, not %d", c.Rows)
	case c.Starts < 1:
		return usageError("--starts must be at least 1, not %d", c.Starts)
	}
	outputs := []string{}
	if c.Out != "" && c.Out != stdio {
		outputs = append(outputs, c.Out)
	}
	if c.Report != "" {
		outputs = append(outputs, filepath.Join(c.Report, "report.md"), filepath.Join(c.Report, "report.json"))
	}
	for i, out := range outputs {
		for _, in := range append(slices.Clone(c.Files), c.Archetypes, c.Contract) {
			if in != "" && in != stdio && placeOf(out).info != nil && placeOf(out).is(placeOf(in)) {
				return usageError("%s would be written over the input %s", out, in)
			}
		}
		if slices.ContainsFunc(outputs[:i], func(other string) bool { return placeOf(other).is(placeOf(out)) }) {
			return usageError("%s would be written twice", out)
		}
	}
	return nil
}

// archetypes gives those of the file that was named, or else of the contract's model.
func (c *fitCmd) archetypes(contract *feed.Contract) (*fit.Archetypes, error) {
	if c.Archetypes == "" {
		if contract.Score == nil || contract.Score.Kind != score.NearestProfileKind {
			return nil, usageError("%s has no scorer of kind %s whose profiles could be kept: say what they are with --archetypes FILE",
				c.Contract, score.NearestProfileKind)
		}
		m, err := score.ParseModel(contract.Score.Data) // fitting again is the cure for another mapping version
		if err != nil {
			return nil, &exitError{code: exitUsage, err: fmt.Errorf("%s: %w", contract.Score.Model, err)}
		}
		a, err := fit.ArchetypesOf(m)
		if err != nil {
			return nil, usageError("%v: say what they are with --archetypes FILE", err)
		}
		return a, nil
	}
	data, err := os.ReadFile(c.Archetypes)
	if err != nil {
		return nil, usageError("cannot read %s: %s", c.Archetypes, reason(err))
	}
	var categories []string
	for i := range contract.Columns {
		if f := contract.Columns[i].Field; f.Type == flow.Category {
			categories = append(categories, f.Name)
		}
	}
	a, err := fit.ReadArchetypes(data, categories)
	if err != nil {
		return nil, usageError("%s: %v", c.Archetypes, err)
	}
	return a, nil
}

// population says where the rows come from.
func (c *fitCmd) population() string {
	if len(c.Files) > 0 {
		return "rows of one's own"
	}
	return fmt.Sprintf("synthetic persons (%s)", census.Shares)
}

// write writes the model and its reports: all of them, or none if one cannot be written.
func (c *fitCmd) write(s *streams, r *fit.Result) error {
	files := []struct {
		name string
		data []byte
	}{{c.Out, r.Model.Marshal()}}
	if c.Report != "" {
		if err := os.MkdirAll(c.Report, 0o777); err != nil {
			return usageError("cannot write %s: %s", c.Report, reason(err))
		}
		files = append(files, struct {
			name string
			data []byte
		}{filepath.Join(c.Report, "report.md"), r.Report.Markdown()}, struct {
			name string
			data []byte
		}{filepath.Join(c.Report, "report.json"), r.Report.JSON()})
	}
	var outputs []*output
	for _, f := range files {
		out, err := s.create(f.name)
		if err != nil {
			return err
		}
		defer out.discard()
		if _, err := out.Write(f.data); err != nil {
			return fmt.Errorf("writing %s: %w", f.name, err)
		}
		outputs = append(outputs, out)
	}
	for i, out := range outputs {
		if err := out.finish(); err != nil {
			return fmt.Errorf("writing %s: %w", files[i].name, err)
		}
	}
	return nil
}

func (c *fitCmd) tell(s *streams, r *fit.Report, refused int64, took time.Duration) error {
	smallest := slices.MinFunc(r.Profiles, func(a, b fit.Profile) int { return int(a.Rows - b.Rows) })
	if c.JSON {
		return json.NewEncoder(s.err).Encode(fitSummary{
			r.Model, r.Checksum, r.Rows, r.Complete, refused, r.Clustering.Explained, smallest.Share, took.Seconds(),
		})
	}
	_, err := fmt.Fprintf(s.err, "model %s: %s, %s of them complete, %s refused; profiles explain %.1f %% of the spread, the smallest, %s, holds %.1f %% (%s)\n",
		r.Model, count(r.Rows, "row"), thousands(r.Complete), thousands(refused), 100*r.Clustering.Explained, smallest.Name,
		100*smallest.Share, duration(took.Seconds()))
	if err == nil && c.Out != "" && c.Out != stdio && c.Report == "" {
		_, err = fmt.Fprintln(s.err, "what it holds: --report DIR")
	}
	return err
}
