package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/assay-dev/assay/internal/census"
	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/fit"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/score"
	"github.com/assay-dev/assay/internal/stream"
)

// fitRows are the rows of a fit.
type fitRows struct {
	counts  *fit.Counts
	from    string
	refused int64
}

// read takes the rows through the engine, as the contract says; they are counted where they would be scored.
func (c *fitCmd) read(ctx context.Context, s *streams, contract *feed.Contract, counts *fit.Counts) (*fitRows, error) {
	p, err := countingProgram(contract, counts)
	if err != nil {
		return nil, err
	}
	w, err := p.NewWorker("fit")
	if err != nil {
		return nil, err
	}
	rows := &fitRows{counts: counts, from: c.population()}
	if len(c.Files) == 0 {
		bar := newSteps(s, c.Rows, "row")
		defer bar.done()
		return rows, rows.add(ctx, w, &input{Reader: newPersons(c.Seed, c.Rows), name: "drawn persons"}, 0, func(n int64) { bar.show(n) })
	}
	bar := newProgress(s, c.Files)
	defer bar.done()
	for i, name := range c.Files {
		in, err := s.open(ctx, name)
		if err != nil {
			return nil, err
		}
		in.Reader = charset.NewReader(in.Reader, contract.CSV.Charset)
		bar.begin(in)
		err = rows.add(ctx, w, in, i, func(int64) { bar.show(counts.Rows) })
		if e := in.close(); err == nil && e != nil {
			err = fmt.Errorf("reading %s: %w", name, e)
		}
		if err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// countingProgram compiles a contract with counts in its scorer's place. Nothing leaves.
func countingProgram(contract *feed.Contract, counts *fit.Counts) (*engine.Program, error) {
	reading := *contract
	reading.Score = &feed.Score{Kind: score.NearestProfileKind}
	if contract.Score != nil {
		reading.Score.KindAt = contract.Score.KindAt
	}
	reading.Output = feed.Output{} // it may name columns of the scorer
	o := engine.Options{
		Format: engine.CSV, Stream: true, NoLimits: true,
		Instead: func() flow.Scorer { return counts },
	}
	for out := range o.Disabled {
		o.Disabled[out] = true
	}
	p, err := engine.Compile(&reading, o)
	if err == nil {
		contract.DropSets()
	}
	return p, err
}

// add counts the rows of a file.
func (r *fitRows) add(ctx context.Context, w *engine.Worker, in *input, index int, show func(rows int64)) error {
	var fx flow.Effects
	var view stream.Window
	run := w.Stream(&flow.Chunk{Position: flow.Position{Topic: in.name, Offset: int64(index)}}, "/assay/file/"+in.name, &fx)
	err := view.Run(ctx, in.name, in, run, func() error {
		fx.Reset()
		show(run.Counts().Rows)
		return nil
	})
	if err == nil {
		_, err = run.End()
	}
	if err != nil {
		return err
	}
	if fault := run.Refused(); fault != nil {
		return &refusedError{name: in.name, fault: fault, text: engine.Message(fault)}
	}
	r.refused += run.Counts().RowsDead
	return nil
}

// persons reads as a file of drawn persons.
type persons struct {
	g    *census.Generator
	left int64
	rest []byte // drawn and not yet read
	buf  []byte
}

func newPersons(seed uint64, rows int64) *persons {
	g := census.New(seed, census.Options{ABS: true})
	return &persons{g: g, left: rows, rest: bytes.Clone(g.Header())}
}

// Read draws some rows at a time.
func (p *persons) Read(b []byte) (int, error) {
	const atOnce = 1000
	if len(p.rest) == 0 {
		if p.left == 0 {
			return 0, io.EOF
		}
		n := min(atOnce, p.left)
		p.buf = p.g.Append(p.buf[:0], int(n))
		p.rest, p.left = p.buf, p.left-n
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}
