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

	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/service"
	"github.com/assay-dev/assay/internal/stream"
)

type scoreCmd struct {
	settingsFlags
	Files    []string `arg:"" optional:"" name:"file" help:"CSV files; gzip and zstd are decompressed; - is standard input."`
	Contract string   `default:"census-profile" placeholder:"PATH" help:"Contract to score with: a path, or a feed pack's name (default: census-profile)."`
	Format   string   `default:"csv" enum:"csv,json,arrow" help:"Form of the scored rows: csv, json (a line each) or arrow (an IPC stream)."`
	Columns  string   `default:"all" enum:"all,scores" help:"all columns, or the key and the score columns only (scores)."`
	Output   string   `short:"o" placeholder:"FILE" help:"Write the scored rows to FILE instead of standard output, as UTF-8 whatever came in. It appears when it is complete."`
	Quality  string   `placeholder:"FILE" help:"Write a result document for each file, one JSON line, with the values that were not recognised."`
	Dead     string   `placeholder:"FILE" help:"Write the refused rows as they came, in the charset of the file (of a topic in UTF-8), after the header."`
	Errors   string   `placeholder:"FILE" help:"Write an error event for each fault, one JSON line; after 100 of a file, one with the totals."`
	Limits   bool     `help:"Hold the contract's limits of rows and bytes."`
	Strict   bool     `help:"Exit 1 also when values were not recognised."`
	Topic    string   `placeholder:"TOPIC" help:"Score the last messages of a topic instead of files. Nothing is published, nothing committed."`
	Last     *int     `placeholder:"N" help:"With --topic: how many messages (default: 1000)."`
	Diff     string   `placeholder:"PATH" help:"With --topic: compare with this contract, the old one, and tell what becomes of which rows."`
	JSON     bool     `help:"Print the summary as one JSON line."`

	SkipLines int `placeholder:"N" help:"Leave out the first N lines of each file, in front of the CSV."`

	charset charset.Charset // of the input, by the contract
}

// summary is what score tells at the end.
type summary struct {
	Files   int     `json:"files"`
	Rows    int64   `json:"rows_in"`
	Scored  int64   `json:"rows_scored"`
	Dead    int64   `json:"rows_dead"`
	Flagged int64   `json:"rows_with_invalid_values"`
	Bytes   int64   `json:"bytes_in"`
	Seconds float64 `json:"seconds"`
	Refused string  `json:"refused,omitempty"` // the code that refused a file
	Hint    string  `json:"hint,omitempty"`    // what would make it fit

	// Of the messages of a topic.
	Topic           string `json:"topic,omitempty"`
	Messages        int64  `json:"messages,omitempty"`
	RefusedMessages int64  `json:"messages_refused,omitempty"`

	reasons reasons
}

func (s *summary) add(c *flow.Counts) {
	s.Files++
	s.Rows += c.Rows
	s.Scored += c.RowsScored
	s.Dead += c.RowsDead
	s.Flagged += c.RowsFlagged
	s.Bytes += c.BytesIn
}

