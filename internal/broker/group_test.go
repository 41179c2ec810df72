package broker

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestMoveOffsets moves the offsets of a group that nobody is in, and not those of one that has a member.
func TestMoveOffsets(t *testing.T) {
	c, ctx := connect(t, bootstrap(t)), within(t)
	a, b := topic(t, ctx, c, 2), topic(t, ctx, c, 1)
	name := unique("group")
	if g, err := c.Group(ctx, name); err != nil || g.State != "Dead" || len(g.Members) > 0 {
		t.Errorf("a group that there is not: %+v, %v", g, err)
	}
	moved := []Offset{{TopicPartition{b, 0}, 7, ""}, {TopicPartition{a, 1}, 3, "an id"}, {TopicPartition{a, 0}, 0, "an id"}}
	must(t, c.MoveOffsets(ctx, name, moved))
	where := func() map[TopicPartition]Committed {
		got, err := c.StableOffsets(ctx, name, []TopicPartition{{a, 0}, {a, 1}, {b, 0}})
		must(t, err)
		return got
	}
	want := map[TopicPartition]Committed{{b, 0}: {7, ""}, {a, 1}: {3, "an id"}, {a, 0}: {0, "an id"}}
	if d := cmp.Diff(want, where()); d != "" {
		t.Error(d)
	}

	m, g := join(t, ctx, c, name, a)
	got, err := c.Group(ctx, name)
	must(t, err)
	if len(got.Members) != 1 || got.Members[0].ID != g.Token().MemberID || got.Members[0].ClientID != "assay" || got.Members[0].Host == "" || got.State == "Empty" {
		t.Errorf("%+v", got)
	}
	if err := c.MoveOffsets(ctx, name, []Offset{{TopicPartition{a, 0}, 9, ""}}); !IsGroupInUse(err) {
		t.Errorf("moving the offsets of a group with a member: %v", err)
	}
	if d := cmp.Diff(want, where()); d != "" {
		t.Error(d)
	}

	leave(t, m, g)
	if got, err = c.Group(ctx, name); err != nil || got.State != "Empty" || len(got.Members) > 0 {
		t.Errorf("after the member has left: %+v, %v", got, err)
	}
	must(t, c.MoveOffsets(ctx, name, []Offset{{TopicPartition{a, 0}, 9, ""}}))
	if at := where()[TopicPartition{a, 0}]; at.Offset != 9 {
		t.Errorf("moved to %d", at.Offset)
	}
}

// TestMovedOffsetsComeAfterOpenTransactions waits for the offsets of an open transaction before it moves them.
func TestMovedOffsetsComeAfterOpenTransactions(t *testing.T) {
	c, ctx := connect(t, bootstrap(t)), within(t)
	tp := TopicPartition{topic(t, ctx, c, 1), 0}
	name := unique("group")
	m, g := join(t, ctx, c, name, tp.Topic)
	p := producer(t, ctx, c)
	write(t, ctx, c, p, tp, "one")
	must(t, c.CommitOffsets(ctx, p, name, g.Token(), []Offset{{tp, 1, ""}}))
	leave(t, m, g) // without an end of its transaction
	ended := make(chan error, 1)
	time.AfterFunc(100*time.Millisecond, func() { ended <- c.EndTxn(ctx, p, true) })
	at, err := c.StableOffsets(ctx, name, []TopicPartition{tp})
	must(t, err)
	must(t, <-ended)
	must(t, c.MoveOffsets(ctx, name, []Offset{{tp, 0, ""}}))
	after, err := c.StableOffsets(ctx, name, []TopicPartition{tp})
	must(t, err)
	if at[tp].Offset != 1 || after[tp].Offset != 0 {
		t.Errorf("%v, then %v", at, after)
	}
}

// groupAnswer is an answer as another implementation writes it.
func groupAnswer() kmsg.Response {
	answer := kmsg.NewPtrDescribeGroupsResponse()
	answer.Version = apiDescribeGroups.version
	g := kmsg.NewDescribeGroupsResponseGroup()
	g.Group, g.State, g.ProtocolType, g.Protocol = "g", "Stable", "consumer", "copartition"
	one, two, static := kmsg.NewDescribeGroupsResponseGroupMember(), kmsg.NewDescribeGroupsResponseGroupMember(), "static"
	one.MemberID, one.ClientID, one.ClientHost, one.ProtocolMetadata = "m1", "assay-a", "/10.0.0.1", []byte("topics")
	two.MemberID, two.ClientID, two.ClientHost, two.InstanceID, two.MemberAssignment = "m2", "assay-b", "[::1]:9", &static, []byte{1, 2, 3}
	g.Members = []kmsg.DescribeGroupsResponseGroupMember{one, two}
	answer.Groups = []kmsg.DescribeGroupsResponseGroup{g}
	return answer
}

func TestReadGroup(t *testing.T) {
	r := reader{b: groupAnswer().AppendTo(nil)}
	g, code := readGroup(&r)
	want := &Group{State: "Stable", Members: []GroupMember{{"m1", "assay-a", "10.0.0.1"}, {"m2", "assay-b", "::1"}}}
	if d := cmp.Diff(want, g); d != "" || code != 0 || r.end() != nil {
		t.Errorf("code %d, %v\n%s", code, r.end(), d)
	}
}
