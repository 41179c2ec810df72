package lane

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/observe"
	"github.com/assay-dev/assay/internal/wire"
)

// fetchWait is how long a broker may wait for the first byte.
const fetchWait = 500 * time.Millisecond

// corruptTries is how often a batch with a wrong CRC is fetched again before its partition stops.
const corruptTries = 3

// errRegroup says that the partitions have to be shared out among the leaders again.
var errRegroup = errors.New("leaders have changed")

// fetch reads all partitions, one request at a time from each leader. A leader that moves or is away costs nothing but
// time: the positions are kept, metadata are read again and fetching goes on. It ends with ctx.
func (s *session) fetch(ctx context.Context) error {
	wait := backoff{}
	for ctx.Err() == nil {
		err := s.fetchLeaders(ctx)
		if ctx.Err() != nil {
			return nil
		}
		var fatal *fetchError
		if errors.As(err, &fatal) {
			return fatal.err
		}
		if err != nil && !errors.Is(err, errRegroup) {
			s.away.Store(true)
			s.c.Feed.Set(conditionOf(err, observe.BrokerAway))
		}
		wait.sleep(ctx)
	}
	return nil
}

// fetchError is an error that fetching itself cannot mend.
type fetchError struct{ err error }

func (e *fetchError) Error() string { return e.err.Error() }

func (s *session) fetchLeaders(ctx context.Context) error {
	meta, err := s.c.Broker.Metadata(ctx, s.c.Inputs...)
	if err != nil {
		return fmt.Errorf("reading metadata: %w", err)
	}
	leaders := map[int32][]*partition{}
	missing := error(nil)
	for _, p := range s.parts {
		if p.stopped.Load() {
			continue
		}
		t := meta.Topics[p.Topic]
		if t.Err != nil || int(p.Partition) >= len(t.Leaders) || t.Leaders[p.Partition] < 0 {
			missing = fmt.Errorf("partition %s/%d has no leader: %w", p.Topic, p.Partition, errors.Join(t.Err, errRegroup))
			continue
		}
		if p.id != t.ID {
			return &fetchError{err: fmt.Errorf("topic %s was deleted and made again", p.Topic)}
		}
		n := t.Leaders[p.Partition]
		leaders[n] = append(leaders[n], p)
	}
	if len(leaders) == 0 {
		if missing != nil {
			return missing
		}
		<-ctx.Done() // every partition waits for the operator
		return nil
	}
	group, running := errgroup.WithContext(ctx)
	if missing != nil {
		group.Go(func() error { // look again soon, while the others go on
			(&backoff{d: time.Second}).sleep(running)
			return errRegroup
		})
	}
	for node, parts := range leaders {
		group.Go(func() error { return s.fetchFrom(running, node, parts, s.c.fetchBytes(len(leaders))) })
	}
	return group.Wait()
}

// fetchFrom reads parts from one leader into two buffers in turn.
func (s *session) fetchFrom(ctx context.Context, node int32, parts []*partition, size int32) error {
	free := make(chan *broker.Fetch, fetchBuffers)
	for range fetchBuffers {
		free <- &broker.Fetch{}
	}
	for turn := 0; ; turn++ {
		var f *broker.Fetch
		select {
		case f = <-free:
		case <-ctx.Done():
			return ctx.Err()
		}
		// The partitions' own limits bound the answer; the whole one is only a stop behind them.
		f.Node, f.MaxWait, f.MinBytes, f.MaxBytes = node, fetchWait, 1, size+1<<20
		live := s.request(f, parts, turn, size)
		if live == 0 {
			return errRegroup
		}
		began := time.Now()
		if err := s.c.Broker.Fetch(ctx, f); err != nil {
			return fmt.Errorf("fetching from broker %d: %w", node, err)
		}
		s.c.Feed.Step("fetch", time.Since(began))
		if s.away.CompareAndSwap(true, false) {
			s.c.Feed.Clear(observe.BrokerAway)
			s.c.Feed.Clear(observe.TopicMissing)
		}
		got, err := s.read(ctx, f, parts)
		if err != nil {
			return err
		}
		if len(got.parts) == 0 {
			free <- f
			continue
		}
		got.release = func() {
			s.c.Feed.InFlight(-got.size)
			f.Recycle(s.c.Poison)
			free <- f
		}
		s.c.Feed.InFlight(got.size)
		select {
		case s.inbox <- got:
		case <-ctx.Done():
			s.c.Feed.InFlight(-got.size)
			return ctx.Err()
		}
	}
}

