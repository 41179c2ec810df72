package broker

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kversion"
)

// silentBroker gives the address of a server that takes everything and answers nothing.
func silentBroker(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				_, _ = io.Copy(io.Discard, conn) // until the client hangs up, however it does
				_ = conn.Close()
			})
		}
	})
	t.Cleanup(func() {
		must(t, l.Close())
		all.Wait()
	})
	return l.Addr().String()
}

func TestMetadata(t *testing.T) {
	c, ctx := connect(t, bootstrap(t)), within(t)
	name := topic(t, ctx, c, 3)
	m, err := c.Metadata(ctx, name, "no-such-topic")
	must(t, err)
	if m.ClusterID == "" {
		t.Error("no cluster id")
	}
	got := m.Topics[name]
	if got.Err != nil || len(got.Leaders) != 3 || got.ID == [16]byte{} {
		t.Errorf("%+v", got)
	}
	if other := m.Topics["no-such-topic"]; !IsUnknownTopic(other.Err) || other.Leaders != nil {
		t.Errorf("%+v", other)
	}
	m, err = c.Metadata(ctx)
	must(t, err)
	if len(m.Topics) != 0 || m.ClusterID == "" {
		t.Errorf("without topics: %+v", m)
	}
}

// TestOldMetadata asks brokers that have no topic ids.
func TestOldMetadata(t *testing.T) {
	cluster := embedded(t, kfake.SeedTopics(2, "t"), kfake.MaxVersions(kversion.V2_8_0()))
	c, ctx := connect(t, cluster.ListenAddrs()), within(t)
	m, err := c.Metadata(ctx, "t", "u")
	must(t, err)
	if got := m.Topics["t"]; got.ID != [16]byte{} || len(got.Leaders) != 2 || m.ClusterID == "" {
		t.Errorf("%+v", m)
	}
	if !IsUnknownTopic(m.Topics["u"].Err) {
		t.Errorf("%+v", m)
	}
	// The rest of the suite is for the versions of 2.8, too.
	tp := TopicPartition{"t", 1}
	p := producer(t, ctx, c)
	write(t, ctx, c, p, tp, "value")
	must(t, c.EndTxn(ctx, p, true))
	if got := committed(t, ctx, c, tp, 0, 1); len(got) != 1 {
		t.Errorf("%q", got)
	}
}

// TestTooOldBroker names what is missing.
func TestTooOldBroker(t *testing.T) {
	cluster := embedded(t, kfake.MaxVersions(kversion.V2_3_0()))
	c, ctx := connect(t, cluster.ListenAddrs()), within(t)
	_, err := c.InitProducer(ctx, "id", time.Second)
	if Code(err) != codeUnsupportedVersion {
		t.Error(err)
	}
}

// TestDeadBrokers begins with a list in which one of three is alive.
func TestDeadBrokers(t *testing.T) {
	brokers := []string{deadAddress(t), bootstrap(t)[0], deadAddress(t)}
	for range 5 {
		c, ctx := connect(t, brokers), within(t)
		_, err := c.Metadata(ctx)
		must(t, err)
		producer(t, ctx, c)
	}
}

// TestNobodyThere returns after a bounded number of tries, each of which is told, and names the cause.
func TestNobodyThere(t *testing.T) {
	var told atomic.Int32
	c := connect(t, []string{deadAddress(t)}, func(c *Config) {
		c.Tries = 3
		c.OnRetry = func(error) { told.Add(1) }
	})
	ctx := within(t)
	for name, do := range map[string]func() error{
		"Metadata":      func() error { _, err := c.Metadata(ctx, "t"); return err },
		"StableOffsets": func() error { _, err := c.StableOffsets(ctx, "g", []TopicPartition{{"t", 0}}); return err },
		"InitProducer":  func() error { _, err := c.InitProducer(ctx, "id", time.Second); return err },
		"ListOffsets":   func() error { _, err := c.ListOffsets(ctx, Latest, []TopicPartition{{"t", 0}}); return err },
		"TopicConfigs":  func() error { _, err := c.TopicConfigs(ctx, "t"); return err },
		"ProducePlain": func() error {
			return c.ProducePlain(ctx, []ProduceBatch{batchOf(t, nil, TopicPartition{"t", 0}, "x")})
		},
	} {
		told.Store(0)
		if err := do(); !IsTransport(err) || told.Load() != 2 {
			t.Errorf("%s: told %d times, then %v", name, told.Load(), err)
		}
	}
	if err := c.Fetch(ctx, &Fetch{Node: 1, Parts: []FetchPart{{TopicPartition: TopicPartition{"t", 0}}}}); !IsTransport(err) {
		t.Errorf("Fetch: %v", err)
	}
}

// TestSilence bounds requests to a broker that answers nothing, and ends them with their context.
func TestSilence(t *testing.T) {
	c := connect(t, []string{silentBroker(t)}, func(c *Config) {
		c.Tries, c.RequestTimeout, c.DialTimeout = 2, 50*time.Millisecond, 50*time.Millisecond
	})
	_, err := c.Metadata(within(t), "t")
	if !IsTransport(err) || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err = c.Metadata(ctx, "t"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestConfigIsChecked(t *testing.T) {
	for _, brokers := range [][]string{nil, {"localhost"}, {"a:1", ""}} {
		if _, err := NewClient(Config{Brokers: brokers}); err == nil {
			t.Errorf("%q is taken", brokers)
		}
	}
}

func TestLeader(t *testing.T) {
	gone := &Error{API: "Metadata", Code: codeTopicAuthorization, Topic: "secret", Partition: -1}
	m := &Metadata{Topics: map[string]Topic{"in": {Leaders: []int32{7, -1}}, "secret": {Err: gone}}}
	for tp, want := range map[TopicPartition]int16{
		{"in", 0}: 0, {"in", 1}: codeLeaderNotAvailable, {"in", 2}: codeUnknownTopic, {"in", -1}: codeUnknownTopic,
		{"secret", 0}: codeTopicAuthorization, {"other", 0}: codeUnknownTopic,
	} {
		node, err := m.Leader(tp)
		if Code(err) != want || (err == nil) != (node == 7) {
			t.Errorf("%v: node %d, %v", tp, node, err)
		}
	}
}
