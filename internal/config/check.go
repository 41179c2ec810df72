package config

import "slices"

// check looks at settings that are right alone and wrong together.
func (l *loader) check() {
	s := &l.settings
	if len(s.Kafka.Brokers) == 0 {
		l.fail(l.near("kafka.brokers"), "kafka.brokers: at least one broker is needed")
	}
	if s.Commit.Every >= s.Kafka.TransactionTimeout {
		l.fail(l.near("commit.every", "kafka.transaction_timeout"),
			"commit.every: %q must be less than kafka.transaction_timeout %q, or the brokers abort every transaction",
			durationText(s.Commit.Every), durationText(s.Kafka.TransactionTimeout))
	}
	if s.Limits.ChunkBytes > s.Limits.BytesInFlight {
		l.fail(l.near("limits.chunk_bytes", "limits.bytes_in_flight"),
			"limits.chunk_bytes: %q is more than limits.bytes_in_flight %q, the largest chunk could never be fetched",
			s.Limits.ChunkBytes, s.Limits.BytesInFlight)
	}
	if s.Limits.ChunkBytes > s.Limits.DecompressedBytes {
		l.fail(l.near("limits.chunk_bytes", "limits.decompressed_bytes"),
			"limits.chunk_bytes: %q is more than limits.decompressed_bytes %q",
			s.Limits.ChunkBytes, s.Limits.DecompressedBytes)
	}
	l.checkNames()
	l.checkOutputs()
	l.checkLoops()
}

// checkNames refuses a feed that is listed twice, which would be two members of one group in one process, and an input
// topic that is listed twice in a feed.
func (l *loader) checkNames() {
	first := map[string]string{}
	for i := range l.settings.Feeds {
		f, path := &l.settings.Feeds[i], index("feeds", i)
		if other, ok := first[f.Feed]; ok {
			l.fail(l.near(path+".feed", path), "%s.feed: %q runs as %s already", path, f.Feed, other)
		} else {
			first[f.Feed] = path
		}
		for k, t := range f.Input.Topics {
			if slices.Contains(f.Input.Topics[:k], t) {
				l.fail(l.near(path+".input.topics", path), "%s.input.topics: %q stands there twice", path, t)
			}
		}
	}
}

// checkOutputs refuses a topic that would hold two kinds of messages, or the scored rows of two feeds. Feeds may share a
// topic for anything else: events, letters and results name their feed.
func (l *loader) checkOutputs() {
	type use struct{ path, output string }
	first := map[string]use{}
	for i := range l.settings.Feeds {
		for _, o := range l.settings.Feeds[i].outputs() {
			path := index("feeds", i) + "." + o.name + ".topic"
			if *o.topic == "" {
				continue
			}
			other, taken := first[*o.topic]
			if !taken {
				first[*o.topic] = use{path, o.name}
				continue
			}
			if other.output != o.name || o.name == "scored" {
				l.fail(l.near(path, other.path), "%s: %q is %s already", path, *o.topic, other.path)
			}
		}
	}
}

// checkLoops refuses an output that comes back to its feed, directly or through other feeds: one chunk would run for ever.
func (l *loader) checkLoops() {
	feeds := l.settings.Feeds
	reaches := make([][]bool, len(feeds)) // reaches[i][j]: what feed i writes comes to feed j
	for i := range feeds {
		reaches[i] = make([]bool, len(feeds))
		for _, o := range feeds[i].outputs() {
			for j := range feeds {
				reaches[i][j] = reaches[i][j] || slices.Contains(feeds[j].Input.Topics, *o.topic)
			}
		}
	}
	for k := range feeds {
		for i := range feeds {
			for j := range feeds {
				reaches[i][j] = reaches[i][j] || reaches[i][k] && reaches[k][j]
			}
		}
	}
	for i := range feeds {
		for _, o := range feeds[i].outputs() {
			l.checkLoop(i, o, reaches)
		}
	}
}

// checkLoop says when output o of feed i is read by i itself, or by a feed whose outputs come to i.
func (l *loader) checkLoop(i int, o output, reaches [][]bool) {
	path := index("feeds", i) + "." + o.name + ".topic"
	for j := range l.settings.Feeds {
		if !slices.Contains(l.settings.Feeds[j].Input.Topics, *o.topic) {
			continue
		}
		in := index("feeds", j) + ".input.topics"
		switch {
		case i == j:
			l.fail(l.near(path, in), "%s: %q is also an input of this feed, which would read its own output", path, *o.topic)
		case reaches[j][i]:
			l.fail(l.near(path, in), "%s: %q is read by feeds[%d], whose output comes back to this feed", path, *o.topic, j)
		}
	}
}
