package lane

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/observe"
)

// ErrInstanceTaken says that another live process uses this one's instance name: each fences the other's transactions.
var ErrInstanceTaken = errors.New("another running process has the same instance name")

// InstanceTaken is ErrInstanceTaken with what to do about it.
func InstanceTaken(instance string) error {
	return fmt.Errorf("%w, %q: give each one its own (instance in the settings, or ASSAY_INSTANCE), or stop the other", ErrInstanceTaken, instance)
}

// Run works until stop is closed, then ends the open transactions and leaves the group. It returns early when ctx ends
// (open transactions are then left to the next InitProducer) or for ErrInstanceTaken.
func Run(ctx context.Context, stop <-chan struct{}, c *Config) error {
	lanes, err := newLanes(c)
	if err != nil {
		return err
	}
	member, err := c.Join()
	if err != nil {
		return fmt.Errorf("joining group %s: %w", c.Group, err)
	}
	defer member.Close()
	// What troubled the lanes when they gave up their partitions lasts until the group has answered again.
	forget := func() {
		for _, l := range lanes {
			l.troubles.endLane(l.index)
		}
	}
	defer forget()
	joining, cancel := untilStopped(ctx, stop)
	defer cancel()
	wait := backoff{}
	for {
		g, err := member.Next(joining)
		if joining.Err() != nil {
			if g != nil {
				g.Release()
			}
			return leave(ctx, member)
		}
		if err != nil {
			trouble := conditionOf(err)
			if trouble.Kind != observe.TopicMissing && trouble.Kind != observe.NotAuthorized {
				trouble.Kind = observe.GroupJoining
			}
			lanes[0].troubles.set(membership, trouble)
			wait.sleep(joining)
			continue
		}
		wait.reset()
		lanes[0].troubles.end(membership)
		forget()
		err = generation(ctx, stop, lanes, g)
		g.Release()
		if err != nil {
			return errors.Join(err, leave(ctx, member))
		}
	}
}

func leave(ctx context.Context, m broker.Member) error {
	if err := m.Close(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("leaving the group: %w", err)
	}
	return nil
}

// generation runs the lanes on one assignment until it ends, and returns when all have settled.
func generation(ctx context.Context, stop <-chan struct{}, lanes []*Lane, g broker.Generation) error {
	parts := slices.Clone(g.Assigned())
	slices.SortFunc(parts, func(a, b broker.TopicPartition) int {
		return cmp.Or(cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Topic, b.Topic))
	})
	n := min(len(lanes), max(len(parts), 1))
	settle := make(chan struct{})
	running, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	results := make(chan error, n)
	for i := range n {
		go func() { results <- lanes[i].run(running, settle, share(parts, i, n), g) }()
	}
	lanes[0].c.Feed.Assigned(len(parts))
	var first error
	settling, left := false, n
	var overdue <-chan time.Time
	begin := func() {
		if !settling {
			settling = true
			close(settle)
			overdue = time.After(lanes[0].c.SettleTimeout)
		}
	}
	done, stopped := g.Done(), stop
	for left > 0 {
		select {
		case <-done:
			done = nil
			begin()
		case <-stopped:
			stopped = nil
			begin()
		case <-overdue:
			cancel(errOverdue)
		case err := <-results:
			left--
			if err != nil && first == nil {
				first = err
				begin()
			}
		}
	}
	for _, tp := range parts {
		lanes[0].c.Feed.DropPartition(tp.Topic, tp.Partition)
	}
	return first
}

// share gives lane i of n its partitions. The same partition number of all topics belongs to one lane.
func share(parts []broker.TopicPartition, i, n int) (mine []broker.TopicPartition) {
	rank := -1
	last := int32(-1)
	for _, tp := range parts {
		if tp.Partition != last {
			rank, last = rank+1, tp.Partition
		}
		if rank%n == i {
			mine = append(mine, tp)
		}
	}
	return mine
}

// untilStopped gives a context that ends with ctx or when stop is closed.
func untilStopped(ctx context.Context, stop <-chan struct{}) (context.Context, context.CancelFunc) {
	c, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-stop:
			cancel()
		case <-c.Done():
		}
	}()
	return c, cancel
}

func newLanes(c *Config) ([]*Lane, error) {
	accepted, known := &table[struct{}]{}, &table[broker.Offset]{}
	for _, tp := range c.AcceptDataLost {
		accepted.put(tp, struct{}{})
	}
	shared := &troubles{feed: c.Feed, of: map[patient]observe.Kind{}}
	lanes := make([]*Lane, max(c.Lanes, 1))
	for i := range lanes {
		lanes[i] = &Lane{
			c: c, index: i, limits: c.limits(),
			verdicts: map[flow.Position]*flow.Fault{}, accepted: accepted, memory: known, troubles: shared,
			txnID: fmt.Sprintf("%s-%s-%d", c.Group, c.Instance, i),
		}
		if err := lanes[i].reload(); err != nil {
			return nil, err
		}
	}
	return lanes, nil
}
