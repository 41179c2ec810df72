package broker

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// stage is an embedded cluster, a client, a transaction that is open with one record in it, and a member.
type stage struct {
	cluster *kfake.Cluster
	c       *Client
	p       *Producer
	tp      TopicPartition
	group   string
	g       Generation

	mu      sync.Mutex
	retried []int16 // codes, in order; -2 stands for a lost answer
}

func newStage(t *testing.T, ctx context.Context) *stage {
	s := &stage{cluster: embedded(t)}
	s.c = connect(t, s.cluster.ListenAddrs(), func(c *Config) {
		c.OnRetry = func(err error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			code := Code(err)
			if IsTransport(err) {
				code = -2
			}
			s.retried = append(s.retried, code)
		}
	})
	s.tp, s.group = TopicPartition{topic(t, ctx, s.c, 2), 0}, unique("group")
	m, g := join(t, ctx, s.c, s.group, s.tp.Topic)
	t.Cleanup(func() { leave(t, m, g) })
	s.g = g
	s.p = producer(t, ctx, s.c)
	write(t, ctx, s.c, s.p, s.tp, "first")
	s.retried = nil
	return s
}

// calls are the requests of a stage, by the API that they begin with.
func (s *stage) calls(t *testing.T, ctx context.Context) map[string]func() error {
	return map[string]func() error{
		"Produce": func() error { return s.c.Produce(ctx, s.p, []ProduceBatch{batchOf(t, s.p, s.tp, "second")}) },
		"ListOffsets": func() error {
			_, err := s.c.ListOffsets(ctx, Earliest, []TopicPartition{s.tp})
			return err
		},
		"OffsetFetch": func() error {
			_, err := s.c.StableOffsets(ctx, s.group, []TopicPartition{s.tp})
			return err
		},
		"InitProducerID": func() error { _, err := s.c.InitProducer(ctx, s.p.TxnID, time.Minute); return err },
		"AddPartitionsToTxn": func() error {
			return s.c.AddPartitions(ctx, s.p, []TopicPartition{s.tp, {s.tp.Topic, 1}})
		},
		"AddOffsetsToTxn": func() error {
			return s.c.CommitOffsets(ctx, s.p, s.group, s.g.Token(), []Offset{{s.tp, 1, ""}})
		},
		"TxnOffsetCommit": func() error {
			return s.c.CommitOffsets(ctx, s.p, s.group, s.g.Token(), []Offset{{s.tp, 1, ""}})
		},
		"EndTxn": func() error { return s.c.EndTxn(ctx, s.p, true) },
		"DescribeConfigs": func() error {
			_, err := s.c.TopicConfigs(ctx, s.tp.Topic)
			return err
		},
		"CreateTopics": func() error { return s.c.CreateTopics(ctx, []NewTopic{{Name: unique("new")}}) },
	}
}

func keyOf(t *testing.T, name string) kmsg.Key {
	for key := range kmsg.Key(kmsg.MaxKey + 1) {
		if key.Name() == name {
			return key
		}
	}
	t.Fatalf("no request is called %s", name)
	return 0
}

// TestRefusalsThatPass injects each code, three times, where brokers give it, and expects the call to succeed all the same.
func TestRefusalsThatPass(t *testing.T) {
	for _, c := range []struct {
		api   string
		codes []int16
	}{
		{"Produce", []int16{3, 5, 6, 7, 19, 20, 51, 56}},
		{"ListOffsets", []int16{3, 5, 6, 56, 74, 75, 78}},
		{"OffsetFetch", []int16{14, 15, 16, 88}},
		{"InitProducerID", []int16{14, 15, 16, 51}},
		{"AddPartitionsToTxn", []int16{3, 14, 15, 16, 51}},
		{"AddOffsetsToTxn", []int16{14, 15, 16, 51}},
		{"TxnOffsetCommit", []int16{3, 14, 15, 16}},
		{"EndTxn", []int16{14, 15, 16, 51}},
		{"CreateTopics", []int16{7, 41, 89}},
	} {
		t.Run(c.api, func(t *testing.T) {
			for _, code := range c.codes {
				ctx := within(t)
				s := newStage(t, ctx)
				if c.api == "OffsetFetch" || c.api == "InitProducerID" {
					must(t, s.c.EndTxn(ctx, s.p, true))
				}
				s.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{keyOf(t, c.api)}, Err: kerr.TypedErrorForCode(code), Count: 3})
				if err := s.calls(t, ctx)[c.api](); err != nil {
					t.Errorf("%d: %v", code, err)
				}
				if d := cmp.Diff([]int16{code, code, code}, s.retried); d != "" {
					t.Errorf("%d: %s", code, d)
				}
			}
		})
	}
}

