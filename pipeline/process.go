package pipeline

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/assay-dev/assay/internal/flow"
)

// Result is what has become of one chunk. Nothing in it is shared with another Result.
type Result struct {
	// Rows are the messages that the topic of scored rows would get: in JSON one object a row, else whole rows together, each
	// message with its header or schema.
	Rows        [][]byte
	Events      []Event // the last one is the result document
	DeadLetters []DeadLetter
	// Counts are complete. Their Examples are the first 100 findings of each code, each with its line and the place of a caret.
	Counts Counts
	// Refused says why the whole chunk was refused; nil when it was not. It is then a dead letter.
	Refused *Fault

	header int // how many bytes of each of Rows are a header of CSV
}

// CSV gives the scored rows of a feed whose format is CSV as one text: the header that each message has stands there once.
func (r *Result) CSV() []byte {
	if len(r.Rows) == 0 {
		return nil
	}
	text := slices.Clone(r.Rows[0])
	for _, message := range r.Rows[1:] {
		text = append(text, message[r.header:]...)
	}
	return text
}

// Records gives the scored rows of a feed whose format is Arrow as records, each valid until the next one: whoever keeps one
// calls its Retain.
func (r *Result) Records() iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) {
		for _, message := range r.Rows {
			for record, err := range Records(message) {
				if !yield(record, err) || err != nil {
					return
				}
			}
		}
	}
}

// Process works on all of in as on one chunk that came from Kafka: the contract's limits hold, and what is refused as a whole
// is one dead letter. It holds input and output in memory; see Stream for files that are larger. The error says that in could
// not be read or that the engine failed, never that the data is bad.
func (f *Feed) Process(ctx context.Context, in io.Reader) (*Result, error) {
	value, err := io.ReadAll(in)
	if err != nil {
		return nil, fmt.Errorf("reading the input: %w", err)
	}
	w, err := f.program.NewWorker(task)
	if err != nil {
		return nil, err
	}
	chunk := &flow.Chunk{Position: flow.Position{Topic: inputTopic}, Value: value, Time: time.Now(), Attempt: 1}
	var fx flow.Effects
	run := w.Begin(chunk, f.origin(), &fx)
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if more, err = run.Next(); err != nil {
			return nil, err
		}
	}
	if _, err := run.End(); err != nil {
		return nil, err
	}
	res := &Result{Refused: run.Refused(), header: len(run.RowsHeader())}
	res.Counts.Add(run.Counts())
	t := taker{handler: Handler{
		Rows:       func(rows []byte) error { res.Rows = append(res.Rows, rows); return nil },
		Event:      func(e Event) error { res.Events = append(res.Events, e); return nil },
		DeadLetter: func(l DeadLetter) error { res.DeadLetters = append(res.DeadLetters, l); return nil },
	}}
	return res, t.take(&fx) // which is used no more, so that its memory is the Result's
}

// What stands for the topic and for the lane where there is none.
const (
	inputTopic = "input"
	task       = "process"
)

// origin is the source of the events about an input without a topic.
func (f *Feed) origin() string { return "/assay/process/" + f.Name() }
