package lane_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/embedded"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/lane"
	"github.com/assay-dev/assay/internal/observe"
	"github.com/assay-dev/assay/internal/testkit"
)

// What is told of a partition is what is committed, not what has been read ahead.
func TestLag(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		r := newRig(t, env, clean(400))
		hang := make(chan struct{})
		var data, ends atomic.Int64
		x := &tamper{
			create: func(_ []broker.ProduceBatch, send func() error) error {
				data.Add(1)
				return send()
			},
			end: func(ctx context.Context, send func() error) error {
				if data.Load() > 0 { // the transaction before has the starts of the partitions only
					ends.Add(1)
					select {
					case <-hang:
					case <-ctx.Done():
					}
				}
				return send()
			},
		}
		r.wrap = x.on
		r.tune = func(c *lane.Config) { c.Lanes, c.Commit.Bytes = 1, 8<<10 }
		r.produce()
		p := r.start("a")
		p.until("an end that hangs", func(s observe.FeedStatus) bool {
			return ends.Load() > 0 && !slices.ContainsFunc(s.Partitions, func(p observe.PartitionStatus) bool { return p.HighWatermark == 0 })
		})
		for _, part := range p.state.Status().Feeds[0].Partitions {
			if part.Position != 0 || part.LagMessages != 100 {
				t.Errorf("before the first commit partition %d stands at %d and is %d behind", part.Partition, part.Position, part.LagMessages)
			}
		}
		close(hang)
		p.until("no lag", func(s observe.FeedStatus) bool {
			return !slices.ContainsFunc(s.Partitions, func(p observe.PartitionStatus) bool { return p.Position != 100 || p.LagMessages != 0 })
		})
		r.flawless()
		p.end()
	})
}

// A partition that has stopped falls behind, and that is told.
func TestLagOfAStoppedPartition(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		r := newRig(t, env, clean(80))
		f, err := r.in.Feed(env.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.Write(r.ctx(), 40); err != nil {
			t.Fatal(err)
		}
		r.wrap = (&rotten{times: 1 << 30}).on
		p := r.start("a")
		p.condition("CORRUPT_BATCH")
		if _, err := f.Write(r.ctx(), 40); err != nil {
			t.Fatal(err)
		}
		p.until("the lag grows", func(s observe.FeedStatus) bool {
			return slices.ContainsFunc(s.Partitions, func(p observe.PartitionStatus) bool { return p.Partition == 1 && p.LagMessages == 20 })
		})
		p.end()
	})
}

func (x *rotten) on(b broker.Broker) broker.Broker {
	x.Broker = b
	return x
}

// Whoever cannot find out where to begin says so.
func TestNoOffsets(t *testing.T) {
	b, err := embedded.Start(embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	r := newRig(t, testkit.Env{Name: "embedded", Addr: b.Addrs(), Embedded: b}, plan(40))
	r.produce()
	fault, err := b.Inject(embedded.Fault{Key: kmsg.ListOffsets.Int16(), Code: 5, Count: -1})
	if err != nil {
		t.Fatal(err)
	}
	p := r.start("a")
	if text := p.condition("BROKER_AWAY"); !strings.Contains(text, "LEADER_NOT_AVAILABLE") {
		t.Errorf("the condition says %q", text)
	}
	fault.Remove()
	r.await()
	r.flawless()
	if s := p.state.Status(); s.Feeds[0].Totals.RolledBack != 0 {
		t.Errorf("%d transactions rolled back, and none was open", s.Feeds[0].Totals.RolledBack)
	}
	p.until("no condition", func(observe.FeedStatus) bool { return len(p.names()) == 0 })
	p.end()
}

// A transaction that is refused is counted once, shown while it is refused, and not each time anew.
func TestRefusedOutput(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		r := newRig(t, env, plan(40))
		var tries, refused atomic.Int64
		x := &tamper{create: func(b []broker.ProduceBatch, send func() error) error {
			if b[0].Topic != r.out.Scored || tries.Add(1) > 4 {
				return send()
			}
			refused.Add(1)
			return &broker.Error{API: "Produce", Code: 29, Topic: b[0].Topic, Partition: b[0].Partition}
		}}
		r.wrap = x.on
		r.tune = func(c *lane.Config) { c.Lanes = 1 }
		r.produce()
		p := r.start("a")
		p.condition("NOT_AUTHORIZED")
		r.await()
		r.flawless()
		p.until("no condition", func(observe.FeedStatus) bool { return len(p.names()) == 0 })
		if n := p.state.Status().Feeds[0].Totals.RolledBack; n != refused.Load() {
			t.Errorf("%d transactions rolled back, %d were refused", n, refused.Load())
		}
		p.end()
	})
}

// A batch that becomes too large names the setting that it passes.
func TestInputTooLarge(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		r := newRig(t, env, clean(20))
		r.tune = func(c *lane.Config) { c.DecompressedBytes = 1 << 10 }
		r.produce()
		p := r.start("a")
		if text := p.condition("INPUT_TOO_LARGE"); !strings.Contains(text, "larger than 1024 bytes") || !strings.Contains(text, "limits.decompressed_bytes") {
			t.Errorf("the condition says %q", text)
		}
		p.end()
		r.tune = nil
		p = r.start("a")
		r.await()
		r.flawless()
		p.end()
	})
}

// What was looked up in a reference set is counted when its transaction commits: not what was rolled back, and nothing twice.
func TestLookUpsAreCounted(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		r := newRig(t, env, clean(80))
		var rows, known int64
		file := "id\n"
		for _, c := range r.in.Chunks {
			for i, row := range c.Rows {
				if rows++; i%3 == 0 {
					file += row.ID + "\n"
					known++
				}
			}
		}
		r.amend = func(c *feed.Contract) {
			c.Refs = []feed.Ref{{Name: "people", File: "people.csv", Data: []byte(file), Version: "1", Key: "id", On: "id"}}
		}
		var tries atomic.Int64
		x := &tamper{create: func(b []broker.ProduceBatch, send func() error) error {
			if tries.Add(1)%5 == 2 {
				return &broker.Error{API: "Produce", Code: 29, Topic: b[0].Topic, Partition: b[0].Partition}
			}
			return send()
		}}
		r.wrap = x.on
		r.tune = func(c *lane.Config) { c.Commit.Bytes = 20_000 }
		r.produce()
		p := r.start("a")
		r.await()
		p.committed(80)
		if n := p.state.Status().Feeds[0].Totals.RolledBack; n == 0 {
			t.Error("no transaction was rolled back")
		}
		matched, unmatched := p.counter("assay_refs_matched_total"), p.counter("assay_refs_unmatched_total")
		if matched != float64(known) || matched+unmatched != float64(rows) {
			t.Errorf("%v rows of %d were found, %v not; %d are in the set", matched, rows, unmatched, known)
		}
		p.end()
	})
}

// counter gives the sum of a counter's series.
func (p *process) counter(name string) (sum float64) {
	p.r.t.Helper()
	families, err := p.state.Gatherer().Gather()
	if err != nil {
		p.r.t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			sum += m.GetCounter().GetValue()
		}
	}
	return sum
}
