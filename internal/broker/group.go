package broker

import (
	"context"
	"net"
	"strings"
)

// Group is what the coordinator says of a consumer group.
type Group struct {
	State   string // Stable, Empty, PreparingRebalance, CompletingRebalance, or Dead for one that does not exist
	Members []GroupMember
}

// GroupMember is a process that takes part in a group. One that was killed is a member until its session has timed out.
type GroupMember struct {
	ID, ClientID string
	Host         string // its address, as the broker sees it
}

// Group describes a group of the classic protocol. One that does not exist has no members.
func (c *Client) Group(ctx context.Context, name string) (*Group, error) {
	w := c.begin(apiDescribeGroups)
	w.array(1)
	w.string(name)
	w.bool(false) // tell what may be done with it
	var g *Group
	err := c.atCoordinator(ctx, coordinated{groupKind, name}, true, func(node int32) error {
		refusal := Error{API: apiDescribeGroups.name}
		err := c.ask(ctx, apiDescribeGroups, node, w, func(r *reader) { g, refusal.Code = readGroup(r) })
		return refused(err, &refusal)
	})
	if Code(err) == codeGroupNotFound {
		return &Group{State: "Dead"}, nil
	}
	if err != nil {
		return nil, err
	}
	return g, nil
}

func readGroup(r *reader) (*Group, int16) {
	g := &Group{}
	r.int32() // throttle
	if r.array() != 1 {
		r.bad = true
		return nil, 0
	}
	code := r.int16()
	r.text() // its name
	g.State = r.string()
	r.text() // kind of the protocol
	r.text() // the protocol
	for n := r.array(); n > 0; n-- {
		m := GroupMember{ID: r.string()}
		r.text() // instance id
		m.ClientID, m.Host = r.string(), bareHost(r.string())
		r.bytes() // what it said of itself
		r.bytes() // its assignment
		g.Members = append(g.Members, m)
	}
	return g, code
}

// bareHost takes off what brokers put around an address: Java's slash, or a port.
func bareHost(s string) string {
	s = strings.TrimPrefix(s, "/")
	if host, _, err := net.SplitHostPort(s); err == nil {
		return host
	}
	return s
}

// MoveOffsets commits offsets for a group outside of any transaction. Only a group without members takes them: the refusal of
// one that has some is told by IsGroupInUse. Offsets that an open transaction is about to commit would win over these when it
// ends, so that the caller waits for StableOffsets first.
func (c *Client) MoveOffsets(ctx context.Context, group string, offsets []Offset) error {
	offsets, tps := sorted(offsets)
	w := c.begin(apiOffsetCommit)
	w.string(group)
	w.int32(-1)  // no generation
	w.string("") // no member
	w.null()     // no instance
	writeByTopic(&w, tps, func(i int) TopicPartition { return tps[i] }, func(i int) {
		w.int64(offsets[i].Offset)
		w.int32(-1) // leader's epoch: not known
		w.string(offsets[i].Metadata)
	})
	return c.atCoordinator(ctx, coordinated{groupKind, group}, true, func(node int32) error {
		return c.askPartitions(ctx, apiOffsetCommit, node, w, len(offsets))
	})
}

// IsGroupInUse says that a group has members, so that its offsets are theirs to move.
func IsGroupInUse(err error) bool { return has(err, codeUnknownMember, codeIllegalGeneration) }
