package lane_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/lane"
	"github.com/assay-dev/assay/internal/observe"
	"github.com/assay-dev/assay/internal/testkit"
	"github.com/assay-dev/assay/internal/testkit/judge"
)

// A partition that is refused takes nothing with it of the answer that it is in.
func TestPartitionRefused(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		r := newRig(t, env, plan(160))
		r.tune = func(c *lane.Config) { c.Lanes = 1 }
		var refusals atomic.Int64
		x := &tamper{fetch: func(_ context.Context, f *broker.Fetch, send func() error) error {
			if err := send(); err != nil {
				return err
			}
			data := slices.IndexFunc(f.Parts, func(p broker.FetchPart) bool { return len(p.Records) > 0 })
			if last := len(f.Parts) - 1; data >= 0 && data < last && refusals.Add(1) <= 3 {
				refuse(&f.Parts[last], 6)
			}
			return nil
		}}
		r.wrap = x.on
		r.produce()
		p := r.start("a")
		r.await()
		r.flawless()
		p.end()
		if refusals.Load() == 0 {
			t.Error("nothing was refused")
		}
	})
}

// A leader that fails takes nothing with it of what another one has answered and work has not yet taken.
func TestLeaderFails(t *testing.T) {
	r := newRig(t, threeNodes(t), plan(400))
	r.tune = func(c *lane.Config) { c.Lanes, c.BytesInFlight, c.Commit.Bytes = 1, 1<<18, 8<<10 }
	var node, calls atomic.Int64
	node.Store(-1)
	x := &tamper{
		fetch: func(_ context.Context, f *broker.Fetch, send func() error) error {
			node.CompareAndSwap(-1, int64(f.Node))
			if int64(f.Node) == node.Load() && calls.Add(1)%2 == 0 {
				time.Sleep(20 * time.Millisecond)
				return errGone("Fetch", f.Node)
			}
			return send()
		},
		end: func(_ context.Context, send func() error) error {
			time.Sleep(20 * time.Millisecond)
			return send()
		},
	}
	r.wrap = x.on
	r.produce()
	p := r.start("a")
	r.await()
	r.flawless()
	p.end()
}

// A leader that is away holds up nobody else, and is shown until it is back.
func TestLeaderAway(t *testing.T) {
	r := newRig(t, threeNodes(t), clean(200))
	r.tune = func(c *lane.Config) { c.Lanes = 1 }
	var node, failed, cut atomic.Int64
	node.Store(-1)
	x := &tamper{fetch: func(ctx context.Context, f *broker.Fetch, send func() error) error {
		node.CompareAndSwap(-1, int64(f.Node))
		if int64(f.Node) == node.Load() {
			failed.Add(1)
			return errGone("Fetch", f.Node)
		}
		err := send()
		if err != nil && ctx.Err() != nil {
			cut.Add(1)
		}
		return err
	}}
	r.wrap = x.on
	f, err := r.in.Feed(r.env.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p := r.start("a")
	p.condition("BROKER_AWAY")
	for i := range int64(5) {
		if _, err := f.Write(r.ctx(), 20); err != nil {
			t.Fatal(err)
		}
		p.committed(5 * (i + 1)) // each leader has at least one partition of four
		if !slices.Equal(p.names(), []string{"BROKER_AWAY"}) {
			t.Errorf("the conditions are %v", p.names())
		}
	}
	p.until("several tries", func(observe.FeedStatus) bool { return failed.Load() > 3 })
	if cut.Load() > 0 {
		t.Errorf("%d fetches from healthy leaders were cut off", cut.Load())
	}
	node.Store(-2)
	p.until("no condition", func(observe.FeedStatus) bool { return len(p.names()) == 0 })
	if _, err := f.Write(r.ctx(), 100); err != nil {
		t.Fatal(err)
	}
	r.await()
	r.flawless()
	p.end()
}

// Whatever keeps one partition from being fetched is shown while it lasts, by its own name, and the others go on.
func TestPartitionErrorIsShown(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		r := newRig(t, env, clean(80))
		var code atomic.Int64
		x := &tamper{fetch: func(_ context.Context, f *broker.Fetch, send func() error) error {
			if err := send(); err != nil {
				return err
			}
			for i := range f.Parts {
				if p := &f.Parts[i]; p.Partition == 1 && code.Load() != 0 {
					refuse(p, int16(code.Load()))
				}
			}
			return nil
		}}
		code.Store(29)
		r.wrap = x.on
		r.produce()
		p := r.start("a")
		p.committed(60)
		for _, c := range []struct {
			code int64
			name string
			text string
		}{
			{29, "NOT_AUTHORIZED", "TOPIC_AUTHORIZATION_FAILED"},
			{3, "TOPIC_MISSING", "UNKNOWN_TOPIC_OR_PARTITION"},
			{6, "BROKER_AWAY", "NOT_LEADER_FOR_PARTITION"},
			{2, "REQUEST_REFUSED", "CORRUPT_MESSAGE"},
		} {
			code.Store(c.code)
			if text := p.condition(c.name); !strings.Contains(text, c.text) || !strings.Contains(text, r.in.Plan.Topic+"/1") {
				t.Errorf("%s says %q", c.name, text)
			}
			if !slices.Equal(p.names(), []string{c.name}) {
				t.Errorf("the conditions are %v, want %s", p.names(), c.name)
			}
		}
		code.Store(0)
		r.await()
		r.flawless()
		p.until("no condition", func(observe.FeedStatus) bool { return len(p.names()) == 0 })
		p.end()
	})
}

