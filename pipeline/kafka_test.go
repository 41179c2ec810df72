package pipeline_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/assay-dev/assay/internal/embedded"
	"github.com/assay-dev/assay/internal/testkit"
	"github.com/assay-dev/assay/pipeline"
)

func TestKafkaIsChecked(t *testing.T) {
	feed := load(t, header+"columns: {a: {type: int64}}\n")
	right := pipeline.Kafka{Brokers: []string{"localhost:1"}, Input: []string{"in"}, Scored: "scored", Dead: "dead"}
	for _, test := range []struct {
		want  string
		amend func(*pipeline.Kafka)
	}{
		{"Brokers is empty", func(k *pipeline.Kafka) { k.Brokers = nil }},
		{"Input is empty", func(k *pipeline.Kafka) { k.Input = nil }},
		{"Scored is empty", func(k *pipeline.Kafka) { k.Scored = "" }},
		{"Dead is empty", func(k *pipeline.Kafka) { k.Dead = "" }},
		{"Lanes is -1", func(k *pipeline.Kafka) { k.Lanes = -1 }},
		{"topic in has two uses", func(k *pipeline.Kafka) { k.Dead = "in" }},
		{"topic q has two uses", func(k *pipeline.Kafka) { k.Quality, k.Errors = "q", "q" }},
		{`kafka: kafka.brokers[0]: "localhost" is not host:port`, func(k *pipeline.Kafka) { k.Brokers = []string{"localhost"} }},
	} {
		k := right
		test.amend(&k)
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // what is right ends at once
		if err := feed.Run(ctx, k); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, want %s", err, test.want)
		}
	}
}

// A feed with a scorer of one's own on Kafka: rows and letters arrive, and Run ends in peace.
func TestRun(t *testing.T) {
	testkit.VerifyNoLeaks(t)
	broker, err := embedded.Start(embedded.Options{Topics: []embedded.Topic{{Name: "in", Partitions: 2}, {Name: "scored", Partitions: 2}, {Name: "dead"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.Addr()), kgo.ConsumeTopics("scored", "dead"), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	for _, chunk := range []string{"amount\n8\nx\n", "amount\n3\n"} {
		if err := client.ProduceSync(ctx, &kgo.Record{Topic: "in", Value: []byte(chunk)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	feed := load(t, header+"columns: {amount: {type: float64}}\nscore: {kind: distance}\n",
		pipeline.WithScorer("distance", func() pipeline.Scorer { return &distance{} }))
	running, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() {
		done <- feed.Run(running, pipeline.Kafka{
			Brokers: []string{broker.Addr()}, Instance: "test", Lanes: 1, Input: []string{"in"}, Scored: "scored", Dead: "dead",
		})
	}()
	got := map[string]int{}
	for n := 0; n < 3; {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			t.Fatal(err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			key, _, _ := strings.Cut(string(r.Value), `,"distance"`) // which depends on the order of the partitions
			got[r.Topic+" "+key]++
			n++
		})
	}
	want := []string{"dead x", `scored {"amount":3`, `scored {"amount":8`}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(got))); diff != "" {
		t.Error(diff)
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("Run ended with %v", err)
	}
}
