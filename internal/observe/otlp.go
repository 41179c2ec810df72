package observe

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	collector "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/slim/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/slim/otlp/resource/v1"
	trace "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// resource is what all spans of a process have in common.
type resource struct{ version, instance string }

// maxAnswer is the most that is read of a collector's answer.
const maxAnswer = 64 << 10

// send sends spans in one request of OTLP/HTTP with a binary body. The error is a *laterError for what the specification has
// a client try again, or a *partialError.
func (t *tracer) send(ctx context.Context, spans []Span) error {
	body, err := proto.Marshal(t.resource.request(spans))
	if err != nil {
		return fmt.Errorf("encoding spans: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("trace.endpoint: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	resp, err := t.client.Do(req)
	if err != nil {
		return &laterError{cause: fmt.Errorf("sending traces: %w", err)}
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case resp.StatusCode == http.StatusOK && err == nil:
		return accepted(answer)
	case resp.StatusCode == http.StatusOK:
		return nil // it has taken them; only its answer is lost
	}
	err = fmt.Errorf("sending traces to %s: %s", t.url, resp.Status)
	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After")) // a date is rare, and then our own pace will do
		return &laterError{cause: err, after: min(max(time.Duration(seconds)*time.Second, 0), lastTraceIn)}
	}
	return err
}

// accepted looks for a refusal in the answer of a collector that says it is fine.
func accepted(answer []byte) error {
	var r collector.ExportTraceServiceResponse
	if err := proto.Unmarshal(answer, &r); err != nil || r.GetPartialSuccess().GetRejectedSpans() <= 0 {
		return nil //nolint:nilerr // 200 is what counts; some collectors answer with another body
	}
	return &partialError{rejected: r.GetPartialSuccess().GetRejectedSpans(), text: r.GetPartialSuccess().GetErrorMessage()}
}

func (r resource) request(spans []Span) *collector.ExportTraceServiceRequest {
	scope := &trace.ScopeSpans{Scope: &common.InstrumentationScope{Name: "assay", Version: r.version}}
	for i := range spans {
		scope.Spans = append(scope.Spans, spans[i].message())
	}
	return &collector.ExportTraceServiceRequest{ResourceSpans: []*trace.ResourceSpans{{
		Resource: &resourcepb.Resource{Attributes: []*common.KeyValue{
			text("service.name", "assay"), text("service.version", r.version), text("service.instance.id", r.instance),
		}},
		ScopeSpans: []*trace.ScopeSpans{scope},
	}}}
}

// message gives the span under the names of OpenTelemetry's conventions for messaging.
func (s *Span) message() *trace.Span {
	m := &trace.Span{
		TraceId: s.Parent.Trace[:], SpanId: s.id[:], TraceState: s.Parent.State, Flags: 1,
		Name: "process " + s.At.Topic, Kind: trace.Span_SPAN_KIND_CONSUMER,
		StartTimeUnixNano: uint64(s.Began.UnixNano()), EndTimeUnixNano: uint64(s.committed.UnixNano()),
		Attributes: []*common.KeyValue{
			text("messaging.system", "kafka"), text("messaging.operation.name", "process"), text("messaging.operation.type", "process"),
			text("messaging.destination.name", s.At.Topic), text("messaging.destination.partition.id", strconv.Itoa(int(s.At.Partition))),
			number("messaging.kafka.offset", s.At.Offset), text("messaging.consumer.group.name", s.Group),
			text("assay.feed", s.Feed), number("assay.rows", s.Rows), number("assay.rows_dead", s.RowsDead),
		},
		Events: []*trace.Span_Event{{Name: "worked", TimeUnixNano: uint64(s.Worked.UnixNano())}},
	}
	if s.Parent.Span != [8]byte{} {
		m.ParentSpanId = s.Parent.Span[:]
	}
	if s.Refused != "" {
		m.Status = &trace.Status{Code: trace.Status_STATUS_CODE_ERROR, Message: string(s.Refused)}
		m.Attributes = append(m.Attributes, text("error.type", string(s.Refused)))
	}
	return m
}

func text(key, value string) *common.KeyValue {
	return &common.KeyValue{Key: key, Value: &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: value}}}
}

func number(key string, value int64) *common.KeyValue {
	return &common.KeyValue{Key: key, Value: &common.AnyValue{Value: &common.AnyValue_IntValue{IntValue: value}}}
}
