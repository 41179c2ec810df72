package lane

import (
	"context"
	"encoding/hex"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/observe"
	"github.com/assay-dev/assay/internal/wire"
)

// session is the work of a lane between two recoveries.
type session struct {
	l     *Lane
	c     *Config
	g     broker.Generation
	parts []*partition

	cluster string
	inbox   chan *fetched      // from fetch to work
	outbox  chan item          // from work to send
	free    chan *flow.Effects // back from send
	initial []broker.Offset    // starts chosen by policy, to be committed at once
	sender  sender
	away    atomic.Bool // a fetch has failed since the last one that worked
}

// partition is where a session stands in one partition. fetch owns next, work owns position.
type partition struct {
	broker.TopicPartition
	id       [16]byte    // of the topic
	origin   string      // CloudEvents source of its chunks
	next     int64       // next offset to fetch
	position int64       // next offset to work on, the one to commit
	pending  bool        // position has moved since the last commit
	corrupt  int         // fetches in a row whose first batch was broken
	stopped  atomic.Bool // waits for the operator; set by work or fetch, read by both
}

func newSession(l *Lane, g broker.Generation) *session {
	s := &session{
		l: l, c: l.c, g: g,
		inbox:  make(chan *fetched, 1),
		outbox: make(chan item, 1),
		free:   make(chan *flow.Effects, effectsPerLane),
	}
	for range effectsPerLane {
		s.free <- &flow.Effects{Limit: l.limits}
	}
	s.sender.init(s)
	return s
}

