package cli

import (
	"bufio"
	"errors"
	"fmt"
	"slices"

	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/wire"
)

// sinks are where the outputs of score go.
type sinks struct {
	rows, quality, dead, errors *bufio.Writer // nil where nobody asked
	files                       []*output     // the scored rows first
	lines                       bool          // scored rows are lines
	header                      *onceHeader   // of messages, each of which has one; nil for files
	deadBegun                   bool
	came, charset, declared     charset.Charset // of the refused rows at hand, of those that are written, and what the contract says
	reasons                     reasons
	record                      wire.Record
	headers                     []flow.Header
}

// sinkBytes is how much is gathered before it is written.
const sinkBytes = 256 << 10

func (c *scoreCmd) openSinks(s *streams) (*sinks, error) {
	k := &sinks{lines: c.Format == "json", declared: c.charset}
	for _, x := range []struct {
		w    **bufio.Writer
		name string
	}{{&k.rows, c.Output}, {&k.quality, c.Quality}, {&k.dead, c.Dead}, {&k.errors, c.Errors}} {
		if x.name == "" && x.w != &k.rows {
			continue
		}
		o, err := s.create(x.name)
		if err != nil {
			k.discard()
			return nil, err
		}
		k.files = append(k.files, o)
		*x.w = bufio.NewWriterSize(o, sinkBytes)
	}
	return k, nil
}

// take writes the records of fx to their files and empties it.
func (k *sinks) take(fx *flow.Effects) error {
	for i := range fx.Frames() {
		f := &fx.Frames()[i]
		records := wire.FrameRecords(f.Buf, f.Count)
		for records.Next(&k.record) {
			err := k.write(f.Output)
			if usage := (*exitError)(nil); errors.As(err, &usage) {
				return usage
			}
			if err != nil {
				return fmt.Errorf("writing %s: %w", f.Output, err)
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
	switch {
	case out == flow.Scored && k.lines:
		return line(k.rows, k.record.Value)
	case out == flow.Scored:
		rows := k.record.Value
		if k.header != nil {
			var err error
			if rows, err = k.header.rows(rows); err != nil {
				return err
			}
		}
		_, err := k.rows.Write(rows)
		return err
	case out == flow.Errors:
		k.reasons.add(k.record.Value)
		if k.errors != nil {
			return line(k.errors, k.record.Value)
		}
	case out == flow.Dead && k.dead != nil:
		return k.letter()
	}
	return nil
}

// line writes text and a line feed.
func line(w *bufio.Writer, text []byte) error { return lineIn(charset.UTF8, w, text) }

// lineIn writes text that is in a charset and a line feed in the same.
func lineIn(set charset.Charset, w *bufio.Writer, text []byte) error {
	if _, err := w.Write(text); err != nil {
		return err
	}
	_, err := w.Write(set.Restore(nil, []byte{'\n'}))
	return err
}

// letter writes a refused row, and before the first one what makes the same contract read it in the right charset: that of its file. Each
// message of a topic may have its own, so that their rows are written in UTF-8. The parts of one that is too long for a message stand
// together on one line. A message that was refused whole is told in the summary and is where it was.
func (k *sinks) letter() error {
	k.headers = k.record.Headers(k.headers[:0])
	if !slices.ContainsFunc(k.headers, func(h flow.Header) bool { return h.Key == "assay-error-row" }) {
		return nil
	}
	if !k.deadBegun && k.charset != k.declared {
		if _, err := k.dead.Write(k.charset.Mark()); err != nil {
			return err
		}
	}
	part, last := false, false
	for _, h := range k.headers {
		switch h.Key {
		case "assay-header-row":
			if k.deadBegun {
				break
			}
			if err := lineIn(k.charset, k.dead, k.turned(h.Value)); err != nil {
				return err
			}
		case "assay-part":
			part = true
		case "assay-part-last":
			last = true
		}
	}
	k.deadBegun = true
	if part && !last {
		_, err := k.dead.Write(k.record.Value)
		return err
	}
	return lineIn(k.charset, k.dead, k.turned(k.record.Value))
}

// turned gives bytes of a refused row in the charset that is written.
func (k *sinks) turned(text []byte) []byte {
	if k.came == k.charset {
		return text
	}
	utf8, _ := k.came.Append(nil, text, true)
	return utf8
}

// result writes the result document of a file.
func (k *sinks) result(doc []byte) error {
	if k.quality == nil {
		return nil
	}
	if err := line(k.quality, doc); err != nil {
		return fmt.Errorf("writing the result document: %w", err)
	}
	return nil
}

func (k *sinks) flush() error {
	for _, w := range []*bufio.Writer{k.rows, k.quality, k.dead, k.errors} {
		if w == nil {
			continue
		}
		if err := w.Flush(); err != nil {
			return fmt.Errorf("writing: %w", err)
		}
	}
	return nil
}

// finish puts all files in their places, or none when one of them could not be written.
func (k *sinks) finish() error { return k.place(k.files) }

// finishReports puts the reports in their places, but not the scored rows.
func (k *sinks) finishReports() error { return k.place(k.files[1:]) }

func (k *sinks) place(files []*output) error {
	if err := k.flush(); err != nil {
		return err
	}
	var errs []error
	for _, o := range files {
		errs = append(errs, o.finish())
	}
	return errors.Join(errs...)
}

// discard removes what was not finished.
func (k *sinks) discard() {
	for _, o := range k.files {
		o.discard()
	}
}
