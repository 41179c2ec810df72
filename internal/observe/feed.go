package observe

import (
	"strconv"
	"sync"
	"time"

	"github.com/assay-dev/assay/internal/flow"
	"github.com/prometheus/client_golang/prometheus"
)

// The steps of a transaction whose series are resolved beforehand; others may be told as well.
var steps = []string{"fetch", "work", "encode", "add_partitions", "produce", "offsets", "end", wholeTransaction}

// wholeTransaction is the step that is all of them, from a transaction's first chunk to its end.
const wholeTransaction = "transaction"

// Feed is what one feed says about itself. Its lanes share it.
type Feed struct {
	state *State
	name  string

	rowsScored, rowsDead                  prometheus.Counter
	chunksScored, chunksDead, chunksEmpty prometheus.Counter
	bytesIn, bytesOut                     prometheus.Counter
	commit                                prometheus.Observer
	steps                                 map[string]prometheus.Observer // never changed

	mu         sync.Mutex
	findings   map[flow.Code]*finding
	sets       map[string]setSeries // by the set's name
	program    *ProgramStatus       // nil before the first; never changed
	partitions map[partitionID]*partition
	assigned   int // partitions of the present assignment, -1 before the first
	totals     Totals
	rate       rate
	lastCommit time.Time
	lastTook   time.Duration // of the last committed transaction
}

type partitionID struct {
	topic     string
	partition int32
}

// partition is where the feed stands in one partition, with its series.
type partition struct {
	status                  PartitionStatus
	behind                  time.Time // how long the feed has been behind, at least; zero when it is not
	lagMessages, lagSeconds prometheus.Gauge
}

func newFeed(s *State, name string) *Feed {
	m := s.metrics
	f := &Feed{
		state: s, name: name,
		rowsScored:   m.rows.WithLabelValues(name, "scored"),
		rowsDead:     m.rows.WithLabelValues(name, "dead"),
		chunksScored: m.chunks.WithLabelValues(name, "scored"),
		chunksDead:   m.chunks.WithLabelValues(name, "dead"),
		chunksEmpty:  m.chunks.WithLabelValues(name, "skipped"),
		bytesIn:      m.bytes.WithLabelValues(name, "in"),
		bytesOut:     m.bytes.WithLabelValues(name, "out"),
		commit:       m.commit.WithLabelValues(name),
		steps:        make(map[string]prometheus.Observer, len(steps)),
		findings:     map[flow.Code]*finding{},
		sets:         map[string]setSeries{},
		partitions:   map[partitionID]*partition{},
		assigned:     -1,
		rate:         rate{from: s.opts.Now()},
	}
	for _, step := range steps {
		f.steps[step] = m.step.WithLabelValues(name, step)
	}
	for k := Kind(0); k < kinds; k++ {
		m.condition.WithLabelValues(k.String(), name)
	}
	for _, outcome := range []Outcome{Accepted, Refused, Unchanged} {
		m.reloads.WithLabelValues(name, string(outcome))
	}
	return f
}

// Committed notes what a committed transaction did and how many bytes it sent. c is read, not kept.
func (f *Feed) Committed(c *flow.Counts, bytesOut int64) {
	f.rowsScored.Add(float64(c.RowsScored))
	f.rowsDead.Add(float64(c.RowsDead))
	f.chunksScored.Add(float64(c.Chunks - c.ChunksDead))
	f.chunksDead.Add(float64(c.ChunksDead))
	f.chunksEmpty.Add(float64(c.Tombstones))
	f.bytesIn.Add(float64(c.BytesIn))
	f.bytesOut.Add(float64(bytesOut))
	now := f.state.opts.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, n := range c.FindingsByID {
		f.finding(id.Code).add(id.Field, n)
	}
	for i := range c.Examples {
		f.finding(c.Examples[i].Code).example(&c.Examples[i], now)
	}
	for i := range c.Sets {
		n := &c.Sets[i]
		series := f.set(n.Set)
		series.matched.Add(float64(n.Matched))
		series.unmatched.Add(float64(n.Unmatched))
	}
	f.totals.add(c, bytesOut)
	f.rate.add(now, c.Rows)
	f.lastCommit = now
}

// Took notes how long a committed transaction was open, from its first chunk on.
func (f *Feed) Took(took time.Duration) {
	f.Step(wholeTransaction, took)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lastTook = took
}

// RolledBack notes that a transaction came to nothing.
func (f *Feed) RolledBack() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.totals.RolledBack++
}

