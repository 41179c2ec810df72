// Package lane runs feeds against Kafka exactly once. A running feed is one member of a consumer group; it works in lanes,
// each with a set of the assigned partitions and one transactional producer. A lane is three stages that overlap: fetch
// reads record batches, work runs chunks through the program into Effects, send produces the Effects and ends
// transactions. While send ends transaction N, work fills N+1.
//
// After any error of a transaction that the broker package does not retry in place there is one way back: drop everything in
// memory, InitProducer (which settles whatever was open), read the stable offsets, go on from there. Fetching has its own way:
// what fails there has not been promised to anybody, so that the partition waits alone while the others go on.
package lane

import (
	"log/slog"
	"time"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/observe"
	"github.com/assay-dev/assay/internal/wire"
)

// Config is what a feed's lanes need.
type Config struct {
	Group    string // of the feed: <group>.<feed>
	Instance string // stable name of this process
	Inputs   []string
	Outputs  [flow.Outputs]string // topics

	// Program gives the program in force. A lane asks before each transaction, so that a changed contract takes effect between
	// two; a feed's name never changes.
	Program func() *engine.Program
	Broker  broker.Broker
	// Join gives a member of the group; it is called again when the last one is of no more use.
	Join func() (broker.Member, error)

	Lanes  int // at most so many
	Codec  wire.Codec
	Commit Commit
	// BytesInFlight bounds fetch buffers and unsent output of all lanes together.
	BytesInFlight      int
	DecompressedBytes  int // longest decompressed record batch
	TransactionTimeout time.Duration
	// SettleTimeout is how long a lane may take to end its open transaction when it loses its partitions.
	SettleTimeout time.Duration
	// Start is where a partition begins that has no committed offset: a time in Unix milliseconds, broker.Earliest or
	// broker.Latest.
	Start int64
	// AcceptDataLost lists partitions whose lost records the operator has accepted.
	AcceptDataLost []broker.TopicPartition
	// MaxMessage is each output topic's max.message.bytes.
	MaxMessage [flow.Outputs]int

	Feed *observe.Feed
	Log  *slog.Logger
	// Poison fills a fetch buffer with 0xDB before it is used again, so that a test sees a view that has outlived it.
	Poison bool
}

// Commit says when a transaction ends.
type Commit struct {
	Every time.Duration // so long after its first chunk
	Idle  time.Duration // after so long without input
	Bytes int           // at so much output
}

// fetchBytes is the size of one fetch: the byte budget shared between lanes, leaders and the two buffers of each, and no
// more than 8 MiB, beyond which a client only waits for its own fetches (trials: 32 MiB halved the rate).
func (c *Config) fetchBytes(leaders int) int32 {
	n := c.BytesInFlight / 2 / (max(c.Lanes, 1) * max(leaders, 1) * fetchBuffers)
	return int32(min(max(n, 64<<10), 8<<20))
}

// sendBytes is how much output a lane gathers before it hands it to send: the other half of the byte budget shared between
// lanes and their Effects.
func (c *Config) sendBytes() int {
	n := c.BytesInFlight / 2 / (max(c.Lanes, 1) * effectsPerLane)
	return min(max(n, 128<<10), 4<<20)
}

const (
	fetchBuffers   = 2 // per leader: one is filled while the other is worked on
	effectsPerLane = 3 // one is filled, one is sent, one waits
)

// batchSlack is what a record batch may need beside its records: its header, and what a codec adds to incompressible data.
const batchSlack = 4 << 10

// smallestBatch is the least that a lane takes for an output's batches, however small its topic's limit.
const smallestBatch = 1 << 10

// limits gives the most bytes of records in one batch of each output.
func (c *Config) limits() (l [flow.Outputs]int) {
	for i, n := range c.MaxMessage {
		if n == 0 {
			n = defaultMaxMessage
		}
		l[i] = max(n-batchSlack, smallestBatch)
	}
	return l
}

// defaultMaxMessage is Kafka's default of max.message.bytes.
const defaultMaxMessage = 1048588
