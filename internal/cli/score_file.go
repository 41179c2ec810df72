package cli

import (
	"context"
	"time"

	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/stream"
)

// fileRun scores one file after the other.
type fileRun struct {
	w     *engine.Worker
	sinks *sinks
	bar   *progress
	sum   *summary
	view  stream.Window
	fx    flow.Effects
}

// file scores the file with an index among all. The error is a *refusedError when the file was refused as a whole.
func (f *fileRun) file(ctx context.Context, in *input, index int) error {
	at := time.Now()
	if in.info != nil && in.info.Mode().IsRegular() {
		at = in.info.ModTime() // the same file gives the same events
	}
	chunk := &flow.Chunk{Position: flow.Position{Topic: in.name, Offset: int64(index)}, Time: at}
	r := f.w.Stream(chunk, "/assay/file/"+in.name, &f.fx)
	r.Behind(in.charset, in.lines, in.bytes)
	f.sinks.came, f.sinks.charset = in.charset, in.charset
	f.bar.begin(in)
	err := f.view.Run(ctx, in.name, in, r, func() error {
		if err := f.sinks.take(&f.fx); err != nil {
			return err
		}
		f.bar.show(f.sum.Rows + r.Counts().Rows)
		return nil
	})
	if err != nil {
		return err
	}
	result, err := r.End()
	if err != nil {
		return err
	}
	if err := f.sinks.result(result); err != nil {
		return err
	}
	if err := f.sinks.take(&f.fx); err != nil {
		return err
	}
	f.sum.add(r.Counts())
	if fault := r.Refused(); fault != nil {
		f.sum.Refused = string(fault.Code)
		return &refusedError{name: in.name, fault: fault, text: engine.Message(fault)}
	}
	return nil
}
