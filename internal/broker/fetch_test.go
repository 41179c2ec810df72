package broker

import (
	"strings"
	"testing"
	"time"

	"github.com/assay-dev/assay/internal/wire"
	"github.com/google/go-cmp/cmp"
)

// TestFetch reads several topics from one broker, with a partition that does not exist among them.
func TestFetch(t *testing.T) {
	c, ctx := connect(t, bootstrap(t)), within(t)
	a, b := topic(t, ctx, c, 3), topic(t, ctx, c, 3)
	var tps []TopicPartition
	for _, name := range []string{a, b} {
		for p := range int32(3) {
			tps = append(tps, TopicPartition{name, p})
		}
	}
	var batches []ProduceBatch
	for _, tp := range tps {
		batches = append(batches, batchOf(t, nil, tp, tp.Topic, string('0'+tp.Partition)))
	}
	must(t, c.ProducePlain(ctx, batches))
	leaders, err := c.leadersOf(ctx, tps)
	must(t, err)
	node := leaders[0]
	f := &Fetch{Node: node, MaxWait: time.Second, MinBytes: 1, MaxBytes: 1 << 20}
	for i, tp := range tps {
		if leaders[i] == node {
			f.Parts = append(f.Parts, FetchPart{TopicPartition: tp, MaxBytes: 1 << 20})
		}
	}
	f.Parts = append(f.Parts, FetchPart{TopicPartition: TopicPartition{a, 77}, MaxBytes: 1 << 20},
		FetchPart{TopicPartition: TopicPartition{f.Parts[0].Topic, f.Parts[0].Partition}, Offset: 99, MaxBytes: 1 << 20})
	// A partition must not be asked for twice in one request; ask for the offset out of range by itself.
	out := &Fetch{Node: node, MaxBytes: 1 << 20, Parts: f.Parts[len(f.Parts)-1:]}
	f.Parts = f.Parts[: len(f.Parts)-1 : len(f.Parts)-1]

	must(t, c.Fetch(ctx, f))
	for i := range f.Parts {
		p := &f.Parts[i]
		if p.Partition == 77 {
			if !IsUnknownTopic(p.Err) && !IsNotLeader(p.Err) {
				t.Errorf("partition 77: %v", p.Err)
			}
			continue
		}
		if p.Err != nil || p.HighWatermark != 2 || p.LastStable != 2 || p.LogStart != 0 {
			t.Errorf("%+v", p)
			continue
		}
		batch, rest, err := wire.Next(p.Records)
		if err != nil || batch.Base != 0 || batch.Last != 1 || len(rest) != 0 {
			t.Errorf("%+v %v", batch, err)
		}
	}
	must(t, c.Fetch(ctx, out))
	if p := out.Parts[0]; !IsOffsetOutOfRange(p.Err) || p.Records != nil {
		t.Errorf("%+v", p)
	}
}

// TestFetchIsUsedAgain has one Fetch answer one thing and then another; nothing of the first is left, and a batch that is
// larger than what was asked for comes whole.
func TestFetchIsUsedAgain(t *testing.T) {
	c, ctx := connect(t, bootstrap(t)), within(t)
	tp := TopicPartition{topic(t, ctx, c, 1), 0}
	p := producer(t, ctx, c)
	write(t, ctx, c, p, tp, "aborted")
	must(t, c.EndTxn(ctx, p, false))
	large := strings.Repeat("large and well compressed ", 10_000)
	write(t, ctx, c, p, tp, large)
	must(t, c.EndTxn(ctx, p, true))
	if got := committed(t, ctx, c, tp, 0, 1); len(got) != 1 || got[0] != large {
		t.Fatalf("%d values", len(got))
	}
	leaders, err := c.leadersOf(ctx, []TopicPartition{tp})
	must(t, err)
	f := &Fetch{Node: leaders[0], MaxWait: time.Second, MaxBytes: 1 << 20, Parts: []FetchPart{{TopicPartition: tp, MaxBytes: 1}}}
	must(t, c.Fetch(ctx, f))
	if d := cmp.Diff([]wire.Aborted{{ProducerID: p.ID, First: 0}}, f.Parts[0].Aborted); d != "" {
		t.Error(d)
	}
	f.Parts[0].Offset = 2
	must(t, c.Fetch(ctx, f))
	if len(f.Parts[0].Aborted) != 0 {
		t.Errorf("%v", f.Parts[0].Aborted)
	}
	if batch, _, err := wire.Next(f.Parts[0].Records); err != nil || batch.Base != 2 {
		t.Errorf("%+v, %v", batch, err)
	}
	f.Parts[0].Offset = 4 // the end
	f.MaxWait = 0
	must(t, c.Fetch(ctx, f))
	if p := f.Parts[0]; p.Err != nil || p.Records != nil || p.HighWatermark != 4 {
		t.Errorf("%+v", p)
	}
}

// TestFetchWaits says that an empty fetch comes back after MaxWait and not after RequestTimeout, which is shorter here.
func TestFetchWaits(t *testing.T) {
	brokers := bootstrap(t)
	slow, ctx := connect(t, brokers), within(t)
	tp := TopicPartition{topic(t, ctx, slow, 1), 0}
	c := connect(t, brokers, func(c *Config) { c.RequestTimeout = 700 * time.Millisecond })
	leaders, err := slow.leadersOf(ctx, []TopicPartition{tp})
	must(t, err)
	committed(t, ctx, slow, tp, 0, 0) // until the leader knows that it is
	f := &Fetch{Node: leaders[0], MaxWait: time.Second, MinBytes: 1, MaxBytes: 1 << 20, Parts: []FetchPart{{TopicPartition: tp, MaxBytes: 1 << 20}}}
	began := time.Now()
	must(t, c.Fetch(ctx, f))
	must(t, f.Parts[0].Err)
	if took := time.Since(began); took < 900*time.Millisecond {
		t.Errorf("back after %v", took)
	}
}
