package lane_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/census"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/lane"
	"github.com/assay-dev/assay/internal/testkit"
	"github.com/assay-dev/assay/internal/testkit/judge"
)

// admin gives a client of another library for what a test does to the broker.
func admin(t *testing.T, env testkit.Env) *kadm.Client {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(env.Addr...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return kadm.NewClient(c)
}

// clean is a plan without faults.
func clean(chunks int) judge.Plan {
	return judge.Plan{Partitions: partitions, Chunks: chunks, Rows: 20, Seed: 7}
}

// scored reads all scored records of a feed, by partition.
func (r *rig) scored() map[int32][]*kgo.Record { return r.read(r.out.Scored) }

// read reads all committed records of a topic, by partition.
func (r *rig) read(topic string) map[int32][]*kgo.Record {
	r.t.Helper()
	a := admin(r.t, r.env)
	// To the high watermark: the last stable offset follows the end of a transaction some milliseconds later.
	ends, err := a.ListEndOffsets(r.ctx(), topic)
	if err != nil {
		r.t.Fatal(err)
	}
	left := map[int32]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			left[o.Partition] = o.Offset
		}
	})
	c, err := kgo.NewClient(kgo.SeedBrokers(r.env.Addr...), kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.KeepControlRecords())
	if err != nil {
		r.t.Fatal(err)
	}
	defer c.Close()
	out := map[int32][]*kgo.Record{}
	for len(left) > 0 {
		f := c.PollFetches(r.ctx())
		if err := f.Err(); err != nil {
			r.t.Fatal(err)
		}
		f.EachRecord(func(x *kgo.Record) {
			if !x.Attrs.IsControl() {
				out[x.Partition] = append(out[x.Partition], x)
			}
			if x.Offset >= left[x.Partition]-1 {
				delete(left, x.Partition)
			}
		})
	}
	return out
}

func TestDataLost(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		r := newRig(t, env, clean(40))
		f, err := r.in.Feed(env.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.Write(r.ctx(), 20); err != nil {
			t.Fatal(err)
		}
		p := r.start("a")
		p.committed(20)
		p.end()
		if _, err := f.Write(r.ctx(), 20); err != nil {
			t.Fatal(err)
		}
		// Records go that the feed has not read, in one partition only.
		var gone kadm.Offsets
		gone.Add(kadm.Offset{Topic: r.in.Plan.Topic, Partition: 2, At: 9, LeaderEpoch: -1})
		if _, err := admin(t, env).DeleteRecords(r.ctx(), gone); err != nil {
			t.Fatal(err)
		}
		p = r.start("a")
		text := p.condition("DATA_LOST")
		if !strings.Contains(text, "to 9 are gone") || !strings.Contains(text, "--accept-data-lost "+r.in.Plan.Topic+"/2") {
			t.Errorf("the condition says %q", text)
		}
		p.end()
		if err := r.in.Await(short(t), env.Addr, r.group); err == nil {
			t.Fatal("the partition went on without the operator")
		}
		r.tune = func(c *lane.Config) {
			c.AcceptDataLost = []broker.TopicPartition{{Topic: r.in.Plan.Topic, Partition: 2}}
		}
		p = r.start("a")
		r.await()
		p.end()
		// Offsets 5 to 8 of the partition, four chunks, are what the operator has accepted to lose.
		if v := r.judge(); v.Count(judge.Duplicated) > 0 || v.Count(judge.Phantom) > 0 {
			t.Error(v)
		}
		if rows := count(r.scored()); rows != r.rows(0, 40)-r.lost(2, 5, 9) {
			t.Errorf("%d rows scored, want all %d but the %d that are gone", rows, r.rows(0, 40), r.lost(2, 5, 9))
		}
	})
}

func short(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	t.Cleanup(cancel)
	return ctx
}

// TestTopicMadeAgain deletes the input topic under a running process. Kafka deletes the group's offsets with it, so that only
// the process itself can know that what it had not read is gone.
func TestTopicMadeAgain(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		r := newRig(t, env, clean(12))
		r.produce()
		p := r.start("a")
		r.await()
		a := admin(t, env)
		if _, err := a.DeleteTopic(r.ctx(), r.in.Plan.Topic); err != nil {
			t.Fatal(err)
		}
		time.Sleep(500 * time.Millisecond)
		env.CreateTopics(t, partitions, r.in.Plan.Topic)
		if text := p.condition("DATA_LOST"); !strings.Contains(text, "made again") {
			t.Errorf("the condition says %q", text)
		}
		p.end()
	})
}

// rotten flips a bit in what is fetched at one offset, as a disk may do: the broker does not look.
type rotten struct {
	broker.Broker
	at    int64
	times int // so often
	mu    sync.Mutex
}

