package testkit

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/assay-dev/assay/internal/embedded"
)

// Env is a broker to test against.
type Env struct {
	Name     string           // "embedded" or "kafka"
	Addr     []string         // bootstrap servers
	Embedded *embedded.Broker // nil on kafka
	Kafka    *Cluster         // nil on embedded
}

// OnEach runs f as a subtest on the embedded broker and on a real Kafka of one node. The embedded broker is f's alone; the
// real one is shared, so names of topics, groups and transactional ids must come from Unique.
func OnEach(t *testing.T, f func(t *testing.T, e Env)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) {
		b := startEmbedded(t, embedded.Options{})
		f(t, Env{Name: "embedded", Addr: b.Addrs(), Embedded: b})
	})
	t.Run("kafka", func(t *testing.T) {
		c := Kafka(t, 1)
		f(t, Env{Name: "kafka", Addr: c.Bootstrap(), Kafka: c})
	})
}

// OnEachBehindProxy is OnEach with a proxy between the client and the broker: Env.Addr is the proxy.
func OnEachBehindProxy(t *testing.T, f func(t *testing.T, e Env, p *Proxy)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) {
		p := ListenProxy(t, "127.0.0.1:0")
		b := startEmbedded(t, embedded.Options{Advertise: p.Addrs()})
		p.Forward(b.Addrs()...)
		f(t, Env{Name: "embedded", Addr: p.Addrs(), Embedded: b}, p)
	})
	t.Run("kafka", func(t *testing.T) {
		c := Kafka(t, 1)
		p := c.Proxy(t)
		f(t, Env{Name: "kafka", Addr: p.Addrs(), Kafka: c}, p)
	})
}

func startEmbedded(t testing.TB, o embedded.Options) *embedded.Broker {
	t.Helper()
	b, err := embedded.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// CreateTopics creates topics with the broker's usual replication.
func (e Env) CreateTopics(t testing.TB, partitions int32, names ...string) {
	t.Helper()
	CreateTopics(t, e.Addr, partitions, names...)
}

// CreateTopics creates topics on any broker, with the broker's usual replication, and returns when every partition has a
// leader.
func CreateTopics(t testing.TB, bootstrap []string, partitions int32, names ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client, err := kgo.NewClient(kgo.SeedBrokers(bootstrap...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	answers, err := admin.CreateTopics(ctx, partitions, -1, nil, names...)
	if err == nil {
		err = answers.Error()
	}
	if err != nil {
		t.Fatalf("create topics %s: %v", strings.Join(names, ", "), err)
	}
	err = poll(ctx, func() error {
		topics, err := admin.ListTopics(ctx, names...)
		if err != nil {
			return err
		}
		for _, name := range names {
			if n := len(topics[name].Partitions); n != int(partitions) {
				return fmt.Errorf("%s has %d partitions of %d", name, n, partitions)
			}
		}
		return partitionsReady(topics)
	})
	if err != nil {
		t.Fatalf("create topics %s: %v", strings.Join(names, ", "), err)
	}
}

// partitionsReady says which partition lacks its leader or a replica, if any does.
func partitionsReady(topics kadm.TopicDetails) error {
	for name, topic := range topics {
		if topic.Err != nil {
			return fmt.Errorf("%s: %w", name, topic.Err)
		}
		for _, p := range topic.Partitions {
			if p.Err != nil {
				return fmt.Errorf("%s/%d: %w", name, p.Partition, p.Err)
			}
			if p.Leader < 0 || len(p.ISR) < len(p.Replicas) {
				return fmt.Errorf("%s/%d: leader %d, %d of %d replicas in sync", name, p.Partition, p.Leader, len(p.ISR), len(p.Replicas))
			}
		}
	}
	return nil
}

// Ready returns when every node is known to the cluster and every partition, the internal topics' too, has its leader and
// all its replicas.
func (c *Cluster) Ready(ctx context.Context) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(c.Bootstrap()...))
	if err != nil {
		return err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	return poll(ctx, func() error {
		brokers, err := admin.ListBrokers(ctx)
		if err != nil {
			return err
		}
		if len(brokers) < c.nodes {
			return fmt.Errorf("%d of %d nodes", len(brokers), c.nodes)
		}
		topics, err := admin.ListTopicsWithInternal(ctx)
		if err != nil {
			return err
		}
		return partitionsReady(topics)
	})
}

// poll asks every 50 ms until f is content, and gives its last complaint when the context ends.
func poll(ctx context.Context, f func() error) error {
	for {
		err := f()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}
