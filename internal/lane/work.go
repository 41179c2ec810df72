package lane

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/encode"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/observe"
	"github.com/assay-dev/assay/internal/wire"
)

// item is what work hands to send: a piece of the open transaction, or its end.
type item struct {
	fx  *flow.Effects
	end *ending // nil: more of the same transaction follows
}

// ending commits a transaction.
type ending struct {
	offsets []broker.Offset
	last    []time.Time // timestamp of the last record before each; zero when there is none
	oldest  time.Time   // timestamp of its oldest chunk
	began   time.Time
	spans   []observe.Span
}

// worker fills transactions. It belongs to the work stage of one session.
type worker struct {
	s       *session
	ctx     context.Context
	settle  <-chan struct{}
	fx      *flow.Effects
	decoder *wire.Decoder
	chunk   flow.Chunk
	record  wire.Record
	origin  string // of the chunk

	began  time.Time // of the open transaction's first chunk; zero when there is none
	bytes  int       // of the open transaction that have been handed over
	oldest time.Time
	spans  []observe.Span // of its chunks, where spans go anywhere
}

// work runs chunks until settle is closed, then ends the transaction.
func (s *session) work(ctx context.Context, settle <-chan struct{}) error {
	w := &worker{s: s, ctx: ctx, settle: settle, decoder: wire.NewDecoder(s.c.DecompressedBytes)}
	if err := w.take(); err != nil {
		return err
	}
	if len(s.initial) > 0 {
		if err := w.end(); err != nil {
			return err
		}
	}
	idle := time.NewTimer(time.Hour)
	defer idle.Stop()
	for !closed(settle) {
		idle.Reset(w.patience())
		select {
		case got := <-s.inbox:
			err := w.run(got)
			got.release()
			if err != nil {
				return err
			}
		case <-idle.C:
			if err := w.end(); err != nil {
				return err
			}
		case <-settle:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return w.end()
}

// patience is how long to wait for input before the open transaction ends.
func (w *worker) patience() time.Duration {
	if w.began.IsZero() {
		return time.Hour
	}
	return max(min(w.s.c.Commit.Idle, w.s.c.Commit.Every-time.Since(w.began)), 0)
}

// run runs the chunks of one answer.
func (w *worker) run(got *fetched) error {
	for i := range got.parts {
		part := &got.parts[i]
		p := part.p
		if p.stopped() {
			continue
		}
		if part.from > p.position {
			// What is committed must have been worked on, whatever goes wrong elsewhere.
			return fmt.Errorf("offsets %d to %d of %s/%d are missing between fetching and working", p.position, part.from, p.Topic, p.Partition)
		}
		whole, err := w.partition(part)
		if err != nil {
			return err
		}
		if whole {
			w.move(p, min(part.next, p.until.Load()))
		}
	}
	return nil
}

// move notes that everything before offset is in the open transaction.
func (w *worker) move(p *partition, offset int64) {
	if offset == p.position {
		return
	}
	p.position, p.pending = offset, true
	if w.began.IsZero() {
		w.began = time.Now()
	}
}

// partition runs the chunks of one partition; whole says that it came to the end of them.
func (w *worker) partition(part *fetchedPart) (whole bool, err error) {
	p := part.p
	until := p.until.Load()
	for i := range part.batches {
		b := &part.batches[i]
		records, err := w.decoder.Records(b)
		if err != nil {
			w.unreadable(p, b, err)
			return false, nil
		}
		for records.Next(&w.record) {
			if w.record.Offset < p.position {
				continue
			}
			if w.record.Offset >= until || closed(w.settle) {
				return false, nil
			}
			ok, err := w.one(p)
			if err != nil || !ok {
				return false, err
			}
			p.last = w.record.Time
			w.move(p, w.record.Offset+1)
			if err := w.full(); err != nil {
				return false, err
			}
		}
		if err := records.Err(); err != nil {
			w.unreadable(p, b, err)
			return false, nil
		}
	}
	return true, nil
}

// unreadable stops a partition at a batch that came as it is in the log and cannot be opened.
func (w *worker) unreadable(p *partition, b *wire.Batch, err error) {
	if large := (*wire.TooLargeError)(nil); errors.As(err, &large) {
		w.s.stop(p, p.position, observe.InputTooLarge, fmt.Sprintf("%v: raise limits.decompressed_bytes, then restart", err))
		return
	}
	w.s.stop(p, p.position, observe.CorruptBatch, fmt.Sprintf("the record batch at offset %d cannot be read: %v", b.Base, err))
}

// one runs one chunk. It gives false when the chunk stops its partition.
func (w *worker) one(p *partition) (bool, error) {
	c, rec := &w.chunk, &w.record
	*c = flow.Chunk{
		Position: flow.Position{Topic: p.Topic, Partition: p.Partition, Offset: rec.Offset},
		Key:      rec.Key, Value: rec.Value, Time: rec.Time, Headers: rec.Headers(c.Headers[:0]), Attempt: 1,
	}
	if v, ok := c.Header("assay-attempt"); ok {
		if n, err := strconv.Atoi(string(v)); err == nil && n > 0 {
			c.Attempt = n
		}
	}
	if c.Value == nil {
		w.fx.Counts.Tombstones++
		return true, nil
	}
	if w.began.IsZero() {
		if err := w.s.l.reload(); err != nil {
			return false, err
		}
	}
	c.Verdict = w.s.l.verdicts[c.Position]
	if w.oldest.IsZero() || c.Time.Before(w.oldest) {
		w.oldest = c.Time
	}
	began := time.Now()
	w.origin = p.origin
	r, err := w.through()
	worked := time.Now()
	w.s.c.Feed.Step("work", worked.Sub(began))
	if err == nil && w.s.c.Feed.Traced() {
		w.spans = append(w.spans, span(w.s.c.Group, c, r, began, worked))
	}
	if failed := (*failedChunk)(nil); errors.As(err, &failed) {
		return false, w.failed(p, failed)
	}
	return err == nil, err
}

// span tells of a chunk that has been through the program.
func span(group string, c *flow.Chunk, r *engine.Run, began, worked time.Time) observe.Span {
	parent, _ := c.Header("traceparent")
	state, _ := c.Header("tracestate")
	s := observe.Span{
		Parent: observe.ParseParent(parent, state), Began: began, Worked: worked, At: c.Position, Group: group,
		Rows: r.Counts().Rows, RowsDead: r.Counts().RowsDead,
	}
	if f := r.Refused(); f != nil {
		s.Refused = f.Code
	}
	return s
}

// failedChunk says that a chunk can be neither processed nor refused. Nothing of it is in the Effects, but part of it may have
// been handed over.
type failedChunk struct {
	cause error
	left  bool // part of it has been handed over: only an abort takes it out of the transaction
}

func (e *failedChunk) Error() string { return e.cause.Error() }

// through takes the chunk through the program and gives the run, which is over. The error, beside those of the lane itself, is a
// *lateChunk or a *failedChunk.
func (w *worker) through() (*engine.Run, error) {
	r := w.s.l.worker.Begin(&w.chunk, w.origin, w.fx)
	for {
		more, err := r.Next()
		if err != nil {
			return r, w.unfinished(r, err)
		}
		if !more {
			break
		}
		if err := w.ctx.Err(); err != nil { // a long chunk does not hold up the end
			return r, err
		}
		if w.fx.Bytes() < w.s.c.sendBytes() {
			continue
		}
		if err := w.handover(nil); err != nil {
			return r, err
		}
		r.Handover(w.fx)
	}
	if _, err := r.End(); err != nil {
		return r, w.unfinished(r, err)
	}
	if f := r.Refused(); f != nil && f.Cause != nil {
		w.s.c.Log.Error("a chunk was refused for a fault of the engine", "topic", w.chunk.Topic, "partition", w.chunk.Partition,
			"offset", w.chunk.Offset, "code", f.Code, "cause", f.Cause)
	}
	return r, nil
}

// unfinished gives the lane's word for an error of the engine.
func (w *worker) unfinished(r *engine.Run, err error) error {
	var late *engine.Late
	if errors.As(err, &late) {
		return &lateChunk{at: w.chunk.Position, fault: late.Fault}
	}
	return &failedChunk{cause: err, left: !r.Rollback()}
}

// failed stops a partition at a chunk that can be neither processed nor refused: a dead letter or document fits into no
// message of its topic, or the engine fails on the refusal too. The error says that the transaction must be aborted.
func (w *worker) failed(p *partition, e *failedChunk) error {
	kind, text := observe.ChunkFailed, fmt.Sprintf("chunk %s/%d/%d: %v", p.Topic, p.Partition, w.chunk.Offset, e.cause)
	if large := (*encode.TooLarge)(nil); errors.As(e.cause, &large) {
		kind = observe.OutputTooLarge
		text += fmt.Sprintf(" (topic %s): raise its max.message.bytes, then restart", w.s.c.Outputs[large.Output])
	}
	w.s.stop(p, p.position, kind, text)
	if e.left {
		return fmt.Errorf("%w without a chunk whose output had left in part: %w", errAnew, e)
	}
	return nil
}

// full ends the transaction or hands over a piece of it, when it is time.
func (w *worker) full() error {
	bytes := w.bytes + w.fx.Bytes()
	if bytes >= w.s.c.Commit.Bytes || time.Since(w.began) >= w.s.c.Commit.Every {
		return w.end()
	}
	if w.fx.Bytes() >= w.s.c.sendBytes() {
		return w.handover(nil)
	}
	return nil
}

// end ends the open transaction, if there is one.
func (w *worker) end() error {
	e := &ending{oldest: w.oldest, began: w.began, spans: w.spans}
	for _, p := range w.s.parts {
		if p.pending {
			e.offsets, e.last = append(e.offsets, p.offset()), append(e.last, p.last)
			p.pending, p.last = false, time.Time{}
		}
	}
	w.began, w.oldest, w.bytes, w.spans = time.Time{}, time.Time{}, 0, nil
	if len(e.offsets) == 0 {
		return nil
	}
	return w.handover(e)
}

// handover gives the Effects to send and takes an empty one.
func (w *worker) handover(e *ending) error {
	if e == nil {
		w.bytes += w.fx.Bytes()
	}
	size := w.fx.Bytes()
	w.s.c.Feed.InFlight(size)
	select {
	case w.s.outbox <- item{fx: w.fx, end: e}:
	case <-w.ctx.Done():
		w.s.c.Feed.InFlight(-size)
		return w.ctx.Err()
	}
	return w.take()
}

func (w *worker) take() error {
	select {
	case w.fx = <-w.s.free:
		w.fx.Reset()
		return nil
	case <-w.ctx.Done():
		return w.ctx.Err()
	}
}
