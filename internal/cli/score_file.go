package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/wire"
)

// The window on a file: it grows only for a record that does not fit, and a record that is longer than the greatest one
// is refused and goes by in parts.
const (
	windowBytes    = 2 << 20
	windowBytesMax = 32 << 20
)

// fileRun scores one file.
type fileRun struct {
	w     *engine.Worker
	in    *input
	sinks *sinks
	bar   *progress
	sum   *summary
	index int
}

func (f *fileRun) run(ctx context.Context) error {
	at := time.Now()
	if f.in.info != nil {
		at = f.in.info.ModTime()
	}
	fx := &flow.Effects{}
	chunk := &flow.Chunk{Position: flow.Position{Topic: f.in.name, Offset: int64(f.index)}, Time: at}
	r := f.w.Stream(chunk, "/assay/file/"+f.in.name, fx)
	if err := f.windows(ctx, r, fx); err != nil {
		return err
	}
	result, err := r.End()
	if err != nil {
		return err
	}
	if err := f.sinks.result(result); err != nil {
		return err
	}
	if err := f.sinks.take(fx); err != nil {
		return err
	}
	c := r.Counts()
	f.sum.Files++
	f.sum.Rows += c.Rows
	f.sum.Scored += c.RowsScored
	f.sum.Dead += c.RowsDead
	f.sum.Flagged += c.RowsFlagged
	f.sum.Bytes += c.BytesIn
	if fault := r.Refused(); fault != nil {
		f.sum.Refused = string(fault.Code)
		return &refusedError{name: f.in.name, fault: fault, text: engine.Message(fault)}
	}
	return nil
}

// windows feeds the file to the run, window by window.
func (f *fileRun) windows(ctx context.Context, r *engine.Run, fx *flow.Effects) error {
	buf := make([]byte, windowBytes)
	have, last := 0, false
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		for have < len(buf) && !last {
			n, err := f.in.Read(buf[have:])
			have += n
			if errors.Is(err, io.EOF) {
				last = true
			} else if err != nil {
				return fmt.Errorf("reading %s: %w", f.in.name, err)
			}
		}
		r.Feed(buf[:have], last)
		if err := f.batches(r, fx); err != nil {
			return err
		}
		if r.Refused() != nil {
			return nil
		}
		used := r.Consumed()
		if used == 0 && !last {
			if len(buf) < windowBytesMax {
				buf = append(buf, make([]byte, len(buf))...)
				continue
			}
			if _, err := r.Giant(); err != nil {
				return err
			}
			if err := f.sinks.take(fx); err != nil {
				return err
			}
			used = r.Consumed()
		}
		have = copy(buf, buf[used:have])
		if last && (have == 0 || used == 0) {
			return nil
		}
	}
}

// batches runs the window's batches and writes what each gives.
func (f *fileRun) batches(r *engine.Run, fx *flow.Effects) error {
	for more := true; more; {
		var err error
		if more, err = r.Next(); err != nil {
			return err
		}
		if err := f.sinks.take(fx); err != nil {
			return err
		}
		f.bar.show(f.sum, r.Counts(), f.in)
	}
	return nil
}

// sinks are where the outputs go.
type sinks struct {
	rows, quality, dead, errors *bufio.Writer // nil where nobody asked
	files                       []*output
	json                        bool
	deadBegun                   bool
	reports                     []*output
	record                      wire.Record
	headers                     []flow.Header
}

func (c *scoreCmd) openSinks(s *streams) (*sinks, error) {
	k := &sinks{json: c.Format == "json"}
	open := func(name string, always bool) (*bufio.Writer, *output, error) {
		if name == "" && !always {
			return nil, nil, nil
		}
		o, err := s.create(name)
		if err != nil {
			return nil, nil, err
		}
		k.files = append(k.files, o)
		return bufio.NewWriterSize(o, 256<<10), o, nil
	}
	var err error
	if k.rows, _, err = open(c.Output, true); err != nil {
		return nil, err
	}
	for _, x := range []struct {
		w    **bufio.Writer
		name string
	}{{&k.quality, c.Quality}, {&k.dead, c.Dead}, {&k.errors, c.Errors}} {
		var o *output
		if *x.w, o, err = open(x.name, false); err != nil {
			k.discard()
			return nil, err
		}
		k.reports = append(k.reports, o)
	}
	return k, nil
}

// take writes the records of fx to their files and empties it.
func (k *sinks) take(fx *flow.Effects) error {
	for i := range fx.Frames() {
		f := &fx.Frames()[i]
		records := wire.FrameRecords(f.Buf, f.Count)
		for records.Next(&k.record) {
			if err := k.write(f.Output); err != nil {
				return err
			}
		}
		if err := records.Err(); err != nil {
			return fmt.Errorf("reading own frames: %w", err)
		}
	}
	fx.Reset()
	return nil
}

func (k *sinks) write(out flow.Output) error {
	var err error
	switch {
	case out == flow.Scored:
		_, err = k.rows.Write(k.record.Value)
		if k.json && err == nil {
			err = k.rows.WriteByte('\n')
		}
	case out == flow.Errors && k.errors != nil:
		_, err = k.errors.Write(k.record.Value)
		if err == nil {
			err = k.errors.WriteByte('\n')
		}
	case out == flow.Dead && k.dead != nil:
		err = k.letter()
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", out, err)
	}
	return nil
}

// letter writes a refused row; the parts of one that is too long for a message stand together on one line.
func (k *sinks) letter() error {
	k.headers = k.record.Headers(k.headers[:0])
	part, last := false, false
	for _, h := range k.headers {
		switch h.Key {
		case "assay-header-row":
			if !k.deadBegun {
				k.deadBegun = true
				if _, err := k.dead.Write(append(h.Value[:len(h.Value):len(h.Value)], '\n')); err != nil {
					return err
				}
			}
		case "assay-part":
			part = true
		case "assay-part-last":
			last = true
		}
	}
	if _, err := k.dead.Write(k.record.Value); err != nil {
		return err
	}
	if part && !last {
		return nil
	}
	return k.dead.WriteByte('\n')
}

func (k *sinks) result(doc []byte) error {
	if k.quality == nil {
		return nil
	}
	if _, err := k.quality.Write(doc); err != nil {
		return fmt.Errorf("writing the result document: %w", err)
	}
	return k.quality.WriteByte('\n')
}

func (k *sinks) flush() error {
	var errs []error
	for _, w := range []*bufio.Writer{k.rows, k.quality, k.dead, k.errors} {
		if w != nil {
			errs = append(errs, w.Flush())
		}
	}
	return errors.Join(errs...)
}

// finish puts all files in their places.
func (k *sinks) finish() error {
	errs := []error{k.flush()}
	for _, o := range k.files {
		errs = append(errs, o.finish())
	}
	return errors.Join(errs...)
}

// finishReports puts the reports in their places, but not the scored rows.
func (k *sinks) finishReports() error {
	errs := []error{k.flush()}
	for _, o := range k.reports {
		errs = append(errs, o.finish())
	}
	return errors.Join(errs...)
}

func (k *sinks) discard() {
	for _, o := range k.files {
		o.discard()
	}
}