func (c *scoreCmd) Run(ctx context.Context, s *streams) error {
	switch {
	case c.Topic != "":
		return c.runTopic(ctx, s)
	case c.Last != nil || c.Diff != "" || c.Config != "" || c.Brokers != nil:
		return usageError("--last, --diff, --brokers and -c are for --topic")
	}
	if len(c.Files) == 0 {
		if isTerminal(s.inFile) {
			return usageError("which file? assay score people.csv, or - for standard input")
		}
		c.Files = []string{stdio}
	}
	if err := c.check(s); err != nil {
		return err
	}
	if c.SkipLines < 0 {
		return usageError("--skip-lines must be at least 0, not %d", c.SkipLines)
	}
	program, err := c.compile()
	if err != nil {
		return err
	}
	if err := c.sameHeaders(ctx, s, program); err != nil {
		return err
	}
	sum := &summary{}
	began := time.Now()
	err = c.score(ctx, s, program, sum)
	sum.Seconds = time.Since(began).Seconds()
	if refused := (*refusedError)(nil); err == nil || errors.As(err, &refused) {
		if e := c.tell(s, program.Feed(), sum); e != nil {
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

func (c *scoreCmd) compile() (*engine.Program, error) {
	format, err := engine.ParseFormat(c.Format)
	if err != nil {
		return nil, &exitError{code: exitUsage, err: err}
	}
	program, contract, err := compile(c.Contract, engine.Options{
		Format: format, ColumnsOnly: c.Columns == "scores", Stream: true, NoLimits: !c.Limits,
		Disabled: [flow.Outputs]bool{flow.Quality: true, flow.Dead: c.Dead == ""},
	})
	if err != nil {
		return nil, err
	}
	c.charset = contract.CSV.Charset
	return program, c.overContract(contract)
}

// overContract refuses an output over the contract or one of its files. Those of a pack are in the program.
func (c *scoreCmd) overContract(contract *feed.Contract) error {
	if service.IsPack(c.Contract) {
		return nil
	}
	for i, f := range contract.Files {
		name := c.Contract
		if i > 0 {
			name = filepath.Join(filepath.Dir(c.Contract), f.Name)
		}
		for _, out := range []string{c.Output, c.Quality, c.Dead, c.Errors} {
			if out != "" && out != stdio && placeOf(out).is(placeOf(name)) {
				return usageError("%s is part of the contract and would be written over", out)
			}
		}
	}
	return nil
}

// compile compiles the contract that a command line names.
func compile(name string, o engine.Options) (*engine.Program, *feed.Contract, error) {
	contract, err := service.Contract(name)
	if err != nil {
		return nil, nil, &exitError{code: exitUsage, err: err}
	}
	program, err := engine.Compile(contract, o)
	if err != nil {
		return nil, nil, &exitError{code: exitUsage, err: err}
	}
	contract.DropSets()
	return program, contract, nil
}

// check refuses what cannot work: an output over an input, two outputs in one place, one stream for two files.
func (c *scoreCmd) check(s *streams) error {
	if err := c.checkInputs(); err != nil {
		return err
	}
	outputs := []struct{ flag, name string }{{"-o", c.Output}, {"--quality", c.Quality}, {"--dead", c.Dead}, {"--errors", c.Errors}}
	outputs = slices.DeleteFunc(outputs, func(o struct{ flag, name string }) bool { return o.name == "" })
	if c.Output == "" {
		outputs = append(outputs, struct{ flag, name string }{"the scored rows", stdio})
	}
	for i, o := range outputs {
		for _, other := range outputs[:i] {
			if o.name == stdio && other.name == stdio {
				return usageError("%s and %s cannot both go to standard output", other.flag, o.flag)
			}
			if o.name != stdio && other.name != stdio && placeOf(o.name).is(placeOf(other.name)) {
				return usageError("%s and %s are the same file, %s", other.flag, o.flag, o.name)
			}
		}
		at, what := placeOf(o.name), o.flag+" "+o.name
		if o.name == stdio {
			at, what = openPlace(s.outFile), "standard output"
		}
		for _, in := range c.Files {
			from := placeOf(in)
			if in == stdio {
				from = openPlace(s.inFile)
			}
			if at.info != nil && at.is(from) {
				return usageError("%s would write over the input %s", what, in)
			}
		}
	}
	if c.Format == "arrow" && (c.Output == "" || c.Output == stdio) && isTerminal(s.outFile) {
		return usageError("an Arrow stream is not for a terminal: give -o FILE, or pipe it")
	}
	return nil
}

// openPlace is the place of an open file, if it is one.
func openPlace(f *os.File) place {
	if f == nil {
		return place{}
	}
	info, err := f.Stat()
	if err != nil {
		return place{}
	}
	return place{info: info}
}

// checkInputs refuses streams among several inputs: the headers of all are read before the first row.
func (c *scoreCmd) checkInputs() error {
	if len(c.Files) < 2 {
		return nil
	}
	for _, name := range c.Files {
		if name == stdio {
			return usageError("standard input cannot be scored together with other files")
		}
		if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
			return usageError("%s is no regular file and cannot be scored together with other files", name)
		}
	}
	return nil
}

// headerBytes is how much of a file is read to find its header when there are several.
const headerBytes = 1 << 20

// sameHeaders looks at the beginning of each file before the first row is written: scored rows of several files stand under one header,
// and their refused rows in one charset.
func (c *scoreCmd) sameHeaders(ctx context.Context, s *streams, p *engine.Program) error {
	if len(c.Files) < 2 {
		return nil
	}
	first, of := "", ""
	var common charset.Charset
	buf := make([]byte, headerBytes)
	for i, name := range c.Files {
		header, set, err := c.readHeader(ctx, s, p, name, buf)
		if i == 0 {
			common = set
		}
		var fault *flow.Fault
		switch {
		case c.Dead != "" && set != common && (err == nil || errors.As(err, &fault)):
			return usageError("%s is in %s and %s in %s, so their refused rows cannot stand in one file: no --dead, or one file at a time",
				c.Files[0], common, name, set)
		case errors.As(err, &fault): // the file is refused when its turn comes
		case err != nil:
			return err
		case of == "":
			first, of = header, name
		case header != first:
			return usageError("%s and %s have different headers, so their rows cannot stand in one output:\n  %s\n  %s",
				of, name, short(first, 200), short(header, 200))
		}
	}
	return nil
}

func (c *scoreCmd) readHeader(ctx context.Context, s *streams, p *engine.Program, name string, buf []byte) (string, charset.Charset, error) {
	in, err := c.open(ctx, s, name)
	if err != nil {
		return "", 0, err
	}
	n, last, err := stream.Fill(in, buf)
	if err = errors.Join(err, in.close()); err != nil {
		return "", in.charset, fmt.Errorf("reading %s: %w", name, err)
	}
	header, err := p.Header(buf[:n], last, 0)
	if err != nil {
		return "", in.charset, fmt.Errorf("%s: %w", name, err)
	}
	return string(header.Raw), in.charset, nil
}

// open opens a file, reads it as UTF-8, and leaves out what stands in front of the CSV.
func (c *scoreCmd) open(ctx context.Context, s *streams, name string) (*input, error) {
	in, err := s.open(ctx, name)
	if err != nil {
		return nil, err
	}
	return in, in.text(c.charset, c.SkipLines)
}

// score runs all files through one worker.
func (c *scoreCmd) score(ctx context.Context, s *streams, p *engine.Program, sum *summary) error {
	w, err := p.NewWorker("score")
	if err != nil {
		return err
	}
	sinks, err := c.openSinks(s)
	if err != nil {
		return err
	}
	defer sinks.discard()
	defer func() { sum.reasons = sinks.reasons }()
	bar := newProgress(s, c.Files)
	if (c.Output == "" || c.Output == stdio) && isTerminal(s.outFile) {
		bar = &progress{} // the rows are what is seen
	}
	defer bar.done()
	run := &fileRun{w: w, sinks: sinks, bar: bar, sum: sum}
	for i, name := range c.Files {
		in, err := c.open(ctx, s, name)
		if err != nil {
			return err
		}
		err = run.file(ctx, in, i)
		if e := in.close(); err == nil && e != nil {
			err = fmt.Errorf("reading %s: %w", name, e)
		}
		if refused := (*refusedError)(nil); errors.As(err, &refused) {
			refused.hint = c.hint(p, in)
			sum.Hint = refused.hint
			return errors.Join(err, sinks.finishReports())
		}
		if err != nil {
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
	hint  string // what would make it fit, or nothing
}

func (e *refusedError) Error() string {
	text := fmt.Sprintf("%s: %s: %s", e.name, e.fault.Code, e.text)
	if e.hint != "" {
		text += "\n  " + e.hint
	}
	return text
}

// tell prints the summary.
func (c *scoreCmd) tell(s *streams, feed string, sum *summary) error {
	if c.JSON {
		return json.NewEncoder(s.err).Encode(sum)
	}
	messages := ""
	if sum.Topic != "" {
		messages = fmt.Sprintf("%s of %s, %s refused; ", count(sum.Messages, "message"), sum.Topic, thousands(sum.RefusedMessages))
	}
	_, err := fmt.Fprintf(s.err, "%s: %s%s in, %s scored, %s refused, %s with values not recognised (%s, %s rows/s)\n",
		feed, messages, count(sum.Rows, "row"), thousands(sum.Scored), thousands(sum.Dead), thousands(sum.Flagged),
		duration(sum.Seconds), thousands(perSecond(sum.Rows, sum.Seconds)))
	if err != nil {
		return err
	}
	hint := ""
	switch {
	case c.Dead == "" && c.Errors == "":
		hint = "--dead FILE keeps refused rows, --errors FILE tells why"
	case c.Dead == "":
		hint = "--dead FILE keeps refused rows"
	case c.Errors == "":
		hint = "--errors FILE tells why"
	}
	return sum.reasons.print(s.err, sum.Dead+sum.RefusedMessages, hint)
}
