package cli

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
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
	Count     int    `short:"n" default:"10" placeholder:"N" help:"How many messages (default: 10)."`
	Partition *int32 `placeholder:"P" help:"Only this partition."`
	Offset    *int64 `placeholder:"N" help:"Begin at this offset of the partition."`
	FromEnd   bool   `help:"The last messages instead of the first."`
	Follow    bool   `short:"f" help:"Go on with what comes, until Ctrl-C; before that the last messages."`
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

func (c *inspectCmd) Run(ctx context.Context, s *streams) error {
	switch {
	case c.Count < 0:
		return usageError("-n must be at least 0, not %d", c.Count)
	case c.Offset != nil && c.Partition == nil:
		return usageError("--offset is of one partition: give --partition, too")
	case c.Offset != nil && (c.FromEnd || c.Follow):
		return usageError("--offset cannot be used with --from-end or --follow")
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
	var parts []extent
	err = ask(ctx, settings.Kafka.Brokers, func(ctx context.Context) error {
		meta, err := client.Metadata(ctx, c.Topic)
		if err == nil && broker.IsUnknownTopic(meta.Topics[c.Topic].Err) {
			return nil
		}
		if err != nil {
			return err
		}
		parts, err = extents(ctx, client, c.Topic)
		return err
	})
	switch {
	case err != nil:
		return err
	case parts == nil:
		return fmt.Errorf("topic %s does not exist", c.Topic)
	}
	if parts, err = c.chosen(parts); err != nil {
		return err
	}
	return c.show(ctx, s, client, parts)
}

// chosen gives the partitions that are read.
func (c *inspectCmd) chosen(parts []extent) ([]extent, error) {
	if c.Partition == nil {
		return parts, nil
	}
	i := slices.IndexFunc(parts, func(p extent) bool { return p.Partition == *c.Partition })
	if i < 0 {
		return nil, usageError("--partition %d: %s has the partitions 0 to %d", *c.Partition, c.Topic, len(parts)-1)
	}
	p := parts[i]
	if c.Offset != nil {
		if *c.Offset < p.first || *c.Offset > p.end {
			return nil, usageError("--offset %d: %s/%d holds the offsets from %d to before %d", *c.Offset, c.Topic, p.Partition, p.first, p.end)
		}
		p.first = *c.Offset
	}
	return []extent{p}, nil
}

// show prints the messages asked for, and those that come when it follows.
func (c *inspectCmd) show(ctx context.Context, s *streams, client *broker.Client, parts []extent) error {
	out := messagePrinter{w: s.out, json: c.JSON}
	var all []message
	for _, p := range parts {
		read := firstMessages
		if c.FromEnd || c.Follow {
			read = lastMessages
		}
		found, err := read(ctx, client, p, c.Count)
		if err != nil {
			return err
		}
		all = append(all, found...)
	}
	slices.SortStableFunc(all, func(a, b message) int { return cmp.Or(a.time.Compare(b.time), cmp.Compare(a.partition, b.partition)) })
	if n := len(all) - c.Count; n > 0 {
		if c.FromEnd || c.Follow {
			all = all[n:]
		} else {
			all = all[:c.Count]
		}
	}
	for i := range all {
		if err := out.print(&all[i]); err != nil {
			return err
		}
	}
	if c.Follow {
		return c.follow(ctx, client, parts, &out)
	}
	if len(all) == 0 && c.Count > 0 && !c.JSON {
		fmt.Fprintf(s.err, "no messages in %s\n", c.Topic)
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

// lastMessages gives the last n messages of a partition. It looks at ever longer ends of it: markers of transactions and
// what was aborted have offsets too.
func lastMessages(ctx context.Context, client *broker.Client, p extent, n int) (all []message, err error) {
	for back := int64(n); n > 0; back *= 4 {
		from := max(p.end-back, p.first)
		all = all[:0]
		_, err = readPartition(ctx, client, p.TopicPartition, p.leader, from, p.end, func(_ int32, r *wire.Record) (bool, error) {
			if len(all) == n {
				all = slices.Delete(all, 0, 1)
			}
			all = append(all, keep(p, r))
			return true, nil
		})
		if err != nil || len(all) == n || from == p.first {
			return all, err
		}
	}
	return nil, nil
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

// follow prints what comes, until ctx ends.
func (c *inspectCmd) follow(ctx context.Context, client *broker.Client, parts []extent, out *messagePrinter) error {
	tps := make([]broker.TopicPartition, len(parts))
	for i := range parts {
		tps[i] = parts[i].TopicPartition
	}
	for {
		select {
		case <-time.After(followEvery):
		case <-ctx.Done():
			return nil
		}
		ends, err := client.ListOffsets(ctx, broker.Latest, tps)
		for i := range parts {
			p := &parts[i]
			if err != nil || ends[p.TopicPartition] <= p.end {
				continue
			}
			_, err = readPartition(ctx, client, p.TopicPartition, p.leader, p.end, ends[p.TopicPartition], func(_ int32, r *wire.Record) (bool, error) {
				m := keep(*p, r)
				return true, out.print(&m)
			})
			p.end = ends[p.TopicPartition]
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
	}
}
