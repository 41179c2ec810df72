package observe

import (
	"context"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	collector "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	trace "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/testkit"
)

// traced is a state that sends to an endpoint, and the function that ends the sending.
func traced(t *testing.T, endpoint string, queue int) (*State, func()) {
	t.Helper()
	s := New(Options{Version: "1.2.3", Instance: "assay-0", Trace: TraceOptions{Endpoint: endpoint, Timeout: 10 * time.Second, Queue: queue}})
	ctx, cancel := context.WithCancel(context.Background())
	var sending sync.WaitGroup
	sending.Go(func() { s.SendTraces(ctx) })
	end := func() { cancel(); sending.Wait() }
	t.Cleanup(end)
	return s, end
}

// spansOf gives n spans of chunks at offsets from 0.
func spansOf(n int) []Span {
	spans := make([]Span, n)
	for i := range spans {
		spans[i] = Span{
			Began: time.Unix(100, 0), Worked: time.Unix(100, 5), Group: "assay.a",
			At: flow.Position{Topic: "in", Partition: 3, Offset: int64(i)}, Rows: 10, RowsDead: 2,
		}
	}
	return spans
}

func TestSpansAsTheCollectorGetsThem(t *testing.T) {
	c := testkit.ListenCollector(t)
	s, end := traced(t, c.URL(), 100)
	spans := spansOf(3)
	spans[0].Parent = ParseParent([]byte(parentHeader), []byte("vendor=1"))
	spans[1].Refused = "INVALID_FILE"
	spans[2].Parent = ParseParent([]byte(strings.TrimSuffix(parentHeader, "1")+"0"), nil) // asks for none
	s.Feed("a").Spans(spans)
	end()
	got := c.Spans()
	if len(got) != 2 {
		t.Fatalf("%d spans have come, not two", len(got))
	}
	want := map[string]any{
		"messaging.system": "kafka", "messaging.operation.name": "process", "messaging.operation.type": "process",
		"messaging.destination.name": "in", "messaging.destination.partition.id": "3", "messaging.kafka.offset": int64(0),
		"messaging.consumer.group.name": "assay.a", "assay.feed": "a", "assay.rows": int64(10), "assay.rows_dead": int64(2),
	}
	if diff := cmp.Diff(want, testkit.Attributes(got[0].GetAttributes())); diff != "" {
		t.Error(diff)
	}
	if trace, span := hex.EncodeToString(got[0].GetTraceId()), hex.EncodeToString(got[0].GetParentSpanId()); trace != parentHeader[3:35] || span != parentHeader[36:52] {
		t.Errorf("the parent is %s of %s", span, trace)
	}
	if got[0].GetName() != "process in" || got[0].GetKind() != trace.Span_SPAN_KIND_CONSUMER || got[0].GetTraceState() != "vendor=1" || got[0].GetStatus() != nil {
		t.Errorf("got %v", got[0])
	}
	if began, worked, ended := got[0].GetStartTimeUnixNano(), got[0].GetEvents()[0].GetTimeUnixNano(), got[0].GetEndTimeUnixNano(); began != 100e9 || worked != 100e9+5 || ended <= worked {
		t.Errorf("it began at %d, was worked on until %d and ended at %d", began, worked, ended)
	}
	if len(got[1].GetTraceId()) != 16 || len(got[1].GetSpanId()) != 8 || len(got[1].GetParentSpanId()) != 0 {
		t.Errorf("without a parent: %v", got[1])
	}
	if got[1].GetStatus().GetCode() != trace.Status_STATUS_CODE_ERROR || testkit.Attributes(got[1].GetAttributes())["error.type"] != "INVALID_FILE" {
		t.Errorf("a refused chunk: %v", got[1])
	}
	if diff := cmp.Diff(map[string]any{"service.name": "assay", "service.version": "1.2.3", "service.instance.id": "assay-0"}, c.Resource()); diff != "" {
		t.Error(diff)
	}
	sent(t, s, 2, 0)
}

