package observe

import (
	"fmt"
	"log/slog"
	"time"
)

// Kind is a declared reason why a feed does not do what it should. Its number is no interface; its name is.
type Kind uint8

// The kinds of conditions.
const (
	BrokerAway       Kind = iota // no answer, or one that means "later"
	NotAuthorized                // a right is missing
	RequestRefused               // an answer that means neither "later" nor that a right is missing
	FeedFailed                   // an error of the feed itself
	TopicMissing                 // a topic of the settings does not exist
	OutputPartitions             // an output has fewer partitions than the input
	GroupJoining                 // no assignment yet
	Settling                     // an earlier transaction is still open
	DataLost                     // records are gone that were never read
	CorruptBatch                 // a record batch has a wrong checksum
	InputTooLarge                // a record batch passes the limit once it is decompressed
	OutputTooLarge               // the topic refuses a message that cannot be made smaller
	ChunkFailed                  // not even the refusal of a chunk can be written
	InstanceTaken                // another process has this one's name
	ReloadRefused                // a changed contract is wrong
	TracesAway                   // spans are not taken
	kinds
)

// declaration says what a kind of condition means.
type declaration struct {
	name   string
	text   string // what is going on
	advice string // what to do
	blocks bool   // makes the process not ready
	once   bool   // other words for it are no news: lanes and stages meet the same trouble at different requests
	level  slog.Level
}

// A condition blocks when it keeps the whole feed from working. One that stops a partition does not: the other partitions
// go on, and a roll-out that waits for readiness would not mend it.
var declarations = [kinds]declaration{
	BrokerAway: {"BROKER_AWAY", "Kafka does not answer as it should; the feed waits and tries again.",
		"Check kafka.brokers, the network and the brokers.", true, true, slog.LevelWarn},
	NotAuthorized: {"NOT_AUTHORIZED", "Kafka does not allow what the feed asks for; the feed waits and tries again.",
		"Give the process's user the right that is named.", true, false, slog.LevelError},
	RequestRefused: {"REQUEST_REFUSED", "Kafka refuses what the feed asks for; the feed waits and tries again.",
		"Check the settings of the brokers and of the topic that is named.", true, false, slog.LevelError},
	FeedFailed: {"FEED_FAILED", "The feed meets an error of its own; it waits and tries again.",
		"Check the contract in force; if it is right, report the error.", true, false, slog.LevelError},
	TopicMissing: {"TOPIC_MISSING", "A topic does not exist; the feed waits for it.",
		"Create it, or correct its name in the settings.", true, false, slog.LevelError},
	OutputPartitions: {"OUTPUT_PARTITIONS", "An output topic has fewer partitions than the input.",
		"Add partitions to the output, or set scored.partition to key.", true, false, slog.LevelError},
	GroupJoining: {"GROUP_JOINING", "The process is not yet a member of its consumer group.",
		"Wait; if it lasts, look for a member that does not answer the group.", true, true, slog.LevelInfo},
	Settling: {"SETTLING", "An earlier transaction is still open; its partitions wait for its end.",
		"Wait: it ends after kafka.transaction_timeout at the latest.", false, true, slog.LevelInfo},
	DataLost: {"DATA_LOST", "Records were deleted before they were read; the partition has stopped.",
		"Accept the loss with assay run --accept-data-lost, or bring the records back.", false, false, slog.LevelError},
	CorruptBatch: {"CORRUPT_BATCH", "A record batch fails its checksum each time it is read; the partition has stopped.",
		"Check the broker's disk and replicas.", false, false, slog.LevelError},
	InputTooLarge: {"INPUT_TOO_LARGE", "A record batch is larger than the limit once it is decompressed; the partition has stopped.",
		"Raise limits.decompressed_bytes, then restart.", false, false, slog.LevelError},
	OutputTooLarge: {"OUTPUT_TOO_LARGE", "An output topic refuses a message that cannot be split; the partition has stopped.",
		"Raise the topic's max.message.bytes.", false, false, slog.LevelError},
	ChunkFailed: {"CHUNK_FAILED", "A chunk can be neither processed nor refused; the partition has stopped before it.",
		"Report the error; a restart tries the chunk again.", false, false, slog.LevelError},
	InstanceTaken: {"INSTANCE_TAKEN", "Another running process has the same instance name; this one ends.",
		"Give each process its own instance.", true, true, slog.LevelError},
	// The old contract does its work, so nothing blocks. Whoever refuses logs each refusal, with more than a condition has.
	ReloadRefused: {"RELOAD_REFUSED", "A changed contract is refused; the one before it stays in force.",
		"Correct what is named; the contract is read again as soon as one of its files has changed.", false, true, slog.LevelDebug},
	TracesAway: {"TRACES_AWAY", "The collector of traces does not take them; the feeds go on, and spans are dropped in the end.",
		"Check trace.endpoint and the collector.", false, true, slog.LevelWarn},
}

// String gives the kind's name: BROKER_AWAY.
func (k Kind) String() string {
	if k < kinds {
		return declarations[k].name
	}
	return fmt.Sprintf("Kind(%d)", k)
}

// Kinds gives all kinds of conditions.
func Kinds() []Kind {
	all := make([]Kind, kinds)
	for i := range all {
		all[i] = Kind(i)
	}
	return all
}

// Text says in a sentence what a condition of this kind means.
func (k Kind) Text() string { return declarations[k].text }

// Advice says in a sentence what to do about it.
func (k Kind) Advice() string { return declarations[k].advice }

// Blocks reports whether a condition of this kind makes the process not ready.
func (k Kind) Blocks() bool { return declarations[k].blocks }

// Condition is one thing that is wrong now. Without Topic it is the whole feed's, without Feed the whole process's.
type Condition struct {
	Kind      Kind
	Feed      string
	Topic     string
	Partition int32     // of Topic, negative for all of it; of no meaning without Topic
	Text      string    // what exactly; the kind's own text when empty
	Since     time.Time // set by Health
}

// onPartition reports whether the condition is that of one partition.
func (c *Condition) onPartition() bool { return c.Topic != "" && c.Partition >= 0 }

// title gives the name and the place: "DATA_LOST census-profile census.in/3".
func (c *Condition) title() string {
	s := c.Kind.String()
	if c.Feed != "" {
		s += " " + c.Feed
	}
	if c.Topic != "" {
		s += " " + c.Topic
	}
	if c.onPartition() {
		s += fmt.Sprintf("/%d", c.Partition)
	}
	return s
}
