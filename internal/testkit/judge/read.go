package judge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// reader asks a cluster about offsets and reads topics as a careful consumer would.
type reader struct {
	bootstrap []string
	client    *kgo.Client
	admin     *kadm.Client
}

func newReader(bootstrap []string) (*reader, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(bootstrap...))
	if err != nil {
		return nil, err
	}
	return &reader{bootstrap, client, kadm.NewClient(client)}, nil
}

func (r *reader) close() { r.client.Close() }

// pause is the time between two questions to a cluster that is not ready to answer.
const pause = 20 * time.Millisecond

// stable gives the group's committed offset of every partition of the topic, 0 where there is none. It waits while an offset
// is part of an open transaction, and while the coordinator is away.
func (r *reader) stable(ctx context.Context, group, topic string, partitions int32) ([]int64, error) {
	for {
		offsets, err := r.admin.FetchOffsets(kadm.RequireStable(ctx), group)
		if err == nil {
			err = offsets.Error()
		}
		if err == nil {
			at := make([]int64, partitions)
			for p := range partitions {
				if o, ok := offsets.Lookup(topic, p); ok && o.At > 0 {
					at[p] = o.At
				}
			}
			return at, nil
		}
		if errors.Is(err, kerr.GroupIDNotFound) {
			return make([]int64, partitions), nil
		}
		if !kerr.IsRetriable(err) && !errors.Is(err, kerr.UnstableOffsetCommit) && ctx.Err() == nil {
			return nil, fmt.Errorf("offsets of group %s: %w", group, err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("offsets of group %s: %w (last answer: %w)", group, ctx.Err(), err)
		case <-time.After(pause):
		}
	}
}

// ends gives the offset after the last record of every partition, open transactions included.
func (r *reader) ends(ctx context.Context, topic string) (map[int32]int64, error) {
	listed, err := r.admin.ListEndOffsets(ctx, topic)
	if err == nil {
		err = listed.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("end of %s: %w", topic, err)
	}
	at := map[int32]int64{}
	listed.Each(func(o kadm.ListedOffset) { at[o.Partition] = o.Offset })
	return at, nil
}

// unsettled says whether a transaction is open on the topic, or its markers are yet to come.
func (r *reader) unsettled(ctx context.Context, topic string) (bool, error) {
	ends, err := r.ends(ctx, topic) // first: what ends between the two questions is not missed
	if err != nil {
		return false, err
	}
	stable, err := r.admin.ListCommittedOffsets(ctx, topic)
	if err == nil {
		err = stable.Error()
	}
	if err != nil {
		return false, fmt.Errorf("stable end of %s: %w", topic, err)
	}
	open := false
	stable.Each(func(o kadm.ListedOffset) { open = open || o.Offset != ends[o.Partition] })
	return open, nil
}

// each gives f every committed record of the topic that stands before its present end, by partition in order. What
// transactions are still open below that end are waited out: a group's offsets can be stable a moment before the markers of
// the same transaction have reached every topic.
func (r *reader) each(ctx context.Context, topic string, f func(*kgo.Record)) error {
	ends, err := r.ends(ctx, topic)
	if err != nil {
		return err
	}
	starts := map[int32]kgo.Offset{}
	for p, end := range ends {
		if end > 0 {
			starts[p] = kgo.NewOffset().AtStart()
		} else {
			delete(ends, p)
		}
	}
	if len(ends) == 0 {
		return nil
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(r.bootstrap...),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: starts}),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(), // the last thing in a partition can be the marker of an abort, and is how its end is seen
		kgo.FetchMaxWait(100*time.Millisecond),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	for len(ends) > 0 {
		fetched := client.PollFetches(ctx)
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("read %s: %w; not yet at the end: %v", topic, err, ends)
		}
		for _, e := range fetched.Errors() {
			return fmt.Errorf("read %s/%d: %w", e.Topic, e.Partition, e.Err)
		}
		fetched.EachRecord(func(rec *kgo.Record) {
			end, ok := ends[rec.Partition]
			if !ok || rec.Offset >= end {
				delete(ends, rec.Partition)
				return
			}
			if !rec.Attrs.IsControl() {
				f(rec)
			}
			if rec.Offset == end-1 {
				delete(ends, rec.Partition)
			}
		})
	}
	return nil
}
