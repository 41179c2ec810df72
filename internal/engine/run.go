package engine

import (
	"fmt"
	"runtime/debug"

	"github.com/assay-dev/assay/internal/encode"
	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
)

// Late says that a chunk must be refused after part of its effects has left: the transaction has to be aborted and the
// chunk read again with Fault as its Verdict.
type Late struct{ Fault *flow.Fault }

// Error says why.
func (e *Late) Error() string { return "refused after output had left: " + e.Fault.Error() }

// Unwrap gives the fault.
func (e *Late) Unwrap() error { return e.Fault }

// Run is one chunk on its way. A worker has one at a time:
//
//	r := w.Begin(chunk, origin, fx)
//	for more := true; more && err == nil; { more, err = r.Next() }
//	err = r.End()
type Run struct {
	w      *Worker
	fx     *flow.Effects
	mark   flow.Mark
	chunk  *flow.Chunk
	origin string

	window  []byte
	last    bool // nothing follows the window
	pos     int  // consumed bytes of the window
	stream  bool
	shipped bool // part of the chunk's effects has left
	tries   int  // failures of the engine on this chunk

	bound   bool // the header has been read
	ended   bool // nothing is left to do but End
	refused *flow.Fault
	body    []byte // of the refusal, in the feed's dialect
	stage   string
	part    int // of the giant record that goes by

	counts   flow.Counts
	events   int // error events of rows
	faults   int64
	totals   []encode.Total // dead rows
	flags    []encode.Total // flagged rows
	sizeBase int64          // bytes of earlier windows
}

// Begin starts a chunk. Its value is read while the run lasts; origin is its CloudEvents source.
func (w *Worker) Begin(c *flow.Chunk, origin string, fx *flow.Effects) *Run {
	r := w.begin(c, origin, fx)
	r.window, r.last = c.Value, true
	return r
}

// Stream starts a file, whose bytes are given by Feed.
func (w *Worker) Stream(c *flow.Chunk, origin string, fx *flow.Effects) *Run {
	r := w.begin(c, origin, fx)
	r.stream = true
	return r
}

func (w *Worker) begin(c *flow.Chunk, origin string, fx *flow.Effects) *Run {
	r := &w.run
	*r = Run{w: w, fx: fx, chunk: c, origin: origin, mark: r.mark, body: r.body, totals: r.totals, flags: r.flags}
	fx.Mark(&r.mark)
	r.reset()
	return r
}

// reset puts the run at the start of its chunk.
func (r *Run) reset() {
	r.pos, r.bound, r.ended, r.refused, r.body = 0, false, false, nil, r.body[:0]
	r.counts = flow.Counts{}
	r.events, r.faults, r.totals, r.flags = 0, 0, r.totals[:0], r.flags[:0]
	r.w.quality.Reset(r.w.p.opts.Findings)
	r.w.writer.Begin(r.chunk, r.origin, r.fx)
	r.w.scanner.Begin(r.chunk)
}

// Feed gives the next window of a file: the bytes that the last one left over, and more. The window must stay as it is
// until all its batches have been run.
func (r *Run) Feed(window []byte, last bool) {
	r.sizeBase += int64(r.pos)
	r.window, r.last, r.pos = window, last, 0
}

// Consumed is how many bytes of the window have been used up.
func (r *Run) Consumed() int { return r.pos }

// Handover replaces the Effects: the lane sends the old one while the chunk goes on. From then on the chunk can no longer
// be rolled back here.
func (r *Run) Handover(fx *flow.Effects) {
	r.fx, r.shipped = fx, true
	r.w.writer.Effects(fx)
	fx.Mark(&r.mark)
}

// Next runs one batch. It gives false when the window is used up. The error is a *Late, or an *encode.TooLarge for a
// dead letter or event that does not fit its topic. A refused chunk is no error: Refused gives the fault.
func (r *Run) Next() (more bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			cause := fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			more, err = r.failed(cause)
		}
	}()
	if r.ended {
		return false, nil
	}
	if !r.bound {
		return r.begun()
	}
	return r.batch()
}

// failed handles an error of the engine itself: the chunk is tried once more, then refused.
func (r *Run) failed(cause error) (bool, error) {
	r.tries++
	if r.tries < 2 && !r.shipped && !r.stream {
		r.fx.Rollback(&r.mark)
		r.w.header = nil
		r.reset()
		return true, nil
	}
	code := fault.InternalError
	var details []flow.Detail
	if r.stage == stageScore {
		code = fault.ScoringFailed
		details = []flow.Detail{{Name: "job_id", Value: jobID(r.chunk)}}
	}
	return r.refuse(&flow.Fault{Code: code, Details: details, Stage: r.stage, Cause: cause})
}

// The stages named in dead letters.
const (
	stageAdmission = "ADMISSION"
	stageDecode    = "DECODE"
	stageValidate  = "VALIDATE"
	stageScore     = "SCORE"
	stageEncode    = "ENCODE"
)