// locate finds out where each partition begins: at the group's stable offset, or where the start policy says.
func (s *session) locate(ctx context.Context, tps []broker.TopicPartition) error {
	meta, err := s.c.Broker.Metadata(ctx, s.c.Inputs...)
	if err != nil {
		return fmt.Errorf("reading metadata: %w", err)
	}
	s.cluster = meta.ClusterID
	committed, err := s.stableOffsets(ctx, tps)
	if err != nil {
		return err
	}
	for at := range s.l.verdicts {
		if at.Offset < committed[broker.TopicPartition{Topic: at.Topic, Partition: at.Partition}].Offset {
			delete(s.l.verdicts, at)
		}
	}
	var fresh []broker.TopicPartition
	for _, tp := range tps {
		t := meta.Topics[tp.Topic]
		p := &partition{TopicPartition: tp, id: t.ID}
		p.stopped.Store(s.l.stops.has(tp))
		p.origin = fmt.Sprintf("/assay/%s/%s/%s", meta.ClusterID, topicName(tp.Topic, t.ID), s.l.program.Feed())
		s.parts = append(s.parts, p)
		at := committed[tp]
		if last, ok := s.l.memory.of(tp); ok && at.Offset < 0 {
			at = broker.Committed{Offset: last.Offset, Metadata: last.Metadata}
		}
		p.next, p.position = at.Offset, at.Offset
		switch id := topicID(t.ID); {
		case at.Offset < 0:
			fresh = append(fresh, tp)
		case at.Metadata != "" && id != "" && at.Metadata != id:
			if err := s.lost(ctx, p, "the topic was deleted and made again"); err != nil {
				return err
			}
		case s.l.accepted.has(tp):
			if err := s.checkRange(ctx, p); err != nil {
				return err
			}
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	starts, err := s.c.Broker.ListOffsets(ctx, s.c.Start, fresh)
	if err != nil {
		return fmt.Errorf("reading the offsets to start from: %w", err)
	}
	for _, p := range s.parts {
		if at, ok := starts[p.TopicPartition]; ok && p.position < 0 {
			p.next, p.position, p.pending = at, at, true
			s.initial = append(s.initial, p.offset())
		}
	}
	return nil
}

// settling is how long to wait for an open transaction of somebody else before saying so.
const settling = 2 * time.Second

// stableOffsets waits until no open transaction, of a member that has gone, may still change the offsets.
func (s *session) stableOffsets(ctx context.Context, tps []broker.TopicPartition) (map[broker.TopicPartition]broker.Committed, error) {
	for {
		patience, cancel := context.WithTimeout(ctx, settling)
		committed, err := s.c.Broker.StableOffsets(patience, s.c.Group, tps)
		late := patience.Err() != nil
		cancel()
		switch {
		case err == nil:
			s.c.Feed.Clear(observe.Settling)
			return committed, nil
		case late && ctx.Err() == nil && broker.IsUnstable(err):
			s.c.Feed.Set(observe.Condition{Kind: observe.Settling})
		default:
			return nil, fmt.Errorf("reading offsets of group %s: %w", s.c.Group, err)
		}
	}
}

// checkRange uses up the operator's acceptance for a partition: if its position is outside the log, it goes on with what is
// there.
func (s *session) checkRange(ctx context.Context, p *partition) error {
	tps := []broker.TopicPartition{p.TopicPartition}
	first, err := s.c.Broker.ListOffsets(ctx, broker.Earliest, tps)
	if err != nil {
		return fmt.Errorf("reading the first offset of %s/%d: %w", p.Topic, p.Partition, err)
	}
	end, err := s.c.Broker.ListOffsets(ctx, broker.Latest, tps)
	if err != nil {
		return fmt.Errorf("reading the last offset of %s/%d: %w", p.Topic, p.Partition, err)
	}
	if p.position < first[p.TopicPartition] || p.position > end[p.TopicPartition] {
		return s.lost(ctx, p, "the position is outside the log")
	}
	s.l.accepted.take(p.TopicPartition)
	s.c.Log.Info("no data is lost here: nothing had to be accepted", "topic", p.Topic, "partition", p.Partition)
	return nil
}

// lost stops a partition whose records from its position on are gone, unless the operator has accepted that: then it goes
// on with what is left, from the start.
func (s *session) lost(ctx context.Context, p *partition, why string) error {
	first, err := s.c.Broker.ListOffsets(ctx, broker.Earliest, []broker.TopicPartition{p.TopicPartition})
	if err != nil {
		return fmt.Errorf("reading the first offset of %s/%d: %w", p.Topic, p.Partition, err)
	}
	to := first[p.TopicPartition]
	if s.l.accepted.take(p.TopicPartition) {
		s.c.Log.Warn("going on after lost data, as accepted", "topic", p.Topic, "partition", p.Partition, "from", p.next, "to", to, "why", why)
		p.next, p.position, p.pending = to, to, true
		s.initial = append(s.initial, p.offset())
		return nil
	}
	s.stop(p, observe.DataLost, fmt.Sprintf("offsets %d to %d are gone: %s; accept it with assay run --accept-data-lost %s/%d", p.next, to, why, p.Topic, p.Partition))
	return nil
}

// stop takes a partition out of the work until the operator acts. Its last good offset stays committed.
func (s *session) stop(p *partition, kind observe.Kind, text string) {
	p.stopped.Store(true)
	s.l.stops.add(p.TopicPartition)
	s.c.Feed.Set(observe.Condition{Kind: kind, Topic: p.Topic, Partition: p.Partition, Text: text})
}

func (p *partition) offset() broker.Offset {
	return broker.Offset{TopicPartition: p.TopicPartition, Offset: p.position, Metadata: topicID(p.id)}
}

// topicID is kept in the metadata of committed offsets, so that a topic that was made again under its old name is noticed.
func topicID(id [16]byte) string {
	if id == ([16]byte{}) {
		return ""
	}
	return hex.EncodeToString(id[:])
}

func topicName(topic string, id [16]byte) string {
	if s := topicID(id); s != "" {
		return s
	}
	return topic
}

// fetched is one answer of a broker: record batches that are whole, committed and whose CRC is right.
type fetched struct {
	parts   []fetchedPart
	size    int
	release func() // gives the buffer back
}

type fetchedPart struct {
	p       *partition
	batches []wire.Batch
	next    int64 // the offset after all of them, control batches and aborted ones included
	high    int64 // the partition's last stable offset
	at      time.Time
}

// drain takes out of the accounts what no stage will take any more.
func (s *session) drain() {
	select {
	case got := <-s.inbox:
		s.c.Feed.InFlight(-got.size)
	default:
	}
	for it := range s.outbox {
		s.c.Feed.InFlight(-it.fx.Bytes())
	}
}
