package lane

import (
	"context"
	"fmt"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/observe"
)

// check holds a partition's position against its topic and, where the operator has accepted a loss, its log.
func (s *session) check(ctx context.Context, p *partition, metadata string) error {
	remade := Remade(metadata, p.id)
	_, accepted := s.l.accepted.get(p.TopicPartition)
	if !remade && !accepted {
		return nil
	}
	gone, err := s.loss(ctx, p, p.position, remade)
	switch {
	case err != nil:
		return err
	case gone == nil:
		s.l.accepted.take(p.TopicPartition)
		s.c.Log.Info("no data is lost here: nothing had to be accepted", "topic", p.Topic, "partition", p.Partition)
	case s.l.accepted.take(p.TopicPartition):
		s.c.Log.Warn("going on after lost data, as accepted", "topic", p.Topic, "partition", p.Partition, "offset", gone.To, "cause", gone.Text)
		s.l.stops.take(p.TopicPartition)
		p.until.Store(noStop)
		s.place(p, gone.To)
	default:
		s.lost(p, p.position, gone)
	}
	return nil
}

// Loss says what is gone of a partition, and where it can go on.
type Loss struct {
	Text string
	To   int64
}

// Remade says that an offset was committed, with this metadata, for a topic that another one has taken the place of since.
func Remade(metadata string, id [16]byte) bool {
	return isTopicID(metadata) && TopicID(id) != "" && metadata != TopicID(id)
}

// LossOf compares an offset with a log that begins at first and ends before end, or with that of the topic which has taken the
// place of the one it belongs to. It gives nil when nothing is gone.
func LossOf(at, first, end int64, remade bool) *Loss {
	switch {
	case remade:
		return &Loss{fmt.Sprintf("the topic was deleted and made again: what it held from offset %d on is gone", at), first}
	case at < first:
		return &Loss{fmt.Sprintf("offsets %d to %d are gone: they were deleted before they were read", at, first), first}
	case at > end: // what is before the end has been read: going back further would read it twice
		return &Loss{fmt.Sprintf("offsets %d to %d are gone: the log has become shorter", end, at), end}
	}
	return nil
}

// loss compares an offset with the log as it is now.
func (s *session) loss(ctx context.Context, p *partition, at int64, remade bool) (*Loss, error) {
	tps := []broker.TopicPartition{p.TopicPartition}
	first, err := s.listOffsets(ctx, broker.Earliest, tps)
	if err != nil {
		return nil, fmt.Errorf("reading the first offset of %s/%d: %w", p.Topic, p.Partition, err)
	}
	end, err := s.listOffsets(ctx, broker.Latest, tps)
	if err != nil {
		return nil, fmt.Errorf("reading the last offset of %s/%d: %w", p.Topic, p.Partition, err)
	}
	return LossOf(at, first[p.TopicPartition], end[p.TopicPartition], remade), nil
}

// lost stops a partition at an offset from which on something is gone, until the operator accepts it.
func (s *session) lost(p *partition, at int64, gone *Loss) {
	s.stop(p, at, observe.DataLost, fmt.Sprintf("%s; accept it with assay run --accept-data-lost %s/%d", gone.Text, p.Topic, p.Partition))
}
