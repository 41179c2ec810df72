package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/flow"
)

// The window on a file: it grows only for a record that does not fit, and a record that is longer than the greatest one
// is refused and goes by in parts.
const (
	windowBytes    = 2 << 20
	windowBytesMax = 16 << 20
)

// fileRun scores one file after the other.
type fileRun struct {
	w     *engine.Worker
	sinks *sinks
	bar   *progress
	sum   *summary
	buf   []byte // the window
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
	f.bar.begin(in)
	if err := f.windows(ctx, in, r); err != nil {
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

// windows feeds the file to the run, window by window.
func (f *fileRun) windows(ctx context.Context, in *input, r *engine.Run) error {
	have, last := 0, false
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, end, err := fill(in, f.buf[have:])
		if err != nil {
			return fmt.Errorf("reading %s: %w", in.name, err)
		}
		have, last = have+n, last || end
		r.Feed(f.buf[:have], last)
		if err := f.batches(r); err != nil {
			return err
		}
		if r.Refused() != nil {
			return nil
		}
		used := r.Consumed()
		if used == 0 && !last {
			if len(f.buf) < windowBytesMax {
				f.grow()
				continue
			}
			if _, err := r.Giant(); err != nil {
				return err
			}
			if err := f.sinks.take(&f.fx); err != nil {
				return err
			}
			used = r.Consumed()
		}
		have = copy(f.buf, f.buf[used:have])
		if last && (have == 0 || used == 0) {
			return nil
		}
	}
}

func (f *fileRun) grow() {
	larger := make([]byte, 2*len(f.buf))
	copy(larger, f.buf)
	f.buf = larger
}

// batches runs the window's batches and writes what each gives.
func (f *fileRun) batches(r *engine.Run) error {
	for more := true; more; {
		var err error
		if more, err = r.Next(); err != nil {
			return err
		}
		if err := f.sinks.take(&f.fx); err != nil {
			return err
		}
		f.bar.show(f.sum.Rows + r.Counts().Rows)
	}
	return nil
}
