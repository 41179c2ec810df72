package lane

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/observe"
	"github.com/assay-dev/assay/internal/wire"
)

// testLane is a lane that belongs to no run, and what it says about itself.
func testLane(t *testing.T) (*Lane, *observe.State) {
	t.Helper()
	contract, err := feed.Pack("census-profile")
	if err != nil {
		t.Fatal(err)
	}
	program, err := engine.Compile(contract, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	state := observe.New(observe.Options{})
	c := &Config{
		Inputs: []string{"in"}, Outputs: [flow.Outputs]string{flow.Scored: "scored"}, TransactionTimeout: time.Minute,
		Feed: state.Feed("census-profile"), Log: slog.New(slog.DiscardHandler),
	}
	return &Lane{
		c: c, txnID: "g-a-0", program: program, limits: c.limits(), verdicts: map[flow.Position]*flow.Fault{},
		accepted: &table[struct{}]{}, memory: &table[broker.Offset]{},
		troubles: &troubles{feed: c.Feed, of: map[patient]observe.Kind{}},
	}, state
}

// shown gives the conditions of a process: name, place and text.
func shown(s *observe.State) (all []string) {
	for _, c := range s.Health().List() {
		text := c.Kind.String()
		if c.Topic != "" {
			text += fmt.Sprintf(" %s/%d", c.Topic, c.Partition)
		}
		all = append(all, text+": "+c.Text)
	}
	return all
}

func expect(t *testing.T, what string, s *observe.State, want ...string) {
	t.Helper()
	if d := cmp.Diff(want, shown(s)); d != "" {
		t.Errorf("%s: the conditions differ (-want +got):\n%s", what, d)
	}
}

func refusal(code int16) error { return &broker.Error{API: "EndTxn", Code: code} }

// Each error that ends a session is shown by its own name, and what mends itself is not shown.
func TestWhatIsShownOfAnError(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{refusal(10), ""},
		{refusal(22), ""},
		{refusal(25), ""},
		{refusal(27), ""},
		{refusal(47), ""},
		{refusal(90), ""},
		{&lateChunk{fault: &flow.Fault{}}, ""},
		{fmt.Errorf("%w: a loss is accepted: %w", errAnew, refusal(1)), ""},
		{refusal(3), "TOPIC_MISSING: EndTxn: UNKNOWN_TOPIC_OR_PARTITION (3)"},
		{refusal(30), "NOT_AUTHORIZED: EndTxn: GROUP_AUTHORIZATION_FAILED (30)"},
		{refusal(53), "NOT_AUTHORIZED: EndTxn: TRANSACTIONAL_ID_AUTHORIZATION_FAILED (53)"},
		{refusal(48), "REQUEST_REFUSED: EndTxn: INVALID_TXN_STATE (48)"},
		{refusal(51), "BROKER_AWAY: EndTxn: CONCURRENT_TRANSACTIONS (51)"},
		{&broker.TransportError{API: "EndTxn", Node: 1, Err: errors.New("EOF")}, "BROKER_AWAY: EndTxn: no answer from node 1: EOF"},
		{fmt.Errorf("taking up the contract in force: %w", errors.New("no scorer")), "FEED_FAILED: taking up the contract in force: no scorer"},
	} {
		l, state := testLane(t)
		if err := l.settleError(fmt.Errorf("%w", c.err)); err != nil {
			t.Errorf("%v ends the feed: %v", c.err, err)
		}
		if c.want == "" {
			expect(t, c.err.Error(), state)
		} else {
			expect(t, c.err.Error(), state, c.want)
		}
	}
}

// A topic that refuses the smallest batch is trouble; before that the batches become smaller.
func TestSmallerBatches(t *testing.T) {
	l, state := testLane(t)
	large := &broker.Error{API: "Produce", Code: 10, Topic: "scored", Partition: 1}
	for l.limits[flow.Scored] > smallestBatch {
		before := l.limits[flow.Scored]
		if err := l.settleError(large); err != nil {
			t.Fatal(err)
		}
		expect(t, "a batch is too large", state)
		if got := l.limits[flow.Scored]; got != max(before/2, smallestBatch) {
			t.Fatalf("%d bytes after %d", got, before)
		}
	}
	if err := l.settleError(large); err != nil {
		t.Fatal(err)
	}
	expect(t, "no batch is small enough", state, "REQUEST_REFUSED: Produce of scored/1: MESSAGE_TOO_LARGE (10)")
}

