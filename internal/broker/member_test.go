package broker

import (
	"context"
	"errors"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/segmentio/kafka-go"
	"pgregory.net/rapid"
)

// join gives a member of group and its first generation.
func join(t testing.TB, ctx context.Context, c *Client, group string, topics ...string) (Member, Generation) {
	t.Helper()
	m, err := NewMember(MemberConfig{Brokers: c.config.Brokers, Group: group, Topics: topics,
		SessionTimeout: 6 * time.Second, HeartbeatInterval: 50 * time.Millisecond, WatchInterval: 200 * time.Millisecond})
	must(t, err)
	return m, next(t, ctx, m)
}

// next waits for a generation and passes over what goes wrong on the way.
func next(t testing.TB, ctx context.Context, m Member) Generation {
	t.Helper()
	for {
		g, err := m.Next(ctx)
		if err == nil {
			return g
		}
		if ctx.Err() != nil || errors.Is(err, ErrMemberClosed) {
			t.Fatal(err)
		}
		t.Logf("on the way to a generation: %v", err)
	}
}

func leave(t testing.TB, m Member, g Generation) {
	t.Helper()
	g.Release()
	must(t, m.Close())
}

// TestRebalance has a second member come and go. The first keeps its partitions until it releases them.
func TestRebalance(t *testing.T) {
	c, ctx := connect(t, bootstrap(t)), within(t)
	a, b := topic(t, ctx, c, 4), topic(t, ctx, c, 4)
	group := unique("group")
	one, g1 := join(t, ctx, c, group, a, b)
	if len(g1.Assigned()) != 8 || g1.Token().MemberID == "" {
		t.Fatalf("%v %v", g1.Assigned(), g1.Token())
	}

	type joined struct {
		m Member
		g Generation
	}
	second := make(chan joined, 1)
	go func() {
		m, g := join(t, ctx, c, group, a, b)
		second <- joined{m, g}
	}()
	<-g1.Done()
	select {
	case <-second:
		t.Fatal("the second member has partitions that the first has not released")
	case <-time.After(200 * time.Millisecond):
	}
	g1.Release()
	g1.Release()
	g2 := next(t, ctx, one)
	two := <-second
	if g2.Token().Generation <= g1.Token().Generation || g2.Token().MemberID != g1.Token().MemberID {
		t.Errorf("%v after %v", g2.Token(), g1.Token())
	}
	// Each has the same numbers of both topics, and together they have all.
	var all []TopicPartition
	for _, g := range []Generation{g2, two.g} {
		numbers := map[string][]int32{}
		for _, tp := range g.Assigned() {
			numbers[tp.Topic] = append(numbers[tp.Topic], tp.Partition)
		}
		if len(numbers[a]) != 2 || !slices.Equal(numbers[a], numbers[b]) {
			t.Errorf("not the same partitions of both topics: %v", g.Assigned())
		}
		all = append(all, g.Assigned()...)
	}
	if len(byTopic(all)) != 8 {
		t.Errorf("%v", all)
	}

	leave(t, two.m, two.g)
	<-g2.Done()
	g2.Release()
	g3 := next(t, ctx, one)
	if len(g3.Assigned()) != 8 {
		t.Errorf("alone again: %v", g3.Assigned())
	}
	leave(t, one, g3)
	<-g3.Done()
	if _, err := one.Next(ctx); !errors.Is(err, ErrMemberClosed) {
		t.Errorf("Next after Close: %v", err)
	}
	must(t, one.Close())
}

// TestCloseWhileJoining closes a member that waits for another one in a rebalance. Those that are left must not wait for it,
// nor it be given partitions, until its session times out, which here is longer than the test lasts.
func TestCloseWhileJoining(t *testing.T) {
	c, ctx := connect(t, bootstrap(t)), within(t)
	in := topic(t, ctx, c, 4)
	group := unique("group")
	become := func() Member {
		m, err := NewMember(MemberConfig{Brokers: c.config.Brokers, Group: group, Topics: []string{in},
			SessionTimeout: 2 * time.Minute, RebalanceTimeout: 2 * time.Minute, HeartbeatInterval: 50 * time.Millisecond})
		must(t, err)
		return m
	}
	later := func(m Member) chan Generation {
		g := make(chan Generation, 1)
		go func() { g <- next(t, ctx, m) }()
		return g
	}
	one := become()
	g1 := next(t, ctx, one)
	two := become()
	next2 := later(two)
	<-g1.Done()
	g1.Release()
	g1 = next(t, ctx, one)
	g2 := <-next2
	three := become()
	next3 := later(three)
	<-g1.Done()
	<-g2.Done()
	g1.Release() // it joins anew, and the group waits for the second member
	must(t, one.Close())
	g2.Release()
	g2, g3 := next(t, ctx, two), <-next3
	if all := append(slices.Clone(g2.Assigned()), g3.Assigned()...); len(all) != 4 {
		t.Errorf("the members that are left have %v", all)
	}
	g2.Release()
	leave(t, three, g3)
	must(t, two.Close())
}

