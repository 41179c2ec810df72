package cli

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/config"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/lane"
	"github.com/assay-dev/assay/internal/wire"
)

// topicInput is the end of a topic, as chunks for an engine: read as a reader of committed data does, without a group, so that
// nobody notices.
type topicInput struct {
	client   *broker.Client
	topic    string
	log      *topicLog
	settings *config.Settings
	from     map[int32]int // how many of the last messages of each partition
	bar      *steps
}

// openInput finds the last n messages of a topic by their time.
func openInput(ctx context.Context, s *streams, client *broker.Client, settings *config.Settings, topic string, n int) (*topicInput, error) {
	log, err := openTopic(ctx, client, settings.Kafka.Brokers, topic)
	if err != nil {
		return nil, err
	}
	type at struct {
		partition int32
		time      time.Time
	}
	var all []at
	for _, p := range log.parts {
		last, err := lastOf(ctx, client, p, n, func(p extent, r *wire.Record) at { return at{p.Partition, r.Time} })
		if err != nil {
			return nil, err
		}
		all = append(all, last...)
	}
	slices.SortStableFunc(all, func(a, b at) int { return b.time.Compare(a.time) })
	in := &topicInput{client: client, topic: topic, log: log, settings: settings, from: map[int32]int{}, bar: newSteps(s, int64(min(n, len(all))), "message")}
	for _, m := range all[:min(n, len(all))] {
		in.from[m.partition]++
	}
	return in, nil
}