// sent compares the counters of spans.
func sent(t *testing.T, s *State, taken, dropped float64) {
	t.Helper()
	got := scrape(t, s)
	if got["assay_trace_spans_total{}"] != taken || got["assay_trace_spans_dropped_total{}"] != dropped {
		t.Errorf("%v spans were taken and %v dropped, not %v and %v", got["assay_trace_spans_total{}"], got["assay_trace_spans_dropped_total{}"], taken, dropped)
	}
}

// awaitCondition waits until the state has a condition, or has it no longer.
func awaitCondition(t *testing.T, s *State, kind Kind, there bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		found := false
		for _, c := range s.Health().List() {
			found = found || c.Kind == kind
		}
		if found == there {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%v: there %v, not %v", kind, found, there)
		}
	}
}

func TestManySpansGoInSeveralRequests(t *testing.T) {
	c := testkit.ListenCollector(t)
	s, end := traced(t, c.URL()+"/v1/traces", 10000)
	s.Feed("a").Spans(spansOf(2*spansAtOnce + 1))
	c.Await(2*spansAtOnce + 1)
	end()
	if n := c.Calls(); n != 3 {
		t.Errorf("%d requests, want 3", n)
	}
	sent(t, s, 2*spansAtOnce+1, 0)
}

// A collector that asks to wait gets the same spans again, and then the trouble is over.
func TestSpansWaitForTheCollector(t *testing.T) {
	c := testkit.ListenCollector(t)
	tried := make(chan struct{})
	c.Answer(func(call int, w http.ResponseWriter) bool {
		if call == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			close(tried)
		}
		return call > 0
	})
	s, end := traced(t, c.URL(), 100)
	s.Feed("a").Spans(spansOf(1))
	<-tried
	awaitCondition(t, s, TracesAway, true)
	if ready, _ := New(Options{}).Ready(); ready != mustReady(s) {
		t.Error("a collector that is away must not change readiness")
	}
	c.Await(1)
	awaitCondition(t, s, TracesAway, false)
	end()
	sent(t, s, 1, 0)
}

func mustReady(s *State) bool { ready, _ := s.Ready(); return ready }

// With nobody at the endpoint the queue fills up, and what does not fit is dropped; nobody waits. What is left is dropped at the end.
func TestNobodyAtTheEndpoint(t *testing.T) {
	c := testkit.ListenCollector(t)
	gone := c.URL()
	c.Close()
	s, end := traced(t, gone, 10)
	f := s.Feed("a")
	f.Spans(spansOf(4))
	f.Spans(spansOf(8))
	sent(t, s, 0, 2)
	awaitCondition(t, s, TracesAway, true)
	f.Spans(spansOf(1))
	end()
	sent(t, s, 0, 13)
}

func TestRefusedSpansAreDropped(t *testing.T) {
	c := testkit.ListenCollector(t)
	c.Answer(func(call int, w http.ResponseWriter) bool {
		switch call {
		case 0:
			http.Error(w, "not like that", http.StatusNotFound)
			return false
		case 1:
			answer, err := proto.Marshal(&collector.ExportTraceServiceResponse{
				PartialSuccess: &collector.ExportTracePartialSuccess{RejectedSpans: 2, ErrorMessage: "too old"},
			})
			if err != nil {
				t.Error(err)
			}
			_, _ = w.Write(answer)
			return true
		}
		_, _ = w.Write([]byte("{}")) // not even the right kind of answer, and still taken
		return true
	})
	s, end := traced(t, c.URL(), 100)
	f := s.Feed("a")
	f.Spans(spansOf(1))
	awaitCondition(t, s, TracesAway, true)
	sent(t, s, 0, 1)
	f.Spans(spansOf(5))
	c.Await(5)
	f.Spans(spansOf(1))
	awaitCondition(t, s, TracesAway, false)
	end()
	sent(t, s, 4, 3)
}

func TestWithoutAnEndpointThereAreNoSpans(t *testing.T) {
	s := New(Options{})
	f := s.Feed("a")
	if f.Traced() {
		t.Error("spans would go nowhere")
	}
	f.Spans(spansOf(1))
	s.SendTraces(t.Context()) // returns at once
	sent(t, s, 0, 0)
}
