package wire

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/assay-dev/assay/internal/flow"
	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

// peer is another client and a broker, between which this package's batches travel in both directions.
func peer(t *testing.T, options ...kgo.Opt) (*kgo.Client, context.Context) {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "t"))
	must(t, err)
	t.Cleanup(cluster.Close)
	// Later versions name topics by id, which the hand-made requests below do not know.
	client, err := kgo.NewClient(append(options, kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.MaxVersions(kversion.V2_8_0()))...)
	must(t, err)
	t.Cleanup(client.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return client, ctx
}

func peerRecords() []testRecord {
	var out []testRecord
	for i := range 50 {
		r := testRecord{Offset: int64(i), Time: noon, Key: fmt.Append(nil, "key", i), Value: fmt.Append(nil, `{"id":"`, i, `","score":0.5}`)}
		switch i % 5 {
		case 1:
			r.Key = nil
		case 2:
			r.Value = nil
		case 3:
			r.Headers = []flow.Header{{Key: "ce_id", Value: []byte("1")}, {Key: "empty", Value: []byte{}}}
		}
		out = append(out, r)
	}
	return out
}

// TestAnotherClientReadsOurs produces our batches and consumes them with franz-go, which checks the CRC.
func TestAnotherClientReadsOurs(t *testing.T) {
	client, ctx := peer(t, kgo.ConsumeTopics("t"))
	var want []testRecord
	for i, codec := range allCodecs() {
		batch := encode(t, BatchInfo{Codec: codec, ProducerID: -1, Epoch: -1, Sequence: -1}, peerRecords()...)
		req := kmsg.NewPtrProduceRequest()
		req.Acks, req.TimeoutMillis = -1, 1000
		req.Topics = []kmsg.ProduceRequestTopic{{Topic: "t", Partitions: []kmsg.ProduceRequestTopicPartition{{Records: batch}}}}
		res, err := client.Request(ctx, req)
		must(t, err)
		if code := res.(*kmsg.ProduceResponse).Topics[0].Partitions[0].ErrorCode; code != 0 {
			t.Fatalf("%s: code %d", codec, code)
		}
		for _, r := range peerRecords() {
			r.Offset += int64(i * 50)
			want = append(want, r)
		}
	}
	var got []testRecord
	for len(got) < len(want) {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			c := testRecord{Offset: r.Offset, Time: r.Timestamp.UTC(), Key: r.Key, Value: r.Value}
			for _, h := range r.Headers {
				c.Headers = append(c.Headers, flow.Header{Key: h.Key, Value: h.Value})
			}
			got = append(got, c)
		})
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestWeReadAnotherClient reads batches that franz-go has made, as the broker hands them out.
func TestWeReadAnotherClient(t *testing.T) {
	for codec, theirs := range map[Codec]kgo.CompressionCodec{None: kgo.NoCompression(), Gzip: kgo.GzipCompression(),
		Snappy: kgo.SnappyCompression(), LZ4: kgo.Lz4Compression(), Zstd: kgo.ZstdCompression()} {
		t.Run(codec.String(), func(t *testing.T) {
			client, ctx := peer(t, kgo.ProducerBatchCompression(theirs), kgo.DefaultProduceTopic("t"))
			var records []*kgo.Record
			for _, r := range peerRecords() {
				k := &kgo.Record{Key: r.Key, Value: r.Value, Timestamp: noon.Add(time.Duration(r.Offset) * time.Millisecond)}
				for _, h := range r.Headers {
					k.Headers = append(k.Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
				}
				records = append(records, k)
			}
			must(t, client.ProduceSync(ctx, records...).FirstErr())

			req := kmsg.NewPtrFetchRequest()
			req.MaxWaitMillis, req.MinBytes, req.MaxBytes = 100, 1, 1<<20
			part := kmsg.NewFetchRequestTopicPartition()
			part.PartitionMaxBytes = 1 << 20
			req.Topics = []kmsg.FetchRequestTopic{{Topic: "t", Partitions: []kmsg.FetchRequestTopicPartition{part}}}
			res, err := client.Request(ctx, req)
			must(t, err)
			batches := res.(*kmsg.FetchResponse).Topics[0].Partitions[0].RecordBatches
			if first, _, err := Next(batches); err != nil || first.Codec != codec {
				t.Fatalf("%+v, %v", first, err)
			}
			want := peerRecords()
			for i := range want {
				want[i].Time = noon.Add(time.Duration(i) * time.Millisecond)
			}
			got, err := read(batches, 1<<20)
			must(t, err)
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}