// each gives the messages to do, partition by partition. A chunk is valid only during the call; one without a value is a
// tombstone.
func (in *topicInput) each(ctx context.Context, do func(c *flow.Chunk) error) error {
	defer in.bar.done()
	done := int64(0)
	var chunk flow.Chunk
	for _, p := range in.log.parts {
		offsets, err := lastOf(ctx, in.client, p, in.from[p.Partition], func(_ extent, r *wire.Record) int64 { return r.Offset })
		if err != nil {
			return err
		}
		if len(offsets) == 0 {
			continue
		}
		_, err = readPartition(ctx, in.client, p.TopicPartition, p.leader, offsets[0], p.end, func(_ int32, r *wire.Record) (bool, error) {
			chunk = flow.Chunk{
				Position: flow.Position{Topic: in.topic, Partition: p.Partition, Offset: r.Offset},
				Key:      r.Key, Value: r.Value, Time: r.Time, Headers: r.Headers(chunk.Headers[:0]), Attempt: 1,
			}
			done++
			in.bar.show(done)
			return true, do(&chunk)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// origin is the source of the events about the topic's chunks, as the service has it.
func (in *topicInput) origin(feed string) string {
	return lane.Origin(in.log.cluster, in.topic, in.log.id, feed)
}

// options are the settings as the engine takes them.
func (c *scoreCmd) options(settings *config.Settings) engine.Options {
	return engine.Options{
		NoLimits: !c.Limits, FieldBytes: int(settings.Limits.FieldBytes), Columns: settings.Limits.Columns, Findings: settings.Limits.Findings,
		ChunkBytes: int64(settings.Limits.ChunkBytes), DecompressedBytes: int64(settings.Limits.DecompressedBytes),
	}
}

// runTopic scores the last messages of a topic, with one contract or with two of them.
func (c *scoreCmd) runTopic(ctx context.Context, s *streams) error {
	if err := c.checkTopic(); err != nil {
		return err
	}
	if err := c.check(s); err != nil {
		return err
	}
	settings, _, err := c.settingsFlags.load()
	if err != nil {
		return err
	}
	o := c.options(settings)
	if c.Diff != "" {
		return c.runDiff(ctx, s, settings, o)
	}
	if o.Format, err = engine.ParseFormat(c.Format); err != nil {
		return &exitError{code: exitUsage, err: err}
	}
	o.ColumnsOnly = c.Columns == "scores"
	o.Disabled = [flow.Outputs]bool{flow.Quality: true, flow.Dead: c.Dead == ""}
	program, contract, err := compile(c.Contract, o)
	if err != nil {
		return err
	}
	c.charset = contract.CSV.Charset
	if err := c.overContract(contract); err != nil {
		return err
	}
	client, err := contact(settings.Kafka.Brokers, "score")
	if err != nil {
		return err
	}
	defer client.Close()
	in, err := openInput(ctx, s, client, settings, c.Topic, *c.Last)
	if err != nil {
		return err
	}
	if (c.Output == "" || c.Output == stdio) && isTerminal(s.outFile) {
		in.bar = &steps{} // the rows are what is seen
	}
	sum := &summary{Topic: c.Topic}
	began := time.Now()
	if err := c.scoreTopic(ctx, s, in, program, sum); err != nil {
		return err
	}
	sum.Seconds = time.Since(began).Seconds()
	if err := c.tell(s, program.Feed(), sum); err != nil {
		return err
	}
	if sum.Dead > 0 || sum.RefusedMessages > 0 || c.Strict && sum.Flagged > 0 {
		return &exitError{code: exitFindings}
	}
	return nil
}

// defaultLast is how many messages are scored unless told otherwise.
const defaultLast = 1000

// checkTopic refuses flags that do not go with a topic.
func (c *scoreCmd) checkTopic() error {
	if c.Last == nil {
		n := defaultLast
		c.Last = &n
	}
	switch {
	case len(c.Files) > 0:
		return usageError("--topic is instead of files")
	case *c.Last < 1:
		return usageError("--last must be at least 1, not %d", *c.Last)
	case c.Format == "arrow":
		return usageError("--format arrow is one stream with one header, and messages may have several: csv or json")
	case c.SkipLines != 0:
		return usageError("--skip-lines is for files: messages begin with their header")
	case c.Diff != "" && cmp.Or(c.Output, c.Quality, c.Dead, c.Errors) != "":
		return usageError("--diff compares and writes no rows: it does not go with -o, --quality, --dead and --errors")
	}
	return nil
}

// scoreTopic scores all messages of in.
func (c *scoreCmd) scoreTopic(ctx context.Context, s *streams, in *topicInput, p *engine.Program, sum *summary) error {
	w, err := p.NewWorker("score")
	if err != nil {
		return err
	}
	sinks, err := c.openSinks(s)
	if err != nil {
		return err
	}
	defer sinks.discard()
	sinks.header, sinks.reasons.positions = &onceHeader{program: p}, true
	origin := in.origin(p.Feed())
	var fx flow.Effects
	err = in.each(ctx, func(chunk *flow.Chunk) error {
		sum.Messages++
		if chunk.Value == nil {
			return nil
		}
		r := w.Begin(chunk, origin, &fx)
		for more := true; more; {
			if more, err = r.Next(); err != nil {
				return err
			}
		}
		result, err := r.End()
		if err != nil {
			return err
		}
		if err := sinks.result(result); err != nil {
			return err
		}
		sinks.header.at, sinks.came = chunk.Position, r.Charset()
		if err := sinks.take(&fx); err != nil {
			return err
		}
		sum.add(r.Counts())
		if fault := r.Refused(); fault != nil {
			sum.RefusedMessages++
			sinks.reasons.refused(chunk.Position, fault)
		}
		return ctx.Err()
	})
	sum.Files, sum.reasons = 0, sinks.reasons
	if err != nil {
		return err
	}
	return sinks.finish()
}

// onceHeader takes the header off the CSV of all messages but the first.
type onceHeader struct {
	program *engine.Program
	header  string
	first   flow.Position // whose header it is
	at      flow.Position // of the message at hand
}

// rows gives what of a message of CSV is written.
func (h *onceHeader) rows(message []byte) ([]byte, error) {
	parsed, err := h.program.Header(message, true, 0)
	if parsed == nil { // that the columns which leave are not those that the contract reads is no fault
		return nil, fmt.Errorf("reading own rows: %w", err)
	}
	header := string(parsed.Raw)
	switch {
	case h.header == "":
		h.header, h.first = header, h.at
		return message, nil
	case header != h.header:
		return nil, usageError("the messages %s and %s have different headers, so their rows cannot stand in one output (--format json takes both):\n  %s\n  %s",
			where(h.first), where(h.at), short(h.header, 200), short(header, 200))
	}
	rows := message[len(header):]
	for _, eol := range []string{"\r\n", "\n", "\r"} {
		if after, ok := bytes.CutPrefix(rows, []byte(eol)); ok {
			return after, nil
		}
	}
	return rows, nil
}

// where gives a position as text.
func where(p flow.Position) string { return fmt.Sprintf("%s/%d/%d", p.Topic, p.Partition, p.Offset) }
