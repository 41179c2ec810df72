package lane

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/observe"
)

// Lane is one transactional producer with its worker. It lives as long as the feed runs and works on one share of
// partitions a generation.
type Lane struct {
	c       *Config
	index   int
	txnID   string
	program *engine.Program
	worker  *engine.Worker    // of program
	limits  [flow.Outputs]int // bytes of records a batch; halved for a topic that refuses them

	producer *broker.Producer // nil: whatever was open must be settled first
	// fencedAt is when InitProducer followed a fencing; a second one soon after means that somebody else has the name, unless
	// an answer is missing since: the request that it belongs to may have come through late and fenced us itself.
	fencedAt   time.Time
	unanswered bool
	// worked says that the last session found its offsets, so that what ended it was the work.
	worked bool
	// verdicts are refusals that came after part of the chunk's effects had left. The chunk is read again with its own.
	verdicts map[flow.Position]*flow.Fault
	// stops are this generation's partitions that wait for the operator, each with the offset before which it stops; the
	// reason is a condition. A session that begins earlier works up to there.
	stops    table[int64]
	memory   *table[broker.Offset] // committed last; shared by all lanes
	accepted *table[struct{}]      // lost data that the operator has accepted, once each; shared by all lanes
	troubles *troubles             // shared by all lanes
}

// reload takes the program in force. It is called between two transactions.
func (l *Lane) reload() error {
	p := l.c.Program()
	if p == l.program {
		return nil
	}
	w, err := p.NewWorker(strconv.Itoa(l.index))
	if err != nil {
		return fmt.Errorf("taking up the contract in force: %w", err)
	}
	l.program, l.worker = p, w
	clear(l.verdicts) // the other program may see it otherwise
	return nil
}

// run works on parts until settle is closed and the open transaction has ended. It gives an error only when the feed
// cannot go on.
func (l *Lane) run(ctx context.Context, settle <-chan struct{}, parts []broker.TopicPartition, g broker.Generation) error {
	if len(parts) == 0 {
		select {
		case <-settle:
		case <-ctx.Done():
		}
		return nil
	}
	l.stops.clear()
	l.worked = false
	wait := backoff{}
	for {
		began := time.Now()
		err := l.session(ctx, settle, parts, g)
		if err == nil {
			return nil
		}
		l.producer = nil
		if ctx.Err() != nil {
			if errors.Is(context.Cause(ctx), errOverdue) {
				l.abandon(context.WithoutCancel(ctx))
			}
			return nil
		}
		if time.Since(began) > 10*time.Second {
			wait.reset()
		}
		if err := l.settleError(err); err != nil {
			return err
		}
		l.troubles.endPartitions(l.index) // only now: the same outage goes on as the lane's own trouble
		if broker.IsGenerationEnded(err) {
			l.awaitEnd(ctx, settle)
		}
		if closed(settle) { // the partitions go to somebody else, who starts at the stable offsets
			l.abandon(ctx)
			return nil
		}
		wait.sleep(ctx)
	}
}

// errOverdue is why a lane is cancelled that could not end its transaction in time.
var errOverdue = errors.New("the open transaction could not be ended in time")

// abandon ends what may be open under the lane's transactional id, so that readers and the partitions' next owner need not
// wait for the transaction timeout.
func (l *Lane) abandon(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	p, err := l.c.Broker.InitProducer(ctx, l.txnID, l.c.TransactionTimeout)
	if err != nil {
		l.c.Log.Warn("a transaction is left open until its time-out", "lane", l.index, "transactional_id", l.txnID, "cause", err)
		return
	}
	l.producer = p
}

// awaitEnd waits until the end of the generation, of which the group knows already, has reached this member.
func (l *Lane) awaitEnd(ctx context.Context, settle <-chan struct{}) {
	t := time.NewTimer(5 * time.Second)
	defer t.Stop()
	select {
	case <-settle:
	case <-t.C:
	case <-ctx.Done():
	}
}

// errAnew ends a session that has to begin anew at the stable offsets although nothing is wrong that would have to be shown,
// or nothing that is not shown already.
var errAnew = errors.New("beginning anew")

// settleError takes note of why a session ended; the next one begins at the stable offsets. It gives an error when there
// must be none.
func (l *Lane) settleError(err error) error {
	var late *lateChunk
	switch {
	case errors.As(err, &late):
		l.verdicts[late.at] = late.fault
	case errors.Is(err, errAnew), broker.IsGenerationEnded(err):
	case broker.IsTooLarge(err) && l.halve(err):
	case broker.IsFenced(err):
		if !l.unanswered && !l.fencedAt.IsZero() && time.Since(l.fencedAt) < l.c.TransactionTimeout {
			l.c.Feed.Set(observe.Condition{Kind: observe.InstanceTaken, Text: fmt.Sprintf("the transactional id %s is used by another running process: give each process its own instance name", l.txnID)})
			return InstanceTaken(l.c.Instance)
		}
		l.fencedAt, l.unanswered = time.Now(), false
	default:
		if broker.IsTransport(err) || errors.Is(err, context.DeadlineExceeded) {
			l.unanswered = true
		}
		l.troubles.set(l.patient(), conditionOf(err))
	}
	l.c.Log.Info("going on from the stable offsets", "lane", l.index, "cause", err)
	return nil
}

func (l *Lane) patient() patient { return patient{lane: l.index} }

// halve remembers half the batch size for the outputs on the topic that refused a batch. It gives false when none can be less.
func (l *Lane) halve(err error) (halved bool) {
	var e *broker.Error
	errors.As(err, &e)
	for i, t := range l.c.Outputs {
		if (t == e.Topic || e.Topic == "") && l.limits[i] > smallestBatch {
			l.limits[i], halved = max(l.limits[i]/2, smallestBatch), true
		}
	}
	return halved
}

// session works from the stable offsets on, until settle (nil) or the first error.
func (l *Lane) session(ctx context.Context, settle <-chan struct{}, parts []broker.TopicPartition, g broker.Generation) error {
	worked := l.worked
	l.worked = false
	if l.producer == nil {
		within, cancel := context.WithTimeout(ctx, l.c.TransactionTimeout)
		p, err := l.c.Broker.InitProducer(within, l.txnID, l.c.TransactionTimeout)
		cancel()
		if err != nil {
			return fmt.Errorf("starting producer %s: %w", l.txnID, err)
		}
		l.producer = p
		l.unanswered = l.unanswered || p.Doubtful
	}
	s := newSession(l, g)
	if err := s.locate(ctx, parts); err != nil {
		return err
	}
	l.worked = true
	if !worked {
		l.troubles.end(l.patient())
	}

	group, running := errgroup.WithContext(ctx)
	fetching, stopFetching := context.WithCancel(running)
	defer stopFetching()
	group.Go(func() error { return s.fetch(fetching) })
	group.Go(func() error {
		defer stopFetching()
		defer close(s.outbox)
		return s.work(running, settle)
	})
	group.Go(func() error { return s.send(running) })
	err := group.Wait()
	s.drain()
	if err != nil && s.sender.open && ctx.Err() == nil {
		l.c.Feed.RolledBack()
	}
	return err
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// lateChunk is a refusal of the chunk at a position after part of its effects had left.
type lateChunk struct {
	at    flow.Position
	fault *flow.Fault
}

func (e *lateChunk) Error() string {
	return fmt.Sprintf("chunk %s/%d/%d was refused after part of its output had left: %v", e.at.Topic, e.at.Partition, e.at.Offset, e.fault)
}
