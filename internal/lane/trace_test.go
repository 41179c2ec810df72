package lane_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/embedded"
	"github.com/assay-dev/assay/internal/encode"
	"github.com/assay-dev/assay/internal/observe"
	"github.com/assay-dev/assay/internal/testkit"
)

// onEmbedded gives a broker of the test's own.
func onEmbedded(t *testing.T) testkit.Env {
	t.Helper()
	b, err := embedded.Start(embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return testkit.Env{Name: "embedded", Addr: b.Addrs(), Embedded: b}
}

// Each chunk has one span although transactions are rolled back and their chunks worked on again.
func TestOneSpanAChunk(t *testing.T) {
	c := testkit.ListenCollector(t)
	r := newRig(t, onEmbedded(t), plan(120))
	r.trace = observe.TraceOptions{Endpoint: c.URL(), Timeout: 10 * time.Second, Queue: 1000}
	r.wrap = func(b broker.Broker) broker.Broker { return &faulty{Broker: b, every: 3, kind: "end"} }
	r.produce()
	p := r.start("a")
	r.await()
	r.flawless()
	p.end()
	if p.state.Status().Feeds[0].Totals.RolledBack == 0 {
		t.Fatal("no transaction was rolled back: the test tests nothing")
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	p.state.SendTraces(over)
	seen := map[string]bool{}
	var rows, dead int64
	for _, s := range c.Spans() {
		a := testkit.Attributes(s.GetAttributes())
		at := fmt.Sprint(a["messaging.destination.name"], "/", a["messaging.destination.partition.id"], "/", a["messaging.kafka.offset"])
		if seen[at] {
			t.Errorf("%s has two spans", at)
		}
		seen[at] = true
		rows += a["assay.rows"].(int64)
		dead += a["assay.rows_dead"].(int64)
		if a["messaging.consumer.group.name"] != r.group || a["assay.feed"] != "census-profile" {
			t.Errorf("%s: %v", at, a)
		}
	}
	totals := p.state.Status().Feeds[0].Totals
	if int64(len(seen)) != totals.Chunks || rows != totals.Rows || dead != totals.RowsDead || dead == 0 {
		t.Errorf("%d spans of %d chunks, with %d rows of %d and %d dead of %d", len(seen), totals.Chunks, rows, totals.Rows, dead, totals.RowsDead)
	}
}

// A chunk's traceparent goes to everything that comes of it, and its span is a child of it.
func TestTraceparentTravels(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
		c := testkit.ListenCollector(t)
		r := newRig(t, env, plan(1))
		r.trace = observe.TraceOptions{Endpoint: c.URL(), Timeout: 10 * time.Second, Queue: 1000}
		r.option.Headers = encode.HeadersAll
		client, err := kgo.NewClient(kgo.SeedBrokers(env.Addr...), kgo.ConsumeTopics(r.out.Scored, r.out.Dead, r.out.Quality, r.out.Errors, r.out.Results),
			kgo.FetchIsolationLevel(kgo.ReadCommitted()))
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		const header = "id,AGE_GROUP,SEX,MARITAL_STATUS,HOUSEHOLD_ROLE,INCOME,EDUCATION,OCCUPATION,INDUSTRY,LABOUR_FORCE\n"
		const row = "P1,Child,Male,Single,Child,No income,Year 11 or below,Not in employment,Other / Not employed,Not in labour force\n"
		const odd = "P2,Child,Male,Single,Child,$5,Year 11 or below,Not in employment,Other / Not employed,Not in labour force\n"
		chunk := &kgo.Record{Topic: r.in.Plan.Topic, Value: []byte(header + row + odd + "short\n"), Headers: []kgo.RecordHeader{{Key: "traceparent", Value: []byte(parent)}}}
		if err := client.ProduceSync(r.ctx(), chunk).FirstErr(); err != nil {
			t.Fatal(err)
		}
		p := r.start("a")
		ctx := r.ctx()
		carried := map[string]int{}
		for n := 0; n < 6; { // two rows, a letter, an error, a quality event and a result
			for _, rec := range client.PollFetches(ctx).Records() {
				n++
				for _, h := range rec.Headers {
					if h.Key == "traceparent" && string(h.Value) == parent {
						carried[rec.Topic]++
					}
				}
			}
			if ctx.Err() != nil {
				t.Fatal("the output does not come")
			}
		}
		for topic, want := range map[string]int{r.out.Scored: 2, r.out.Dead: 1, r.out.Errors: 1, r.out.Quality: 1, r.out.Results: 1} {
			if carried[topic] != want {
				t.Errorf("%d messages of %s carry it, not %d", carried[topic], topic, want)
			}
		}
		p.end()
		over, cancel := context.WithCancel(t.Context())
		cancel()
		p.state.SendTraces(over)
		spans := c.Spans()
		if len(spans) != 1 || hex.EncodeToString(spans[0].GetTraceId()) != parent[3:35] || hex.EncodeToString(spans[0].GetParentSpanId()) != parent[36:52] {
			t.Errorf("spans are %v", spans)
		}
	})
}
