package engine

import (
	"bytes"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/encode"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
)

// Run is one chunk on its way. A worker has one at a time:
//
//	r := w.Begin(chunk, origin, fx)
//	for more := true; more && err == nil; { more, err = r.Next() }
//	result, err := r.End()
type Run struct {
	w      *Worker
	fx     *flow.Effects
	mark   flow.Mark
	chunk  *flow.Chunk
	origin string

	window []byte
	last   bool  // nothing follows the window
	pos    int   // consumed bytes of the window
	told   int   // those of them whose findings have been told
	come   int64 // bytes of a file up to the window's end
	stream bool  // a file, whose effects leave batch by batch
	giant  int   // parts of the giant record that goes by

	shipped bool  // part of the chunk's effects has left
	tries   int   // failures of the engine on this chunk
	cause   error // a failure that is yet to be handled

	bound   bool // the header has been read
	ended   bool // nothing is left to do but End
	refused *flow.Fault
	body    []byte // of the refusal, in the feed's dialect
	stage   string

	counts flow.Counts
	wanted int            // error events of rows that there would be without a limit
	events int            // those that there are
	totals []encode.Total // faults of dead rows
	flags  []encode.Total // flagged values

	details []flow.Detail // of the fault that is being told
	message []byte        // of the letter that is being written
}

// The stages named in dead letters.
const (
	stageAdmission = "ADMISSION"
	stageDecode    = "DECODE"
	stageValidate  = "VALIDATE"
	stageScore     = "SCORE"
	stageEncode    = "ENCODE"
)

// Begin starts a chunk. Its value is read while the run lasts; origin is its CloudEvents source.
func (w *Worker) Begin(c *flow.Chunk, origin string, fx *flow.Effects) *Run {
	r := w.begin(c, origin, fx)
	r.window, r.last = c.Value, true
	return r
}

// Stream starts a file, whose bytes are given by Feed. Its effects may leave after each batch; it is never rolled back, and a
// refusal ends it where it is.
func (w *Worker) Stream(c *flow.Chunk, origin string, fx *flow.Effects) *Run {
	r := w.begin(c, origin, fx)
	r.stream = true
	return r
}

func (w *Worker) begin(c *flow.Chunk, origin string, fx *flow.Effects) *Run {
	r := &w.run
	*r = Run{
		w: w, fx: fx, chunk: c, origin: origin,
		mark: r.mark, counts: r.counts, body: r.body, totals: r.totals, flags: r.flags, details: r.details, message: r.message,
	}
	if c.Verdict != nil && c.Verdict.Again {
		r.tries = 1
	}
	fx.Mark(&r.mark)
	r.reset()
	return r
}

// reset puts the run at the start of its chunk.
func (r *Run) reset() {
	w := r.w
	r.pos, r.told, r.giant, r.bound, r.ended, r.refused, r.body = 0, 0, 0, false, false, nil, r.body[:0]
	r.counts.Reset()
	r.wanted, r.events, r.totals, r.flags = 0, 0, r.totals[:0], r.flags[:0]
	w.text.begin()
	w.writer.Begin(r.chunk, r.origin, r.fx)
	w.quality.Reset(w.p.opts.Findings, w.writer.DetailRoom())
	w.scanner.Begin(r.chunk)
}

// Behind says, before the first window, what the file is that the windows come from: which charset they were made UTF-8 of, and how many
// of its lines and bytes, a byte order mark among them, stand in front of the first window. Places are told, and refused rows leave, as
// they are in the file.
func (r *Run) Behind(c charset.Charset, lines, bytes int64) { r.w.text.behind(c, lines, bytes) }

// Feed gives the next window of a file: the bytes that the last one left over, and more. The window must stay as it is
// until all its batches have been run.
func (r *Run) Feed(window []byte, last bool) {
	r.window, r.last, r.pos, r.told = r.w.text.show(window, last), last, 0, 0
	r.come = r.w.text.end(r.window)
}

