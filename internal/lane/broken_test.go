package lane_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/lane"
	"github.com/assay-dev/assay/internal/observe"
	"github.com/assay-dev/assay/internal/testkit"
	"github.com/assay-dev/assay/internal/testkit/judge"
	"github.com/assay-dev/assay/internal/wire"
)

// The judge is worth what it catches. These lanes are broken, each in a way that counts do not always show, by wrapping the
// broker: the product has no unsafe path.

// commitFirst ends each transaction before its output is published, in a second one, and sometimes fails in between.
type commitFirst struct {
	broker.Broker
	mu      sync.Mutex
	held    map[*broker.Producer][]broker.ProduceBatch
	commits int
}

func (c *commitFirst) AddPartitions(context.Context, *broker.Producer, []broker.TopicPartition) error {
	return nil
}

func (c *commitFirst) Produce(_ context.Context, p *broker.Producer, batches []broker.ProduceBatch) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range batches {
		b.Batch = slices.Clone(b.Batch)
		c.held[p] = append(c.held[p], b)
		p.Sequences[b.TopicPartition] += b.Count
	}
	return nil
}

func (c *commitFirst) EndTxn(ctx context.Context, p *broker.Producer, commit bool) error {
	if err := c.Broker.EndTxn(ctx, p, commit); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	held := c.held[p]
	delete(c.held, p)
	if c.commits++; c.commits%5 == 0 {
		return errInjected
	}
	for _, b := range held {
		p.Sequences[b.TopicPartition] -= b.Count
	}
	for _, b := range held {
		if err := c.Broker.AddPartitions(ctx, p, []broker.TopicPartition{b.TopicPartition}); err != nil {
			return err
		}
		if err := c.Broker.Produce(ctx, p, []broker.ProduceBatch{b}); err != nil {
			return err
		}
	}
	if len(held) == 0 {
		return nil
	}
	return c.Broker.EndTxn(ctx, p, true)
}

func TestJudgeCatchesCommitBeforePublish(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		r := newRig(t, env, plan(120))
		r.tune = func(c *lane.Config) { c.Commit.Bytes = 64 << 10 }
		r.wrap = func(b broker.Broker) broker.Broker {
			return &commitFirst{Broker: b, held: map[*broker.Producer][]broker.ProduceBatch{}}
		}
		r.produce()
		p := r.start("a")
		r.await()
		p.end()
		if v := r.judge(); v.Count(judge.Lost) == 0 {
			t.Errorf("the judge missed that output is lost: %v", v)
		}
	})
}

// outside publishes without the transaction, and sometimes the transaction fails.
type outside struct {
	broker.Broker
	plain   *broker.Client
	mu      sync.Mutex
	decoder *wire.Decoder
	encoder *wire.Encoder
	commits int
}

func (o *outside) AddPartitions(context.Context, *broker.Producer, []broker.TopicPartition) error {
	return nil
}

func (o *outside) Produce(ctx context.Context, p *broker.Producer, batches []broker.ProduceBatch) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	var bare []broker.ProduceBatch
	for _, b := range batches {
		batch, _, err := wire.Next(b.Batch)
		if err != nil {
			return err
		}
		records, err := o.decoder.Records(&batch)
		if err != nil {
			return err
		}
		var rec wire.Record
		var frames []byte
		n := int32(0)
		for records.Next(&rec) {
			frames = wire.AppendRecord(frames, n, rec.Key, rec.Value, rec.Headers(nil))
			n++
		}
		info := wire.BatchInfo{ProducerID: -1, Epoch: -1, Sequence: -1, Time: time.Now(), Count: n}
		out, err := o.encoder.AppendBatch(nil, info, frames)
		if err != nil {
			return err
		}
		p.Sequences[b.TopicPartition] += b.Count
		bare = append(bare, broker.ProduceBatch{TopicPartition: b.TopicPartition, Batch: out, Count: n})
	}
	return o.plain.ProducePlain(ctx, bare)
}

func (o *outside) EndTxn(ctx context.Context, p *broker.Producer, commit bool) error {
	o.mu.Lock()
	o.commits++
	fail := o.commits%4 == 0
	o.mu.Unlock()
	if fail {
		return errInjected
	}
	return o.Broker.EndTxn(ctx, p, commit)
}

func TestJudgeCatchesPublishingOutsideTheTransaction(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		r := newRig(t, env, plan(120))
		r.tune = func(c *lane.Config) { c.Commit.Bytes = 64 << 10 }
		r.wrap = func(b broker.Broker) broker.Broker {
			return &outside{Broker: b, plain: b.(*broker.Client), decoder: wire.NewDecoder(64 << 20), encoder: wire.NewEncoder()}
		}
		r.produce()
		p := r.start("a")
		r.await()
		p.end()
		if v := r.judge(); v.Count(judge.Duplicated) == 0 {
			t.Errorf("the judge missed that output is doubled: %v", v)
		}
	})
}

