package lane

import (
	"context"
	"fmt"
	"time"

	"github.com/assay-dev/assay/internal/broker"
)

// watchEvery is how often the ends of partitions are looked at that are not fetched.
const watchEvery = 2 * time.Second

// mend looks at what was refused of single partitions. All but those that stop look for their leader again.
func (f *fetching) mend(ctx context.Context, refused []*partition) error {
	var left []*partition
	for _, p := range refused {
		if broker.IsOffsetOutOfRange(p.refusal) {
			f.group.Go(func() error { return f.outOfRange(ctx, p) })
			continue
		}
		f.trouble(ctx, fmt.Errorf("fetching %s/%d: %w", p.Topic, p.Partition, p.refusal), p)
		left = append(left, p)
	}
	return f.seek(ctx, left)
}

// outOfRange stops a partition whose position lies outside the log: nothing is skipped without the operator. Work may still
// hold data from before, so that going on after an accepted loss means a new session.
func (f *fetching) outOfRange(ctx context.Context, p *partition) error {
	refused := fmt.Errorf("fetching %s/%d at offset %d: %w", p.Topic, p.Partition, p.next, p.refusal)
	if _, accepted := f.l.accepted.get(p.TopicPartition); accepted {
		return fmt.Errorf("%w: %w", errAnew, refused)
	}
	gone, err := f.loss(ctx, p, p.next, false)
	if gone != nil {
		f.well(p)
		f.lost(p, p.next, gone)
		return nil
	}
	if err != nil {
		refused = err
	}
	f.trouble(ctx, refused, p)
	return f.seek(ctx, []*partition{p})
}

// trouble notes why partitions cannot be fetched, and has them wait longer each time. What mostly passes is shown when it
// lasts.
func (f *fetching) trouble(ctx context.Context, err error, parts ...*partition) {
	if ctx.Err() != nil {
		return
	}
	passes := broker.IsNotLeader(err) || broker.IsUnknownTopic(err) || broker.IsOffsetOutOfRange(err)
	for _, p := range parts {
		p.wait.grow()
		if p.since.IsZero() {
			p.since = time.Now()
		}
		if !passes || time.Since(p.since) >= patience {
			f.l.troubles.set(p.patient(f.l), conditionOf(err))
		}
	}
}

// well notes that a partition has been fetched.
func (f *fetching) well(p *partition) {
	if p.since.IsZero() {
		return
	}
	p.since = time.Time{}
	p.wait.reset()
	f.l.troubles.end(p.patient(f.l))
}

// watch tells how far the partitions are behind that have stopped or are in trouble, which no fetch tells.
func (f *fetching) watch(ctx context.Context) error {
	for ctx.Err() == nil {
		for _, p := range f.parts {
			if p.until.Load() == noStop && !f.l.troubles.has(p.patient(f.l)) {
				continue
			}
			ends, err := f.listOffsets(ctx, broker.Latest, []broker.TopicPartition{p.TopicPartition})
			if err != nil {
				f.c.Log.Debug("the end of a partition cannot be read", "topic", p.Topic, "partition", p.Partition, "cause", err)
				continue
			}
			f.c.Feed.Readable(p.Topic, p.Partition, ends[p.TopicPartition])
		}
		pause(ctx, watchEvery)
	}
	return nil
}
