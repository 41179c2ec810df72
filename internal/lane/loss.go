package lane

import (
	"context"
	"fmt"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/observe"
)

// check holds a partition's position against its topic and, where the operator has accepted a loss, its log.
func (s *session) check(ctx context.Context, p *partition, metadata string) error {
	remade := isTopicID(metadata) && topicID(p.id) != "" && metadata != topicID(p.id)
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
		s.c.Log.Warn("going on after lost data, as accepted", "topic", p.Topic, "partition", p.Partition, "offset", gone.to, "cause", gone.text)
		s.l.stops.take(p.TopicPartition)
		p.until.Store(noStop)
		s.place(p, gone.to)
	default:
		s.lost(p, p.position, gone)
	}
	return nil
}

// loss says what is gone of a partition, and where it can go on.
type loss struct {
	text string
	to   int64
}

// loss compares an offset with the log, or with that of the topic which has taken the place of the one it belongs to. It
// gives nil when nothing is gone.
func (s *session) loss(ctx context.Context, p *partition, at int64, remade bool) (*loss, error) {
	tps := []broker.TopicPartition{p.TopicPartition}
	first, err := s.listOffsets(ctx, broker.Earliest, tps)
	if err != nil {
		return nil, fmt.Errorf("reading the first offset of %s/%d: %w", p.Topic, p.Partition, err)
	}
	end, err := s.listOffsets(ctx, broker.Latest, tps)
	if err != nil {
		return nil, fmt.Errorf("reading the last offset of %s/%d: %w", p.Topic, p.Partition, err)
	}
	switch from, to := first[p.TopicPartition], end[p.TopicPartition]; {
	case remade:
		return &loss{fmt.Sprintf("the topic was deleted and made again: what it held from offset %d on is gone", at), from}, nil
	case at < from:
		return &loss{fmt.Sprintf("offsets %d to %d are gone: they were deleted before they were read", at, from), from}, nil
	case at > to: // what is before the end has been read: going back further would read it twice
		return &loss{fmt.Sprintf("offsets %d to %d are gone: the log has become shorter", to, at), to}, nil
	}
	return nil, nil
}

// lost stops a partition at an offset from which on something is gone, until the operator accepts it.
func (s *session) lost(p *partition, at int64, gone *loss) {
	s.stop(p, at, observe.DataLost, fmt.Sprintf("%s; accept it with assay run --accept-data-lost %s/%d", gone.text, p.Topic, p.Partition))
}
