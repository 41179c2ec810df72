package config

import "time"

// field is one setting, or a group of settings, as its writer sees it. Everything that this package knows about a setting
// stands here once; a field of a specification is bound to the Settings value that it was made for.
type field struct {
	name string
	doc  string // one line, for the reference

	// to points at the value: a *string, *[]string, *int, *time.Duration, *Size or *Start. It is nil for a group.
	to      any
	def     string              // default, as a text
	auto    string              // what the default is made from, where it is no fixed text
	example string              // a right value, for messages
	values  []string            // the only right texts; nil means any
	later   []string            // texts of the settings' format that this version refuses
	item    func(string) string // what is wrong with a text, or with an item of a list
	rule    func(to any) string // what is wrong with the value
	secret  bool                // given as the path of a file (<name>_file), or by environment; never printed

	notYet bool // a part of the format that this version refuses: a group altogether, a value where it is not the default

	fields []field   // of a group
	feeds  [][]field // of the list of feeds, one specification an entry
}

// spec gives the specification of all settings, bound to s and its feeds.
func spec(s *Settings) []field {
	feeds := make([][]field, len(s.Feeds))
	for i := range s.Feeds {
		feeds[i] = feedSpec(&s.Feeds[i])
	}
	return []field{
		{name: "kafka", doc: "How to reach the brokers.", fields: kafkaSpec(&s.Kafka)},
		{name: "group", to: &s.Group, def: "assay", item: name,
			doc: "Prefix of the consumer groups: the group of a feed is `<group>.<feed>`."},
		{name: "instance", to: &s.Instance, auto: "host name", example: "assay-0",
			doc: "Stable name of this process; no two live processes may share one."},
		{name: "start", to: &s.Start, def: "earliest", example: "2026-01-31T00:00:00Z",
			doc: "Where to begin when the group has no offset: `earliest`, `latest` or an RFC 3339 time."},
		{name: "lanes", to: &s.Lanes, def: "0", example: "4", rule: between(0, 1024),
			doc: "How many partitions are worked on at the same time; 0 means one lane for each CPU."},
		{name: "commit", doc: "When a transaction ends: whichever comes first.", fields: []field{
			{name: "every", to: &s.Commit.Every, def: "200ms", rule: positive,
				doc: "So long after its first chunk."},
			{name: "idle", to: &s.Commit.Idle, def: "10ms", rule: positive,
				doc: "After so long without input."},
			{name: "bytes", to: &s.Commit.Bytes, def: "16MiB", rule: sizeTo(GiB),
				doc: "At so many bytes of output."},
		}},
		{name: "feeds", doc: "The feeds that this process runs.", feeds: feeds},
		{name: "limits", doc: "What the process may use up, and what one chunk may be.", fields: limitsSpec(&s.Limits)},
		{name: "replay", doc: "Dead letters that come back.", fields: []field{
			{name: "max_attempts", to: &s.Replay.MaxAttempts, def: "3", notYet: true,
				doc: "How often a row may be tried before it stays a dead letter."},
		}},
		{name: "log", doc: "What is logged.", fields: []field{
			{name: "level", to: &s.Log.Level, def: "info", values: []string{"debug", "info", "warn", "error"},
				doc: "The least important level that is logged."},
			{name: "format", to: &s.Log.Format, def: "auto", values: []string{"auto", "text", "json", "logfmt"},
				doc: "`auto` is `text` on a terminal and `json` elsewhere."},
			{name: "limit", to: &s.Log.Limit, def: "60", rule: between(0, 1<<20),
				doc: "The most lines a minute with the same message; the next one tells how many were left out. 0 writes them all."},
		}},
		{name: "trace", doc: "Traces.", fields: []field{
			{name: "endpoint", to: &s.Trace.Endpoint, example: "http://localhost:4318", item: webURL,
				doc: "URL of an OTLP/HTTP receiver for a span of each chunk; without a path it is that of `/v1/traces`. Empty sends none."},
			{name: "timeout", to: &s.Trace.Timeout, def: "5s", rule: durationTo(time.Minute),
				doc: "How long the receiver may take to answer."},
			{name: "queue", to: &s.Trace.Queue, def: "8192", rule: between(1, 1<<20),
				doc: "How many spans wait while the receiver is away; more are dropped, and the feeds go on."},
		}},
		{name: "admin", doc: "The HTTP server for probes, metrics and status.", fields: []field{
			{name: "listen", to: &s.Admin.Listen, def: "127.0.0.1:9600", item: hostPort,
				doc: "Address to listen on; port 0 picks a free one."},
			{name: "token", to: &s.Admin.Token, secret: true,
				doc: "Token that the page and `/status` ask for; without it they are shown on a loopback address only. Probes and `/metrics` stay open."},
			{name: "trial", doc: "The page's panel that scores a file without publishing anything.", fields: []field{
				{name: "bytes", to: &s.Admin.Trial.Bytes, def: "1MiB", rule: sizeTo(64 * MiB),
					doc: "The largest file that it takes."},
				{name: "time", to: &s.Admin.Trial.Time, def: "5s", rule: durationTo(time.Minute),
					doc: "How long it may take; at most 1m."},
			}},
		}},
	}
}

