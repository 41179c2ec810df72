package lane

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/observe"
)

// patience is how long trouble that mostly passes by itself may last before it is shown: an election, a topic that was made a
// moment ago, an open transaction of somebody else.
const patience = 2 * time.Second

// troubles are the reasons why parts of a feed wait. Several lanes and partitions may wait for the same reason, and a
// condition is the whole feed's: it lasts until the last of them is well.
type troubles struct {
	feed *observe.Feed

	mu sync.Mutex
	of map[patient]observe.Kind
}

// patient is what may be in trouble: the membership, a lane, or one partition that a lane fetches.
type patient struct {
	lane      int // -1 for the membership
	partition broker.TopicPartition
}

// membership is the patient that joins the group.
var membership = patient{lane: -1}

// set notes what somebody's trouble is now.
func (t *troubles) set(who patient, c observe.Condition) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.feed.Set(c)
	if before, ok := t.of[who]; ok && before != c.Kind {
		t.drop(who)
	}
	t.of[who] = c.Kind
}

// end notes that somebody is well.
func (t *troubles) end(who patient) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.drop(who)
}

// has says whether somebody is in trouble.
func (t *troubles) has(who patient) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, ok := t.of[who]
	return ok
}

// endLane notes that a lane begins anew, with all its partitions, or is no more.
func (t *troubles) endLane(lane int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for who := range t.of {
		if who.lane == lane {
			t.drop(who)
		}
	}
}

// endPartitions notes that a lane fetches none of its partitions any more.
func (t *troubles) endPartitions(lane int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for who := range t.of {
		if who.lane == lane && who.partition.Topic != "" {
			t.drop(who)
		}
	}
}

func (t *troubles) drop(who patient) {
	kind, ok := t.of[who]
	if !ok {
		return
	}
	delete(t.of, who)
	for _, k := range t.of {
		if k == kind {
			return
		}
	}
	t.feed.Clear(kind)
}

// conditionOf puts an error into the words of a health condition.
func conditionOf(err error) observe.Condition {
	kind := observe.FeedFailed
	switch {
	case broker.IsUnknownTopic(err):
		kind = observe.TopicMissing
	case broker.IsAuthorization(err):
		kind = observe.NotAuthorized
	case broker.IsTransport(err), broker.IsPassing(err), errors.Is(err, context.DeadlineExceeded):
		kind = observe.BrokerAway
	case broker.Code(err) != 0:
		kind = observe.RequestRefused
	}
	return observe.Condition{Kind: kind, Text: err.Error()}
}

// backoff grows from 50 ms to 2 s.
type backoff struct{ d time.Duration }

func (b *backoff) reset() { b.d = 0 }

func (b *backoff) grow() { b.d = min(max(2*b.d, 50*time.Millisecond), 2*time.Second) }

// sleep waits the next delay or until ctx ends.
func (b *backoff) sleep(ctx context.Context) {
	b.grow()
	pause(ctx, b.d)
}

// pause waits for d or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	if d == 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
