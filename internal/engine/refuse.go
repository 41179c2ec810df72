package engine

import (
	"errors"
	"fmt"
	"strings"

	"github.com/assay-dev/assay/internal/encode"
	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// Late says that a chunk must be refused, or tried once more, after part of its effects has left: the transaction has to be
// aborted and the chunk read again with Fault as its Verdict.
type Late struct{ Fault *flow.Fault }

// Error says why.
func (e *Late) Error() string { return "refused after output had left: " + e.Fault.Error() }

// Unwrap gives the fault.
func (e *Late) Unwrap() error { return e.Fault }

// maxTries is how often the engine may fail on a chunk before the chunk is refused: once, and once more at once.
const maxTries = 2

// failed handles a failure of the engine itself: the chunk is tried once more, then refused.
func (r *Run) failed(cause error) (bool, error) {
	r.tries++
	switch {
	case r.tries > maxTries:
		r.ended = true
		return false, fmt.Errorf("refusing the chunk at %s/%d/%d: %w", r.chunk.Topic, r.chunk.Partition, r.chunk.Offset, cause)
	case r.tries == maxTries || r.stream:
		r.tries = maxTries
		return r.refuse(r.engineFault(cause))
	case r.shipped:
		f := r.engineFault(cause)
		f.Again = true
		return r.refuse(f)
	}
	r.fx.Rollback(&r.mark)
	r.w.header = nil // whatever has been made of it may be what failed
	r.reset()
	return true, nil
}

// engineFault is the fault of a chunk on which the engine has failed.
func (r *Run) engineFault(cause error) *flow.Fault {
	f := &flow.Fault{Code: fault.InternalError, Stage: r.stage, Cause: cause}
	if r.stage == stageScore {
		f.Code = fault.ScoringFailed
		f.Details = []flow.Detail{{Name: "job_id", Value: jobID(r.chunk)}}
	}
	return f
}

// unencoded handles an error of the encoder: what does not fit its topic is the operator's to settle, all else is a failure.
func (r *Run) unencoded(err error) (bool, error) {
	if large := (*encode.TooLarge)(nil); errors.As(err, &large) {
		return false, err
	}
	return r.failed(err)
}

// refuse undoes what the chunk has done and sends it to the dead letters.
func (r *Run) refuse(f *flow.Fault) (bool, error) {
	if f.Stage == "" {
		f.Stage = r.stage
	}
	shown := r.excerptOf(f) // while its places are the scanner's
	r.w.text.refuse(f)
	r.past()
	if r.shipped {
		r.ended = true
		return false, &Late{Fault: f}
	}
	if !r.stream {
		r.fx.Rollback(&r.mark)
		r.reset()
	} else if r.bound { // what has been scored of a file stays scored: rows may be held back yet
		if err := r.w.rows.End(); err != nil {
			return false, err
		}
	}
	r.refused, r.ended = f, true
	r.counts.Found(flow.FindingID{Code: f.Code, Field: f.Field}, 1)
	r.counts.Examples = append(r.counts.Examples, flow.Example{
		Code: f.Code, Dead: true, Position: r.chunk.Position, Row: -1, Line: f.Line, Field: f.Field, Value: fault.Clean([]byte(f.Value)),
		Message: Message(f), Excerpt: shown,
	})
	body, err := r.w.writer.Error(&encode.ErrorEvent{
		Code: f.Code, Details: f.Details, Field: f.Field, Value: fault.Clean([]byte(f.Value)), HasVal: f.Value != "",
		Row: -1, Line: f.Line, From: f.From, To: f.To, Job: detailText(f.Details, "job_id"),
	})
	if err != nil {
		return false, err
	}
	r.counts.Events++
	r.body = append(r.body[:0], body...)
	if r.stream { // the bytes are still where they came from
		return false, nil
	}
	r.counts.Letters++
	return false, r.w.writer.DeadLetter(&encode.Letter{
		Code: f.Code, Stage: f.Stage, Message: appendMessage(nil, f.Code, f.Details), Value: r.chunk.Value,
		Row: -1, Line: f.Line, From: f.From, To: f.To,
	})
}

// malformed is the fault of a chunk that a broken row refuses.
func (r *Run) malformed(f *flow.Finding) *flow.Fault {
	if limit := r.rowLimit(); limit > 0 && f.Row >= limit { // the rows before it are too many already
		return r.tooMany(limit)
	}
	return &flow.Fault{
		Code: f.Code, Details: invalidFile(nil, f), Line: f.Line, From: f.From, To: f.To, Stage: stageDecode,
	}
}

// Message is what a fault says to people.
func Message(f *flow.Fault) string { return string(appendMessage(nil, f.Code, f.Details)) }

// appendMessage appends a code's message, filled from details. Which fields are at fault, and why, the catalogue's message
// leaves to the details; here it stands behind it.
func appendMessage(dst []byte, code flow.Code, details []flow.Detail) []byte {
	e, ok := fault.Lookup(code)
	if !ok {
		return append(dst, code...)
	}
	dst = e.AppendFill(dst, details)
	for _, d := range details {
		fields, _ := d.Value.(flow.Messages)
		sep := ": "
		for _, f := range fields {
			dst = append(append(append(dst, sep...), f.Field...), ": "...)
			dst = append(dst, strings.Join(f.Text, ", ")...)
			sep = "; "
		}
	}
	return dst
}

func detailText(details []flow.Detail, name string) string {
	for _, d := range details {
		if s, ok := d.Value.(string); ok && d.Name == name {
			return s
		}
	}
	return ""
}
