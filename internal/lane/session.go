package lane

import (
	"context"
	"encoding/hex"
	"fmt"
	"math"
	"sync"
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

	stopping sync.Mutex // held to lower a partition's until
}

// partition is where a session stands in one partition.
type partition struct {
	broker.TopicPartition
	id     [16]byte // of the topic
	origin string   // CloudEvents source of its chunks

	// until is the offset before which the partition stops and waits for the operator; noStop when there is none. Whichever
	// stage finds the reason sets it. What lies before it is fetched, worked on and committed all the same.
	until atomic.Int64

	// Of fetch.
	next    int64     // next offset to fetch: what lies before it has reached work
	corrupt int       // fetches in a row whose first batch was broken
	refusal error     // of the last fetch
	since   time.Time // when its trouble began; zero while it is well
	wait    backoff

	// Of work.
	position int64     // next offset to work on, the one to commit
	pending  bool      // position has moved since the last commit
	last     time.Time // timestamp of the last record since then
}

// noStop is the until of a partition that does not stop.
const noStop = math.MaxInt64

// stopped says that all has been worked on that lies before the stop.
func (p *partition) stopped() bool { return p.position >= p.until.Load() }

func (p *partition) patient(l *Lane) patient { return patient{l.index, p.TopicPartition} }

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
		c, mine := committed[broker.TopicPartition{Topic: at.Topic, Partition: at.Partition}]
		if !mine || at.Offset < c.Offset {
			delete(s.l.verdicts, at)
		}
	}
	var fresh []broker.TopicPartition
	for _, tp := range tps {
		at := committed[tp]
		if last, ok := s.l.memory.get(tp); ok && at.Offset < 0 {
			at = broker.Committed{Offset: last.Offset, Metadata: last.Metadata}
		}
		p := s.enter(tp, meta.Topics[tp.Topic].ID, at.Offset)
		if at.Offset < 0 {
			fresh = append(fresh, tp)
		} else if err := s.check(ctx, p, at.Metadata); err != nil {
			return err
		}
	}
	if err := s.begin(ctx, fresh); err != nil {
		return err
	}
	for _, p := range s.parts {
		s.c.Feed.Position(p.Topic, p.Partition, s.l.index, p.position, time.Time{})
	}
	return nil
}

// enter makes a partition a part of the session.
func (s *session) enter(tp broker.TopicPartition, id [16]byte, at int64) *partition {
	p := &partition{TopicPartition: tp, id: id, next: at, position: at}
	p.origin = Origin(s.cluster, tp.Topic, id, s.l.program.Feed())
	p.until.Store(noStop)
	if stop, ok := s.l.stops.get(tp); ok {
		p.until.Store(stop)
	}
	s.parts = append(s.parts, p)
	return p
}

// begin places the partitions without a committed offset where the start policy says.
func (s *session) begin(ctx context.Context, fresh []broker.TopicPartition) error {
	if len(fresh) == 0 {
		return nil
	}
	starts, err := s.listOffsets(ctx, s.c.Start, fresh)
	if err != nil {
		return fmt.Errorf("reading the offsets to start from: %w", err)
	}
	for _, p := range s.parts {
		if at, ok := starts[p.TopicPartition]; ok {
			s.place(p, at)
		}
	}
	return nil
}

// place puts a partition at an offset that is to be committed at once.
func (s *session) place(p *partition, at int64) {
	p.next, p.position, p.pending = at, at, true
	s.initial = append(s.initial, p.offset())
}

// stableOffsets waits until no open transaction, of a member that has gone, may still change the offsets.
func (s *session) stableOffsets(ctx context.Context, tps []broker.TopicPartition) (map[broker.TopicPartition]broker.Committed, error) {
	for waited := false; ; {
		within, cancel := context.WithTimeout(ctx, patience)
		committed, err := s.c.Broker.StableOffsets(within, s.c.Group, tps)
		late := within.Err() != nil
		cancel()
		switch {
		case err == nil:
			if waited {
				s.l.troubles.end(s.l.patient())
			}
			return committed, nil
		case late && ctx.Err() == nil && broker.IsUnstable(err):
			waited = true
			s.l.troubles.set(s.l.patient(), observe.Condition{Kind: observe.Settling})
		default:
			return nil, fmt.Errorf("reading offsets of group %s: %w", s.c.Group, err)
		}
	}
}

// listOffsets asks for offsets, but not for ever: the broker package retries as long as it may, and a partition without a
// leader must be seen.
func (s *session) listOffsets(ctx context.Context, at int64, tps []broker.TopicPartition) (map[broker.TopicPartition]int64, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return s.c.Broker.ListOffsets(ctx, at, tps)
}

// stop takes a partition out of the work from an offset on, until the operator acts.
func (s *session) stop(p *partition, at int64, kind observe.Kind, text string) {
	s.stopping.Lock()
	p.until.Store(min(p.until.Load(), at))
	s.l.stops.put(p.TopicPartition, p.until.Load())
	s.stopping.Unlock()
	s.c.Feed.Set(observe.Condition{Kind: kind, Topic: p.Topic, Partition: p.Partition, Text: text})
}

func (p *partition) offset() broker.Offset {
	return broker.Offset{TopicPartition: p.TopicPartition, Offset: p.position, Metadata: TopicID(p.id)}
}

// TopicID is kept in the metadata of committed offsets, so that a topic that was made again under its old name is noticed.
func TopicID(id [16]byte) string {
	if id == ([16]byte{}) {
		return ""
	}
	return hex.EncodeToString(id[:])
}

// isTopicID tells what TopicID writes from what others may have put into the metadata of an offset.
func isTopicID(s string) bool {
	id, err := hex.DecodeString(s)
	return err == nil && len(id) == 16 && hex.EncodeToString(id) == s
}

// Origin gives the CloudEvents source of the chunks of a topic.
func Origin(cluster, topic string, id [16]byte, feed string) string {
	if s := TopicID(id); s != "" {
		topic = s
	}
	return fmt.Sprintf("/assay/%s/%s/%s", cluster, topic, feed)
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
	from    int64 // the offset that was asked for
	next    int64 // the offset after all of them, control batches and aborted ones included
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