func (x *rotten) Fetch(ctx context.Context, f *broker.Fetch) error {
	if err := x.Broker.Fetch(ctx, f); err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := range f.Parts {
		p := &f.Parts[i]
		if p.Partition == 1 && p.Offset <= x.at && len(p.Records) > 100 && x.times > 0 {
			x.times--
			p.Records[90] ^= 4
		}
	}
	return nil
}

func TestCorruptBatch(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		t.Run("for a moment", func(t *testing.T) {
			r := newRig(t, env, clean(20))
			r.wrap = func(b broker.Broker) broker.Broker { return &rotten{Broker: b, times: 3} }
			r.produce()
			p := r.start("a")
			r.await()
			r.flawless()
			p.end()
		})
		t.Run("for ever", func(t *testing.T) {
			r := newRig(t, env, clean(20))
			r.wrap = func(b broker.Broker) broker.Broker { return &rotten{Broker: b, times: 1 << 30} }
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

func TestOutputTooLarge(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		plan := clean(20)
		plan.Flagged, plan.Rows = 0.5, 60 // quality events of some kilobytes
		r := newRig(t, env, plan)
		r.tune = func(c *lane.Config) { c.MaxMessage[flow.Quality] = 5 << 10 }
		r.produce()
		p := r.start("a")
		if text := p.condition("OUTPUT_TOO_LARGE"); !strings.Contains(text, r.out.Quality) || !strings.Contains(text, "max.message.bytes") {
			t.Errorf("the condition says %q", text)
		}
		p.end()
		r.tune = nil // the operator has raised the limit
		p = r.start("a")
		r.await()
		r.flawless()
		p.end()
	})
}

// TestMessageTooLarge lets the lane find out for itself that a topic takes less than its settings say.
func TestMessageTooLarge(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		r := newRig(t, env, plan(60))
		set := []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "max.message.bytes", Value: kadm.StringPtr("20000")}}
		if _, err := admin(t, env).AlterTopicConfigs(r.ctx(), set, r.out.Scored); err != nil {
			t.Fatal(err)
		}
		r.tune = func(c *lane.Config) { c.Codec = 0 }
		r.produce()
		p := r.start("a")
		r.await()
		r.flawless()
		p.end()
	})
}

func TestStart(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		t.Run("latest", func(t *testing.T) {
			r := newRig(t, env, clean(40))
			f, err := r.in.Feed(env.Addr)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if _, err := f.Write(r.ctx(), 20); err != nil {
				t.Fatal(err)
			}
			r.tune = func(c *lane.Config) { c.Start = broker.Latest }
			p := r.start("a")
			// The start is written at once: a process that ends before the first chunk does not skip what comes meanwhile.
			r.until("offsets are written", func(at map[int32]int64) bool { return len(at) == partitions })
			p.end()
			if _, err := f.Write(r.ctx(), 20); err != nil {
				t.Fatal(err)
			}
			p = r.start("a")
			r.await()
			p.end()
			if rows := count(r.scored()); rows != r.rows(20, 40) {
				t.Errorf("%d rows scored, want the %d of the later chunks", rows, r.rows(20, 40))
			}
		})
		t.Run("time", func(t *testing.T) {
			r := newRig(t, env, clean(40))
			f, err := r.in.Feed(env.Addr)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if _, err := f.Write(r.ctx(), 20); err != nil {
				t.Fatal(err)
			}
			time.Sleep(20 * time.Millisecond)
			at := time.Now().UnixMilli()
			time.Sleep(20 * time.Millisecond)
			if _, err := f.Write(r.ctx(), 20); err != nil {
				t.Fatal(err)
			}
			r.tune = func(c *lane.Config) { c.Start = at }
			p := r.start("a")
			r.await()
			p.end()
			if rows := count(r.scored()); rows != r.rows(20, 40) {
				t.Errorf("%d rows scored, want the %d of the later chunks", rows, r.rows(20, 40))
			}
		})
	})
}

// rows counts the data records of chunks from to to.
func (r *rig) rows(from, to int) int {
	n := 0
	for _, c := range r.in.Chunks[from:to] {
		n += len(c.Rows)
	}
	return n
}

// lost counts the data records of a partition's chunks at offsets from to to.
func (r *rig) lost(partition int32, from, to int64) int {
	n := 0
	for _, c := range r.in.Chunks {
		if c.Partition == partition && c.Offset >= from && c.Offset < to {
			n += len(c.Rows)
		}
	}
	return n
}

func count(records map[int32][]*kgo.Record) int {
	n := 0
	for _, p := range records {
		n += len(p)
	}
	return n
}