func kafkaSpec(k *Kafka) []field {
	return []field{
		{name: "brokers", to: &k.Brokers, def: "localhost:9092", item: hostPort,
			doc: "Brokers to ask first; the others are learned from them."},
		{name: "session_timeout", to: &k.SessionTimeout, def: "10s", rule: positive,
			doc: "After so long without a heartbeat the group gives this process's partitions to others."},
		{name: "transaction_timeout", to: &k.TransactionTimeout, def: "15s", rule: durationTo(15 * time.Minute),
			doc: "After so long the brokers abort a transaction that nobody has ended; at most 15m."},
		{name: "transactions", to: &k.Transactions, def: "classic", values: []string{"classic"}, later: []string{"v2"},
			doc: "Which transaction requests are sent."},
		{name: "group_protocol", to: &k.GroupProtocol, def: "auto", values: []string{"auto", "classic"}, later: []string{"consumer"},
			doc: "Which group protocol is spoken; `auto` is `classic`."},
		{name: "tls", notYet: true, doc: "Certificates."},
		{name: "sasl", notYet: true, doc: "Credentials."},
	}
}

func feedSpec(f *Feed) []field {
	output := func(name string, to *Output, doc string) field {
		return field{name: name, doc: doc, fields: []field{
			{name: "topic", to: &to.Topic, auto: "the pack's, else none", example: "orders." + name, item: topic,
				doc: "Topic to write to; empty publishes none."},
		}}
	}
	s := &f.Scored
	return []field{
		{name: "feed", to: &f.Feed, example: "census-profile",
			doc: "A pack's name, or the path of a contract."},
		{name: "input", doc: "Where chunks come from.", fields: []field{
			{name: "topics", to: &f.Input.Topics, auto: "the pack's", example: "orders.in", item: topic,
				doc: "Topics to read."},
		}},
		{name: "scored", doc: "Scored rows.", fields: []field{
			{name: "topic", to: &s.Topic, auto: "the pack's", example: "orders.scored", item: topic,
				doc: "Topic to write to."},
			{name: "format", to: &s.Format, def: "json", values: []string{"json", "csv", "arrow"},
				doc: "`json` writes one message a row, `csv` and `arrow` one or more a chunk."},
			{name: "columns", to: &s.Columns, def: "all", values: []string{"all", "scores"},
				doc: "`scores` writes the key column and the score columns only."},
			{name: "partition", to: &s.Partition, def: "source", values: []string{"source", "key"},
				doc: "`source` writes to the partition with the input's number, `key` to the one of the message key's hash."},
			{name: "compression", to: &s.Compression, def: "lz4", values: []string{"none", "gzip", "snappy", "lz4", "zstd"},
				doc: "Codec of the record batches."},
			{name: "headers", to: &s.Headers, def: "source", values: []string{"none", "source", "all"},
				doc: "Which headers a scored row has; `source` is `assay-source` alone."},
			{name: "timestamps", to: &s.Timestamps, def: "send", values: []string{"send"}, later: []string{"input"},
				doc: "Record timestamps: `send` is the time of sending."},
			{name: "headers_allowed", to: &s.HeadersAllowed, def: "traceparent", example: "traceparent", item: name,
				doc: "Headers of the chunk that travel on."},
		}},
		output("quality", &f.Quality, "Data-quality events."),
		output("errors", &f.Errors, "Error events."),
		{name: "dead", doc: "Rows and chunks that were refused.", fields: []field{
			{name: "topic", to: &f.Dead.Topic, auto: "the pack's", example: "orders.dead", item: topic,
				doc: "Topic to write to."},
		}},
		output("results", &f.Results, "One result a chunk."),
		{name: "error_budget", notYet: true, doc: "When too many bad rows stop the feed."},
	}
}

func limitsSpec(l *Limits) []field {
	return []field{
		{name: "bytes_in_flight", to: &l.BytesInFlight, def: "64MiB", rule: positive,
			doc: "Fetch buffers and unsent output of all lanes."},
		{name: "chunk_bytes", to: &l.ChunkBytes, def: "16MiB", rule: sizeTo(GiB),
			doc: "One Kafka value."},
		{name: "decompressed_bytes", to: &l.DecompressedBytes, def: "256MiB", rule: positive,
			doc: "One chunk once it is decompressed."},
		{name: "field_bytes", to: &l.FieldBytes, def: "1MiB", rule: sizeTo(GiB),
			doc: "One cell."},
		{name: "columns", to: &l.Columns, def: "4096", rule: between(1, 1<<15),
			doc: "Columns of one chunk."},
		{name: "findings", to: &l.Findings, def: "100", rule: between(1, 1<<20),
			doc: "Error events of one chunk; one more sums up the rest."},
	}
}