// request fills the list of partitions, beginning with another one each turn: a broker sends the first whole batch only of
// the first partition that has data, so that each of them gets its turn even if it does not fit.
func (s *session) request(f *broker.Fetch, parts []*partition, turn int, size int32) int {
	f.Parts = f.Parts[:0]
	share := max(size/int32(min(len(parts), 8)), 64<<10)
	for i := range parts {
		p := parts[(i+turn)%len(parts)]
		if !p.stopped.Load() {
			f.Parts = append(f.Parts, broker.FetchPart{TopicPartition: p.TopicPartition, Offset: p.next, MaxBytes: share})
		}
	}
	return len(f.Parts)
}

// read walks through the answer: it checks the batches, leaves out control batches and aborted data, and moves the
// positions to fetch from.
func (s *session) read(ctx context.Context, f *broker.Fetch, parts []*partition) (*fetched, error) {
	got := &fetched{}
	for i := range f.Parts {
		r := &f.Parts[i]
		p := find(parts, r.TopicPartition)
		if p == nil {
			continue
		}
		if r.Err != nil {
			if err := s.fetchFault(ctx, p, r.Err); err != nil {
				return nil, err
			}
			continue
		}
		part := fetchedPart{p: p, next: p.next, high: r.LastStable}
		var filter wire.Filter
		filter.Reset(r.Aborted)
		rest := r.Records
		for len(rest) > 0 {
			b, after, err := wire.Next(rest)
			if errors.Is(err, wire.ErrCut) {
				break
			}
			if err != nil {
				s.corruptBatch(p, part.next, err)
				break
			}
			p.corrupt = 0
			rest = after
			if b.Last < p.next {
				filter.Keep(&b)
				continue // a batch that was read before: the offset lay inside it
			}
			if filter.Keep(&b) {
				part.batches = append(part.batches, b)
				got.size += b.Size
			}
			part.next = b.Last + 1
		}
		if part.next != p.next {
			p.next = part.next
			got.parts = append(got.parts, part)
		} else {
			s.c.Feed.Position(p.Topic, p.Partition, s.l.index, p.next, r.LastStable, 0)
		}
	}
	return got, nil
}

func find(parts []*partition, tp broker.TopicPartition) *partition {
	for _, p := range parts {
		if p.TopicPartition == tp {
			return p
		}
	}
	return nil
}

// fetchFault handles one partition's error in an answer.
func (s *session) fetchFault(ctx context.Context, p *partition, err error) error {
	if !broker.IsOffsetOutOfRange(err) {
		return fmt.Errorf("fetching %s/%d: %w", p.Topic, p.Partition, errors.Join(err, errRegroup))
	}
	// The position lies outside the log: nothing is skipped without the operator. Work may still hold data from before,
	// so that going on after an accepted loss means a new session.
	if s.l.accepted.has(p.TopicPartition) {
		return &fetchError{err: fmt.Errorf("fetching %s/%d at %d: %w", p.Topic, p.Partition, p.next, err)}
	}
	return s.lost(ctx, p, "the position is outside the log")
}

// corruptBatch notes a batch that cannot be right. It is fetched again a few times, then the partition stops before it.
func (s *session) corruptBatch(p *partition, at int64, err error) {
	p.corrupt++
	if p.corrupt <= corruptTries {
		s.c.Log.Warn("fetching a corrupt record batch again", "topic", p.Topic, "partition", p.Partition, "offset", at, "try", p.corrupt, "error", err)
		return
	}
	s.stop(p, observe.CorruptBatch, fmt.Sprintf("the record batch at offset %d is corrupt: %v", at, err))
}
