package testkit

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/slim/otlp/common/v1"
	trace "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Collector takes traces by OTLP/HTTP, as a collector of OpenTelemetry does.
type Collector struct {
	t      testing.TB
	server *httptest.Server

	mu       sync.Mutex
	spans    []*trace.Span
	resource []*common.KeyValue // of the last request
	calls    int
	answer   func(call int, w http.ResponseWriter) (taken bool)
}

// ListenCollector starts a collector that ends with the test.
func ListenCollector(t testing.TB) *Collector {
	t.Helper()
	c := &Collector{t: t}
	c.server = httptest.NewServer(http.HandlerFunc(c.take))
	t.Cleanup(c.server.Close)
	return c
}

// URL gives the collector's address, without a path.
func (c *Collector) URL() string { return c.server.URL }

// Answer has answer write the answers to requests, counted from 0; when it gives false the request's spans are not kept.
func (c *Collector) Answer(answer func(call int, w http.ResponseWriter) (taken bool)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer = answer
}

func (c *Collector) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var request collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(body, &request)
	}
	if kind := r.Header.Get("Content-Type"); err != nil || r.Method != http.MethodPost || r.URL.Path != "/v1/traces" || kind != "application/x-protobuf" {
		c.t.Errorf("%s %s of %s is no export of traces: %v", r.Method, r.URL.Path, kind, err)
		http.Error(w, "no export of traces", http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	call := c.calls
	c.calls++
	if c.answer != nil && !c.answer(call, w) {
		return
	}
	for _, r := range request.GetResourceSpans() {
		c.resource = r.GetResource().GetAttributes()
		for _, s := range r.GetScopeSpans() {
			c.spans = append(c.spans, s.GetSpans()...)
		}
	}
}

// Spans gives what has been taken so far.
func (c *Collector) Spans() []*trace.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]*trace.Span(nil), c.spans...)
}

// Calls is how many requests there were.
func (c *Collector) Calls() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls
}

// Resource gives the attributes of the process that sent last.
func (c *Collector) Resource() map[string]any {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Attributes(c.resource)
}

// Await waits until so many spans have been taken, and gives them.
func (c *Collector) Await(n int) []*trace.Span {
	c.t.Helper()
	for deadline := time.Now().Add(awaitLimit); ; time.Sleep(5 * time.Millisecond) {
		if spans := c.Spans(); len(spans) >= n {
			return spans
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("%d spans of %d have come in %s", len(c.Spans()), n, awaitLimit)
		}
	}
}

// Attributes gives attributes by their names: texts as string, numbers as int64.
func Attributes(list []*common.KeyValue) map[string]any {
	found := map[string]any{}
	for _, a := range list {
		switch v := a.GetValue().GetValue().(type) {
		case *common.AnyValue_StringValue:
			found[a.GetKey()] = v.StringValue
		case *common.AnyValue_IntValue:
			found[a.GetKey()] = v.IntValue
		}
	}
	return found
}

// Close ends the collector: whoever asks is refused.
func (c *Collector) Close() { c.server.Close() }
