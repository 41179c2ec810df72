// Package broker is the Kafka boundary: metadata, fetch, group membership, transactions, offsets and topics. It is the only
// package that imports kafka-go, which it uses as a transport (connections, routing) and as a member of classic groups; its
// Reader, Writer and committed offsets are never used (design rules 1 and 2 in internal/README.md say why).
//
// Every call but Fetch retries in place what is worth retrying in place (the table in retry.go) until its context ends; any
// other refusal is returned as *Error. A request without an answer is sent again a few times when it is idempotent, and then,
// or else at once, returned as *TransportError. Either means, inside a transaction: roll back, InitProducer, StableOffsets, go
// on from there. No call uses the caller's memory after it has returned.
package broker

import (
	"context"
	"time"

	"github.com/assay-dev/assay/internal/wire"
)

// Broker is everything that a lane asks of Kafka. Client is the product's; tests wrap it.
type Broker interface {
	// Metadata describes topics; a topic that does not exist has Err set and no partitions.
	Metadata(ctx context.Context, topics ...string) (*Metadata, error)
	// Fetch sends f to the broker f.Node and fills f.Parts. The response is read into f's buffer, which is used again by
	// the next Fetch with f. Isolation is always read committed; aborted records are still in the answer and must be
	// filtered (wire.Filter).
	Fetch(ctx context.Context, f *Fetch) error
	// StableOffsets gives the group's committed offsets, waiting while one belongs to an open transaction.
	StableOffsets(ctx context.Context, group string, tps []TopicPartition) (map[TopicPartition]Committed, error)
	// ListOffsets gives the first offset at or after a time in milliseconds since 1970, or Earliest or Latest (the last
	// stable offset, which is also the answer where no record is so late).
	ListOffsets(ctx context.Context, at int64, tps []TopicPartition) (map[TopicPartition]int64, error)
	// InitProducer starts a producer under the transactional id with producer id and epoch -1: whatever was open under
	// that id is settled first. The sequences start at 0.
	InitProducer(ctx context.Context, id string, timeout time.Duration) (*Producer, error)
	// AddPartitions adds partitions to the producer's transaction.
	AddPartitions(ctx context.Context, p *Producer, tps []TopicPartition) error
	// Produce writes one record batch to each of several partitions, in one request for each leader, and gives p the
	// next sequences. It may be sent again in place with the same sequences.
	Produce(ctx context.Context, p *Producer, batches []ProduceBatch) error
	// CommitOffsets adds the group's offsets to the transaction (AddOffsetsToTxn, TxnOffsetCommit).
	CommitOffsets(ctx context.Context, p *Producer, group string, t Token, offsets []Offset) error
	// EndTxn commits or aborts. It must not be called while a Produce of p is unanswered, nor for an empty transaction.
	EndTxn(ctx context.Context, p *Producer, commit bool) error
}

// TopicPartition names a partition.
type TopicPartition struct {
	Topic     string
	Partition int32
}

// Metadata is what brokers say of a cluster.
type Metadata struct {
	ClusterID string
	Topics    map[string]Topic
}

// Topic is one topic's metadata.
type Topic struct {
	ID      [16]byte // all zero where the broker has none
	Leaders []int32  // node of each partition's leader, -1 when there is none
	Err     error    // an *Error, or nil
}

// Leader gives the node that leads a partition of a topic that was asked for. The error is an *Error: the topic's own, or that
// the partition does not exist or has no leader.
func (m *Metadata) Leader(tp TopicPartition) (int32, error) {
	t := m.Topics[tp.Topic]
	switch {
	case t.Err != nil:
		return -1, t.Err
	case int(tp.Partition) >= len(t.Leaders) || tp.Partition < 0:
		return -1, &Error{API: apiMetadata.name, Code: codeUnknownTopic, Topic: tp.Topic, Partition: tp.Partition}
	case t.Leaders[tp.Partition] < 0:
		return -1, &Error{API: apiMetadata.name, Code: codeLeaderNotAvailable, Topic: tp.Topic, Partition: tp.Partition}
	}
	return t.Leaders[tp.Partition], nil
}

// Earliest and Latest are times for ListOffsets.
const (
	Earliest int64 = -2
	Latest   int64 = -1
)

// Fetch is one fetch request to one broker, with its answer.
type Fetch struct {
	Node     int32
	MaxWait  time.Duration // how long the broker may wait for MinBytes
	MinBytes int32
	MaxBytes int32 // of the whole answer; the first batch is sent whole even when it is larger
	Parts    []FetchPart

	buf     []byte // the answer; Records of Parts point into it
	request []byte
}

// Recycle says that nothing of the answer is in use any more. With poison its bytes are overwritten with 0xDB, so that a
// test sees a view that has outlived them.
func (f *Fetch) Recycle(poison bool) {
	if !poison {
		return
	}
	for i := range f.buf {
		f.buf[i] = 0xdb
	}
}

// FetchPart is one partition of a fetch request and of its answer. A partition that the answer leaves out has no records.
type FetchPart struct {
	TopicPartition
	Offset   int64
	MaxBytes int32

	Err           error // an *Error: OffsetOutOfRange, not leader, …
	HighWatermark int64
	LastStable    int64
	LogStart      int64
	Aborted       []wire.Aborted // in the broker's order, which is that of the markers
	Records       []byte         // record batches, the last one possibly cut
}

// Committed is a group's committed offset; Offset is -1 when there is none.
type Committed struct {
	Offset   int64
	Metadata string
}

// Offset is an offset to commit.
type Offset struct {
	TopicPartition
	Offset   int64
	Metadata string
}

// Producer is a transactional producer as the broker knows it. It belongs to one goroutine at a time.
type Producer struct {
	TxnID string
	ID    int64
	Epoch int16
	// Doubtful says that an InitProducer for it had no answer and was sent again: should the first still get through, it
	// fences this producer.
	Doubtful bool
	// Sequences are the next base sequences; Produce moves them.
	Sequences map[TopicPartition]int32
}

// ProduceBatch is one record batch for one partition.
type ProduceBatch struct {
	TopicPartition
	Batch []byte // finished by wire.Encoder with the producer's id, epoch and sequence
	Count int32
}

// Token proves membership: a commit of offsets is refused when it is out of date. It is read from the generation when
// the commit is sent, never earlier (design rule 5).
type Token struct {
	MemberID   string
	Generation int32
}

// Member takes part in a consumer group.
type Member interface {
	// Next waits for the next generation. The previous one must have been released.
	Next(ctx context.Context) (Generation, error)
	// Close leaves the group. It is safe to call more than once.
	Close() error
}

// Generation is one assignment of partitions to this member.
type Generation interface {
	Assigned() []TopicPartition
	Token() Token
	// Done is closed when the generation ends: a rebalance, fencing or Close. The member does not rejoin before Release.
	Done() <-chan struct{}
	// Release says that every lane has settled.
	Release()
}
