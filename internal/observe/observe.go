// Package observe is what a running process says about itself: metrics, health conditions, a status snapshot and logs. The
// stages of a lane tell a Feed what they did, once a batch, fetch or transaction; package admin shows it. Everything here
// may be used by many goroutines at the same time.
package observe

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// Options are what a State needs. Version and Instance are shown as they are.
type Options struct {
	Version  string
	Instance string
	Log      *slog.Logger     // nil logs nothing
	Trace    TraceOptions     // the zero value sends no traces
	Now      func() time.Time // nil means time.Now
}

// State is all that a process says about itself.
type State struct {
	opts     Options
	began    time.Time
	metrics  *metrics
	health   *Health
	tracer   *tracer // nil without an endpoint
	inFlight atomic.Int64
	stopping atomic.Bool

	mu    sync.Mutex
	feeds []*Feed // in the order in which they were asked for
}

// New gives the state of a process that begins now. It has metrics of its own, apart from the client library's global ones.
func New(opts Options) *State {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	s := &State{opts: opts, began: opts.Now()}
	s.metrics = newMetrics(opts.Version, func() float64 { return float64(s.inFlight.Load()) }, func() float64 { return suppressed(opts.Log) })
	s.health = &Health{log: opts.Log, now: opts.Now, gauge: s.metrics.condition, active: map[place]*known{}}
	if opts.Trace.Endpoint != "" {
		s.tracer = newTracer(opts.Trace, resource{opts.Version, opts.Instance}, s.health, s.metrics)
	}
	return s
}

// SendTraces sends spans until ctx ends, and then, for a moment, what is left. Without an endpoint it does nothing.
func (s *State) SendTraces(ctx context.Context) {
	if s.tracer != nil {
		s.tracer.run(ctx)
	}
}

// Feed gives the handle of the feed called name, the same one each time.
func (s *State) Feed(name string) *Feed {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.feeds {
		if f.name == name {
			return f
		}
	}
	f := newFeed(s, name)
	s.feeds = append(s.feeds, f)
	return f
}

// all gives the feeds in the order in which they were asked for.
func (s *State) all() []*Feed {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*Feed(nil), s.feeds...)
}

// Health gives the conditions of the process.
func (s *State) Health() *Health { return s.health }

// Gatherer gives the metrics, for a page that shows them.
func (s *State) Gatherer() prometheus.Gatherer {
	return prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		s.age(s.opts.Now())
		return s.metrics.registry.Gather()
	})
}

func (s *State) age(now time.Time) {
	for _, f := range s.all() {
		f.age(now)
	}
}

// Log gives the logger that the state itself uses.
func (s *State) Log() *slog.Logger { return s.opts.Log }

// Stopping notes that the process has begun to stop, which makes it not ready.
func (s *State) Stopping() { s.stopping.Store(true) }
