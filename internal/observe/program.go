package observe

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Outcome is what came of reading a feed's contract again.
type Outcome string

// The outcomes.
const (
	Accepted  Outcome = "accepted"
	Refused   Outcome = "refused"
	Unchanged Outcome = "unchanged"
)

// ProgramStatus is the contract in force of a feed, with its reference sets.
type ProgramStatus struct {
	Version string      `json:"version"` // as the feed's outputs name it
	Digest  string      `json:"digest"`  // of the contract and all its files
	Since   time.Time   `json:"since"`   // in force in this process; set by InForce
	Refs    []SetStatus `json:"refs"`    // in the order of the contract
}

// SetStatus is a reference set of the contract in force.
type SetStatus struct {
	Set      string     `json:"set"`
	Version  string     `json:"version"`
	Rows     int        `json:"rows"`
	Bytes    int64      `json:"bytes"`    // of memory
	Modified *time.Time `json:"modified"` // when its file was last written; null where it has no time
}

// setSeries are the counters of a reference set. They outlive it: a lane may yet commit what it has looked up in a set that the
// contract in force no longer has.
type setSeries struct{ matched, unmatched prometheus.Counter }

// set gives the counters of a set. It is called with the lock held.
func (f *Feed) set(name string) setSeries {
	s, ok := f.sets[name]
	if !ok {
		m := f.state.metrics
		s = setSeries{m.refMatched.WithLabelValues(f.name, name), m.refUnmatched.WithLabelValues(f.name, name)}
		m.refOverflow.WithLabelValues(f.name, name) // stays zero: of a set by key no row has two matches
		f.sets[name] = s
	}
	return s
}

// InForce notes the contract that the feed's next transactions are made with. Of one that was in force already only its files'
// times may be new. p is kept and must not be changed.
func (f *Feed) InForce(p ProgramStatus) {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.state.metrics
	old := f.program
	p.Since = f.state.opts.Now()
	if old != nil && old.Digest == p.Digest {
		p.Since = old.Since
	}
	m.program.WithLabelValues(f.name, p.Version, p.Digest).Set(1)
	for i := range p.Refs {
		r := &p.Refs[i]
		f.set(r.Set) // its counters are there, as zero, before the first look-up
		m.refRows.WithLabelValues(f.name, r.Set).Set(float64(r.Rows))
		m.refBytes.WithLabelValues(f.name, r.Set).Set(float64(r.Bytes))
		if r.Modified != nil {
			m.refTime.WithLabelValues(f.name, r.Set).Set(float64(r.Modified.UnixMilli()) / 1000)
		}
	}
	f.program = &p
	if old != nil {
		f.replaced(old)
	}
}

// replaced deletes the series of a contract that are not those of the contract in force too. It is called with the lock held.
func (f *Feed) replaced(old *ProgramStatus) {
	m, now := f.state.metrics, f.program
	if old.Version != now.Version || old.Digest != now.Digest {
		m.program.DeleteLabelValues(f.name, old.Version, old.Digest)
	}
	for i := range old.Refs {
		name := old.Refs[i].Set
		if slices.ContainsFunc(now.Refs, func(s SetStatus) bool { return s.Set == name }) {
			continue
		}
		for _, series := range []*prometheus.GaugeVec{m.refRows, m.refBytes, m.refTime} {
			series.DeleteLabelValues(f.name, name)
		}
	}
}

// Reloaded counts that the files of the contract were read again.
func (f *Feed) Reloaded(o Outcome) { f.state.metrics.reloads.WithLabelValues(f.name, string(o)).Inc() }
