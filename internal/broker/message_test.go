package broker

import (
	"encoding/binary"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// answers decodes bytes as the answer to each request that has more than a code in it.
var answers = []func(b []byte) error{
	func(b []byte) error {
		f := &Fetch{Parts: []FetchPart{{TopicPartition: TopicPartition{"t", 0}}, {TopicPartition: TopicPartition{"t", 1}}}}
		r := reader{b: b}
		_, err := readFetch(&r, f)
		return err
	},
	func(b []byte) error {
		r := reader{b: b, flexible: true}
		readMetadata(&r, apiMetadata)
		return r.end()
	},
	func(b []byte) error {
		r := reader{b: b}
		readMetadata(&r, apiOldMetadata)
		return r.end()
	},
	func(b []byte) error {
		r := reader{b: b}
		readListOffsets(&r, map[TopicPartition]int64{}, map[TopicPartition]error{})
		return r.end()
	},
	func(b []byte) error {
		p := produceRequest{batches: []*ProduceBatch{{TopicPartition: TopicPartition{"t", 0}}}, errs: make([]error, 1)}
		r := reader{b: b}
		return p.read(&r)
	},
	func(b []byte) error {
		r := reader{b: b}
		readConfigs(&r)
		return r.end()
	},
	func(b []byte) error {
		r := reader{b: b, flexible: true}
		r.tags()
		return r.end()
	},
	func(b []byte) error {
		r := reader{b: b}
		readGroup(&r)
		return r.end()
	},
}

// seeds are answers as another implementation writes them, in the order of answers.
func seeds() [][]byte {
	fetch := kmsg.NewPtrFetchResponse()
	part := kmsg.NewFetchResponseTopicPartition()
	part.AbortedTransactions = []kmsg.FetchResponseTopicPartitionAbortedTransaction{{ProducerID: 3, FirstOffset: 4}}
	part.RecordBatches = []byte("records")
	fetch.Topics = []kmsg.FetchResponseTopic{{Topic: "t", Partitions: []kmsg.FetchResponseTopicPartition{part}}}
	fetch.Version = 11
	name := "t"
	metadata := kmsg.NewPtrMetadataResponse()
	mp := kmsg.NewMetadataResponseTopicPartition()
	mp.Leader, mp.Replicas = 1, []int32{1, 2}
	metadata.Brokers = []kmsg.MetadataResponseBroker{{NodeID: 1, Host: "h", Port: 1}}
	metadata.Topics = []kmsg.MetadataResponseTopic{{Topic: &name, Partitions: []kmsg.MetadataResponseTopicPartition{mp}}}
	metadata.Version = 12
	old := *metadata
	old.Version = 8
	list := kmsg.NewPtrListOffsetsResponse()
	list.Topics = []kmsg.ListOffsetsResponseTopic{{Topic: "t", Partitions: []kmsg.ListOffsetsResponseTopicPartition{kmsg.NewListOffsetsResponseTopicPartition()}}}
	list.Version = 5
	produce := kmsg.NewPtrProduceResponse()
	produce.Topics = []kmsg.ProduceResponseTopic{{Topic: "t", Partitions: []kmsg.ProduceResponseTopicPartition{kmsg.NewProduceResponseTopicPartition()}}}
	produce.Version = 8
	configs := binary.BigEndian.AppendUint32(nil, 1)
	configs = append(configs, 0, 1, 'k', 0, 1, 'v', 0, 5, 0, 0, 0, 0, 0)
	return [][]byte{fetch.AppendTo(nil), metadata.AppendTo(nil), old.AppendTo(nil), list.AppendTo(nil), produce.AppendTo(nil), configs, {1, 7, 2, 'x', 'y'}, describedGroup()}
}

// TestAnswersOfAnother decodes the seeds whole, and finds every cut of them.
func TestAnswersOfAnother(t *testing.T) {
	for i, b := range seeds() {
		if err := answers[i](b); err != nil {
			t.Errorf("answer %d: %v", i, err)
		}
		// Produce ends with a throttle time, which is not read.
		for n := range len(b) - 4 {
			if answers[i](b[:n:n]) == nil {
				t.Errorf("answer %d cut at %d of %d: nobody noticed", i, n, len(b))
				break
			}
		}
	}
}

// FuzzAnswers decodes arbitrary bytes as every answer: an error or none, but no panic and no end of memory.
func FuzzAnswers(f *testing.F) {
	for i, b := range seeds() {
		f.Add(uint8(i), b)
	}
	f.Fuzz(func(_ *testing.T, which uint8, b []byte) { _ = answers[int(which)%len(answers)](b) })
}
