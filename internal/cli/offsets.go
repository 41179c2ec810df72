package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/config"
	"github.com/assay-dev/assay/internal/service"
	"github.com/assay-dev/assay/internal/wire"
)

type offsetsCmd struct {
	settingsFlags
	Feed   string   `placeholder:"FEED" help:"Only this feed. Needed for --to when the settings have several."`
	To     []string `placeholder:"WHERE" help:"Move the feed to start, end, a time, how long ago (2h), or TOPIC/PARTITION=OFFSET for single partitions."`
	DryRun bool     `help:"Say what --to would do, and move nothing."`
	JSON   bool     `help:"Print one JSON line."`
}

func (c *offsetsCmd) Run(ctx context.Context, s *streams) error {
	if c.DryRun && len(c.To) == 0 {
		return usageError("--dry-run is for --to")
	}
	settings, _, err := c.settingsFlags.load()
	if err != nil {
		return err
	}
	feeds, err := c.feeds(settings)
	if err != nil {
		return err
	}
	client, err := contact(settings.Kafka.Brokers, "offsets")
	if err != nil {
		return err
	}
	defer client.Close()
	var all []*standing
	err = askFeed(ctx, settings, func(ctx context.Context) error {
		all = nil
		for i := range feeds {
			st, err := service.Look(ctx, client, settings, &feeds[i])
			if err != nil {
				return err
			}
			all = append(all, &standing{Standing: st})
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(c.To) > 0 {
		if err := c.move(ctx, s, client, settings, all[0]); err != nil {
			return err
		}
		return c.print(s, all)
	}
	if err := measure(ctx, s, client, all); err != nil {
		return err
	}
	if err := c.print(s, all); err != nil {
		return err
	}
	lost := func(p service.Position) bool { return p.Lost != "" }
	if slices.ContainsFunc(all, func(st *standing) bool { return slices.ContainsFunc(st.Positions, lost) }) {
		return &exitError{code: exitFindings}
	}
	return nil
}

// feeds gives the feeds of the settings that are meant, by the names of their contracts or as the settings call them.
func (c *offsetsCmd) feeds(settings *config.Settings) ([]service.Feed, error) {
	all, err := service.Load(settings)
	if err != nil {
		return nil, &exitError{code: exitUsage, err: err}
	}
	var names []string
	for i := range all {
		names = append(names, all[i].Contract.Feed)
		if c.Feed == all[i].Contract.Feed || c.Feed == all[i].Settings.Feed {
			return all[i : i+1], nil
		}
	}
	switch {
	case c.Feed != "":
		return nil, usageError("--feed %s: the settings have %s", c.Feed, strings.Join(names, ", "))
	case len(c.To) > 0 && len(all) > 1:
		return nil, usageError("which feed is to be moved? --feed is one of %s", strings.Join(names, ", "))
	}
	return all, nil
}

// askFeed asks about a feed's offsets, which an open transaction keeps back.
func askFeed(ctx context.Context, settings *config.Settings, question func(context.Context) error) error {
	err := ask(ctx, settings.Kafka.Brokers, question)
	var missing *service.MissingTopicError
	switch {
	case errors.As(err, &missing):
		return missing
	case broker.IsUnstable(err):
		return fmt.Errorf("an open transaction of the feed is about to move its offsets: one that a process has left is ended by the brokers after kafka.transaction_timeout (%s); try again then",
			settings.Kafka.TransactionTimeout)
	}
	return err
}

// standing is where a feed stands, with how old what it has not read is, and where it is moved.
type standing struct {
	*service.Standing
	oldest map[broker.TopicPartition]time.Time // of the first record that has not been read
	moved  map[broker.TopicPartition]int64
	dry    bool
}

// measure looks at the first record that each feed has not read.
func measure(ctx context.Context, s *streams, client *broker.Client, all []*standing) error {
	total, done := int64(0), int64(0)
	for _, st := range all {
		total += int64(len(st.Positions))
	}
	bar := newSteps(s, total, "partition")
	defer bar.done()
	for _, st := range all {
		st.oldest = map[broker.TopicPartition]time.Time{}
		for i := range st.Positions {
			p := &st.Positions[i]
			_, err := readPartition(ctx, client, p.TopicPartition, p.Leader, max(p.Next, p.First), p.End, func(_ int32, r *wire.Record) (bool, error) {
				st.oldest[p.TopicPartition] = r.Time
				return false, nil
			})
			if err != nil {
				return err
			}
			done++
			bar.show(done)
		}
	}
	return nil
}

// move moves a feed, or finds out where it would be moved.
func (c *offsetsCmd) move(ctx context.Context, s *streams, client *broker.Client, settings *config.Settings, st *standing) error {
	if len(st.Members) > 0 {
		if !c.DryRun {
			return inUse(st.InUse(), settings)
		}
		fmt.Fprintf(s.err, "%v\n", st.InUse())
	}
	var err error
	if st.moved, err = c.target(ctx, client, settings, st); err != nil || c.DryRun {
		st.dry = c.DryRun
		return err
	}
	err = askFeed(ctx, settings, func(ctx context.Context) error { return st.Move(ctx, client, st.moved) })
	if running := (*service.InUseError)(nil); errors.As(err, &running) {
		return inUse(running, settings)
	}
	return err
}

func inUse(running *service.InUseError, settings *config.Settings) error {
	return fmt.Errorf("%w; a process that was killed counts for another %s (kafka.session_timeout)", running, settings.Kafka.SessionTimeout)
}

// target gives the offsets that --to means.
func (c *offsetsCmd) target(ctx context.Context, client *broker.Client, settings *config.Settings, st *standing) (map[broker.TopicPartition]int64, error) {
	if !slices.ContainsFunc(c.To, func(to string) bool { return strings.Contains(to, "=") }) {
		if len(c.To) > 1 {
			return nil, usageError("--to is one place for all partitions, or TOPIC/PARTITION=OFFSET for some")
		}
		at, err := parseWhen(c.To[0], time.Now())
		if err != nil {
			return nil, usageError("--to %s: %v; or TOPIC/PARTITION=OFFSET", c.To[0], err)
		}
		var moved map[broker.TopicPartition]int64
		err = askFeed(ctx, settings, func(ctx context.Context) (err error) {
			moved, err = st.At(ctx, client, at)
			return err
		})
		return moved, err
	}
	moved := map[broker.TopicPartition]int64{}
	for _, to := range c.To {
		where, number, _ := strings.Cut(to, "=")
		tp, err := parsePartition(where)
		if err != nil {
			return nil, usageError("--to %s: want TOPIC/PARTITION=OFFSET, such as census.in/3=1200", to)
		}
		offset, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, usageError("--to %s: %q is no offset", to, number)
		}
		i := slices.IndexFunc(st.Positions, func(p service.Position) bool { return p.TopicPartition == tp })
		if i < 0 {
			return nil, usageError("--to %s: %s does not read that partition", to, st.Feed)
		}
		if p := &st.Positions[i]; offset < p.First || offset > p.End {
			return nil, usageError("--to %s: %s holds the offsets from %d to before %d", to, where, p.First, p.End)
		}
		moved[tp] = offset
	}
	return moved, nil
}

// parsePartition reads TOPIC/PARTITION.
func parsePartition(text string) (broker.TopicPartition, error) {
	i := strings.LastIndexByte(text, '/')
	n, err := strconv.ParseUint(text[i+1:], 10, 31)
	if i <= 0 || err != nil {
		return broker.TopicPartition{}, fmt.Errorf("%q is no TOPIC/PARTITION", text)
	}
	return broker.TopicPartition{Topic: text[:i], Partition: int32(n)}, nil
}