// TestRefusalsThatEnd injects codes that no retry cures: they come back at once, with their name and their place.
func TestRefusalsThatEnd(t *testing.T) {
	for _, c := range []struct {
		api   string
		codes []int16
		is    func(error) bool
	}{
		{"Produce", []int16{47, 90}, IsFenced},
		{"Produce", []int16{10, 18}, IsTooLarge},
		{"Produce", []int16{2, 29, 45, 48, 59, 87}, nil},
		{"ListOffsets", []int16{29, 43}, nil},
		{"OffsetFetch", []int16{30}, nil},
		{"InitProducerID", []int16{50, 53}, nil},
		{"InitProducerID", []int16{90}, IsFenced},
		{"AddPartitionsToTxn", []int16{47, 90}, IsFenced},
		{"AddPartitionsToTxn", []int16{29, 48, 49, 55}, nil},
		{"AddOffsetsToTxn", []int16{47, 90}, IsFenced},
		{"TxnOffsetCommit", []int16{22, 25, 27, 82}, IsGenerationEnded},
		{"TxnOffsetCommit", []int16{47, 90}, IsFenced},
		{"TxnOffsetCommit", []int16{12, 30}, nil},
		{"EndTxn", []int16{47, 90}, IsFenced},
		{"EndTxn", []int16{48, 49, 53}, nil},
		{"CreateTopics", []int16{36}, IsTopicExists},
	} {
		t.Run(c.api, func(t *testing.T) {
			ctx := within(t)
			for _, code := range c.codes {
				s := newStage(t, ctx)
				s.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{keyOf(t, c.api)}, Err: kerr.TypedErrorForCode(code)})
				err := s.calls(t, ctx)[c.api]()
				if Code(err) != code || c.is != nil && !c.is(err) {
					t.Errorf("%d: %v", code, err)
				}
				if len(s.retried) > 0 {
					t.Errorf("%d: retried: %v", code, s.retried)
				}
			}
		})
	}
}

// TestDuplicateIsSuccess has the broker say that it has the batch already.
func TestDuplicateIsSuccess(t *testing.T) {
	ctx := within(t)
	s := newStage(t, ctx)
	s.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.DuplicateSequenceNumber})
	must(t, s.c.Produce(ctx, s.p, []ProduceBatch{batchOf(t, s.p, s.tp, "second")}))
	if s.p.Sequences[s.tp] != 2 {
		t.Error(s.p.Sequences)
	}
}

// TestRetriesNeverDouble has the broker append a batch and then say that it has not: the same sequence keeps it single.
func TestRetriesNeverDouble(t *testing.T) {
	ctx := within(t)
	s := newStage(t, ctx)
	s.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.NotEnoughReplicasAfterAppend, Count: 2},
		kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.RequestTimedOut, Count: 2})
	must(t, s.c.Produce(ctx, s.p, []ProduceBatch{batchOf(t, s.p, s.tp, "second")}))
	must(t, s.c.EndTxn(ctx, s.p, true))
	if d := cmp.Diff([]string{"first", "second"}, committed(t, ctx, s.c, s.tp, 0, 2)); d != "" {
		t.Error(d)
	}
}

// TestPartOfAProduce refuses one of two partitions: the other is not sent again.
func TestPartOfAProduce(t *testing.T) {
	ctx := within(t)
	s := newStage(t, ctx)
	other := TopicPartition{s.tp.Topic, 1}
	must(t, s.c.AddPartitions(ctx, s.p, []TopicPartition{other}))
	fault := s.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Partitions: []int32{1}, Err: kerr.NotEnoughReplicas, Count: 2})
	seen := s.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Partitions: []int32{0}, Observe: true, Count: -1})
	must(t, s.c.Produce(ctx, s.p, []ProduceBatch{batchOf(t, s.p, s.tp, "second"), batchOf(t, s.p, other, "1")}))
	if fault.Hits() != 2 || seen.Hits() != 1 {
		t.Errorf("partition 1 refused %d times, partition 0 sent %d times", fault.Hits(), seen.Hits())
	}
	if d := cmp.Diff(map[TopicPartition]int32{s.tp: 2, other: 1}, s.p.Sequences); d != "" {
		t.Error(d)
	}
	// What ends the transaction is told before what could be retried.
	s.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Partitions: []int32{1}, Err: kerr.InvalidProducerEpoch},
		kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Partitions: []int32{0}, Err: kerr.NotEnoughReplicas})
	err := s.c.Produce(ctx, s.p, []ProduceBatch{batchOf(t, s.p, s.tp, "third"), batchOf(t, s.p, other, "2")})
	if !IsFenced(err) {
		t.Error(err)
	}
	if d := cmp.Diff(map[TopicPartition]int32{s.tp: 2, other: 1}, s.p.Sequences); d != "" {
		t.Error("after an error", d)
	}
}

