package pipeline

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/stream"
)

// Handler takes what comes out of Stream, each kind in the order of the input. What is nil is not asked for, and not made. An
// error ends the stream and is what Stream returns. Whatever a call is given is valid only until it returns.
type Handler struct {
	// Rows takes scored rows in the feed's format: in JSON one object a call, else a piece of one CSV text or one Arrow stream.
	Rows func(rows []byte) error
	// Record takes scored rows as Arrow records, whatever the feed's format. It stands instead of Rows.
	Record     func(arrow.Record) error
	Event      func(Event) error
	DeadLetter func(DeadLetter) error
}

// Stream works on in as on one file without end: memory stays the same however long it is, rows leave while it is read, and
// the contract's limits of rows and bytes, which are those of a chunk, do not hold. The error is a *Fault when the file was
// refused as a whole, which rows may have left before; Counts are right then, too.
//
// What is not UTF-8, as the contract or a byte order mark says, is scored as UTF-8; dead letters have the bytes that came.
func (f *Feed) Stream(ctx context.Context, in io.Reader, h Handler) (Counts, error) {
	var counts Counts
	if h.Rows != nil && h.Record != nil {
		return counts, errors.New("a handler takes Rows or Record, not both")
	}
	of := f
	if h.Record != nil { // each message is a whole stream, so that it can be read by itself
		of = &Feed{contract: f.contract, options: f.options.clone(), program: f.program}
		of.options.format = Arrow
	}
	p, err := of.compile(engine.Options{
		Stream: h.Record == nil, NoLimits: true,
		Disabled: [flow.Outputs]bool{
			flow.Scored: h.Rows == nil && h.Record == nil, flow.Dead: h.DeadLetter == nil,
			flow.Quality: h.Event == nil, flow.Errors: h.Event == nil, flow.Results: h.Event == nil,
		},
	})
	if err != nil {
		return counts, err
	}
	w, err := p.NewWorker(task)
	if err != nil {
		return counts, err
	}
	var fx flow.Effects
	t := taker{handler: h}
	chunk := &flow.Chunk{Position: flow.Position{Topic: inputTopic}, Time: time.Now(), Attempt: 1}
	run := w.Stream(chunk, f.origin(), &fx)
	var window stream.Window
	text := charset.NewReader(in, f.contract.CSV.Charset)
	set, mark := text.Charset()
	run.Behind(set, 0, int64(mark))
	if err := window.Run(ctx, "the input", text, run, func() error { return t.take(&fx) }); err != nil {
		return counts, err
	}
	if _, err := run.End(); err != nil {
		return counts, err
	}
	if err := t.take(&fx); err != nil {
		return counts, err
	}
	counts.Add(run.Counts())
	if fault := run.Refused(); fault != nil {
		return counts, fault
	}
	tail, err := w.Close()
	if err == nil && len(tail) > 0 && h.Rows != nil {
		err = h.Rows(tail)
	}
	return counts, err
}
