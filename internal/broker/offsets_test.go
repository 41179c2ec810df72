package broker

import (
	"testing"
	"time"

	"github.com/assay-dev/assay/internal/wire"
	"github.com/google/go-cmp/cmp"
)

func TestListOffsets(t *testing.T) {
	c, ctx := connect(t, bootstrap(t)), within(t)
	name := topic(t, ctx, c, 3)
	began := time.Now().Truncate(time.Millisecond)
	one, two, empty := TopicPartition{name, 0}, TopicPartition{name, 1}, TopicPartition{name, 2}
	stamped := func(tp TopicPartition, at time.Time) ProduceBatch {
		b, err := wire.NewEncoder().AppendBatch(nil, wire.BatchInfo{ProducerID: -1, Epoch: -1, Sequence: -1, Time: at, Count: 1},
			wire.AppendRecord(nil, 0, nil, []byte("x"), nil))
		must(t, err)
		return ProduceBatch{tp, b, 1}
	}
	for i := range 4 {
		must(t, c.ProducePlain(ctx, []ProduceBatch{stamped(one, began.Add(time.Duration(i)*time.Second)), stamped(two, began)}))
	}
	p := producer(t, ctx, c)
	write(t, ctx, c, p, two, "not committed yet")
	tps := []TopicPartition{two, empty, one, one}
	for _, q := range []struct {
		name string
		at   int64
		want map[TopicPartition]int64
	}{
		{"earliest", Earliest, map[TopicPartition]int64{one: 0, two: 0, empty: 0}},
		{"latest is the last stable offset", Latest, map[TopicPartition]int64{one: 4, two: 4, empty: 0}},
		{"at a time", began.Add(1500 * time.Millisecond).UnixMilli(), map[TopicPartition]int64{one: 2, two: 4, empty: 0}},
		{"after all", began.Add(time.Hour).UnixMilli(), map[TopicPartition]int64{one: 4, two: 4, empty: 0}},
		{"before all", began.Add(-time.Hour).UnixMilli(), map[TopicPartition]int64{one: 0, two: 0, empty: 0}},
	} {
		got, err := c.ListOffsets(ctx, q.at, tps)
		must(t, err)
		if d := cmp.Diff(q.want, got); d != "" {
			t.Errorf("%s: %s", q.name, d)
		}
	}
	must(t, c.EndTxn(ctx, p, true))
}

func TestStableOffsetsOfANewGroup(t *testing.T) {
	c, ctx := connect(t, bootstrap(t)), within(t)
	got, err := c.StableOffsets(ctx, unique("group"), []TopicPartition{{"nowhere", 0}, {"nowhere", 0}, {"elsewhere", 3}})
	must(t, err)
	if d := cmp.Diff(map[TopicPartition]Committed{{"nowhere", 0}: {-1, ""}, {"elsewhere", 3}: {-1, ""}}, got); d != "" {
		t.Error(d)
	}
	got, err = c.StableOffsets(ctx, unique("group"), nil)
	if err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
}
