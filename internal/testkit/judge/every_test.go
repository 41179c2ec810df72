package judge_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/testkit/judge"
)

// perfect makes a history without a broker: chunks stand one after another in their partitions.
func perfect(p judge.Plan, seed uint64) *history {
	p.Topic, p.Seed = "in", seed
	h := &history{
		in: judge.New(p), committed: map[int32]int64{}, begin: map[*judge.Chunk]int{},
		out: judge.Topics{Scored: "scored", Dead: "dead", Quality: "quality", Errors: "errors", Results: "results"},
	}
	for _, c := range h.in.Chunks {
		c.Offset = h.committed[c.Partition]
		h.committed[c.Partition]++
		h.process(c)
	}
	return h
}

func smallPlan() judge.Plan {
	p := plan()
	p.Chunks, p.Rows = 30, 4
	return p
}

// No message of a history can be taken away or doubled unnoticed.
func TestEveryMessageCounts(t *testing.T) {
	h := perfect(smallPlan(), 1)
	if v := judge.Hear(h.in, h.out, h.messages, h.committed); v.Err() != nil {
		t.Fatal(v)
	}
	whole := h.messages
	for i := range whole {
		h.messages = slices.Delete(slices.Clone(whole), i, i+1)
		v := judge.Hear(h.in, h.out, h.messages, h.committed)
		if v.Count(judge.Lost)+v.Count(judge.OffsetAhead) != 1 || len(v.Anomalies()) != 1 {
			t.Fatalf("without message %d on %s: %s", i, whole[i].Topic, v)
		}
		h.messages = slices.Insert(slices.Clone(whole), i, whole[i])
		v = judge.Hear(h.in, h.out, h.messages, h.committed)
		if v.Count(judge.Duplicated) != 1 || len(v.Anomalies()) != 1 {
			t.Fatalf("with message %d on %s twice: %s", i, whole[i].Topic, v)
		}
	}
}

// Whatever the input, its perfect history is perfect, however the partitions' messages interleave.
func TestPerfectForEveryPlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := perfect(smallPlan(), rapid.Uint64().Draw(t, "seed"))
		byPartition := map[int32][]int{}
		for i, r := range h.messages {
			byPartition[r.Partition] = append(byPartition[r.Partition], i)
		}
		var order []int
		for _, p := range rapid.Permutation([]int32{0, 1, 2}).Draw(t, "order of partitions") {
			order = append(order, byPartition[p]...)
		}
		whole := h.messages
		h.messages = nil
		for _, i := range order {
			h.messages = append(h.messages, whole[i])
		}
		if v := judge.Hear(h.in, h.out, h.messages, h.committed); v.Err() != nil {
			t.Fatal(v)
		}
	})
}