// damaged flips a bit in the length of the batch at an offset of partition 1, so often.
func damaged(at int64, times int64) *tamper {
	var done atomic.Int64
	return &tamper{fetch: func(_ context.Context, f *broker.Fetch, send func() error) error {
		if err := send(); err != nil {
			return err
		}
		for i := range f.Parts {
			p := &f.Parts[i]
			if p.Partition == 1 && p.Offset == at && len(p.Records) > 100 && done.Add(1) <= times {
				p.Records[9] ^= 0x40
			}
		}
		return nil
	}}
}

// A batch whose length is wrong looks as if the answer had cut it.
func TestDamagedLength(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		t.Run("for a moment", func(t *testing.T) {
			r := newRig(t, env, clean(20))
			r.wrap = damaged(0, 3).on
			r.produce()
			p := r.start("a")
			r.await()
			r.flawless()
			p.end()
		})
		t.Run("for ever", func(t *testing.T) {
			r := newRig(t, env, clean(20))
			r.wrap = damaged(0, 1<<30).on
			r.produce()
			p := r.start("a")
			if text := p.condition("CORRUPT_BATCH"); !strings.Contains(text, "offset 0 is corrupt") {
				t.Errorf("the condition says %q", text)
			}
			p.committed(15) // the other partitions go on
			p.end()
		})
	})
}

// Batches that are longer than what is asked for are cut, but for the first, and that is no damage.
func TestLongBatches(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		plan := judge.Standard("", partitions, 24, 3000)
		r := newRig(t, env, plan)
		var cut atomic.Int64
		x := &tamper{fetch: func(_ context.Context, f *broker.Fetch, send func() error) error {
			if err := send(); err != nil {
				return err
			}
			for i := range f.Parts {
				whole := 0
				for _, b := range batches(f.Parts[i].Records) {
					whole += len(b)
				}
				if whole < len(f.Parts[i].Records) {
					cut.Add(1)
				}
			}
			return nil
		}}
		r.wrap = x.on
		r.tune = func(c *lane.Config) { c.Lanes, c.BytesInFlight = 1, 1<<18 } // fetches of 64 KiB
		r.produce()
		p := r.start("a")
		r.await()
		r.flawless()
		p.end()
		if env.Kafka != nil && cut.Load() == 0 {
			t.Error("no batch was cut")
		}
	})
}

// lateRot damages, for ever, whatever of partition 1 stands behind its first batch, while the work is slow.
func lateRot() *tamper {
	return &tamper{
		fetch: func(_ context.Context, f *broker.Fetch, send func() error) error {
			if err := send(); err != nil {
				return err
			}
			for i := range f.Parts {
				p := &f.Parts[i]
				if p.Partition != 1 {
					continue
				}
				for k, b := range batches(p.Records) {
					if k > 0 || p.Offset > 0 {
						b[90] ^= 4
					}
				}
			}
			return nil
		},
		end: func(_ context.Context, send func() error) error {
			time.Sleep(100 * time.Millisecond)
			return send()
		},
	}
}

// What was fetched before a batch that cannot be read is worked on and committed, and then the partition stops.
func TestGoodBeforeCorrupt(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		r := newRig(t, env, clean(200))
		f, err := r.in.Feed(env.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		first := int64(0) // end of the partition's first batch
		for range 20 {
			if _, err := f.Write(r.ctx(), 10); err != nil {
				t.Fatal(err)
			}
			if first == 0 {
				ends, err := admin(t, env).ListEndOffsets(r.ctx(), r.in.Plan.Topic)
				if err != nil {
					t.Fatal(err)
				}
				ends.Each(func(o kadm.ListedOffset) {
					if o.Partition == 1 {
						first = o.Offset
					}
				})
			}
		}
		r.tune = func(c *lane.Config) { c.Lanes, c.Commit.Bytes = 1, 1<<10 }
		r.wrap = lateRot().on
		p := r.start("a")
		p.condition("CORRUPT_BATCH")
		r.until("the good chunks are committed", func(at map[int32]int64) bool { return at[1] == first })
		p.committed(150 + first)
		p.end()
		if rows, want := count(r.scored()), r.rows(0, 200)-r.lost(1, first, 1000); rows != want {
			t.Errorf("%d rows scored, want %d", rows, want)
		}
	})
}
