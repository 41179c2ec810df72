package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/encode"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/wire"
)

// loader gathers chunks into record batches and writes them to a topic.
type loader struct {
	client     *broker.Client
	topic      string
	partitions int32
	codec      wire.Codec
	limit      int // bytes of records in a batch
	encoder    *wire.Encoder
	open       []flow.Frames // one for each partition
	held       int           // bytes in open
	next       int32         // partition of the next chunk without a key
	sent       int64         // chunks
	header     []flow.Header
}

const (
	// loadBatch is the size at which a batch is sent when the topic would take more.
	loadBatch = 900 << 10
	// loadHeld is how many bytes are held back for all partitions together.
	loadHeld = 32 << 20
	// sendTimeout is how long a batch may take, brokers that change their leaders included.
	sendTimeout = time.Minute
)

func newLoader(ctx context.Context, client *broker.Client, brokers []string, topic string, codec wire.Codec) (*loader, error) {
	var meta *broker.Metadata
	var configs map[string]broker.TopicConfig
	err := ask(ctx, brokers, func(ctx context.Context) (err error) {
		if meta, err = client.Metadata(ctx, topic); err != nil {
			return err
		}
		if meta.Topics[topic].Err != nil {
			return nil
		}
		configs, err = client.TopicConfigs(ctx, topic)
		return err
	})
	if err != nil {
		return nil, err
	}
	switch err := meta.Topics[topic].Err; {
	case broker.IsUnknownTopic(err):
		return nil, fmt.Errorf("topic %s does not exist: assay topics --create makes those that the settings name", topic)
	case err != nil:
		return nil, fmt.Errorf("topic %s: %w", topic, err)
	}
	l := &loader{
		client: client, topic: topic, partitions: int32(len(meta.Topics[topic].Leaders)), codec: codec, encoder: wire.NewEncoder(),
		limit: loadBatch, header: []flow.Header{{Key: "content-type", Value: []byte("text/csv")}},
	}
	if m := configs[topic].MaxMessageBytes; m > 0 {
		l.limit = max(m-4<<10, 1)
	}
	l.open = make([]flow.Frames, l.partitions)
	for i := range l.open {
		l.open[i].Partition = int32(i)
	}
	return l, nil
}

// add adds a chunk to the batch of its partition and sends that when it is full.
func (l *loader) add(ctx context.Context, key, chunk []byte) error {
	part := l.next
	if key != nil {
		part = encode.KeyPartition(key, l.partitions)
	} else {
		l.next = (l.next + 1) % l.partitions
	}
	f := &l.open[part]
	size := wire.RecordSize(f.Count, key, chunk, l.header)
	if size > l.limit {
		return fmt.Errorf("a chunk of %s does not fit into %s, whose batches take %s: give a smaller --chunk-bytes, or raise the topic's max.message.bytes",
			count(int64(len(chunk)), "byte"), l.topic, thousands(int64(l.limit)))
	}
	if f.Count > 0 && len(f.Buf)+size > min(l.limit, loadBatch) {
		if err := l.send(ctx, f); err != nil {
			return err
		}
	}
	before := len(f.Buf)
	f.Buf = wire.AppendRecord(f.Buf, f.Count, key, chunk, l.header)
	f.Count++
	if l.held += len(f.Buf) - before; l.held > loadHeld {
		return l.flush(ctx)
	}
	return nil
}

// flush sends what is held back.
func (l *loader) flush(ctx context.Context) error {
	for i := range l.open {
		if l.open[i].Count > 0 {
			if err := l.send(ctx, &l.open[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *loader) send(ctx context.Context, f *flow.Frames) error {
	info := wire.BatchInfo{Codec: l.codec, ProducerID: -1, Epoch: -1, Sequence: -1, Time: time.Now(), Count: f.Count}
	batch, err := l.encoder.AppendBatch(nil, info, f.Buf)
	if err != nil {
		return err
	}
	tp := broker.TopicPartition{Topic: l.topic, Partition: f.Partition}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	if err := l.client.ProducePlain(ctx, []broker.ProduceBatch{{TopicPartition: tp, Batch: batch, Count: f.Count}}); err != nil {
		return fmt.Errorf("writing to %s/%d: %w", l.topic, f.Partition, err)
	}
	l.sent += int64(f.Count)
	l.held -= len(f.Buf)
	f.Count, f.Buf = 0, f.Buf[:0]
	return nil
}
