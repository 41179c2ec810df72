package embedded_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/assay-dev/assay/internal/embedded"
)

func start(t *testing.T, o embedded.Options) *embedded.Broker {
	t.Helper()
	b, err := embedded.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func client(t *testing.T, b *embedded.Broker, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append(opts, kgo.SeedBrokers(b.Addr()))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func partitions(t *testing.T, b *embedded.Broker, topic string) int {
	t.Helper()
	topics, err := kadm.NewClient(client(t, b)).ListTopics(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	return len(topics[topic].Partitions)
}

func produce(t *testing.T, b *embedded.Broker, topic, value string) {
	t.Helper()
	err := client(t, b).ProduceSync(t.Context(), &kgo.Record{Topic: topic, Value: []byte(value)}).FirstErr()
	if err != nil {
		t.Fatal(err)
	}
}

func consume(t *testing.T, b *embedded.Broker, topic string) string {
	t.Helper()
	c := client(t, b, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	rs := c.PollFetches(ctx).Records()
	if len(rs) == 0 {
		t.Fatalf("nothing in %s", topic)
	}
	return string(rs[0].Value)
}

func TestStart(t *testing.T) {
	b := start(t, embedded.Options{Topics: []embedded.Topic{{Name: "in", Partitions: 3}, {Name: "out"}}})
	if n := partitions(t, b, "in"); n != 3 {
		t.Errorf("in has %d partitions, want 3", n)
	}
	if n := partitions(t, b, "out"); n != 1 {
		t.Errorf("out has %d partitions, want 1", n)
	}
	produce(t, b, "in", "hello")
	if got := consume(t, b, "in"); got != "hello" {
		t.Errorf("read %q", got)
	}
}

func TestCreateTopicsTwice(t *testing.T) {
	b := start(t, embedded.Options{Topics: []embedded.Topic{{Name: "in", Partitions: 2}}})
	if err := b.CreateTopics(t.Context(), embedded.Topic{Name: "in", Partitions: 5}); err != nil {
		t.Fatal(err)
	}
	if n := partitions(t, b, "in"); n != 2 {
		t.Errorf("the topic that was there has %d partitions, want 2", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.CreateTopics(ctx, embedded.Topic{Name: "late"}); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
}

func TestNodes(t *testing.T) {
	b := start(t, embedded.Options{Nodes: 3})
	if len(b.Addrs()) != 3 || b.Addr() != b.Addrs()[0] {
		t.Fatalf("addresses %v, first %s", b.Addrs(), b.Addr())
	}
	brokers, err := kadm.NewClient(client(t, b)).ListBrokers(t.Context())
	if err != nil || len(brokers) != 3 {
		t.Fatalf("%d brokers, %v", len(brokers), err)
	}
}

func TestPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if b, err := embedded.Start(embedded.Options{Port: port}); err == nil {
		b.Close()
		t.Fatal("started on a port that is taken")
	}
	l.Close()
	b := start(t, embedded.Options{Port: port})
	if b.Addr() != l.Addr().String() {
		t.Errorf("listens on %s, want %s", b.Addr(), l.Addr())
	}
}

func TestDataDirSurvivesRestart(t *testing.T) {
	dir := t.TempDir()
	b := start(t, embedded.Options{DataDir: dir, Topics: []embedded.Topic{{Name: "in"}}})
	produce(t, b, "in", "kept")
	b.Close()

	b = start(t, embedded.Options{DataDir: dir, Topics: []embedded.Topic{{Name: "in"}, {Name: "later", Partitions: 2}}})
	if got := consume(t, b, "in"); got != "kept" {
		t.Errorf("read %q", got)
	}
	if n := partitions(t, b, "later"); n != 2 {
		t.Errorf("a topic asked for at the second start has %d partitions, want 2", n)
	}
}

func TestAdvertise(t *testing.T) {
	o := embedded.Options{Nodes: 2, Advertise: []string{"127.0.0.1:1"}}
	if _, err := embedded.Start(o); err == nil {
		t.Fatal("two nodes with one advertised address started")
	}
	o.Advertise = []string{"127.0.0.1:1", "127.0.0.1:2"}
	o.Topics = []embedded.Topic{{Name: "in"}} // nothing listens there: Start must not go that way itself
	b := start(t, o)
	brokers, err := kadm.NewClient(client(t, b)).ListBrokers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var ports []int32
	for _, d := range brokers {
		ports = append(ports, d.Port)
	}
	slices.Sort(ports)
	if !slices.Equal(ports, []int32{1, 2}) {
		t.Errorf("clients are told ports %v", ports)
	}
}

func TestInject(t *testing.T) {
	b := start(t, embedded.Options{})
	if _, err := b.Inject(embedded.Fault{Code: 999}); err == nil {
		t.Error("code 999 was taken")
	}
	if _, err := b.Inject(embedded.Fault{Code: 0}); err == nil {
		t.Error("code 0 was taken")
	}
	f, err := b.Inject(embedded.Fault{Key: kmsg.InitProducerID.Int16(), Code: kerr.ConcurrentTransactions.Code, Top: true, Count: 2})
	if err != nil {
		t.Fatal(err)
	}
	c := client(t, b)
	ask := func() int16 {
		req := kmsg.NewPtrInitProducerIDRequest()
		req.ProducerID, req.ProducerEpoch = -1, -1
		resp, err := c.Broker(0).Request(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		return resp.(*kmsg.InitProducerIDResponse).ErrorCode
	}
	got := []int16{ask(), ask(), ask()}
	if want := []int16{51, 51, 0}; !slices.Equal(got, want) {
		t.Errorf("answers %v, want %v", got, want)
	}
	if err := f.Wait(t.Context(), 2); err != nil || f.Hits() != 2 {
		t.Errorf("hits %d, wait %v", f.Hits(), err)
	}

	f, err = b.Inject(embedded.Fault{Key: kmsg.InitProducerID.Int16(), Code: 51, Top: true, Count: -1})
	if err != nil {
		t.Fatal(err)
	}
	if ask() != 51 {
		t.Error("the second fault is not in force")
	}
	f.Remove()
	if ask() != 0 {
		t.Error("a removed fault still answers")
	}
}
