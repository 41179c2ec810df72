package lane

import (
	"context"
	"fmt"
	"time"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/wire"
)

// sender produces Effects and ends transactions. It belongs to the send stage of one session.
type sender struct {
	s       *session
	encoder *wire.Encoder
	open    bool                           // the broker may know of the transaction
	added   map[broker.TopicPartition]bool // partitions in the open transaction
	bufs    [][]byte                       // one encoded batch each
	batches []broker.ProduceBatch
	taken   []bool // of the frames: has been produced

	counts flow.Counts // of the open transaction
	bytes  int64       // produced in it
}

func (x *sender) init(s *session) {
	x.s, x.encoder, x.added = s, wire.NewEncoder(), map[broker.TopicPartition]bool{}
}

// calm is how long a session must have lasted for the trouble of the one before to be over, when there is nothing to commit. It
// is longer than any back-off, so that a condition does not come and go with each try.
const calm = 3 * time.Second

// send works until the outbox is closed.
func (s *session) send(ctx context.Context) error {
	over := time.After(calm)
	for {
		select {
		case <-over:
			s.l.troubles.end(s.l.patient())
		case it, ok := <-s.outbox:
			if !ok {
				return nil
			}
			if err := s.sender.item(ctx, it); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// item produces a piece of the transaction, and ends it with its last one. Once the transaction timeout is over the
// coordinator aborts it, so that nothing is worth waiting for longer.
func (x *sender) item(ctx context.Context, it item) error {
	ctx, cancel := context.WithTimeout(ctx, x.s.c.TransactionTimeout)
	defer cancel()
	size := it.fx.Bytes()
	err := x.produce(ctx, it.fx)
	x.s.c.Feed.InFlight(-size)
	if err != nil {
		return err
	}
	x.counts.Add(&it.fx.Counts)
	x.s.free <- it.fx
	if it.end == nil {
		return nil
	}
	return x.commit(ctx, it.end)
}

// produce adds the partitions that are new to the transaction and sends the record batches, one for each partition in a
// request, in their order.
func (x *sender) produce(ctx context.Context, fx *flow.Effects) error {
	frames := fx.Frames()
	if err := x.addPartitions(ctx, frames); err != nil {
		return err
	}
	x.taken = append(x.taken[:0], make([]bool, len(frames))...)
	for left := len(frames); left > 0; {
		n, err := x.round(ctx, frames)
		if err != nil {
			return err
		}
		left -= n
	}
	return nil
}

func (x *sender) addPartitions(ctx context.Context, frames []flow.Frames) error {
	var fresh []broker.TopicPartition
	for i := range frames {
		tp := x.target(&frames[i])
		if !x.added[tp] {
			x.added[tp] = true
			fresh = append(fresh, tp)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	x.open = true
	began := time.Now()
	if err := x.s.c.Broker.AddPartitions(ctx, x.s.l.producer, fresh); err != nil {
		return fmt.Errorf("adding partitions to the transaction: %w", err)
	}
	x.s.c.Feed.Step("add_partitions", time.Since(began))
	return nil
}

func (x *sender) target(f *flow.Frames) broker.TopicPartition {
	return broker.TopicPartition{Topic: x.s.c.Outputs[f.Output], Partition: f.Partition}
}

// round sends the first batch not yet sent of each partition.
func (x *sender) round(ctx context.Context, frames []flow.Frames) (sent int, err error) {
	p := x.s.l.producer
	x.batches = x.batches[:0]
	began := time.Now()
	for i := range frames {
		f := &frames[i]
		tp := x.target(f)
		if x.taken[i] || x.inRound(tp) {
			continue
		}
		x.taken[i] = true
		sent++
		if f.Count == 0 {
			continue
		}
		if len(x.bufs) == len(x.batches) {
			x.bufs = append(x.bufs, nil)
		}
		n := len(x.batches)
		info := wire.BatchInfo{
			Codec: x.s.c.Codec, Transactional: true, ProducerID: p.ID, Epoch: p.Epoch, Sequence: p.Sequences[tp],
			Time: began, Count: f.Count,
		}
		if x.bufs[n], err = x.encoder.AppendBatch(x.bufs[n][:0], info, f.Buf); err != nil {
			return 0, fmt.Errorf("encoding a record batch for %s/%d: %w", tp.Topic, tp.Partition, err)
		}
		x.bytes += int64(len(x.bufs[n]))
		x.batches = append(x.batches, broker.ProduceBatch{TopicPartition: tp, Batch: x.bufs[n], Count: f.Count})
	}
	if len(x.batches) == 0 {
		return sent, nil
	}
	x.s.c.Feed.Step("encode", time.Since(began))
	began = time.Now()
	if err := x.s.c.Broker.Produce(ctx, p, x.batches); err != nil {
		return 0, fmt.Errorf("producing: %w", err)
	}
	x.s.c.Feed.Step("produce", time.Since(began))
	return sent, nil
}

func (x *sender) inRound(tp broker.TopicPartition) bool {
	for i := range x.batches {
		if x.batches[i].TopicPartition == tp {
			return true
		}
	}
	return false
}

// commit puts the offsets into the transaction and ends it. The membership token is read only now.
func (x *sender) commit(ctx context.Context, e *ending) error {
	p := x.s.l.producer
	x.open = true
	began := time.Now()
	if err := x.s.c.Broker.CommitOffsets(ctx, p, x.s.c.Group, x.s.g.Token(), e.offsets); err != nil {
		return fmt.Errorf("adding offsets to the transaction: %w", err)
	}
	x.s.c.Feed.Step("offsets", time.Since(began))
	began = time.Now()
	if err := x.s.c.Broker.EndTxn(ctx, p, true); err != nil {
		return fmt.Errorf("ending the transaction: %w", err)
	}
	x.s.c.Feed.Step("end", time.Since(began))
	clear(x.added)
	x.open = false
	for i, o := range e.offsets {
		x.s.l.memory.put(o.TopicPartition, o)
		x.s.c.Feed.Position(o.Topic, o.Partition, x.s.l.index, o.Offset, e.last[i])
	}
	x.s.l.troubles.end(x.s.l.patient())
	x.s.c.Feed.Committed(&x.counts, x.bytes)
	x.s.c.Feed.Spans(e.spans)
	if !e.began.IsZero() { // else it only put down where to begin
		x.s.c.Feed.Took(time.Since(e.began))
	}
	if !e.oldest.IsZero() {
		x.s.c.Feed.CommitLatency(time.Since(e.oldest))
	}
	x.counts.Reset()
	x.bytes = 0
	return nil
}