// TestEarlyRelease gives a generation back that has not ended: the member joins anew.
func TestEarlyRelease(t *testing.T) {
	c, ctx := connect(t, bootstrap(t)), within(t)
	m, g := join(t, ctx, c, unique("group"), topic(t, ctx, c, 1))
	g.Release()
	<-g.Done()
	leave(t, m, next(t, ctx, m))
}

// TestMemberWithoutBrokers shows what is wrong, again and again, and can be closed.
func TestMemberWithoutBrokers(t *testing.T) {
	m, err := NewMember(MemberConfig{Brokers: []string{deadAddress(t)}, Group: "g", Topics: []string{"t"}})
	must(t, err)
	for range 3 {
		if _, err := m.Next(within(t)); !IsTransport(err) {
			t.Errorf("%v", err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Next(ctx); !errors.Is(err, context.Canceled) && !IsTransport(err) {
		t.Error(err)
	}
	must(t, m.Close())
}

// TestMemberOfASilentBroker closes a member whose request is never answered.
func TestMemberOfASilentBroker(t *testing.T) {
	m, err := NewMember(MemberConfig{Brokers: []string{silentBroker(t)}, Group: "g", Topics: []string{"t"}})
	must(t, err)
	must(t, m.Close())
}

func TestMemberNeedsAGroup(t *testing.T) {
	if _, err := NewMember(MemberConfig{Brokers: []string{"localhost:9092"}, Topics: []string{"t"}}); err == nil {
		t.Error("no group, no error")
	}
}

// deadAddress gives an address on which nobody listens.
func deadAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, l.Close())
	return l.Addr().String()
}

func TestCopartition(t *testing.T) {
	partitions := func(topic string, n int) []kafka.Partition {
		var p []kafka.Partition
		for i := n - 1; i >= 0; i-- {
			p = append(p, kafka.Partition{Topic: topic, ID: i})
		}
		return p
	}
	both := []string{"a", "b"}
	for _, c := range []struct {
		name       string
		members    []kafka.GroupMember
		partitions []kafka.Partition
		want       kafka.GroupMemberAssignments
	}{
		{"one for all", []kafka.GroupMember{{ID: "x", Topics: both}}, append(partitions("a", 2), partitions("b", 2)...),
			kafka.GroupMemberAssignments{"x": {"a": {0, 1}, "b": {0, 1}}}},
		{"topics of different sizes", []kafka.GroupMember{{ID: "y", Topics: both}, {ID: "x", Topics: both}}, append(partitions("a", 4), partitions("b", 3)...),
			kafka.GroupMemberAssignments{"x": {"a": {0, 1}, "b": {0, 1}}, "y": {"a": {2, 3}, "b": {2}}}},
		{"more members than partitions", []kafka.GroupMember{{ID: "x", Topics: both}, {ID: "y", Topics: both}, {ID: "z", Topics: both}}, partitions("a", 2),
			kafka.GroupMemberAssignments{"x": {}, "y": {"a": {0}}, "z": {"a": {1}}}},
		{"a new topic rolls out", []kafka.GroupMember{{ID: "x", Topics: both}, {ID: "y", Topics: both[:1]}}, append(partitions("a", 2), partitions("b", 2)...),
			kafka.GroupMemberAssignments{"x": {"a": {0}, "b": {0, 1}}, "y": {"a": {1}}}},
		{"nobody asks", []kafka.GroupMember{{ID: "x", Topics: both}}, partitions("c", 2), kafka.GroupMemberAssignments{"x": {}}},
		{"no topic yet", []kafka.GroupMember{{ID: "x", Topics: both}}, nil, kafka.GroupMemberAssignments{"x": {}}},
	} {
		if d := cmp.Diff(c.want, copartition{}.AssignGroups(c.members, c.partitions)); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

// TestOwner says that ranges are in order, that they cover all partitions, and that they differ by at most one.
func TestOwner(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers, count := rapid.IntRange(1, 100).Draw(t, "numbers"), rapid.IntRange(1, 100).Draw(t, "count")
		sizes := make([]int, count)
		last := 0
		for p := range numbers {
			o := owner(p, numbers, count)
			if o < last || o >= count {
				t.Fatalf("partition %d belongs to %d after %d", p, o, last)
			}
			last = o
			sizes[o]++
		}
		if slices.Max(sizes)-slices.Min(sizes) > 1 {
			t.Fatalf("%v", sizes)
		}
	})
}
