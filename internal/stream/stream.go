// Package stream takes a file of any size through the engine: a window moves over the file, so that memory does not depend on
// its length.
package stream

import (
	"context"
	"fmt"
	"io"

	"github.com/assay-dev/assay/internal/engine"
)

// The window on a file: it grows only for a record that does not fit, and a record that is longer than the greatest one is refused and
// goes by in parts.
const (
	WindowBytes    = 2 << 20
	WindowBytesMax = 16 << 20
)

// Window is the memory of a window, which is used for one file after the other.
type Window struct{ buf []byte }

// Run takes all of the file called name, which in gives as UTF-8, through r, a run that Worker.Stream has begun. After each batch it calls batch, which
// takes what stands in the Effects. It ends early when the engine refuses the file, which is no error, and leaves Run.End to
// the caller.
func (w *Window) Run(ctx context.Context, name string, in io.Reader, r *engine.Run, batch func() error) error {
	if w.buf == nil {
		w.buf = make([]byte, WindowBytes)
	}
	have, last := 0, false
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, end, err := Fill(in, w.buf[have:])
		if err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		have, last = have+n, last || end
		r.Feed(w.buf[:have], last)
		if err := batches(r, batch); err != nil {
			return err
		}
		if r.Refused() != nil {
			return nil
		}
		used := r.Consumed()
		if used == 0 && !last {
			if len(w.buf) < WindowBytesMax {
				w.grow()
				continue
			}
			if _, err := r.Giant(); err != nil {
				return err
			}
			if err := batch(); err != nil {
				return err
			}
			used = r.Consumed()
		}
		have = copy(w.buf, w.buf[used:have])
		if last && (have == 0 || used == 0) {
			return nil
		}
	}
}

func (w *Window) grow() {
	larger := make([]byte, 2*len(w.buf))
	copy(larger, w.buf)
	w.buf = larger
}

func batches(r *engine.Run, batch func() error) error {
	for more := true; more; {
		var err error
		if more, err = r.Next(); err != nil {
			return err
		}
		if err := batch(); err != nil {
			return err
		}
	}
	return nil
}

// Fill reads until buf is full or the input has ended, which last says. Unlike io.ReadFull it tells the end of the input from
// that of a compressed file which was cut off.
func Fill(r io.Reader, buf []byte) (n int, last bool, err error) {
	for n < len(buf) {
		k, err := r.Read(buf[n:])
		n += k
		switch {
		case err == io.EOF: // never wrapped, by its contract
			return n, true, nil
		case err != nil:
			return n, false, err
		}
	}
	return n, false, nil
}
