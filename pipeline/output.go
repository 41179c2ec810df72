package pipeline

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/wire"
)

// Event is a JSON document about the input.
type Event struct {
	Output string // quality, errors or results, as the settings call their topics
	JSON   []byte
}

// DeadLetter is a refused row, or the whole input when that was refused.
type DeadLetter struct {
	Value    []byte // as it came, a row without its line end
	Code     Code
	Message  string
	Row      int64  // among the input's data records from 0; -1: the whole input
	Line     int64  // of the row's beginning, or of the fault in a whole input, from 1; 0: the fault has no place
	From, To int64  // the bytes of the input at which Value stands, or a whole input's fault
	Header   []byte // the header record that the row was read under
	Headers  []Header

	// Part is 0 for all but a row that is longer than 16 MiB, which Stream gives in parts as it goes by: from 1, one after the other,
	// nothing in between. Each has its own bytes, all else is the row's. Joined they are the row; the last one, which may be empty, has
	// Last set. Process gives every row whole.
	Part int
	Last bool
}

// taker gives what stands in Effects to a handler.
type taker struct {
	handler Handler
	record  wire.Record
}

// take empties fx.
func (t *taker) take(fx *flow.Effects) error {
	frames := fx.Frames()
	for i := range frames {
		records := wire.FrameRecords(frames[i].Buf, frames[i].Count)
		for records.Next(&t.record) {
			if err := t.one(frames[i].Output); err != nil {
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

func (t *taker) one(out flow.Output) error {
	h, value := &t.handler, t.record.Value
	switch {
	case out == flow.Scored && h.Record != nil:
		for record, err := range Records(value) {
			if err == nil {
				err = h.Record(record)
			}
			if err != nil {
				return err
			}
		}
	case out == flow.Scored && h.Rows != nil:
		return h.Rows(value)
	case out == flow.Dead && h.DeadLetter != nil:
		return h.DeadLetter(letter(&t.record))
	case out != flow.Scored && out != flow.Dead && h.Event != nil:
		return h.Event(Event{Output: out.String(), JSON: value})
	}
	return nil
}

// letter reads a dead letter's headers.
func letter(r *wire.Record) DeadLetter {
	l := DeadLetter{Value: r.Value, Row: -1, Headers: r.Headers(nil)}
	for _, h := range l.Headers {
		switch h.Key {
		case "assay-error-code":
			l.Code = Code(h.Value)
		case "__connect.errors.exception.message":
			l.Message = string(h.Value)
		case "assay-error-row":
			l.Row = number(h.Value)
		case "assay-error-line":
			l.Line = number(h.Value)
		case "assay-error-bytes":
			from, to, _ := bytes.Cut(h.Value, []byte("-"))
			l.From, l.To = number(from), number(to)
		case "assay-header-row":
			l.Header = h.Value
		case "assay-part":
			l.Part = int(number(h.Value))
		case "assay-part-last":
			l.Last = true
		}
	}
	return l
}

// number reads a header that encode has written.
func number(text []byte) int64 {
	n, _ := strconv.ParseInt(string(text), 10, 64)
	return n
}
