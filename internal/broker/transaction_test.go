package broker

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestTransactions is the life of a lane: two transactions with output on several brokers and offsets, one of them aborted,
// one after the other without a pause.
func TestTransactions(t *testing.T) {
	c, ctx := connect(t, bootstrap(t)), within(t)
	in, out := topic(t, ctx, c, 4), topic(t, ctx, c, 4)
	group := unique("group")
	p := producer(t, ctx, c)
	m, gen := join(t, ctx, c, group, in)
	defer leave(t, m, gen)

	for round, commit := range []bool{true, false, true} {
		var tps []TopicPartition
		var batches []ProduceBatch
		for i := range int32(4) {
			tp := TopicPartition{out, i}
			tps = append(tps, tp)
			batches = append(batches, batchOf(t, p, tp, string(rune('a'+round)), strings.Repeat("large", 10_000)))
		}
		must(t, c.AddPartitions(ctx, p, tps))
		must(t, c.Produce(ctx, p, batches))
		must(t, c.CommitOffsets(ctx, p, group, gen.Token(), []Offset{{TopicPartition{in, 2}, int64(10 * (round + 1)), "note"}, {TopicPartition{in, 0}, 5, ""}}))
		must(t, c.EndTxn(ctx, p, commit))
	}
	if d := cmp.Diff(map[TopicPartition]int32{{out, 0}: 6, {out, 1}: 6, {out, 2}: 6, {out, 3}: 6}, p.Sequences); d != "" {
		t.Error("sequences", d)
	}
	offsets, err := c.StableOffsets(ctx, group, []TopicPartition{{in, 0}, {in, 1}, {in, 2}})
	must(t, err)
	want := map[TopicPartition]Committed{{in, 0}: {5, ""}, {in, 1}: {-1, ""}, {in, 2}: {30, "note"}}
	if d := cmp.Diff(want, offsets); d != "" {
		t.Error("offsets", d)
	}
	for i := range int32(4) {
		got := committed(t, ctx, c, TopicPartition{out, i}, 0, 4)
		for k := range got {
			got[k] = got[k][:1]
		}
		if s := strings.Join(got, ""); s != "alcl" {
			t.Errorf("partition %d holds %q", i, s)
		}
	}
}

// TestInterleavedAborts has two producers in one partition, where the one that begins first aborts last.
func TestInterleavedAborts(t *testing.T) {
	c, ctx := connect(t, bootstrap(t)), within(t)
	tp := TopicPartition{topic(t, ctx, c, 1), 0}
	a, b := producer(t, ctx, c), producer(t, ctx, c)
	write(t, ctx, c, a, tp, "A bad")
	write(t, ctx, c, b, tp, "B bad")
	must(t, c.EndTxn(ctx, b, false))
	write(t, ctx, c, a, tp, "A bad too")
	must(t, c.EndTxn(ctx, a, false))
	write(t, ctx, c, b, tp, "B good")
	must(t, c.EndTxn(ctx, b, true))
	for _, from := range []int64{0, 1, 2} {
		if d := cmp.Diff([]string{"B good"}, committed(t, ctx, c, tp, from, 1)); d != "" {
			t.Errorf("from %d: %s", from, d)
		}
	}
}

// TestSameBatchAgain sends a batch twice, as after an answer that was lost.
func TestSameBatchAgain(t *testing.T) {
	c, ctx := connect(t, bootstrap(t)), within(t)
	tp := TopicPartition{topic(t, ctx, c, 1), 0}
	p := producer(t, ctx, c)
	must(t, c.AddPartitions(ctx, p, []TopicPartition{tp}))
	first := batchOf(t, p, tp, "one", "two")
	must(t, c.Produce(ctx, p, []ProduceBatch{first}))
	must(t, c.Produce(ctx, p, []ProduceBatch{first}))
	p.Sequences[tp] = 2
	must(t, c.Produce(ctx, p, []ProduceBatch{batchOf(t, p, tp, "three")}))
	p.Sequences[tp] = 7
	if err := c.Produce(ctx, p, []ProduceBatch{batchOf(t, p, tp, "gap")}); Code(err) != 45 {
		t.Errorf("a gap: %v", err)
	}
	must(t, c.EndTxn(ctx, p, true))
	if d := cmp.Diff([]string{"one", "two", "three"}, committed(t, ctx, c, tp, 0, 3)); d != "" {
		t.Error(d)
	}
}