// Traced reports whether spans of the feed's chunks go anywhere. Where they do not, nobody need make any.
func (f *Feed) Traced() bool { return f.state.tracer != nil }

// Spans sends the spans of a transaction that has just committed, but for those whose parent asks for none. It never waits;
// the spans are the caller's again when it returns.
func (f *Feed) Spans(spans []Span) {
	if !f.Traced() || len(spans) == 0 {
		return
	}
	now := f.state.opts.Now()
	wanted := spans[:0]
	for _, s := range spans {
		if s.Parent.None() || s.Parent.Sampled {
			s.complete(f.name, now)
			wanted = append(wanted, s)
		}
	}
	f.state.tracer.add(wanted)
}

// Step notes how long a step of a transaction took.
func (f *Feed) Step(step string, took time.Duration) {
	series, ok := f.steps[step]
	if !ok {
		series = f.state.metrics.step.WithLabelValues(f.name, step)
	}
	series.Observe(took.Seconds())
}

// CommitLatency notes the time from a transaction's oldest record to its commit.
func (f *Feed) CommitLatency(took time.Duration) { f.commit.Observe(took.Seconds()) }

// InFlight adds delta to the bytes in fetch buffers and unsent output.
func (f *Feed) InFlight(delta int) { f.state.inFlight.Add(int64(delta)) }

// Assigned notes that the feed has got an assignment of n partitions, which may be none.
func (f *Feed) Assigned(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.assigned = n
}

// Position notes the committed offset of a partition that a lane works on, and the time of the last record before it, which
// is zero when it is not known.
func (f *Feed) Position(topic string, number int32, lane int, committed int64, last time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.partition(topic, number)
	p.status.Lane, p.status.Position = lane, committed
	if !last.IsZero() {
		p.behind = last
	}
	p.update(f.state.opts.Now())
}

// Readable notes the first offset of a partition that is not readable yet.
func (f *Feed) Readable(topic string, number int32, highWatermark int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.partition(topic, number)
	p.status.HighWatermark = highWatermark
	p.update(f.state.opts.Now())
}

// partition gives the entry of a partition, a new one if need be. It is called with the lock held.
func (f *Feed) partition(topic string, number int32) *partition {
	id := partitionID{topic, number}
	p, ok := f.partitions[id]
	if !ok {
		n, m := strconv.Itoa(int(number)), f.state.metrics
		p = &partition{
			status:      PartitionStatus{Topic: topic, Partition: number},
			lagMessages: m.lagMessages.WithLabelValues(f.name, topic, n),
			lagSeconds:  m.lagSeconds.WithLabelValues(f.name, topic, n),
		}
		f.partitions[id] = p
	}
	return p
}

// update works out how far the feed is behind. A lag that begins is as old as it has been seen; one that a commit leaves is as
// old as the record before it.
func (p *partition) update(now time.Time) {
	s := &p.status
	s.LagMessages, s.LagSeconds = max(s.HighWatermark-s.Position, 0), 0
	switch {
	case s.LagMessages == 0:
		p.behind = time.Time{}
	case p.behind.IsZero():
		p.behind = now
	default:
		s.LagSeconds = max(now.Sub(p.behind), 0).Seconds()
	}
	p.lagMessages.Set(float64(s.LagMessages))
	p.lagSeconds.Set(s.LagSeconds)
}

// age brings the lags up to date: that of a feed that stands still grows without a word from it.
func (f *Feed) age(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.partitions {
		p.update(now)
	}
}

// DropPartition forgets a partition that has been given away, with its series and conditions: they are its next owner's.
func (f *Feed) DropPartition(topic string, number int32) {
	f.mu.Lock()
	id := partitionID{topic, number}
	if _, ok := f.partitions[id]; ok {
		delete(f.partitions, id)
		n, m := strconv.Itoa(int(number)), f.state.metrics
		m.lagMessages.DeleteLabelValues(f.name, topic, n)
		m.lagSeconds.DeleteLabelValues(f.name, topic, n)
	}
	f.mu.Unlock()
	f.state.health.clear(func(at place) bool { return at.feed == f.name && at.topic == topic && at.partition == number })
}

// Set sets a condition of this feed.
func (f *Feed) Set(c Condition) {
	c.Feed = f.name
	f.state.health.Set(c)
}

// Clear ends all conditions of a kind that this feed has.
func (f *Feed) Clear(kind Kind) {
	f.state.health.clear(func(at place) bool { return at.feed == f.name && at.kind == kind })
}
