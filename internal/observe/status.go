package observe

import (
	"cmp"
	"slices"
	"time"

	"github.com/assay-dev/assay/internal/flow"
)

// Status is a snapshot of a process. Its JSON is what /status shows; names are added, never changed.
type Status struct {
	Version       string            `json:"version"`
	Instance      string            `json:"instance"`
	Started       time.Time         `json:"started"`
	UptimeSeconds float64           `json:"uptime_seconds"`
	Ready         bool              `json:"ready"`
	BytesInFlight int64             `json:"bytes_in_flight"`
	Feeds         []FeedStatus      `json:"feeds"`
	Conditions    []ConditionStatus `json:"conditions"`
}

// FeedStatus is a snapshot of a feed. Totals count since the process began.
type FeedStatus struct {
	Name          string            `json:"name"`
	Program       *ProgramStatus    `json:"program"`  // null before the feed's topics are there
	Assigned      *int              `json:"assigned"` // partitions; null before the first assignment
	RowsPerSecond float64           `json:"rows_per_second"`
	RowsBySecond  []int64           `json:"rows_by_second,omitempty"` // of the last 119 seconds that are over, the oldest first
	LastCommit    *time.Time        `json:"last_commit"`              // null before the first
	LastSeconds   float64           `json:"last_transaction_seconds"`
	Findings      []FindingStatus   `json:"findings"` // by code, the most rows first
	Totals        Totals            `json:"totals"`
	Partitions    []PartitionStatus `json:"partitions"` // by topic and number
}

// Totals count what committed transactions did, and those that came to nothing.
type Totals struct {
	Transactions int64 `json:"transactions"`
	RolledBack   int64 `json:"rolled_back"`
	Chunks       int64 `json:"chunks"`
	ChunksDead   int64 `json:"chunks_dead"`
	Tombstones   int64 `json:"tombstones"`
	Rows         int64 `json:"rows"`
	RowsScored   int64 `json:"rows_scored"`
	RowsDead     int64 `json:"rows_dead"`
	RowsFlagged  int64 `json:"rows_flagged"`
	BytesIn      int64 `json:"bytes_in"`
	BytesOut     int64 `json:"bytes_out"`
}

func (t *Totals) add(c *flow.Counts, bytesOut int64) {
	t.Transactions++
	t.Chunks += c.Chunks
	t.ChunksDead += c.ChunksDead
	t.Tombstones += c.Tombstones
	t.Rows += c.Rows
	t.RowsScored += c.RowsScored
	t.RowsDead += c.RowsDead
	t.RowsFlagged += c.RowsFlagged
	t.BytesIn += c.BytesIn
	t.BytesOut += bytesOut
}

// PartitionStatus is where a feed stands in a partition.
type PartitionStatus struct {
	Topic         string  `json:"topic"`
	Partition     int32   `json:"partition"`
	Lane          int     `json:"lane"`
	Position      int64   `json:"position"`       // the committed offset
	HighWatermark int64   `json:"high_watermark"` // the first offset that is not readable yet
	LagMessages   int64   `json:"lag_messages"`
	LagSeconds    float64 `json:"lag_seconds"` // how long the oldest of them has waited, at least
}

// ConditionStatus is a condition as others read it.
type ConditionStatus struct {
	Name      string    `json:"name"`
	Feed      string    `json:"feed,omitempty"`
	Topic     string    `json:"topic,omitempty"`
	Partition *int32    `json:"partition,omitempty"`
	Meaning   string    `json:"meaning"` // what a condition of this name is
	Text      string    `json:"text"`    // what exactly it is this time
	Advice    string    `json:"advice"`
	Blocks    bool      `json:"blocks"` // makes the process not ready
	Since     time.Time `json:"since"`
}

// Status takes a snapshot. Each feed is consistent in itself.
func (s *State) Status() Status {
	now := s.opts.Now()
	s.age(now)
	ready, _ := s.Ready()
	status := Status{
		Version: s.opts.Version, Instance: s.opts.Instance, Started: s.began, UptimeSeconds: now.Sub(s.began).Seconds(),
		Ready: ready, BytesInFlight: s.inFlight.Load(), Feeds: []FeedStatus{}, Conditions: []ConditionStatus{},
	}
	for _, f := range s.all() {
		status.Feeds = append(status.Feeds, f.status(now))
	}
	for _, c := range s.health.List() {
		status.Conditions = append(status.Conditions, c.status())
	}
	return status
}

func (f *Feed) status(now time.Time) FeedStatus {
	f.mu.Lock()
	defer f.mu.Unlock()
	status := FeedStatus{
		Name: f.name, Program: f.program, RowsPerSecond: f.rate.perSecond(now), RowsBySecond: f.rate.history(now), Totals: f.totals,
		LastSeconds: f.lastTook.Seconds(), Findings: f.found(),
		Partitions: make([]PartitionStatus, 0, len(f.partitions)),
	}
	if n := f.assigned; n >= 0 {
		status.Assigned = &n
	}
	if at := f.lastCommit; !at.IsZero() {
		status.LastCommit = &at
	}
	for _, p := range f.partitions {
		status.Partitions = append(status.Partitions, p.status)
	}
	slices.SortFunc(status.Partitions, func(a, b PartitionStatus) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	return status
}

func (c *Condition) status() ConditionStatus {
	status := ConditionStatus{
		Name: c.Kind.String(), Feed: c.Feed, Topic: c.Topic, Meaning: c.Kind.Text(), Text: c.Text, Advice: c.Kind.Advice(), Blocks: c.Kind.Blocks(), Since: c.Since,
	}
	if c.onPartition() {
		status.Partition = &c.Partition
	}
	return status
}
