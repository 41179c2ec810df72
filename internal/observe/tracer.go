package observe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// TraceOptions say where spans go.
type TraceOptions struct {
	Endpoint string        // URL of an OTLP/HTTP receiver; empty sends none. Without a path it is that of /v1/traces
	Timeout  time.Duration // of one request
	Queue    int           // the most spans that wait; what comes beyond is dropped and counted
}

// Spans leave after so long, or when so many have gathered.
const (
	spansEvery   = time.Second
	spansAtOnce  = 512
	firstTraceIn = time.Second // to wait after a failure; doubled up to lastTraceIn
	lastTraceIn  = 30 * time.Second
)

// tracer sends the spans of committed chunks to a collector. It never holds up the feeds: when the collector is away or slow,
// spans wait up to a limit and are dropped beyond it.
type tracer struct {
	opts     TraceOptions
	url      string
	client   *http.Client
	resource resource
	health   *Health

	sent, dropped prometheus.Counter

	mu      sync.Mutex
	waiting []Span
	many    chan struct{} // says that enough have gathered
}

func newTracer(o TraceOptions, r resource, h *Health, m *metrics) *tracer {
	t := &tracer{
		opts: o, resource: r, health: h, sent: m.spans, dropped: m.spansDropped, many: make(chan struct{}, 1),
		client: &http.Client{Timeout: o.Timeout, Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute}},
	}
	t.url = o.Endpoint
	if u, err := url.Parse(o.Endpoint); err == nil && (u.Path == "" || u.Path == "/") {
		t.url = u.JoinPath("v1", "traces").String()
	}
	return t
}

// add takes the spans in, as far as there is room. It keeps none of the slice.
func (t *tracer) add(spans []Span) {
	t.mu.Lock()
	room := min(max(t.opts.Queue-len(t.waiting), 0), len(spans))
	t.waiting = append(t.waiting, spans[:room]...)
	many := len(t.waiting) >= spansAtOnce
	t.mu.Unlock()
	t.dropped.Add(float64(len(spans) - room))
	if many {
		select {
		case t.many <- struct{}{}:
		default:
		}
	}
}

// next gives the spans of one request, the oldest first. They wait on until done has been told what became of them.
func (t *tracer) next() []Span {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.waiting[:min(len(t.waiting), spansAtOnce)])
}

// done takes the first n spans out of the queue.
func (t *tracer) done(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting = slices.Delete(t.waiting, 0, n)
}

// giveUp drops what waits.
func (t *tracer) giveUp() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dropped.Add(float64(len(t.waiting)))
	t.waiting = nil
}

// run sends spans until ctx ends, and then once more what is left.
func (t *tracer) run(ctx context.Context) {
	tick := time.NewTicker(spansEvery)
	defer tick.Stop()
	defer t.client.CloseIdleConnections()
	wait := time.Duration(0)
	for {
		select {
		case <-ctx.Done():
			t.last(context.WithoutCancel(ctx))
			return
		case <-tick.C:
		case <-t.many:
		}
		if wait = t.all(ctx, wait); wait == 0 {
			continue
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
}

// all sends what waits and gives how long to wait before the next try: not at all when all has been taken.
func (t *tracer) all(ctx context.Context, waited time.Duration) time.Duration {
	for {
		spans := t.next()
		if len(spans) == 0 {
			return 0
		}
		err := t.send(ctx, spans)
		if ctx.Err() != nil {
			return 0
		}
		var later *laterError
		if errors.As(err, &later) {
			t.health.Set(Condition{Kind: TracesAway, Text: err.Error()})
			return max(min(max(2*waited, firstTraceIn), lastTraceIn), later.after)
		}
		t.settle(spans, err)
		waited = 0
	}
}

// settle notes what became of spans that will not be sent again.
func (t *tracer) settle(spans []Span, err error) {
	t.done(len(spans))
	refused := len(spans)
	var partial *partialError
	switch {
	case err == nil:
		refused = 0
	case errors.As(err, &partial):
		refused = int(min(partial.rejected, int64(len(spans))))
	}
	t.sent.Add(float64(len(spans) - refused))
	t.dropped.Add(float64(refused))
	if err == nil {
		t.health.Clear(TracesAway, "", "", 0)
		return
	}
	t.health.Set(Condition{Kind: TracesAway, Text: err.Error()})
}

// last sends what is left when the process ends, in one time-out altogether, and drops what cannot go.
func (t *tracer) last(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, min(t.opts.Timeout, lastSpans))
	defer cancel()
	t.all(ctx, 0)
	t.giveUp()
}

// lastSpans is the longest that the end of the process waits for the collector.
const lastSpans = time.Second

// laterError says that the same spans may be taken later.
type laterError struct {
	cause error
	after time.Duration // what the collector asks for
}

func (e *laterError) Error() string { return e.cause.Error() }
func (e *laterError) Unwrap() error { return e.cause }

// partialError says that the collector has refused some of the spans.
type partialError struct {
	rejected int64
	text     string
}

func (e *partialError) Error() string {
	return fmt.Sprintf("the collector of traces refuses %d spans: %s", e.rejected, e.text)
}
