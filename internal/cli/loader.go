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
	next       int32         // partition of the next chunk without a key
	sent       int64         // chunks
	header     []flow.Header
}

// loadBatch is the size at which a batch is sent when the topic would take more.
const loadBatch = 900 << 10

func newLoader(ctx context.Context, client *broker.Client, topic string, codec wire.Codec) (*loader, error) {
	meta, err := client.Metadata(ctx, topic)
	if err != nil {
		return nil, fmt.Errorf("asking the brokers: %w", err)
	}
	if err := meta.Topics[topic].Err; err != nil {
		return nil, fmt.Errorf("topic %s: %w", topic, err)
	}
	configs, err := client.TopicConfigs(ctx, topic)
	if err != nil {
		return nil, fmt.Errorf("reading the configuration of %s: %w", topic, err)
	}
	l := &loader{
		client: client, topic: topic, partitions: int32(len(meta.Topics[topic].Leaders)), codec: codec, encoder: wire.NewEncoder(),
		limit: loadBatch, header: []flow.Header{{Key: "content-type", Value: []byte("text/csv")}},
	}
	if m := configs[topic].MaxMessageBytes; m > 0 {
		l.limit = m - 4<<10
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
		return fmt.Errorf("a chunk of %d bytes does not fit into a message of %s, which takes %d: give a smaller --chunk-bytes or raise max.message.bytes", len(chunk), l.topic, l.limit)
	}
	if f.Count > 0 && len(f.Buf)+size > min(l.limit, loadBatch) {
		if err := l.send(ctx, f); err != nil {
			return err
		}
	}
	f.Buf = wire.AppendRecord(f.Buf, f.Count, key, chunk, l.header)
	f.Count++
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
	if err := l.client.ProducePlain(ctx, []broker.ProduceBatch{{TopicPartition: tp, Batch: batch, Count: f.Count}}); err != nil {
		return fmt.Errorf("writing to %s/%d: %w", l.topic, f.Partition, err)
	}
	l.sent += int64(f.Count)
	f.Count, f.Buf = 0, f.Buf[:0]
	return nil
}