// TestLostAnswers cuts the connection in place of an answer. What is idempotent is asked again; Produce, EndTxn and what lies
// between come back, because only InitProducer and stable offsets can tell what happened.
func TestLostAnswers(t *testing.T) {
	again := map[string]bool{"ListOffsets": true, "OffsetFetch": true, "InitProducerID": true, "DescribeConfigs": true, "CreateTopics": true}
	ctx := within(t)
	for name := range newStage(t, ctx).calls(t, ctx) {
		s := newStage(t, ctx)
		if name == "OffsetFetch" {
			must(t, s.c.EndTxn(ctx, s.p, true))
		}
		cut := false
		s.cluster.ControlKey(int16(keyOf(t, name)), func(kmsg.Request) (kmsg.Response, error, bool) {
			s.cluster.KeepControl()
			if cut {
				return nil, nil, false
			}
			cut = true
			return nil, context.Canceled, true
		})
		err := s.calls(t, ctx)[name]()
		if again[name] {
			if d := cmp.Diff([]int16{-2}, s.retried); err != nil || d != "" {
				t.Errorf("%s: %v\n%s", name, err, d)
			}
			continue
		}
		if !IsTransport(err) || s.retried != nil {
			t.Errorf("%s: retried %v, then %v", name, s.retried, err)
		}
		// The way out: settle, ask, go on.
		next, err := s.c.InitProducer(ctx, s.p.TxnID, time.Minute)
		must(t, err)
		_, err = s.c.StableOffsets(ctx, s.group, []TopicPartition{s.tp})
		must(t, err)
		write(t, ctx, s.c, next, s.tp, "after")
		must(t, s.c.EndTxn(ctx, next, true))
	}
}

// TestDoubtfulProducer loses the answer to an InitProducer: the producer that comes of the next try knows of the other one.
func TestDoubtfulProducer(t *testing.T) {
	ctx := within(t)
	cluster := embedded(t)
	c := connect(t, cluster.ListenAddrs())
	if p := producer(t, ctx, c); p.Doubtful {
		t.Error("every answer came, and yet there is doubt")
	}
	cluster.ControlKey(int16(kmsg.InitProducerID), func(kmsg.Request) (kmsg.Response, error, bool) {
		return nil, context.Canceled, true
	})
	if p := producer(t, ctx, c); !p.Doubtful {
		t.Error("an answer was lost, and yet there is no doubt")
	}
}

// TestMovingBrokers moves leaders and coordinators under transactions: only caches notice.
func TestMovingBrokers(t *testing.T) {
	ctx := within(t)
	s := newStage(t, ctx)
	want := []string{"first"}
	for i := range 6 {
		must(t, s.cluster.MoveTopicPartition(s.tp.Topic, s.tp.Partition, (s.cluster.LeaderFor(s.tp.Topic, s.tp.Partition)+1)%3))
		value := string(rune('a' + i))
		write(t, ctx, s.c, s.p, s.tp, value)
		want = append(want, value)
		s.cluster.RehashCoordinators()
		must(t, s.c.EndTxn(ctx, s.p, true))
	}
	if d := cmp.Diff(want, committed(t, ctx, s.c, s.tp, 0, len(want))); d != "" {
		t.Error(d)
	}
	if s.retried == nil {
		t.Error("nothing moved")
	}
}

// TestContextEndsARetry names both what was waited for and why the waiting ended.
func TestContextEndsARetry(t *testing.T) {
	s := newStage(t, within(t))
	s.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.EndTxn}, Err: kerr.ConcurrentTransactions, Count: -1})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := s.c.EndTxn(ctx, s.p, true)
	if Code(err) != codeConcurrentTransactions && !IsTransport(err) || ctx.Err() == nil {
		t.Errorf("%v", err)
	}
}
