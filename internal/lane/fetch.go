package lane

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/assay-dev/assay/internal/broker"
)

// fetchWait is how long a broker may wait for the first byte.
const fetchWait = 500 * time.Millisecond

// fetching is the fetch stage. Each leader has a goroutine that fetches its partitions, one request at a time. A partition in
// trouble leaves it, alone or with all others of a broker that does not answer, waits by itself, asks for its leader and joins
// that one's fetches, so that the others go on. It costs nothing but time: a position moves only when the data before it has
// reached work.
type fetching struct {
	*session
	group *errgroup.Group

	mu      sync.Mutex
	leaders map[int32]*leader
}

// leader is a broker and the partitions that are fetched from it. It lives while it has any.
type leader struct {
	node  int32
	parts []*partition // under fetching's lock; what is in a partition belongs to whoever has it
}

// fetch reads all partitions until ctx ends. An error means that fetching itself cannot mend what is wrong.
func (s *session) fetch(ctx context.Context) error {
	group, running := errgroup.WithContext(ctx)
	f := &fetching{session: s, group: group, leaders: map[int32]*leader{}}
	group.Go(func() error { return f.seek(running, s.parts) })
	group.Go(func() error { return f.watch(running) })
	if err := group.Wait(); ctx.Err() == nil {
		return err
	}
	return nil
}

// seek has partitions fetched from their leaders. Those whose leader cannot be told wait and ask again.
func (f *fetching) seek(ctx context.Context, parts []*partition) error {
	for len(parts) > 0 && ctx.Err() == nil {
		wait := time.Duration(0)
		for _, p := range parts {
			wait = max(wait, p.wait.d)
		}
		pause(ctx, wait)
		meta, err := f.c.Broker.Metadata(ctx, f.c.Inputs...)
		if err != nil {
			f.trouble(ctx, fmt.Errorf("reading metadata: %w", err), parts...)
			continue
		}
		var left []*partition
		at := map[int32][]*partition{}
		for _, p := range parts {
			node, err := meta.Leader(p.TopicPartition)
			switch {
			case err != nil:
				f.trouble(ctx, fmt.Errorf("looking for the leader of %s/%d: %w", p.Topic, p.Partition, err), p)
				left = append(left, p)
			case p.id != meta.Topics[p.Topic].ID:
				return fmt.Errorf("%w: topic %s was made while its partitions were assigned", errAnew, p.Topic)
			default:
				at[node] = append(at[node], p)
			}
		}
		for node, parts := range at {
			f.join(ctx, node, parts)
		}
		parts = left
	}
	return nil
}

// join adds partitions to those that are fetched from a broker.
func (f *fetching) join(ctx context.Context, node int32, parts []*partition) {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.leaders[node]
	if l == nil {
		l = &leader{node: node}
		f.leaders[node] = l
		f.group.Go(func() error { return f.lead(ctx, l) })
	}
	l.parts = append(l.parts, parts...)
}

// lead fetches from one leader into two buffers in turn.
func (f *fetching) lead(ctx context.Context, l *leader) error {
	free := make(chan *broker.Fetch, fetchBuffers)
	for range fetchBuffers {
		free <- &broker.Fetch{}
	}
	for turn := 0; ; turn++ {
		var r *broker.Fetch
		select {
		case r = <-free:
		case <-ctx.Done():
			return ctx.Err()
		}
		parts := f.request(l, r, turn)
		if len(parts) == 0 {
			return nil
		}
		began := time.Now()
		if err := f.c.Broker.Fetch(ctx, r); err != nil {
			f.leave(l, parts)
			f.trouble(ctx, fmt.Errorf("fetching from broker %d: %w", l.node, err), parts...)
			f.group.Go(func() error { return f.seek(ctx, parts) })
			free <- r
			continue
		}
		f.c.Feed.Step("fetch", time.Since(began))
		got, refused := f.read(r, parts)
		if err := f.deliver(ctx, r, got, free); err != nil {
			return err
		}
		if len(refused) > 0 {
			f.leave(l, refused)
			f.group.Go(func() error { return f.mend(ctx, refused) })
		}
	}
}

// request fills the list of partitions, beginning with another one each turn: a broker sends the first whole batch only of
// the first partition that has data, so that each of them gets its turn even if it does not fit. A partition that has come to
// its stop leaves; without any the leader is done.
func (f *fetching) request(l *leader, r *broker.Fetch, turn int) []*partition {
	f.mu.Lock()
	defer f.mu.Unlock()
	live := l.parts[:0]
	for _, p := range l.parts {
		if p.next < p.until.Load() {
			live = append(live, p)
		}
	}
	l.parts = live
	if len(live) == 0 {
		delete(f.leaders, l.node)
		return nil
	}
	size := f.c.fetchBytes(len(f.leaders))
	share := max(size/int32(min(len(live), 8)), 64<<10)
	// The partitions' own limits bound the answer; the whole one is only a stop behind them.
	r.Node, r.MaxWait, r.MinBytes, r.MaxBytes = l.node, fetchWait, 1, size+1<<20
	r.Parts = r.Parts[:0]
	parts := make([]*partition, len(live))
	for i := range live {
		p := live[(i+turn)%len(live)]
		parts[i] = p
		r.Parts = append(r.Parts, broker.FetchPart{TopicPartition: p.TopicPartition, Offset: p.next, MaxBytes: share})
	}
	return parts
}

// leave takes partitions from a leader.
func (f *fetching) leave(l *leader, parts []*partition) {
	f.mu.Lock()
	defer f.mu.Unlock()
	left := l.parts[:0]
	for _, p := range l.parts {
		if !slices.Contains(parts, p) {
			left = append(left, p)
		}
	}
	l.parts = left
}

// deliver hands an answer to work, which gives the buffer back. Only then do the positions move.
func (f *fetching) deliver(ctx context.Context, r *broker.Fetch, got *fetched, free chan *broker.Fetch) error {
	if len(got.parts) == 0 {
		free <- r
		return nil
	}
	got.release = func() {
		f.c.Feed.InFlight(-got.size)
		r.Recycle(f.c.Poison)
		free <- r
	}
	f.c.Feed.InFlight(got.size)
	select {
	case f.inbox <- got:
	case <-ctx.Done():
		f.c.Feed.InFlight(-got.size)
		return ctx.Err()
	}
	for i := range got.parts {
		got.parts[i].p.next = got.parts[i].next
	}
	return nil
}
