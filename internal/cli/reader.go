package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/wire"
)

// extent is what a partition holds: the offsets in [first, end), of committed transactions and before an open one.
type extent struct {
	broker.TopicPartition
	leader     int32
	first, end int64
}

// topicLog is what a topic holds now.
type topicLog struct {
	cluster string
	id      [16]byte
	parts   []extent
}

// openTopic looks at a topic that must exist.
func openTopic(ctx context.Context, client *broker.Client, brokers []string, topic string) (*topicLog, error) {
	var log *topicLog
	err := ask(ctx, brokers, func(ctx context.Context) (err error) {
		log, err = lookAtTopic(ctx, client, topic)
		if broker.IsUnknownTopic(err) {
			return nil
		}
		return err
	})
	if err == nil && log == nil {
		err = fmt.Errorf("topic %s does not exist", topic)
	}
	return log, err
}

func lookAtTopic(ctx context.Context, client *broker.Client, topic string) (*topicLog, error) {
	meta, err := client.Metadata(ctx, topic)
	if err != nil {
		return nil, fmt.Errorf("asking the brokers: %w", err)
	}
	t := meta.Topics[topic]
	if t.Err != nil {
		return nil, fmt.Errorf("topic %s: %w", topic, t.Err)
	}
	var tps []broker.TopicPartition
	for i := range t.Leaders {
		tps = append(tps, broker.TopicPartition{Topic: topic, Partition: int32(i)})
	}
	first, err := client.ListOffsets(ctx, broker.Earliest, tps)
	if err != nil {
		return nil, err
	}
	end, err := client.ListOffsets(ctx, broker.Latest, tps)
	if err != nil {
		return nil, err
	}
	log := &topicLog{cluster: meta.ClusterID, id: t.ID, parts: make([]extent, len(tps))}
	for i, tp := range tps {
		log.parts[i] = extent{tp, t.Leaders[i], first[tp], end[tp]}
	}
	return log, nil
}

// lastOf gives what keep makes of the last n messages of a partition. It looks at ever longer ends of it: markers of
// transactions and what was aborted have offsets too.
func lastOf[T any](ctx context.Context, client *broker.Client, p extent, n int, keep func(extent, *wire.Record) T) ([]T, error) {
	for back := int64(n); n > 0; back *= 4 {
		from := max(p.end-back, p.first)
		var all []T
		_, err := readPartition(ctx, client, p.TopicPartition, p.leader, from, p.end, func(_ int32, r *wire.Record) (bool, error) {
			if len(all) == 2*n {
				all = append(all[:0], all[n:]...)
			}
			all = append(all, keep(p, r))
			return true, nil
		})
		if err != nil || len(all) >= n || from == p.first {
			return all[max(len(all)-n, 0):], err
		}
	}
	return nil, nil
}

// readTopic gives the committed records of a topic to take, partition by partition from the first offset to the end that
// the topic has now, until take says that it has had enough. The record is valid only during the call.
func readTopic(ctx context.Context, client *broker.Client, topic string, take func(partition int32, r *wire.Record) (more bool, err error)) error {
	log, err := lookAtTopic(ctx, client, topic)
	if err != nil {
		return err
	}
	for _, p := range log.parts {
		more, err := readPartition(ctx, client, p.TopicPartition, p.leader, p.first, p.end, take)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

func readPartition(ctx context.Context, client *broker.Client, tp broker.TopicPartition, leader int32, from, to int64, take func(int32, *wire.Record) (bool, error)) (bool, error) {
	decoder := wire.NewDecoder(256 << 20)
	var f broker.Fetch
	var filter wire.Filter
	var rec wire.Record
	for from < to {
		f.Node, f.MaxWait, f.MinBytes, f.MaxBytes = leader, 500*time.Millisecond, 1, 1<<20
		f.Parts = append(f.Parts[:0], broker.FetchPart{TopicPartition: tp, Offset: from, MaxBytes: 1 << 20})
		if err := client.Fetch(ctx, &f); err != nil {
			return false, err
		}
		part := &f.Parts[0]
		if part.Err != nil {
			return false, fmt.Errorf("reading %s/%d: %w", tp.Topic, tp.Partition, part.Err)
		}
		filter.Reset(part.Aborted)
		for rest := part.Records; len(rest) > 0; {
			b, after, err := wire.Next(rest)
			if errors.Is(err, wire.ErrCut) {
				break
			}
			if err != nil {
				return false, err
			}
			rest = after
			keep := filter.Keep(&b)
			if b.Last < from {
				continue
			}
			if keep {
				records, err := decoder.Records(&b)
				if err != nil {
					return false, err
				}
				for records.Next(&rec) {
					if rec.Offset < from {
						continue
					}
					more, err := take(tp.Partition, &rec)
					if err != nil || !more {
						return false, err
					}
				}
				if err := records.Err(); err != nil {
					return false, err
				}
			}
			from = b.Last + 1
		}
	}
	return true, nil
}
