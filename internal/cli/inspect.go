package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/encode"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/wire"
)

type inspectCmd struct {
	settingsFlags
	Topic     string `required:"" placeholder:"TOPIC" help:"Topic to read."`
	From      string `placeholder:"WHERE" help:"Begin at start, end, a time, how long ago (2h), or an offset of the partition (default: start; with --follow: end)."`
	Last      *int   `placeholder:"N" help:"Begin N messages before the end."`
	Count     *int   `short:"n" placeholder:"N" help:"End after N messages (default: 10, or with --last all of them; with --follow: never)."`
	Partition *int32 `placeholder:"P" help:"Only this partition."`
	Follow    bool   `short:"f" help:"Go on with what comes, until Ctrl-C."`
	JSON      bool   `help:"Print each message as one JSON line."`
}

// message is a record of a topic that outlives the fetch.
type message struct {
	topic      string
	partition  int32
	offset     int64
	time       time.Time
	key, value []byte // nil is a null
	headers    []flow.Header
}

// defaultCount is how many messages are shown unless told otherwise.
const defaultCount = 10

func (c *inspectCmd) Run(ctx context.Context, s *streams) error {
	switch {
	case c.Count != nil && *c.Count < 0:
		return usageError("-n must be at least 0, not %d", *c.Count)
	case c.Last != nil && *c.Last < 0:
		return usageError("--last must be at least 0, not %d", *c.Last)
	case c.Last != nil && c.From != "":
		return usageError("--from and --last are two places to begin: give one of them")
	}
	settings, _, err := c.settingsFlags.load()
	if err != nil {
		return err
	}
	client, err := contact(settings.Kafka.Brokers, "inspect")
	if err != nil {
		return err
	}
	defer client.Close()
	log, err := openTopic(ctx, client, settings.Kafka.Brokers, c.Topic)
	if err != nil {
		return err
	}
	if err := c.choose(log); err != nil {
		return err
	}
	err = ask(ctx, settings.Kafka.Brokers, func(ctx context.Context) error { return c.begin(ctx, client, log) })
	if usage := (*exitError)(nil); errors.As(err, &usage) {
		return usage
	}
	if err != nil {
		return err
	}
	out := &messagePrinter{w: s.out, json: c.JSON, left: c.most()}
	if err := c.show(ctx, client, log.parts, out); err != nil {
		return err
	}
	switch {
	case c.Follow && out.left > 0:
		return c.follow(ctx, client, settings.Kafka.Brokers, log.parts, out)
	case !out.some && out.left > 0 && !c.JSON:
		fmt.Fprintf(s.err, "no messages in %s\n", c.Topic)
	}
	return nil
}

// most is how many messages are printed.
func (c *inspectCmd) most() int {
	switch {
	case c.Count != nil:
		return *c.Count
	case c.Follow:
		return math.MaxInt
	case c.Last != nil:
		return *c.Last
	}
	return defaultCount
}

// choose leaves the partitions that are read.
func (c *inspectCmd) choose(log *topicLog) error {
	if c.Partition == nil {
		return nil
	}
	i := slices.IndexFunc(log.parts, func(p extent) bool { return p.Partition == *c.Partition })
	if i < 0 {
		return usageError("--partition %d: %s has the partitions 0 to %d", *c.Partition, c.Topic, len(log.parts)-1)
	}
	log.parts = log.parts[i : i+1]
	return nil
}

// begin moves the first offset of each partition to where --from says.
func (c *inspectCmd) begin(ctx context.Context, client *broker.Client, log *topicLog) error {
	from := c.From
	if from == "" && c.Follow && c.Last == nil {
		from = "end"
	}
	if from == "" {
		return nil
	}
	if offset, err := strconv.ParseInt(from, 10, 64); err == nil {
		p := &log.parts[0]
		switch {
		case len(log.parts) > 1:
			return usageError("--from %s: an offset is of one partition: give --partition, too", from)
		case offset < p.first || offset > p.end:
			return usageError("--from %s: %s/%d holds the offsets from %d to before %d", from, c.Topic, p.Partition, p.first, p.end)
		}
		p.first = offset
		return nil
	}
	at, err := parseWhen(from, time.Now())
	if err != nil {
		return usageError("--from %s: %v; or an offset", from, err)
	}
	var tps []broker.TopicPartition
	for _, p := range log.parts {
		tps = append(tps, p.TopicPartition)
	}
	offsets, err := client.ListOffsets(ctx, at, tps)
	for i := range log.parts {
		p := &log.parts[i]
		p.first = min(offsets[p.TopicPartition], p.end) // what has come since is for follow
	}
	return err
}