// past says that nothing more will be told of the bytes that have been consumed.
func (r *Run) past() {
	r.w.text.move(r.pos - r.told)
	r.told = r.pos
}

// Consumed is how many bytes of the window have been used up.
func (r *Run) Consumed() int { return r.pos }

// Handover replaces the Effects: the lane sends the old one while the chunk goes on. From then on the chunk can no longer
// be rolled back here.
func (r *Run) Handover(fx *flow.Effects) {
	r.fx, r.shipped = fx, true
	r.w.writer.Effects(fx)
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

// Next runs one batch. It gives false when the window is used up: of a chunk, then, nothing is left to do but End. The error
// is a *Late, or an *encode.TooLarge for a dead letter or event that does not fit its topic; any other means that not even the
// refusal of the chunk could be written. A refused chunk is no error: Refused gives the fault.
func (r *Run) Next() (more bool, err error) {
	defer r.caught(&more, &err)
	switch {
	case r.cause != nil:
		cause := r.cause
		r.cause = nil
		return r.failed(cause)
	case r.ended:
		return false, nil
	case !r.bound:
		return r.header()
	default:
		return r.batch()
	}
}

// Giant lets a record that is longer than the whole window of a file go by in parts. The caller asks for it when the
// window cannot grow and Next has consumed nothing of it.
func (r *Run) Giant() (more bool, err error) {
	defer r.caught(&more, &err)
	if r.ended {
		return false, nil
	}
	if !r.bound {
		return r.refuse(r.w.scanner.HeaderTooLong(r.window[r.pos:]))
	}
	r.stage = stageDecode
	n, err := r.w.scanner.Giant(&r.w.batch, r.window[r.pos:], r.last)
	if err != nil {
		return r.failed(err)
	}
	r.pos += n
	return r.decoded(&r.w.batch)
}

// caught turns a panic into a failure of the engine, which the next call of Next handles: handling it may panic again.
func (r *Run) caught(more *bool, err *error) {
	if p := recover(); p != nil {
		r.cause = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		*more, *err = true, nil
	}
}

// header admits the chunk and reads its header.
func (r *Run) header() (bool, error) {
	w := r.w
	r.stage = stageAdmission
	if v := r.chunk.Verdict; v != nil && !v.Again {
		return r.refuse(v)
	}
	if f := r.admit(); f != nil {
		return r.refuse(f)
	}
	r.stage = stageDecode
	n, h, err := w.scanner.Header(r.window[r.pos:], r.last)
	r.pos += n
	if f := (*flow.Fault)(nil); errors.As(err, &f) {
		return r.refuse(f)
	}
	if err != nil {
		return r.failed(err)
	}
	if h == nil {
		return false, nil
	}
	if w.text.foreign() && len(h.Raw) > 0 {
		w.text.header = bytes.Clone(w.text.bytes(h.Raw))
	}
	r.stage = stageValidate
	if f := w.bind(h); f != nil {
		return r.refuse(f)
	}
	r.stage = stageDecode
	if w.p.contract.Malformed == feed.MalformedChunk && !r.stream {
		if f := w.scanner.FirstMalformed(r.window[r.pos:]); f != nil {
			return r.refuse(r.malformed(f))
		}
	}
	r.stage = stageEncode
	if err := w.rows.Begin(w.layout, &w.batch); err != nil {
		return r.failed(err)
	}
	r.bound = true
	r.past()
	return true, nil
}

// batch takes one batch through all stages.
func (r *Run) batch() (bool, error) {
	w, b := r.w, &r.w.batch
	r.stage = stageDecode
	if f := r.streamTooLarge(); f != nil {
		return r.refuse(f)
	}
	n, err := w.scanner.Next(b, r.window[r.pos:], r.last)
	if err != nil {
		return r.failed(err)
	}
	r.pos += n
	if n == 0 && b.N == 0 && len(b.Findings) == 0 {
		if r.last {
			return r.finish()
		}
		return false, nil
	}
	return r.decoded(b)
}

// decoded takes a decoded batch through the other stages.
func (r *Run) decoded(b *flow.Batch) (bool, error) {
	w := r.w
	if r.stream && w.p.contract.Malformed == feed.MalformedChunk {
		// A chunk's broken rows have been looked for with its header. Flagged values may stand before them.
		if i := slices.IndexFunc(b.Findings, func(f flow.Finding) bool { return f.Slot < 0 }); i >= 0 {
			return r.refuse(r.malformed(&b.Findings[i]))
		}
	}
	if f := r.tooManyRows(b); f != nil {
		return r.refuse(f)
	}
	if b.N > 0 {
		w.lookUp(b, &r.counts)
		if f := r.stages(b); f != nil {
			return r.refuse(f)
		}
	}
	r.stage = stageEncode
	if err := w.rows.Batch(b); err != nil {
		return r.unencoded(err)
	}
	if err := r.account(b); err != nil {
		return true, err
	}
	r.past()
	return true, nil
}

// stage is a stage that extensions take part in: the rules, or the scorer.
type stage func(*flow.Batch) error

// stages checks the rules and scores.
func (r *Run) stages(b *flow.Batch) *flow.Fault {
	r.stage = stageValidate
	if err := r.twice(r.w.check, b); err != nil {
		return r.engineFault(err)
	}
	r.stage = stageScore
	if err := r.twice(r.w.score, b); err != nil {
		return r.engineFault(err)
	}
	return nil
}

// twice runs a stage, and once more when it fails for the first time in this chunk.
func (r *Run) twice(s stage, b *flow.Batch) error {
	if s == nil {
		return nil
	}
	n := len(b.Findings)
	for {
		err := s.attempt(b)
		if err == nil {
			return nil
		}
		if r.tries++; r.tries >= maxTries {
			return err
		}
		b.Unfind(n)
	}
}

// attempt gives a panic of the stage as an error.
func (s stage) attempt(b *flow.Batch) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return s(b)
}

