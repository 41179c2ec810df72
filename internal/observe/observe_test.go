package observe

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assay-dev/assay/internal/flow"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-dev/assay/internal/testkit"
)

// clock is a clock that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// newState gives a state with a clock and what it logs, as lines without times.
func newState() (*State, *clock, *bytes.Buffer) {
	c, out := newClock(), &bytes.Buffer{}
	log := slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	return New(Options{Version: "1.2.3", Instance: "assay-0", Log: log, Now: c.Now}), c, out
}

// someCounts gives counts that differ in every field.
func someCounts() *flow.Counts {
	c := &flow.Counts{
		Chunks: 5, ChunksDead: 1, Tombstones: 2, Rows: 100, RowsScored: 90, RowsDead: 10, RowsFlagged: 7, BytesIn: 4000, Events: 3, Letters: 11,
	}
	c.Found(flow.FindingID{Code: "DQ_INVALID_VALUE", Field: "INCOME"}, 4)
	c.Found(flow.FindingID{Code: "DQ_INVALID_VALUE", Field: "SEX"}, 3)
	c.Found(flow.FindingID{Code: "INVALID_FILE"}, 10)
	c.LookedUp("customers", 80, 15)
	return c
}

// someProgram gives a contract with two reference sets, one of which has no time.
func someProgram() ProgramStatus {
	at := newClock().Now().Add(-500 * time.Millisecond)
	return ProgramStatus{Version: "orders@3 customers=c1 countries=c2", Digest: "0123456789ab", Refs: []SetStatus{
		{Set: "customers", Version: "c1", Rows: 12, Bytes: 480, Modified: &at}, {Set: "countries", Version: "c2", Rows: 3, Bytes: 120},
	}}
}

func TestFeedIsTheSameEachTime(t *testing.T) {
	s, _, _ := newState()
	first := s.Feed("a")
	if s.Feed("a") != first || s.Feed("b") == first {
		t.Error("a name must give one handle, and another name another")
	}
}