// show prints what is there: by time, the first messages or the last ones. When it follows, all that is there since --from may be
// more than fits into memory, and stands partition by partition.
func (c *inspectCmd) show(ctx context.Context, client *broker.Client, parts []extent, out *messagePrinter) error {
	if c.Follow && c.Last == nil {
		for _, p := range parts {
			more, err := readPartition(ctx, client, p.TopicPartition, p.leader, p.first, p.end, func(_ int32, r *wire.Record) (bool, error) {
				m := keep(p, r)
				return out.more(), out.print(&m)
			})
			if err != nil || !more {
				return err
			}
		}
		return nil
	}
	var all []message
	for _, p := range parts {
		var found []message
		var err error
		if c.Last != nil {
			found, err = lastOf(ctx, client, p, *c.Last, keep)
		} else {
			found, err = firstMessages(ctx, client, p, out.left)
		}
		if err != nil {
			return err
		}
		all = append(all, found...)
	}
	slices.SortStableFunc(all, func(a, b message) int { return cmp.Or(a.time.Compare(b.time), cmp.Compare(a.partition, b.partition)) })
	if c.Last != nil {
		all = all[max(len(all)-*c.Last, 0):]
	}
	for i := range all[:min(out.left, len(all))] {
		if err := out.print(&all[i]); err != nil {
			return err
		}
	}
	return nil
}

// firstMessages gives the first n messages of a partition.
func firstMessages(ctx context.Context, client *broker.Client, p extent, n int) (all []message, err error) {
	if n == 0 {
		return nil, nil
	}
	_, err = readPartition(ctx, client, p.TopicPartition, p.leader, p.first, p.end, func(_ int32, r *wire.Record) (bool, error) {
		all = append(all, keep(p, r))
		return len(all) < n, nil
	})
	return all, err
}

// keep copies a record.
func keep(p extent, r *wire.Record) message {
	m := message{
		topic: p.Topic, partition: p.Partition, offset: r.Offset, time: r.Time,
		key: bytes.Clone(r.Key), value: bytes.Clone(r.Value), headers: r.Headers(nil),
	}
	for i := range m.headers {
		h := &m.headers[i]
		h.Key, h.Value = strings.Clone(h.Key), bytes.Clone(h.Value)
		if encode.Secret(h.Key) { // which leave assay in no message, but its input has them
			h.Value = []byte("***")
		}
	}
	return m
}

// followEvery is how long a topic that is followed is left alone.
const followEvery = 200 * time.Millisecond

// follow prints what comes, until ctx ends. Partitions may change their leaders meanwhile.
func (c *inspectCmd) follow(ctx context.Context, client *broker.Client, brokers []string, parts []extent, out *messagePrinter) error {
	for {
		select {
		case <-time.After(followEvery):
		case <-ctx.Done():
			return nil
		}
		err := c.news(ctx, client, parts, out)
		if broker.IsNotLeader(err) || broker.IsTransport(err) {
			err = c.leaders(ctx, client, brokers, parts)
		}
		switch {
		case ctx.Err() != nil, err == nil && out.left == 0:
			return nil
		case err != nil:
			return err
		}
	}
}

// news prints what has come since the last time.
func (c *inspectCmd) news(ctx context.Context, client *broker.Client, parts []extent, out *messagePrinter) error {
	tps := make([]broker.TopicPartition, len(parts))
	for i := range parts {
		tps[i] = parts[i].TopicPartition
	}
	ends, err := client.ListOffsets(ctx, broker.Latest, tps)
	if err != nil {
		return err
	}
	for i := range parts {
		p := &parts[i]
		end := ends[p.TopicPartition]
		if end <= p.end {
			continue
		}
		more, err := readPartition(ctx, client, p.TopicPartition, p.leader, p.end, end, func(_ int32, r *wire.Record) (bool, error) {
			m := keep(*p, r)
			p.end = m.offset + 1
			return out.more(), out.print(&m)
		})
		if err != nil || !more {
			return err
		}
		p.end = end
	}
	return nil
}

// leaders looks up who leads the partitions now.
func (c *inspectCmd) leaders(ctx context.Context, client *broker.Client, brokers []string, parts []extent) error {
	return ask(ctx, brokers, func(ctx context.Context) error {
		meta, err := client.Metadata(ctx, c.Topic)
		for i := range parts {
			if err != nil {
				return err
			}
			parts[i].leader, err = meta.Leader(parts[i].TopicPartition)
		}
		return err
	})
}
