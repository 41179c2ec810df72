// Package config holds the settings of a process: where Kafka is, which feeds run, how they commit and what may be used up.
// One specification of fields (spec.go) gives the file parser, the environment, the printed settings and the reference, so
// that they cannot disagree. A setting comes from its default, from the file, or from the environment, the later one
// winning, and Origins remembers which.
//
// Settings are only about the process. What a feed does with its rows stands in its contract (package feed), which this
// package never reads.
package config

import "time"

// Settings are the settings of one process, complete and checked.
type Settings struct {
	Kafka    Kafka
	Group    string // the consumer group of a feed is <group>.<feed>
	Instance string // stable name of this process, never empty
	Start    Start  // where to begin when the group has no offset
	Lanes    int    // 0 means one for each CPU
	Commit   Commit
	Feeds    []Feed // at least one
	Limits   Limits
	Replay   Replay
	Log      Log
	Trace    Trace
	Admin    Admin
}

// Kafka is how to reach the brokers and how long they wait for this process.
type Kafka struct {
	Brokers            []string // host:port, at least one
	SessionTimeout     time.Duration
	TransactionTimeout time.Duration
	Transactions       string // classic
	GroupProtocol      string // auto or classic
}

// Commit says when a transaction ends: whichever comes first.
type Commit struct {
	Every time.Duration // after its first chunk
	Idle  time.Duration // without input
	Bytes Size          // of output
}

// Feed is one feed that the process runs, with its topics. An output whose topic is empty is not published.
type Feed struct {
	Feed    string // a pack's name, or the path of a contract
	Input   Input
	Scored  Scored
	Quality Output
	Errors  Output
	Dead    Output
	Results Output
}

// Input is where chunks come from.
type Input struct {
	Topics []string // at least one
}

// Scored is how scored rows leave.
type Scored struct {
	Topic          string
	Format         string // json, csv or arrow
	Columns        string // all or scores
	Partition      string // source or key
	Compression    string // none, gzip, snappy, lz4 or zstd
	Headers        string // none, source or all
	Timestamps     string // send or input
	HeadersAllowed []string
}

// Output is any other topic that a feed writes.
type Output struct {
	Topic string
}

// Limits bound the memory of the process and what one chunk may be.
type Limits struct {
	BytesInFlight     Size // fetch buffers and unsent output of all lanes
	ChunkBytes        Size // one Kafka value
	DecompressedBytes Size // one chunk once it is decompressed
	FieldBytes        Size // one cell
	Columns           int
	Findings          int // error events of one chunk, before they are summed up
}

// Replay bounds how often a dead letter may come back.
type Replay struct {
	MaxAttempts int
}

// Log is what is logged and in which shape.
type Log struct {
	Level  string // debug, info, warn or error
	Format string // auto, text, json or logfmt
	Limit  int    // the most lines a minute with the same message; 0 writes them all
}

// Trace is where traces go.
type Trace struct {
	Endpoint string // URL of an OTLP/HTTP receiver; empty sends none
	Timeout  time.Duration
	Queue    int // spans that wait at most
}

// Admin is the HTTP server of the process.
type Admin struct {
	Listen string // host:port
	Token  string // asked for by what shows more than probes and metrics; empty asks for none
	Trial  Trial
}

// Trial bounds what the page's panel for trials takes.
type Trial struct {
	Bytes Size
	Time  time.Duration
}
