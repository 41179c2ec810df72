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
	oldest  time.Time // timestamp of its oldest chunk
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
	abort   error  // set when the chunk cannot be taken out of the transaction any more

	began  time.Time // of the open transaction's first chunk; zero when there is none
	bytes  int       // of the open transaction that have been handed over
	oldest time.Time
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
		if p.stopped.Load() {
			continue
		}
		whole, err := w.partition(part)
		if err != nil {
			return err
		}
		if whole {
			w.move(p, part.next)
		}
		lag := time.Duration(0)
		if part.high > p.position && !part.at.IsZero() {
			lag = time.Since(part.at)
		}
		w.s.c.Feed.Position(p.Topic, p.Partition, w.s.l.index, p.position, part.high, lag)
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
	for i := range part.batches {
		records, err := w.decoder.Records(&part.batches[i])
		if err != nil {
			w.s.stop(p, observe.CorruptBatch, fmt.Sprintf("the record batch at offset %d cannot be read: %v", part.batches[i].Base, err))
			return false, nil
		}
		for records.Next(&w.record) {
			if w.record.Offset < p.position {
				continue
			}
			if closed(w.settle) {
				return false, nil
			}
			part.at = w.record.Time
			ok, err := w.one(p)
			if err != nil || !ok {
				return false, err
			}
			w.move(p, w.record.Offset+1)
			if err := w.full(); err != nil {
				return false, err
			}
		}
		if err := records.Err(); err != nil {
			w.s.stop(p, observe.CorruptBatch, fmt.Sprintf("the record batch at offset %d cannot be read: %v", part.batches[i].Base, err))
			return false, nil
		}
	}
	return true, nil
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
	w.origin, w.abort = p.origin, nil
	err := w.through()
	w.s.c.Feed.Step("work", time.Since(began))
	var large *encode.TooLarge
	if errors.As(err, &large) {
		w.tooLarge(p, large)
		return false, w.abort
	}
	return err == nil, err
}

// through takes the chunk through the program. The error, beside those of the lane itself, is a *lateChunk or an
// *encode.TooLarge; after the latter nothing of the chunk is left in the Effects, unless part of it has been handed over.
func (w *worker) through() error {
	r := w.s.l.worker.Begin(&w.chunk, w.origin, w.fx)
	for {
		more, err := r.Next()
		if err != nil {
			return w.failed(r, err)
		}
		if !more {
			break
		}
		if w.fx.Bytes() < w.s.c.sendBytes() {
			continue
		}
		if err := w.handover(nil); err != nil {
			return err
		}
		r.Handover(w.fx)
	}
	if _, err := r.End(); err != nil {
		return w.failed(r, err)
	}
	if f := r.Refused(); f != nil && f.Cause != nil {
		w.s.c.Log.Error("a chunk was refused for a fault of the engine", "topic", w.chunk.Topic, "partition", w.chunk.Partition,
			"offset", w.chunk.Offset, "code", f.Code, "cause", f.Cause)
	}
	return nil
}

func (w *worker) failed(r *engine.Run, err error) error {
	var late *engine.Late
	if errors.As(err, &late) {
		return &lateChunk{at: w.chunk.Position, fault: late.Fault}
	}
	if !r.Rollback() {
		w.abort = err
	}
	return err
}

// tooLarge stops a partition at a chunk with a dead letter or document that fits into no message of its topic.
func (w *worker) tooLarge(p *partition, large *encode.TooLarge) {
	w.s.stop(p, observe.OutputTooLarge, fmt.Sprintf("chunk %s/%d/%d: %v (topic %s): raise its max.message.bytes, then restart",
		p.Topic, p.Partition, w.chunk.Offset, large, w.s.c.Outputs[large.Output]))
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
	e := &ending{oldest: w.oldest}
	for _, p := range w.s.parts {
		if p.pending {
			p.pending = false
			e.offsets = append(e.offsets, p.offset())
		}
	}
	w.began, w.oldest, w.bytes = time.Time{}, time.Time{}, 0
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
