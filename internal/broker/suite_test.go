package broker

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assay-dev/assay/internal/wire"
	"github.com/twmb/franz-go/pkg/kfake"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// brokersEnv names a running cluster of three nodes or one, on which the tests that inject no faults then run.
const brokersEnv = "ASSAY_TEST_BROKERS"

// bootstrap gives the cluster of a test: the one that the environment names, or an embedded one of three nodes.
func bootstrap(t testing.TB) []string {
	t.Helper()
	if s := os.Getenv(brokersEnv); s != "" {
		return strings.Split(s, ",")
	}
	return embedded(t).ListenAddrs()
}

// embedded starts a cluster in this process, for tests that make it answer wrongly.
func embedded(t testing.TB, options ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	cluster, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(3), kfake.GroupMinSessionTimeout(time.Second)}, options...)...)
	must(t, err)
	t.Cleanup(cluster.Close)
	return cluster
}

// connect gives a client that is closed with the test.
func connect(t testing.TB, brokers []string, change ...func(*Config)) *Client {
	t.Helper()
	config := Config{Brokers: brokers, ClientID: "test", RequestTimeout: 5 * time.Second}
	for _, f := range change {
		f(&config)
	}
	c, err := NewClient(config)
	must(t, err)
	t.Cleanup(func() { must(t, c.Close()) })
	return c
}

// within gives a context for a test that must not hang.
func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	t.Cleanup(cancel)
	return ctx
}

var names atomic.Int64

// unique gives a name that no other test has, on a cluster that outlives the process too.
func unique(prefix string) string {
	return fmt.Sprintf("%s-%d-%d", prefix, time.Now().UnixNano(), names.Add(1))
}

// topic creates a topic and gives its name.
func topic(t testing.TB, ctx context.Context, c *Client, partitions int32) string {
	t.Helper()
	name := unique(strings.ToLower(strings.ReplaceAll(t.Name(), "/", ".")))
	must(t, c.CreateTopics(ctx, []NewTopic{{Name: name, Partitions: partitions}}))
	return name
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// batchOf makes a batch of p's next sequence with a record for each value.
func batchOf(t testing.TB, p *Producer, tp TopicPartition, values ...string) ProduceBatch {
	t.Helper()
	var raw []byte
	for i, v := range values {
		raw = wire.AppendRecord(raw, int32(i), nil, []byte(v), nil)
	}
	info := wire.BatchInfo{ProducerID: -1, Epoch: -1, Sequence: -1, Time: time.Now(), Count: int32(len(values)), Codec: wire.LZ4}
	if p != nil {
		info.Transactional, info.ProducerID, info.Epoch, info.Sequence = true, p.ID, p.Epoch, p.Sequences[tp]
	}
	b, err := wire.NewEncoder().AppendBatch(nil, info, raw)
	must(t, err)
	return ProduceBatch{TopicPartition: tp, Batch: b, Count: int32(len(values))}
}

// write adds a partition to p's transaction and produces values there.
func write(t testing.TB, ctx context.Context, c *Client, p *Producer, tp TopicPartition, values ...string) {
	t.Helper()
	must(t, c.AddPartitions(ctx, p, []TopicPartition{tp}))
	must(t, c.Produce(ctx, p, []ProduceBatch{batchOf(t, p, tp, values...)}))
}

// producer starts a producer under an id of its own.
func producer(t testing.TB, ctx context.Context, c *Client) *Producer {
	t.Helper()
	p, err := c.InitProducer(ctx, unique("txn"), 30*time.Second)
	must(t, err)
	return p
}

// committed reads a partition from offset from as a reader of committed data until it has n values, and then makes sure that
// there are no more up to the end.
func committed(t testing.TB, ctx context.Context, c *Client, tp TopicPartition, from int64, n int) []string {
	t.Helper()
	var out []string
	f := &Fetch{MaxWait: 20 * time.Millisecond, MinBytes: 1, MaxBytes: 1 << 20,
		Parts: []FetchPart{{TopicPartition: tp, Offset: from, MaxBytes: 1 << 20}}}
	d := wire.NewDecoder(1 << 20)
	var filter wire.Filter
	for {
		nodes, err := c.leadersOf(ctx, []TopicPartition{tp})
		must(t, err)
		f.Node = nodes[0]
		must(t, c.Fetch(ctx, f))
		part := &f.Parts[0]
		if IsNotLeader(part.Err) || IsUnknownTopic(part.Err) {
			continue
		}
		must(t, part.Err)
		filter.Reset(part.Aborted)
		for b := part.Records; len(b) > 0; {
			batch, rest, err := wire.Next(b)
			must(t, err)
			b, part.Offset = rest, batch.Last+1
			if !filter.Keep(&batch) {
				continue
			}
			records, err := d.Records(&batch)
			must(t, err)
			var r wire.Record
			for records.Next(&r) {
				out = append(out, string(r.Value))
			}
			must(t, records.Err())
		}
		if len(out) >= n && part.LastStable == part.HighWatermark && part.Offset >= part.HighWatermark {
			return out
		}
		must(t, ctx.Err())
	}
}