// begun admits the chunk and reads its header.
func (r *Run) begun() (bool, error) {
	r.stage = stageAdmission
	if r.chunk.Verdict != nil {
		return r.refuse(r.chunk.Verdict)
	}
	if f := r.admit(); f != nil {
		return r.refuse(f)
	}
	r.stage = stageDecode
	n, h, err := r.w.scanner.Header(r.window[r.pos:], r.last)
	if err != nil {
		return r.fault(err)
	}
	r.pos += n
	if h == nil {
		return false, nil
	}
	r.stage = stageValidate
	if f := r.w.bind(h); f != nil {
		return r.refuse(f)
	}
	r.stage = stageEncode
	if err := r.w.rows.Begin(&r.w.layout, &r.w.batch); err != nil {
		return r.failed(err)
	}
	r.stage = stageDecode
	if r.w.p.contract.Malformed == feed.MalformedChunk && !r.stream {
		if f := r.w.scanner.FirstMalformed(r.window[r.pos:]); f != nil {
			return r.refuse(malformed(f))
		}
	}
	r.bound = true
	return true, nil
}

// fault refuses the chunk for an error that is a *flow.Fault; any other is the engine's own.
func (r *Run) fault(err error) (bool, error) {
	if f, ok := err.(*flow.Fault); ok {
		if f.Stage == "" {
			f.Stage = r.stage
		}
		return r.refuse(f)
	}
	return r.failed(err)
}

// batch runs one batch through all stages.
func (r *Run) batch() (bool, error) {
	w, b := r.w, &r.w.batch
	r.stage = stageDecode
	b.Reset(r.chunk)
	n, err := w.scanner.Next(b, r.window[r.pos:], r.last)
	if err != nil {
		return r.fault(err)
	}
	r.pos += n
	if n == 0 && b.N == 0 && len(b.Findings) == 0 {
		return false, nil
	}
	if f := r.tooMany(b); f != nil {
		return r.refuse(f)
	}
	if b.N > 0 {
		if w.scorer != nil {
			r.stage = stageScore
			if err := w.scorer.Score(b); err != nil {
				return r.failed(err)
			}
		}
		r.stage = stageEncode
		if err := w.rows.Batch(b); err != nil {
			return r.failed(err)
		}
	}
	if err := r.account(b); err != nil {
		return false, err
	}
	return true, nil
}

// refuse undoes what the chunk has done and sends it to the dead letters.
func (r *Run) refuse(f *flow.Fault) (bool, error) {
	if f.Stage == "" {
		f.Stage = r.stage
	}
	if r.shipped {
		return false, &Late{Fault: f}
	}
	if !r.stream {
		r.fx.Rollback(&r.mark)
		r.reset()
	}
	r.refused, r.ended = f, true
	body, err := r.w.writer.Error(&encode.ErrorEvent{
		Code: f.Code, Details: f.Details, Field: f.Field, Value: []byte(f.Value), HasVal: f.Value != "",
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
		Code: f.Code, Stage: f.Stage, Message: message(f.Code, f.Details), Value: r.chunk.Value,
		Row: -1, Line: f.Line, From: f.From, To: f.To,
	})
}

// Rollback takes the chunk out of the Effects. It gives false when part of the chunk has been handed over: then only an abort
// of the transaction undoes it.
func (r *Run) Rollback() bool {
	if r.shipped {
		return false
	}
	r.fx.Rollback(&r.mark)
	return true
}

// Refused gives the fault that refused the chunk, or nil.
func (r *Run) Refused() *flow.Fault { return r.refused }

// End sends what is held back, the quality event and the result document, and counts the chunk. It gives the result
// document, valid until the next chunk.
func (r *Run) End() (result []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("ending a chunk: panic: %v\n%s", p, debug.Stack())
		}
	}()
	w := r.w
	c := &r.counts
	c.Chunks = 1
	c.BytesIn = r.sizeBase + int64(r.pos)
	if r.refused != nil {
		c.ChunksDead = 1
		c.BytesIn = max(c.BytesIn, int64(len(r.chunk.Value)))
		c.Found(flow.FindingID{Code: r.refused.Code, Field: r.refused.Field}, 1)
	} else if err := w.rows.End(); err != nil {
		return nil, err
	}
	if err := r.summaries(); err != nil {
		return nil, err
	}
	result, err = w.writer.Result(&encode.Result{
		Failed: r.refused != nil, Body: r.body,
		Rows: c.Rows, Scored: c.RowsScored, Dead: c.RowsDead, Quality: &w.quality,
	})
	if err != nil {
		return nil, err
	}
	c.Events++
	r.fx.Counts.Add(c)
	return result, nil
}

// Counts gives what the chunk came to, complete after End.
func (r *Run) Counts() *flow.Counts { return &r.counts }

func malformed(f *flow.Finding) *flow.Fault {
	return &flow.Fault{
		Code: f.Code, Details: invalidFile(f), Line: f.Line, From: f.From, To: f.To, Stage: stageDecode,
	}
}

// Giant lets a record that is longer than the whole window of a file go by in parts. The caller asks for it when the
// window cannot grow and Next has consumed nothing of it.
func (r *Run) Giant() (more bool, err error) {
	if !r.bound {
		return r.refuse(r.w.scanner.HeaderTooLong(r.window[r.pos:]))
	}
	b := &r.w.batch
	b.Reset(r.chunk)
	n, err := r.w.scanner.Giant(b, r.window[r.pos:], r.last)
	if err != nil {
		return r.fault(err)
	}
	r.pos += n
	return true, r.account(b)
}
