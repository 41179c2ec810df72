package lane_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/lane"
	"github.com/assay-dev/assay/internal/observe"
	"github.com/assay-dev/assay/internal/testkit"
)

// The suite: the same tests on the embedded broker and on Apache Kafka.

func TestTransform(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		r := newRig(t, env, plan(120))
		p := r.start("a")
		r.produce()
		r.await()
		r.flawless()
		p.end()
	})
}

func TestRebalance(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		r := newRig(t, env, plan(240))
		f, err := r.in.Feed(env.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		write := func(n int) {
			if _, err := f.Write(r.ctx(), n); err != nil {
				t.Fatal(err)
			}
		}
		a := r.start("a")
		write(80)
		a.committed(20)
		b := r.start("b")
		b.until("an assignment", func(s observe.FeedStatus) bool { return s.Assigned != nil && *s.Assigned > 0 })
		write(80)
		b.committed(1)
		a.end()
		write(80)
		r.await()
		r.flawless()
		b.end()
	})
}

func TestRestart(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		r := newRig(t, env, plan(240))
		r.slow()
		r.produce()
		for i := range 3 {
			p := r.start("a")
			p.committed(30)
			if i == 1 {
				p.end()
			} else {
				p.crash()
			}
		}
		p := r.start("a")
		r.await()
		r.flawless()
		p.end()
	})
}

// slow makes transactions small and their ends late, so that a test can act in the middle of the work.
func (r *rig) slow() {
	r.tune = func(c *lane.Config) { c.Commit.Bytes = 64 << 10 }
	r.wrap = func(b broker.Broker) broker.Broker { return slowEnd{b} }
}

type slowEnd struct{ broker.Broker }

func (s slowEnd) EndTxn(ctx context.Context, p *broker.Producer, commit bool) error {
	time.Sleep(20 * time.Millisecond)
	return s.Broker.EndTxn(ctx, p, commit)
}

// faulty fails every n-th call of some kind, before or after it has been carried out.
type faulty struct {
	broker.Broker
	calls atomic.Int64
	every int64
	kind  string
	after bool
}

var errInjected = errors.New("injected")

func (f *faulty) fail(kind string, do func() error) error {
	if kind != f.kind || f.calls.Add(1)%f.every != 0 {
		return do()
	}
	if f.after {
		if err := do(); err != nil {
			return err
		}
	}
	return errInjected
}

func (f *faulty) AddPartitions(ctx context.Context, p *broker.Producer, tps []broker.TopicPartition) error {
	return f.fail("add", func() error { return f.Broker.AddPartitions(ctx, p, tps) })
}

func (f *faulty) Produce(ctx context.Context, p *broker.Producer, b []broker.ProduceBatch) error {
	return f.fail("produce", func() error { return f.Broker.Produce(ctx, p, b) })
}

func (f *faulty) CommitOffsets(ctx context.Context, p *broker.Producer, group string, t broker.Token, o []broker.Offset) error {
	return f.fail("offsets", func() error { return f.Broker.CommitOffsets(ctx, p, group, t, o) })
}

func (f *faulty) EndTxn(ctx context.Context, p *broker.Producer, commit bool) error {
	return f.fail("end", func() error { return f.Broker.EndTxn(ctx, p, commit) })
}

func (f *faulty) Fetch(ctx context.Context, r *broker.Fetch) error {
	return f.fail("fetch", func() error { return f.Broker.Fetch(ctx, r) })
}

func TestAbort(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		for _, kind := range []string{"add", "produce", "offsets", "end", "fetch"} {
			for _, after := range []bool{false, true} {
				name := kind + " refused"
				if after {
					name = kind + " done, answer lost"
				}
				t.Run(name, func(t *testing.T) {
					r := newRig(t, env, plan(60))
					r.wrap = func(b broker.Broker) broker.Broker {
						return &faulty{Broker: b, every: 4, kind: kind, after: after}
					}
					r.produce()
					p := r.start("a")
					r.await()
					r.flawless()
					p.end()
				})
			}
		}
	})
}

// A stop ends the open transactions and leaves the rest to the next process.
func TestStop(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		r := newRig(t, env, plan(400))
		r.slow()
		r.produce()
		p := r.start("a")
		p.committed(10)
		began := time.Now()
		p.end()
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("stopping took %v", took)
		}
		q := r.start("b")
		r.await()
		r.flawless()
		q.end()
	})
}