// frozen holds the first EndTxn that follows output back until it is thawed, whatever the context says, as a stopped process
// would.
type frozen struct {
	broker.Broker
	reached, thaw  chan struct{}
	produced, once atomic.Bool
}

func (f *frozen) Produce(ctx context.Context, p *broker.Producer, b []broker.ProduceBatch) error {
	f.produced.Store(true)
	return f.Broker.Produce(ctx, p, b)
}

func (f *frozen) EndTxn(ctx context.Context, p *broker.Producer, commit bool) error {
	if f.produced.Load() && f.once.CompareAndSwap(false, true) {
		close(f.reached)
		<-f.thaw
		ctx = context.WithoutCancel(ctx)
	}
	return f.Broker.EndTxn(ctx, p, commit)
}

// unstable reads committed offsets without require_stable: it does not see that some are about to change.
type unstable struct {
	broker.Broker
	client *kgo.Client
}

func (u unstable) StableOffsets(ctx context.Context, group string, tps []broker.TopicPartition) (map[broker.TopicPartition]broker.Committed, error) {
	req := kmsg.NewPtrOffsetFetchRequest()
	req.Group = group
	for _, tp := range tps {
		t := kmsg.NewOffsetFetchRequestTopic()
		t.Topic, t.Partitions = tp.Topic, []int32{tp.Partition}
		req.Topics = append(req.Topics, t)
	}
	g := kmsg.NewOffsetFetchRequestGroup()
	g.Group = group
	for _, t := range req.Topics {
		gt := kmsg.NewOffsetFetchRequestGroupTopic()
		gt.Topic, gt.Partitions = t.Topic, t.Partitions
		g.Topics = append(g.Topics, gt)
	}
	req.Groups = append(req.Groups, g)
	resp, err := req.RequestWith(ctx, u.client)
	if err != nil {
		return nil, err
	}
	out := map[broker.TopicPartition]broker.Committed{}
	for _, g := range resp.Groups {
		for _, t := range g.Topics {
			for _, p := range t.Partitions {
				if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
					return nil, err
				}
				out[broker.TopicPartition{Topic: t.Topic, Partition: p.Partition}] = broker.Committed{Offset: p.Offset}
			}
		}
	}
	if len(out) < len(tps) {
		return nil, errors.New("offsets are missing")
	}
	return out, nil
}

// freeze plays the history of a member that freezes between its offsets and the end of its transaction while the group
// goes on without it.
func freeze(t *testing.T, env testkit.Env, second func(broker.Broker) broker.Broker, meanwhile func(b *process)) *rig {
	r := newRig(t, env, plan(60))
	r.tune = func(c *lane.Config) {
		c.Lanes, c.Commit.Every, c.Commit.Idle = 1, time.Second, 100*time.Millisecond
		c.TransactionTimeout = 30 * time.Second
	}
	r.produce()
	f := &frozen{reached: make(chan struct{}), thaw: make(chan struct{})}
	r.wrap = func(b broker.Broker) broker.Broker { f.Broker = b; return f }
	a := r.start("a")
	testkit.Await(t, "the first EndTxn", f.reached)
	r.wrap = second
	b := r.start("b")
	// The group waits for the frozen member as long as its rebalance timeout, then goes on without it.
	b.until("all partitions", func(s observe.FeedStatus) bool { return s.Assigned != nil && *s.Assigned == partitions })
	meanwhile(b)
	close(f.thaw)
	r.await()
	a.end()
	b.end()
	return r
}

func TestFrozenMember(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		// The second member must wait; a second is what a broken one needs at most to commit.
		wait := func(b *process) {
			time.Sleep(time.Second)
			if n := b.state.Status().Feeds[0].Totals.Chunks; n > 0 {
				t.Errorf("%d chunks committed while an earlier transaction on their partitions was open", n)
			}
		}
		freeze(t, env, func(b broker.Broker) broker.Broker { return b }, wait).flawless()
	})
}

func TestJudgeCatchesUnstableOffsets(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		client, err := kgo.NewClient(kgo.SeedBrokers(env.Addr...))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(client.Close)
		r := freeze(t, env, func(b broker.Broker) broker.Broker { return unstable{b, client} }, func(b *process) { b.committed(1) })
		if v := r.judge(); v.Count(judge.Duplicated) == 0 {
			t.Errorf("the judge missed that two members committed the same chunks: %v", v)
		}
	})
}
