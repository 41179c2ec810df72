package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
)

type scoreCmd struct {
	Files   []string `arg:"" optional:"" name:"file" help:"CSV files; .gz and .zst are decompressed; - is standard input."`
	Feed    string   `default:"census-profile" help:"Feed pack to score with."`
	Format  string   `default:"csv" enum:"csv,json,arrow" help:"Form of the scored rows: csv, json (a line each) or arrow (an IPC stream)."`
	Columns string   `default:"all" enum:"all,scores" help:"all, or only the key and the score columns (scores)."`
	Output  string   `short:"o" placeholder:"FILE" help:"Write scored rows to a file instead of standard output."`
	Quality string   `placeholder:"FILE" help:"Write the result documents, with the values that were not recognised, one JSON line a file."`
	Dead    string   `placeholder:"FILE" help:"Write refused rows, after the header."`
	Errors  string   `placeholder:"FILE" help:"Write an error event for each fault, one JSON line each."`
	Limits  bool     `help:"Hold the contract's limits of rows and bytes."`
	Strict  bool     `help:"Exit 1 also when values were flagged."`
	JSON    bool     `help:"Print the summary as one JSON line."`
}

// summary is what score tells at the end.
type summary struct {
	Files    int     `json:"files"`
	Rows     int64   `json:"rows_in"`
	Scored   int64   `json:"rows_scored"`
	Dead     int64   `json:"rows_dead"`
	Flagged  int64   `json:"rows_with_invalid_values"`
	Bytes    int64   `json:"bytes_in"`
	Seconds  float64 `json:"seconds"`
	Refused  string  `json:"refused,omitempty"` // the code that refused a file
	feedName string
}

func (c *scoreCmd) Run(ctx *interrupted, s *streams) error {
	if len(c.Files) == 0 {
		if isTerminal(s.in) {
			return usageError("which file? assay score people.csv, or - for standard input")
		}
		c.Files = []string{"-"}
	}
	if err := c.check(s); err != nil {
		return err
	}
	contract, err := feed.Pack(c.Feed)
	if err != nil {
		return &exitError{code: exitUsage, err: err}
	}
	format, err := engine.ParseFormat(c.Format)
	if err != nil {
		return &exitError{code: exitUsage, err: err}
	}
	program, err := engine.Compile(contract, engine.Options{
		Format: format, ColumnsOnly: c.Columns == "scores", Stream: true, NoLimits: !c.Limits,
		Disabled: [flow.Outputs]bool{flow.Quality: true, flow.Errors: c.Errors == "", flow.Dead: c.Dead == ""},
	})
	if err != nil {
		return err
	}
	if err := c.sameHeaders(s, program); err != nil {
		return err
	}
	sum := &summary{feedName: program.Feed()}
	began := time.Now()
	err = c.score(ctx, s, program, sum)
	sum.Seconds = time.Since(began).Seconds()
	if refused := (*refusedError)(nil); err == nil || errors.As(err, &refused) {
		if e := c.tell(s, sum); e != nil {
			return e
		}
	}
	switch {
	case err != nil:
		return err
	case sum.Dead > 0, c.Strict && sum.Flagged > 0:
		return &exitError{code: exitFindings}
	}
	return nil
}

// check refuses outputs that would write over an input or over each other.
func (c *scoreCmd) check(s *streams) error {
	taken := map[string]string{}
	for _, o := range []struct{ flag, name string }{{"-o", c.Output}, {"--quality", c.Quality}, {"--dead", c.Dead}, {"--errors", c.Errors}} {
		if o.name == "" || o.name == "-" {
			continue
		}
		if in, same := overwrites(o.name, c.Files); same {
			return usageError("%s %s would write over the input %s", o.flag, o.name, in)
		}
		if other, ok := taken[o.name]; ok {
			return usageError("%s and %s are the same file, %s", other, o.flag, o.name)
		}
		taken[o.name] = o.flag
	}
	if c.Format == "arrow" && c.Output == "" && isTerminal(s.out) {
		return usageError("an Arrow stream is not for a terminal: give -o FILE, or pipe it")
	}
	stdin := 0
	for _, f := range c.Files {
		if f == "-" {
			stdin++
		}
	}
	if stdin > 1 {
		return usageError("standard input can be read only once")
	}
	return nil
}

// sameHeaders looks at the header of each file before the first row is written: scored rows of several files stand under
// one header.
func (c *scoreCmd) sameHeaders(s *streams, p *engine.Program) error {
	if len(c.Files) < 2 {
		return nil
	}
	first, of := "", ""
	buf := make([]byte, 1<<20)
	for _, name := range c.Files {
		if name == "-" {
			return usageError("standard input cannot be scored together with files")
		}
		in, err := s.open(name)
		if err != nil {
			return err
		}
		n, err := io.ReadFull(in, buf)
		if e := in.close(); e != nil {
			return fmt.Errorf("reading %s: %w", name, e)
		}
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		header, err := p.Header(buf[:n], n < len(buf))
		if err != nil {
			continue // it is refused when its turn comes
		}
		switch {
		case of == "":
			first, of = header, name
		case header != first:
			return usageError("%s and %s have different headers, so their rows cannot stand in one output:\n  %s\n  %s", of, name, first, header)
		}
	}
	return nil
}

// score runs all files through one worker.
func (c *scoreCmd) score(ctx *interrupted, s *streams, p *engine.Program, sum *summary) error {
	w, err := p.NewWorker("score")
	if err != nil {
		return err
	}
	sinks, err := c.openSinks(s)
	if err != nil {
		return err
	}
	defer sinks.discard()
	bar := newProgress(s, c.Files)
	defer bar.done()
	for i, name := range c.Files {
		in, err := s.open(name)
		if err != nil {
			return err
		}
		err = (&fileRun{w: w, in: in, sinks: sinks, bar: bar, sum: sum, index: i}).run(ctx)
		if e := in.close(); err == nil && e != nil {
			err = fmt.Errorf("reading %s: %w", name, e)
		}
		if err != nil {
			refused := (*refusedError)(nil)
			if errors.As(err, &refused) { // the rows before stay unpublished, but what was found is told
				return errors.Join(err, sinks.finishReports())
			}
			return err
		}
	}
	tail, err := w.Close()
	if err != nil {
		return err
	}
	if _, err := sinks.rows.Write(tail); err != nil {
		return fmt.Errorf("writing scored rows: %w", err)
	}
	return sinks.finish()
}

// refusedError says that a file was refused as a whole.
type refusedError struct {
	name  string
	fault *flow.Fault
	text  string
}

func (e *refusedError) Error() string { return fmt.Sprintf("%s: %s: %s", e.name, e.fault.Code, e.text) }

// tell prints the summary.
func (c *scoreCmd) tell(s *streams, sum *summary) error {
	if c.JSON {
		return json.NewEncoder(s.err).Encode(sum)
	}
	_, err := fmt.Fprintf(s.err, "%s: %s rows in, %s scored, %s refused, %s with values not recognised (%s, %s rows/s)\n",
		sum.feedName, thousands(sum.Rows), thousands(sum.Scored), thousands(sum.Dead), thousands(sum.Flagged),
		duration(sum.Seconds), thousands(int64(float64(sum.Rows)/max(sum.Seconds, 1e-9))))
	return err
}