// Fenced twice in a row means that somebody else has the name, but not when an answer is missing: what it belongs to may have
// fenced this lane itself.
func TestFencedTwice(t *testing.T) {
	fenced, lost := refusal(90), &broker.TransportError{API: "InitProducerId", Err: errors.New("EOF")}
	for _, c := range []struct {
		name  string
		errs  []error
		taken bool
	}{
		{"once", []error{fenced}, false},
		{"twice", []error{fenced, fenced}, true},
		{"after a lost answer", []error{lost, fenced}, false},
		{"twice after a lost answer", []error{lost, fenced, fenced}, true},
		{"a lost answer in between", []error{fenced, lost, fenced}, false},
		{"a time-out in between", []error{fenced, context.DeadlineExceeded, fenced}, false},
		{"another refusal in between", []error{fenced, refusal(48), fenced}, true},
		{"a lost answer long ago", []error{fenced, lost, fenced, fenced}, true},
	} {
		l, _ := testLane(t)
		var err error
		for _, e := range c.errs {
			err = l.settleError(e)
		}
		if errors.Is(err, ErrInstanceTaken) != c.taken {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	l, _ := testLane(t)
	l.fencedAt = time.Now().Add(-2 * l.c.TransactionTimeout)
	if err := l.settleError(fenced); err != nil {
		t.Errorf("fenced long ago and now: %v", err)
	}
}

// A condition of the feed lasts until the last of those is well that it is about.
func TestTroubles(t *testing.T) {
	l, state := testLane(t)
	t0, p1 := patient{lane: 0}, patient{0, broker.TopicPartition{Topic: "in", Partition: 1}}
	other := patient{lane: 1}
	away := observe.Condition{Kind: observe.BrokerAway, Text: "away"}
	x := l.troubles
	x.set(t0, away)
	x.set(p1, away)
	x.set(other, away)
	x.set(other, observe.Condition{Kind: observe.Settling, Text: "settling"})
	expect(t, "two are away and one settles", state, "BROKER_AWAY: away", "SETTLING: settling")
	x.end(t0)
	x.end(t0)
	expect(t, "one is away", state, "BROKER_AWAY: away", "SETTLING: settling")
	x.end(p1)
	expect(t, "none is away", state, "SETTLING: settling")
	if x.has(p1) || !x.has(other) {
		t.Error("who is in trouble is not known")
	}
	x.set(p1, away)
	x.endLane(1)
	expect(t, "the lane that settles has ended", state, "BROKER_AWAY: away")
	x.endLane(0)
	expect(t, "all have ended", state)
}

// Work never moves past what it has not seen, whatever fetch does.
func TestGap(t *testing.T) {
	p := &partition{position: 5}
	p.until.Store(noStop)
	w := &worker{}
	if err := w.run(&fetched{parts: []fetchedPart{{p: p, from: 5, next: 7}}}); err != nil || p.position != 7 {
		t.Fatalf("at %d: %v", p.position, err)
	}
	if err := w.run(&fetched{parts: []fetchedPart{{p: p, from: 8, next: 9}}}); err == nil || p.position != 7 {
		t.Errorf("offset 7 is missing, and work stands at %d: %v", p.position, err)
	}
	p.until.Store(7)
	if err := w.run(&fetched{parts: []fetchedPart{{p: p, from: 9, next: 12}}}); err != nil || p.position != 7 {
		t.Errorf("a partition that has stopped is at %d: %v", p.position, err)
	}
	p.until.Store(10)
	if err := w.run(&fetched{parts: []fetchedPart{{p: p, from: 7, next: 12}}}); err != nil || p.position != 10 {
		t.Errorf("a partition that stops at 10 is at %d: %v", p.position, err)
	}
}

// A chunk that can be neither processed nor refused stops its partition, and the others go on: with an error of the session only
// when part of the chunk is in the transaction.
func TestFailedChunk(t *testing.T) {
	for _, left := range []bool{false, true} {
		l, state := testLane(t)
		s := newSession(l, nil)
		p := s.enter(broker.TopicPartition{Topic: "in", Partition: 1}, [16]byte{}, 4)
		w := &worker{s: s}
		w.chunk.Position = flow.Position{Topic: "in", Partition: 1, Offset: 6}
		err := w.failed(p, &failedChunk{cause: errors.New("refusing the chunk: no memory"), left: left})
		if errors.Is(err, errAnew) != left || err != nil != left {
			t.Errorf("left %v: %v", left, err)
		}
		if !p.stopped() {
			t.Error("the partition goes on")
		}
		if err != nil {
			if err := l.settleError(err); err != nil {
				t.Error(err)
			}
		}
		expect(t, "a failed chunk", state, "CHUNK_FAILED in/1: chunk in/1/6: refusing the chunk: no memory")
		// The next session begins before the stop and works up to it.
		p = newSession(l, nil).enter(p.TopicPartition, [16]byte{}, 2)
		if p.stopped() || p.until.Load() != 4 {
			t.Errorf("the partition stops at %d", p.until.Load())
		}
	}
}

// batch gives a record batch of one offset.
func batch(t *testing.T, base int64) []byte {
	t.Helper()
	b, err := wire.NewEncoder().AppendBatch(nil, wire.BatchInfo{ProducerID: -1, Epoch: -1, Sequence: -1, Count: 1}, wire.AppendRecord(nil, 0, nil, []byte("x"), nil))
	if err != nil {
		t.Fatal(err)
	}
	b[7] = byte(base) // the CRC does not cover it
	return b
}

// What an answer comes to: what is kept, where fetching goes on, and how often a partition has been found corrupt.
func TestReadAnswer(t *testing.T) {
	b4, b5, b6 := batch(t, 4), batch(t, 5), batch(t, 6)
	corrupt := append([]byte{}, b5...)
	corrupt[len(corrupt)-2] ^= 1
	join := func(parts ...[]byte) (all []byte) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	for _, c := range []struct {
		name          string
		before, after []byte // of another partition before, and of this one
		corrupt       int    // before
		next          int64
		found         int // corrupt after
	}{
		{"whole", nil, join(b5, b6), 2, 7, 0},
		{"nothing", nil, nil, 2, 5, 2},
		{"cut at its end", nil, join(b5, b6[:30]), 2, 6, 0},
		{"cut at its beginning, which is never cut", nil, b5[:len(b5)-1], 2, 5, 3},
		{"cut at its beginning, behind others", b5, b5[:len(b5)-1], 2, 5, 2},
		{"corrupt", nil, corrupt, 2, 5, 3},
		{"corrupt behind what was read before", nil, join(b4, corrupt), 2, 5, 3},
		{"corrupt behind what is good", nil, join(b5, corrupt), 2, 6, 1},
	} {
		l, _ := testLane(t)
		s := newSession(l, nil)
		f := &fetching{session: s}
		q := s.enter(broker.TopicPartition{Topic: "in", Partition: 0}, [16]byte{}, 5)
		p := s.enter(broker.TopicPartition{Topic: "in", Partition: 1}, [16]byte{}, 5)
		p.corrupt = c.corrupt
		r := &broker.Fetch{Parts: []broker.FetchPart{{TopicPartition: q.TopicPartition, Records: c.before}, {TopicPartition: p.TopicPartition, Records: c.after}}}
		got, refused := f.read(r, s.parts)
		next := int64(5)
		for _, part := range got.parts {
			if part.from != 5 {
				t.Errorf("%s: asked for from %d", c.name, part.from)
			}
			if part.p == p {
				next = part.next
			}
		}
		if next != c.next || p.corrupt != c.found || len(refused) > 0 || p.next != 5 {
			t.Errorf("%s: next %d, corrupt %d times, %d refused, position %d", c.name, next, p.corrupt, len(refused), p.next)
		}
	}
}

func TestIsTopicID(t *testing.T) {
	id := TopicID([16]byte{1, 2, 0xab})
	for s, want := range map[string]bool{
		id: true, "": false, "set by ops": false, id[:30]: false, id + "00": false, strings.ToUpper(id): false, strings.Replace(id, "0", "g", 1): false,
	} {
		if isTopicID(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}

// stillBroker knows two partitions of one topic and offsets committed in them.
type stillBroker struct {
	broker.Broker
	at map[broker.TopicPartition]broker.Committed
}

func (b stillBroker) Metadata(context.Context, ...string) (*broker.Metadata, error) {
	return &broker.Metadata{Topics: map[string]broker.Topic{"in": {Leaders: []int32{0, 0}}}}, nil
}

func (b stillBroker) StableOffsets(_ context.Context, _ string, tps []broker.TopicPartition) (map[broker.TopicPartition]broker.Committed, error) {
	at := map[broker.TopicPartition]broker.Committed{}
	for _, tp := range tps {
		at[tp] = b.at[tp]
	}
	return at, nil
}

// Verdicts are kept while their chunk may still come.
func TestVerdictsAreDropped(t *testing.T) {
	l, _ := testLane(t)
	mine, other := broker.TopicPartition{Topic: "in", Partition: 0}, broker.TopicPartition{Topic: "in", Partition: 1}
	l.c.Broker = stillBroker{at: map[broker.TopicPartition]broker.Committed{mine: {Offset: 5}}}
	for _, at := range []flow.Position{{Topic: "in", Offset: 4}, {Topic: "in", Offset: 5}, {Topic: "in", Partition: 1, Offset: 9}} {
		l.verdicts[at] = &flow.Fault{}
	}
	if err := newSession(l, nil).locate(t.Context(), []broker.TopicPartition{mine}); err != nil {
		t.Fatal(err)
	}
	if len(l.verdicts) != 1 || l.verdicts[flow.Position{Topic: "in", Offset: 5}] == nil {
		t.Errorf("the verdicts are %v; %v has left", l.verdicts, other)
	}
}
