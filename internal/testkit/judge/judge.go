// Package judge proves, or disproves, that a census-profile feed has worked exactly once.
//
// It never counts totals. Each row that it writes carries its origin (chunk and row number, in the id column), so that for
// each single row it can demand its one fate: scored once, or a dead letter once, with the right bytes and the right source,
// in order, and committed together with the offset of its chunk. Everything else it reports as an anomaly of a kind.
//
// It is an oracle of its own: it shares no code with the product, and reads Kafka with another client.
package judge

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Topics are the topics of a feed's outputs. Quality, Errors and Results may be empty: they are then not judged.
type Topics struct{ Scored, Dead, Quality, Errors, Results string }

// Options say what to demand beyond exactly once.
type Options struct {
	// Complete demands that all input has been processed and its offsets committed to the end of every partition, behind the
	// last transaction marker.
	Complete bool
	// ByKey is for outputs that are partitioned by key: rows need not be in their source's partition.
	ByKey bool
}

// Check judges what a group has made of the input so far. The feed may be running: rows whose offsets it commits while the
// judge reads are not held against it. It waits for open transactions to end; an error means that the judge could not do its
// work, not that the history is wrong.
//
// The order of reading is what makes it a proof. Offsets come first: whatever they cover must be in the output. Offsets come
// last again: whatever is in the output must be covered.
func Check(ctx context.Context, bootstrap []string, in *Input, out Topics, group string, o Options) (*Verdict, error) {
	r, err := newReader(bootstrap)
	if err != nil {
		return nil, err
	}
	defer r.close()
	topic, partitions := in.Plan.Topic, in.Plan.Partitions
	before, err := r.stable(ctx, group, topic, partitions)
	if err != nil {
		return nil, err
	}
	h := newHearing(in, o)
	for _, x := range []struct {
		topic string
		hear  func(*kgo.Record)
	}{
		{out.Scored, h.scored}, {out.Dead, h.letter}, {out.Quality, h.quality}, {out.Errors, h.fault}, {out.Results, h.result},
	} {
		if x.topic == "" {
			continue
		}
		if err := r.each(ctx, x.topic, x.hear); err != nil {
			return nil, err
		}
	}
	after, err := r.stable(ctx, group, topic, partitions)
	if err != nil {
		return nil, err
	}
	ends, err := r.ends(ctx, topic)
	if err != nil {
		return nil, err
	}
	for p := range partitions {
		h.close(p, before[p], after[p], ends[p], out)
	}
	return h.verdict, nil
}

// Await returns when the group's stable offsets stand at the end of every partition of the input.
func (in *Input) Await(ctx context.Context, bootstrap []string, group string) error {
	r, err := newReader(bootstrap)
	if err != nil {
		return err
	}
	defer r.close()
	for {
		ends, err := r.ends(ctx, in.Plan.Topic)
		if err != nil && ctx.Err() != nil {
			return err
		}
		at, failed := r.stable(ctx, group, in.Plan.Topic, in.Plan.Partitions)
		if failed != nil {
			return failed
		}
		left := int64(0)
		for p := range in.Plan.Partitions {
			left += ends[p] - at[p]
		}
		if err == nil && left == 0 {
			return nil
		}
		if err := sleep(ctx); err != nil {
			return fmt.Errorf("group %s has %d offsets of %s left: %w", group, left, in.Plan.Topic, err)
		}
	}
}