// finish sends what is held back and what is told once a chunk.
func (r *Run) finish() (bool, error) {
	r.stage = stageEncode
	if err := r.w.rows.End(); err != nil {
		return r.unencoded(err)
	}
	if err := r.summaries(); err != nil {
		return false, err
	}
	r.ended = true
	return false, nil
}

// Charset gives what the chunk's bytes are in, and so its refused rows, until the next one begins. One that is refused as a whole has none.
func (r *Run) Charset() charset.Charset { return r.w.text.places.Charset() }

// RowsHeader gives the header with which each message of the chunk's rows begins, or nothing: only CSV has one.
func (r *Run) RowsHeader() []byte {
	if rows, ok := r.w.rows.(interface{ Header() []byte }); ok {
		return rows.Header()
	}
	return nil
}

// Refused gives the fault that refused the chunk, or nil.
func (r *Run) Refused() *flow.Fault { return r.refused }

// Counts gives what the chunk came to, complete after End.
func (r *Run) Counts() *flow.Counts { return &r.counts }

// End sends the result document and counts the chunk. It is called once Next has nothing more to do, and gives the result
// document, valid until the next chunk.
func (r *Run) End() (result []byte, err error) {
	if !r.ended {
		return nil, errors.New("ending a chunk that has not been run to its end")
	}
	c := &r.counts
	c.Chunks = 1
	c.BytesIn = r.w.text.place(r.w.text.start)
	if r.refused != nil {
		c.ChunksDead = 1
		c.BytesIn = max(c.BytesIn, int64(len(r.chunk.Value)))
	}
	result, err = r.w.writer.Result(&encode.Result{
		Failed: r.refused != nil, Body: r.body,
		Rows: c.Rows, Scored: c.RowsScored, Dead: c.RowsDead, Quality: &r.w.quality,
	})
	if err != nil {
		return nil, err
	}
	c.Events++
	r.fx.Counts.Add(c)
	return result, nil
}