func TestStatusGolden(t *testing.T) {
	s, c, _ := newState()
	f := s.Feed("census-profile")
	s.Feed("orders")
	f.InForce(someProgram())
	f.Assigned(2)
	f.Readable("census.in", 10, 7)
	f.Position("census.in", 10, 1, 7, c.Now())
	f.Readable("census.in", 2, 142)
	f.Position("census.in", 2, 0, 40, c.Now().Add(-1500*time.Millisecond))
	f.InFlight(3000)
	f.InFlight(-1000)
	c.pass(20 * time.Second)
	counts := someCounts()
	counts.Examples = []flow.Example{
		{Code: "DQ_INVALID_VALUE", Row: 7, Line: 9, Field: "INCOME", Value: "many", Message: "INCOME: value not recognised",
			Position: flow.Position{Topic: "census.in", Partition: 2, Offset: 39}},
		{Code: "INVALID_FILE", Dead: true, Row: -1, Message: "Not valid CSV", Position: flow.Position{Topic: "census.in", Partition: 10, Offset: 6}},
	}
	f.Committed(counts, 9000)
	f.Took(250 * time.Millisecond)
	f.RolledBack()
	f.Set(Condition{Kind: DataLost, Topic: "census.in", Partition: 2, Text: "offsets 0 to 40 are gone"})
	f.Set(Condition{Kind: TopicMissing, Topic: "census.results", Partition: -1})
	s.Health().Set(Condition{Kind: BrokerAway, Text: "dial tcp: connection refused"})
	f.Set(Condition{Kind: ReloadRefused, Text: "feed.yaml:3:5: unknown type strin (census-profile@1 stays in force)"})
	c.pass(2 * time.Second)
	status := s.Status()
	for i := range status.Feeds {
		status.Feeds[i].RowsBySecond = nil // has a test of its own
	}
	got, err := json.MarshalIndent(status, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/status.json", string(got)+"\n")
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if testkit.Updating() {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.ReplaceAll(string(want), "\r\n", "\n"), got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}

// TestLag plays what a feed may say of a partition. Times are those of the test's clock.
func TestLag(t *testing.T) {
	s, c, _ := newState()
	f := s.Feed("a")
	expect := func(what string, messages int64, age time.Duration) {
		t.Helper()
		p := s.Status().Feeds[0].Partitions[0]
		if p.LagMessages != messages || p.LagSeconds != age.Seconds() {
			t.Errorf("%s: %d messages and %v s behind, want %d and %v s", what, p.LagMessages, p.LagSeconds, messages, age.Seconds())
		}
		if g := scrape(t, s); g["assay_lag_messages{feed=a,partition=0,topic=in}"] != float64(messages) || g["assay_lag_seconds{feed=a,partition=0,topic=in}"] != age.Seconds() {
			t.Errorf("%s: the metrics differ from the status", what)
		}
	}
	f.Position("in", 0, 0, 10, time.Time{})
	expect("before the first fetch", 0, 0)
	f.Readable("in", 0, 30)
	expect("a backlog of an age that is not known", 20, 0)
	c.pass(3 * time.Second)
	expect("nothing is committed", 20, 3*time.Second)
	f.Readable("in", 0, 31)
	expect("more comes", 21, 3*time.Second)
	f.Position("in", 0, 0, 20, c.Now().Add(-time.Hour))
	expect("the backlog is old", 11, time.Hour)
	c.pass(time.Second)
	f.Position("in", 0, 0, 21, time.Time{})
	expect("a commit of no record", 10, time.Hour+time.Second)
	f.Position("in", 0, 0, 31, c.Now().Add(-time.Minute))
	expect("all is committed", 0, 0)
	c.pass(time.Hour)
	f.Readable("in", 0, 32)
	expect("a record comes after an idle hour", 1, 0)
}

func TestDropPartitionForgetsIt(t *testing.T) {
	s, _, _ := newState()
	f := s.Feed("a")
	f.Position("in", 0, 0, 1, time.Time{})
	f.Position("in", 1, 0, 1, time.Time{})
	f.Set(Condition{Kind: CorruptBatch, Topic: "in", Partition: 0})
	f.Set(Condition{Kind: CorruptBatch, Topic: "in", Partition: 1})
	s.Feed("b").Set(Condition{Kind: CorruptBatch, Topic: "in", Partition: 0})
	f.DropPartition("in", 0)
	f.DropPartition("never", 0)
	parts := s.Status().Feeds[0].Partitions
	if len(parts) != 1 || parts[0].Partition != 1 {
		t.Errorf("partitions are %+v", parts)
	}
	var titles []string
	for _, c := range s.Health().List() {
		titles = append(titles, c.title())
	}
	if diff := cmp.Diff([]string{"CORRUPT_BATCH a in/1", "CORRUPT_BATCH b in/0"}, titles); diff != "" {
		t.Error(diff)
	}
}

func TestRate(t *testing.T) {
	c := newClock()
	r := rate{from: c.Now()}
	want := func(rows float64) {
		t.Helper()
		if got := r.perSecond(c.Now()); got != rows {
			t.Errorf("after %v the rate is %v, want %v", c.Now().Sub(r.from), got, rows)
		}
	}
	want(0)
	r.add(c.Now(), 100)
	want(100) // no less than a second is looked back on
	c.pass(4 * time.Second)
	r.add(c.Now(), 100)
	want(50) // 200 rows in the 4 s since the beginning
	c.pass(5 * time.Second)
	r.add(c.Now(), 50)
	want(250. / 9)
	c.pass(time.Second)
	want(15) // the first 100 are 10 s old
	c.pass(time.Minute)
	want(0)
	r.add(c.Now(), 10)
	want(1)
}

func TestReadiness(t *testing.T) {
	s, _, _ := newState()
	expect := func(what string, started, ready bool) {
		t.Helper()
		if got := s.Started(); got != started {
			t.Errorf("%s: started is %v", what, got)
		}
		if got, checks := s.Ready(); got != ready {
			t.Errorf("%s: ready is %v: %+v", what, got, checks)
		}
	}
	expect("without feeds", false, false)
	a, b := s.Feed("a"), s.Feed("b")
	expect("before an assignment", false, false)
	a.Assigned(0)
	expect("with one feed of two", true, false)
	b.Assigned(3)
	expect("with both", true, true)
	a.Set(Condition{Kind: DataLost, Topic: "in", Partition: 3})
	expect("with a partition stopped", true, true)
	a.Set(Condition{Kind: ReloadRefused})
	expect("with a contract refused", true, true)
	a.Set(Condition{Kind: BrokerAway})
	expect("without brokers", true, false)
	a.Clear(BrokerAway)
	expect("with brokers again", true, true)
	s.Stopping()
	expect("when stopping", true, false)
}

func TestConcurrentUse(t *testing.T) {
	s, c, _ := newState()
	var wg sync.WaitGroup
	const lanes, rounds = 4, 50
	for lane := range lanes {
		wg.Add(1)
		go func() {
			defer wg.Done()
			f := s.Feed("a")
			f.Assigned(lanes)
			for i := range rounds {
				f.InFlight(10)
				f.Step("work", time.Millisecond)
				f.Step("unheard of", time.Millisecond)
				f.Position("in", int32(lane), lane, int64(i), c.Now())
				f.Readable("in", int32(lane), rounds)
				f.Set(Condition{Kind: BrokerAway, Text: "away"})
				f.Committed(someCounts(), 10)
				f.InForce(someProgram())
				f.CommitLatency(time.Millisecond)
				f.Clear(BrokerAway)
				f.DropPartition("in", int32(lane))
				f.InFlight(-10)
				c.pass(time.Millisecond)
			}
		}()
	}
	wg.Add(1)
	go func() {
		defer wg.Done()
		for range rounds {
			s.Status()
			s.Ready()
			if _, err := s.Gatherer().Gather(); err != nil {
				t.Error(err)
			}
		}
	}()
	wg.Wait()
	st := s.Status()
	if got := st.Feeds[0].Totals.Rows; got != lanes*rounds*100 {
		t.Errorf("%d rows were counted", got)
	}
	if st.BytesInFlight != 0 || len(st.Conditions) != 0 || len(st.Feeds[0].Partitions) != 0 {
		t.Errorf("something is left: %+v", st)
	}
}
