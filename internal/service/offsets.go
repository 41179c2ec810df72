package service

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/config"
	"github.com/assay-dev/assay/internal/lane"
)

// Standing is where a feed stands in its input.
type Standing struct {
	Feed, Group string
	Members     []broker.GroupMember // the processes that run it, one that was killed a moment ago among them
	Positions   []Position           // by topic and partition
}

// Position is where a feed stands in a partition.
type Position struct {
	broker.TopicPartition
	Leader     int32
	First, End int64  // the log holds the offsets in [First, End), of committed transactions and before an open one
	Committed  int64  // -1 while there is none
	Next       int64  // where the feed goes on: at the committed offset, or where the start policy says
	Lost       string // what is gone of it; empty when nothing is

	topicID string
}

// Lag gives how many offsets are still to be read.
func (p *Position) Lag() int64 { return max(p.End-max(p.Next, p.First), 0) }

// Look asks where a feed stands. While an open transaction may still move it, it waits.
func Look(ctx context.Context, client *broker.Client, s *config.Settings, f *Feed) (*Standing, error) {
	st := &Standing{Feed: f.Contract.Feed, Group: GroupOf(s, f.Contract)}
	meta, err := client.Metadata(ctx, f.Settings.Input.Topics...)
	if err != nil {
		return nil, err
	}
	var tps []broker.TopicPartition
	for _, topic := range f.Settings.Input.Topics {
		t := meta.Topics[topic]
		switch {
		case broker.IsUnknownTopic(t.Err):
			return nil, &MissingTopicError{topic}
		case t.Err != nil:
			return nil, t.Err
		}
		for i, leader := range t.Leaders {
			tp := broker.TopicPartition{Topic: topic, Partition: int32(i)}
			tps = append(tps, tp)
			st.Positions = append(st.Positions, Position{TopicPartition: tp, Leader: leader, topicID: lane.TopicID(t.ID)})
		}
	}
	group, err := client.Group(ctx, st.Group)
	if err != nil {
		return nil, err
	}
	st.Members = group.Members
	committed, err := client.StableOffsets(ctx, st.Group, tps)
	if err != nil {
		return nil, err
	}
	first, end, err := span(ctx, client, tps)
	if err != nil {
		return nil, err
	}
	starts, err := client.ListOffsets(ctx, startOf(s.Start), tps)
	if err != nil {
		return nil, err
	}
	for i := range st.Positions {
		p := &st.Positions[i]
		at := committed[p.TopicPartition]
		p.First, p.End, p.Committed = first[p.TopicPartition], end[p.TopicPartition], at.Offset
		if p.Next = at.Offset; at.Offset < 0 {
			p.Next = starts[p.TopicPartition]
		} else if gone := lane.LossOf(at.Offset, p.First, p.End, lane.Remade(at.Metadata, meta.Topics[p.Topic].ID)); gone != nil {
			p.Next, p.Lost = gone.To, gone.Text
		}
	}
	slices.SortFunc(st.Positions, func(a, b Position) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	return st, nil
}

func span(ctx context.Context, client *broker.Client, tps []broker.TopicPartition) (first, end map[broker.TopicPartition]int64, err error) {
	if first, err = client.ListOffsets(ctx, broker.Earliest, tps); err != nil {
		return nil, nil, err
	}
	end, err = client.ListOffsets(ctx, broker.Latest, tps)
	return first, end, err
}

// MissingTopicError says that an input of a feed does not exist.
type MissingTopicError struct{ Topic string }

// Error names the topic and what makes it.
func (e *MissingTopicError) Error() string {
	return fmt.Sprintf("topic %s does not exist: assay topics --create makes those that the settings name", e.Topic)
}

// At gives the offsets of all partitions at a time in Unix milliseconds, broker.Earliest or broker.Latest.
func (st *Standing) At(ctx context.Context, client *broker.Client, at int64) (map[broker.TopicPartition]int64, error) {
	var tps []broker.TopicPartition
	for i := range st.Positions {
		tps = append(tps, st.Positions[i].TopicPartition)
	}
	return client.ListOffsets(ctx, at, tps)
}

// InUseError says that a feed runs, so that its positions are not to be moved.
type InUseError struct {
	Feed    string
	Members []broker.GroupMember
}

// Error names the processes.
func (e *InUseError) Error() string {
	who := "in a process that has just joined"
	if len(e.Members) > 0 {
		names := map[string]struct{}{}
		for _, m := range e.Members {
			names[m.ClientID+" at "+m.Host] = struct{}{}
		}
		who = "in " + strings.Join(slices.Sorted(maps.Keys(names)), " and ")
	}
	return fmt.Sprintf("%s is running %s: stop it first, since a running feed goes on from where it is", e.Feed, who)
}

// Move commits offsets for the feed, each with its topic's id. The error is an *InUseError when the feed runs: the brokers
// themselves see to it that none starts in between.
func (st *Standing) Move(ctx context.Context, client *broker.Client, to map[broker.TopicPartition]int64) error {
	if len(st.Members) > 0 {
		return st.InUse()
	}
	var offsets []broker.Offset
	for i := range st.Positions {
		p := &st.Positions[i]
		if at, ok := to[p.TopicPartition]; ok {
			offsets = append(offsets, broker.Offset{TopicPartition: p.TopicPartition, Offset: at, Metadata: p.topicID})
		}
	}
	err := client.MoveOffsets(ctx, st.Group, offsets)
	if broker.IsGroupInUse(err) {
		return st.InUse()
	}
	return err
}

// InUse gives the refusal of a feed that runs.
func (st *Standing) InUse() *InUseError { return &InUseError{st.Feed, st.Members} }
