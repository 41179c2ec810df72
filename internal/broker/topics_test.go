package broker

import (
	"testing"
	"time"
)

func TestTopics(t *testing.T) {
	c, ctx := connect(t, bootstrap(t)), within(t)
	name, plain := unique("configured"), unique("plain")
	topics := []NewTopic{
		{Name: name, Partitions: 5, Replication: 1, Configs: map[string]string{"retention.ms": "60000", "cleanup.policy": "compact", "max.message.bytes": "2000000", "message.timestamp.type": "LogAppendTime"}},
		{Name: plain, Configs: map[string]string{"retention.ms": "-1"}},
	}
	must(t, c.CreateTopics(ctx, topics))
	configs, err := c.TopicConfigs(ctx, name, plain, "no-such-topic")
	must(t, err)
	if len(configs) != 2 {
		t.Errorf("%d topics", len(configs))
	}
	got := configs[name]
	if got.Retention != time.Minute || got.CleanupPolicy != "compact" || got.MaxMessageBytes != 2_000_000 || !got.AppendTime {
		t.Errorf("%+v", got)
	}
	if got = configs[plain]; got.Retention != -1 || got.CleanupPolicy != "delete" || got.MaxMessageBytes != 1_048_588 || got.AppendTime || got.MinInsync < 1 {
		t.Errorf("%+v", got)
	}
	m, err := c.Metadata(ctx, name)
	must(t, err)
	if n := len(m.Topics[name].Leaders); n != 5 {
		t.Errorf("%d partitions", n)
	}

	// One that exists does not keep another from being made.
	late := unique("late")
	err = c.CreateTopics(ctx, []NewTopic{topics[0], {Name: late}})
	if !IsTopicExists(err) {
		t.Error(err)
	}
	m, err = c.Metadata(ctx, late)
	must(t, err)
	if m.Topics[late].Err != nil {
		t.Error(m.Topics[late].Err)
	}
}

// TestTopicOfThatSize refuses a batch that the topic does not take.
func TestTopicOfThatSize(t *testing.T) {
	c, ctx := connect(t, bootstrap(t)), within(t)
	name := unique("small")
	must(t, c.CreateTopics(ctx, []NewTopic{{Name: name, Partitions: 1, Configs: map[string]string{"max.message.bytes": "1000"}}}))
	tp := TopicPartition{name, 0}
	noise := make([]byte, 1000)
	for i := range noise {
		noise[i] = byte(i * i >> 3)
	}
	p := producer(t, ctx, c)
	must(t, c.AddPartitions(ctx, p, []TopicPartition{tp}))
	b := batchOf(t, p, tp, string(noise)+string(noise[500:])+string(noise[7:]))
	if len(b.Batch) <= 1000 {
		t.Fatalf("a batch of %d bytes", len(b.Batch))
	}
	if err := c.Produce(ctx, p, []ProduceBatch{b}); !IsTooLarge(err) {
		t.Error(err)
	}
	must(t, c.EndTxn(ctx, p, false))
}