// TestFencing has a second process with the same transactional id. What the first had open is gone, and nothing that it does
// counts any more.
func TestFencing(t *testing.T) {
	c, ctx := connect(t, bootstrap(t)), within(t)
	in := topic(t, ctx, c, 1)
	tp := TopicPartition{topic(t, ctx, c, 1), 0}
	group := unique("group")
	m, gen := join(t, ctx, c, group, in)
	defer leave(t, m, gen)

	old := producer(t, ctx, c)
	write(t, ctx, c, old, tp, "old")
	next, err := c.InitProducer(ctx, old.TxnID, 30*time.Second)
	must(t, err)
	if next.ID != old.ID || next.Epoch <= old.Epoch {
		t.Errorf("producer %d epoch %d after producer %d epoch %d", next.ID, next.Epoch, old.ID, old.Epoch)
	}
	for name, do := range map[string]func() error{
		"AddPartitions": func() error { return c.AddPartitions(ctx, old, []TopicPartition{tp}) },
		"CommitOffsets": func() error {
			return c.CommitOffsets(ctx, old, group, gen.Token(), []Offset{{TopicPartition{in, 0}, 1, ""}})
		},
		"EndTxn": func() error { return c.EndTxn(ctx, old, true) },
	} {
		if err := do(); !IsFenced(err) {
			t.Errorf("%s of a zombie: %v", name, err)
		}
	}
	// kfake says INVALID_TXN_STATE here, Kafka that the producer is fenced.
	if err := c.Produce(ctx, old, []ProduceBatch{batchOf(t, old, tp, "zombie")}); !IsFenced(err) && Code(err) != 48 {
		t.Errorf("Produce of a zombie: %v", err)
	}
	write(t, ctx, c, next, tp, "new")
	must(t, c.EndTxn(ctx, next, true))
	if d := cmp.Diff([]string{"new"}, committed(t, ctx, c, tp, 0, 1)); d != "" {
		t.Error(d)
	}
}

func TestEmptyTransactionIsRefused(t *testing.T) {
	c, ctx := connect(t, bootstrap(t)), within(t)
	if err := c.EndTxn(ctx, producer(t, ctx, c), true); Code(err) != 48 {
		t.Error(err)
	}
}

func TestTransactionTimeoutTooLong(t *testing.T) {
	c, ctx := connect(t, bootstrap(t)), within(t)
	_, err := c.InitProducer(ctx, unique("txn"), 24*time.Hour)
	var refusal *Error
	if !errors.As(err, &refusal) || refusal.Name() != "INVALID_TRANSACTION_TIMEOUT" {
		t.Error(err)
	}
}

// TestTokens commits offsets with tokens that are out of date.
func TestTokens(t *testing.T) {
	c, ctx := connect(t, bootstrap(t)), within(t)
	in := topic(t, ctx, c, 1)
	group := unique("group")
	m, gen := join(t, ctx, c, group, in)
	defer leave(t, m, gen)
	good := gen.Token()
	for name, token := range map[string]Token{
		"old generation": {good.MemberID, good.Generation - 1},
		"unknown member": {"nobody", good.Generation},
		"none":           {},
	} {
		p := producer(t, ctx, c)
		err := c.CommitOffsets(ctx, p, group, token, []Offset{{TopicPartition{in, 0}, 1, ""}})
		if !IsGenerationEnded(err) {
			t.Errorf("%s: %v", name, err)
		}
		must(t, c.EndTxn(ctx, p, false))
	}
	offsets, err := c.StableOffsets(ctx, group, []TopicPartition{{in, 0}})
	must(t, err)
	if offsets[TopicPartition{in, 0}].Offset != -1 {
		t.Error(offsets)
	}
}

// TestUnstableOffsets asks for offsets while a transaction with offsets is open: the answer comes when it has ended, and says
// how it ended.
func TestUnstableOffsets(t *testing.T) {
	for _, commit := range []bool{true, false} {
		waiting := make(chan struct{}, 1)
		brokers := bootstrap(t)
		c, ctx := connect(t, brokers), within(t)
		other := connect(t, brokers, func(c *Config) {
			c.OnRetry = func(err error) {
				if Code(err) == codeUnstableOffsets {
					select {
					case waiting <- struct{}{}:
					default:
					}
				}
			}
		})
		in := topic(t, ctx, c, 1)
		tp := TopicPartition{in, 0}
		group := unique("group")
		m, gen := join(t, ctx, c, group, in)
		p := producer(t, ctx, c)
		must(t, c.CommitOffsets(ctx, p, group, gen.Token(), []Offset{{tp, 42, "id"}}))

		answer := make(chan map[TopicPartition]Committed, 1)
		go func() {
			offsets, err := other.StableOffsets(ctx, group, []TopicPartition{tp})
			if err != nil {
				t.Error(err)
			}
			answer <- offsets
		}()
		select {
		case <-waiting:
		case got := <-answer:
			t.Fatalf("an answer while the transaction is open: %v", got)
		}
		short, cancel := context.WithTimeout(ctx, 30*time.Millisecond)
		_, err := c.StableOffsets(short, group, []TopicPartition{tp})
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || Code(err) != codeUnstableOffsets && !IsTransport(err) {
			t.Errorf("with a context that ends: %v", err)
		}
		must(t, c.EndTxn(ctx, p, commit))
		want := Committed{-1, ""}
		if commit {
			want = Committed{42, "id"}
		}
		if got := (<-answer)[tp]; got != want {
			t.Errorf("committed %v: %v, want %v", commit, got, want)
		}
		leave(t, m, gen)
	}
}