// until waits for the group's committed offsets.
func (r *rig) until(what string, is func(at map[int32]int64) bool) {
	r.t.Helper()
	a := admin(r.t, r.env)
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		got, err := a.FetchOffsets(r.ctx(), r.group)
		if err != nil {
			continue
		}
		at := map[int32]int64{}
		got.Each(func(o kadm.OffsetResponse) {
			if o.At >= 0 {
				at[o.Partition] = o.At
			}
		})
		if is(at) {
			return
		}
	}
	r.t.Fatalf("not within 30 s: %s", what)
}

func TestInstanceTaken(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		r := newRig(t, env, clean(400))
		r.slow()
		f, err := r.in.Feed(env.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		a, b := r.start("same"), r.start("same")
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		go func() { // work for both, so that they meet
			for more := true; more && ctx.Err() == nil; time.Sleep(30 * time.Millisecond) {
				more, _ = f.Write(ctx, 4)
			}
		}()
		select {
		case err = <-a.done:
			a.done <- nil
		case err = <-b.done:
			b.done <- nil
		case <-ctx.Done():
			t.Fatal("two processes with one instance name go on")
		}
		cancel()
		if !errors.Is(err, lane.ErrInstanceTaken) {
			t.Errorf("ended with %v", err)
		}
	})
}

// TestCP18Lanes is the second half of CP-18: the number of lanes changes nothing in the bytes of an output partition.
func TestCP18Lanes(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		p := plan(160)
		p.Phantoms = 0
		p.Partitions = 8
		r := newRig(t, env, p)
		r.produce()
		var want map[int32][]*kgo.Record
		for i, lanes := range []int{1, 2, 8, 8} {
			r.group = testkit.Unique("lanes")
			r.out.Scored = testkit.Unique("lanes.scored")
			env.CreateTopics(t, 8, r.out.Scored)
			r.tune = func(c *lane.Config) { c.Lanes = lanes }
			p := r.start("a")
			r.await()
			p.end()
			got := r.scored()
			if i == 0 {
				want = got
				continue
			}
			for part := range want {
				same := slices.EqualFunc(want[part], got[part], func(a, b *kgo.Record) bool {
					return bytes.Equal(a.Key, b.Key) && bytes.Equal(a.Value, b.Value)
				})
				if !same {
					t.Errorf("%d lanes: partition %d differs", lanes, part)
				}
			}
		}
		if n := count(want); n < 1000 {
			t.Errorf("only %d rows compared", n)
		}
	})
}

// TestRefusedLate sends a chunk that is found to have too many rows when part of its output has left: the transaction is
// aborted, the chunk read again with its verdict, and what stood beside it in the transaction comes out once.
func TestRefusedLate(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		r := newRig(t, env, clean(8))
		r.amend = func(c *feed.Contract) { c.Limits.Rows = 10_000 }
		r.tune = func(c *lane.Config) {
			c.Lanes, c.BytesInFlight = 1, 1<<20 // output is handed over at 170 kB
			c.Commit.Every, c.Commit.Idle = time.Second, 50*time.Millisecond
			c.MaxMessage[flow.Dead] = 4_000_000
		}
		set := []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "max.message.bytes", Value: kadm.StringPtr("4000000")}}
		if _, err := admin(t, env).AlterTopicConfigs(r.ctx(), set, r.in.Plan.Topic, r.out.Dead); err != nil {
			t.Fatal(err)
		}
		g := census.New(1, census.Options{})
		long := append([]byte{}, g.Header()...)
		long = g.Append(long, 10_001)
		f, err := r.in.Feed(env.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		c, err := kgo.NewClient(kgo.SeedBrokers(env.Addr...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchMaxBytes(4<<20))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := f.Write(r.ctx(), 4); err != nil {
			t.Fatal(err)
		}
		if err := c.ProduceSync(r.ctx(), &kgo.Record{Topic: r.in.Plan.Topic, Partition: 1, Value: long}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(r.ctx(), 4); err != nil {
			t.Fatal(err)
		}
		p := r.start("a")
		r.await()
		if s := p.state.Status().Feeds[0].Totals; s.RolledBack != 1 || s.ChunksDead != 1 {
			t.Errorf("%d transactions rolled back and %d chunks refused, want one of each", s.RolledBack, s.ChunksDead)
		}
		p.end()
		if rows := count(r.scored()); rows != r.rows(0, 8) {
			t.Errorf("%d rows scored, want the %d of the other chunks", rows, r.rows(0, 8))
		}
		letters := r.read(r.out.Dead)
		if count(letters) != 1 || !bytes.Equal(letters[1][0].Value, long) {
			t.Errorf("%d dead letters, want the long chunk as it came", count(letters))
		}
	})
}
