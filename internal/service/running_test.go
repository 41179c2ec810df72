package service

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/assay-dev/assay/internal/config"
	"github.com/assay-dev/assay/internal/embedded"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/observe"
	"github.com/assay-dev/assay/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// CP-20: the set, the contract and the version that rows name change together while chunks are in work, and no row has one of the
// old and another of the new.
func TestReloadWhileRunning(t *testing.T) {
	b, err := embedded.Start(embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r := mount(t)
	settings, _, err := config.Load(config.Source{Env: []string{"ASSAY_KAFKA_BROKERS=" + b.Addr(), "ASSAY_INSTANCE=test", "ASSAY_LANES=2"}})
	if err != nil {
		t.Fatal(err)
	}
	f := &settings.Feeds[0]
	f.Feed, f.Scored.Headers = r.path("orders.yaml"), "all"
	names := OutputNames(f)
	testkit.CreateTopics(t, b.Addrs(), 4, append(names[:], f.Input.Topics...)...)
	feeds, err := Load(settings)
	if err != nil {
		t.Fatal(err)
	}
	state := observe.New(observe.Options{})
	svc, err := New(settings, feeds, state, state.Log())
	if err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	served := make(chan error, 1)
	go func() { served <- svc.Run(running) }()

	client, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...), kgo.ConsumeTopics(names[flow.Scored]), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	produced := 0
	produce := func() {
		t.Helper()
		for i := range int32(4) {
			text := "id,email,size\n" + strings.Repeat("1,a@example.org,S\n", 50)
			if err := client.ProduceSync(ctx, &kgo.Record{Topic: f.Input.Topics[0], Partition: i, Value: []byte(text)}).FirstErr(); err != nil {
				t.Fatal(err)
			}
			produced += 50
		}
	}
	rows := map[string]int{} // by version
	read := func() {
		t.Helper()
		fetches := client.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			t.Fatal(err)
		}
		fetches.EachRecord(func(rec *kgo.Record) {
			var row struct{ Tier string }
			if err := json.Unmarshal(rec.Value, &row); err != nil {
				t.Fatal(err)
			}
			version := ""
			for _, h := range rec.Headers {
				if h.Key == "assay-version" {
					version, _, _ = strings.Cut(string(h.Value), " ")
				}
			}
			if made := "orders@" + strings.TrimLeft(row.Tier, "0"); version != made {
				t.Errorf("a row of %s has the tier of %s", version, made)
			}
			rows[version]++
		})
	}
	const last = 8
	for n := 1; n <= last; n++ {
		if n > 1 {
			r.swap(n, numbered(n))
			svc.Reload()
		}
		for rows[fmt.Sprintf("orders@%d", n)] == 0 { // a transaction that is open keeps the version that it began with
			produce()
			read()
		}
	}
	for sum(rows) < produced {
		read()
	}
	if len(rows) != last {
		t.Errorf("rows of versions %v", rows)
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func sum(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}
