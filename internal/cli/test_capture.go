package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/cases"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/trial"
	"github.com/assay-dev/assay/internal/wire"
)

// captureFlags make a case out of a chunk.
type captureFlags struct {
	Capture string `placeholder:"NAME" help:"Write the case cases/NAME.txt beside the contract: a chunk, and what comes of it now."`
	Chunk   string `placeholder:"FILE" help:"With --capture: the chunk is this file; .gz and .zst are decompressed; - is standard input."`
	Topic   string `placeholder:"TOPIC" help:"With --capture: the chunk is a message of this topic."`
	Offset  string `placeholder:"P:N" help:"With --topic: the message's partition and offset."`
	settingsFlags
}

// capture writes the case.
func (c *testCmd) capture(ctx context.Context, s *streams) error {
	contracts, err := findContracts(c.Paths)
	if err != nil {
		return err
	}
	switch {
	case c.Update:
		return usageError("--capture writes what comes: --update is for cases that are there")
	case len(contracts) != 1 || contracts[0].pack != "":
		return usageError("--capture needs one contract of your own, which the case is put beside")
	case (c.Chunk == "") == (c.Topic == ""):
		return usageError("--capture needs a chunk: --chunk FILE, or --topic TOPIC --offset P:N")
	case (c.Topic == "") != (c.Offset == ""):
		return usageError("--topic and --offset P:N go together")
	case c.Capture != filepath.Base(c.Capture):
		return usageError("--capture %s: want the name of a case, such as broken-row", c.Capture)
	}
	k := contracts[0]
	name := filepath.Join(filepath.Dir(k.path), "cases", strings.TrimSuffix(c.Capture, ".txt")+".txt")
	if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return usageError("%s is there already: give another name, or remove it", name)
	}
	f, err := k.load()
	if problems := (feed.Problems)(nil); errors.As(err, &problems) {
		return err
	}
	if err != nil {
		return &exitError{code: exitUsage, err: err}
	}
	from, chunk, err := c.chunk(ctx, s)
	if err != nil {
		return err
	}
	t, err := trial.Run(ctx, f, cases.New("Captured from "+from+".", string(chunk)))
	if err != nil {
		return fmt.Errorf("running %s: %w", from, err)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return usageError("cannot write %s: %s", name, reason(err))
	}
	if err := t.Update(name); err != nil {
		return usageError("cannot write %s: %s", name, reason(err))
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(map[string]string{"file": name, "from": from})
	}
	if _, err = fmt.Fprintf(s.out, "written: %s, from %s\n", name, from); err != nil {
		return err
	}
	if personal := personalColumns(f.Schema()); personal != "" {
		_, err = fmt.Fprintf(s.err, "it holds the rows as they are: %s is personal data, which you may not want to keep\n", personal)
	}
	return err
}

// personalColumns names the columns that hold personal data.
func personalColumns(schema flow.Schema) string {
	var names []string
	for i := range schema {
		if schema[i].PII {
			names = append(names, schema[i].Name)
		}
	}
	return strings.Join(names, ", ")
}

// chunk gives the bytes of the chunk, decompressed, and says where it is from.
func (c *testCmd) chunk(ctx context.Context, s *streams) (from string, chunk []byte, err error) {
	if c.Topic != "" {
		return c.message(ctx)
	}
	in, err := s.open(ctx, c.Chunk)
	if err != nil {
		return "", nil, err
	}
	chunk, err = io.ReadAll(io.LimitReader(in, maxChunk+1))
	if err = errors.Join(err, in.close()); err != nil {
		return "", nil, fmt.Errorf("reading %s: %w", in.name, err)
	}
	if len(chunk) > maxChunk {
		return "", nil, usageError("%s is longer than a chunk may be, %s", in.name, count(maxChunk, "byte"))
	}
	return filepath.Base(in.name), chunk, nil
}

// message reads the chunk from its topic.
func (c *testCmd) message(ctx context.Context) (from string, chunk []byte, err error) {
	partition, offset, err := parseOffset(c.Offset)
	if err != nil {
		return "", nil, err
	}
	settings, _, err := c.settingsFlags.load()
	if err != nil {
		return "", nil, err
	}
	client, err := contact(settings.Kafka.Brokers, "test")
	if err != nil {
		return "", nil, err
	}
	defer client.Close()
	log, err := openTopic(ctx, client, settings.Kafka.Brokers, c.Topic)
	if err != nil {
		return "", nil, err
	}
	if int(partition) >= len(log.parts) {
		return "", nil, usageError("--offset %s: %s has the partitions 0 to %d", c.Offset, c.Topic, len(log.parts)-1)
	}
	m, err := messageAt(ctx, client, log.parts[partition], offset)
	switch {
	case err != nil:
		return "", nil, err
	case m == nil:
		return "", nil, usageError("--offset %s: %s/%d has no message there, or one of a transaction that was aborted", c.Offset, c.Topic, partition)
	case m.value == nil:
		return "", nil, usageError("--offset %s: the message has no value", c.Offset)
	}
	if chunk, err = m.decompressed(); err != nil {
		return "", nil, fmt.Errorf("%s/%d/%d: %w", c.Topic, partition, offset, err)
	}
	return fmt.Sprintf("%s/%d/%d of %s", c.Topic, partition, offset, m.time.UTC().Format("2006-01-02 15:04:05 UTC")), chunk, nil
}

// parseOffset reads P:N.
func parseOffset(text string) (partition int32, offset int64, err error) {
	before, after, _ := strings.Cut(text, ":")
	p, e1 := strconv.ParseUint(before, 10, 31)
	n, e2 := strconv.ParseUint(after, 10, 63)
	if e1 != nil || e2 != nil {
		return 0, 0, usageError("--offset %s: want a partition and an offset, such as 0:1200", text)
	}
	return int32(p), int64(n), nil
}

// messageAt gives the committed message at an offset, or nil.
func messageAt(ctx context.Context, client *broker.Client, p extent, offset int64) (*message, error) {
	if offset < p.first || offset >= p.end {
		return nil, nil
	}
	var found *message
	_, err := readPartition(ctx, client, p.TopicPartition, p.leader, offset, offset+1, func(_ int32, r *wire.Record) (bool, error) {
		if r.Offset == offset {
			m := keep(p, r)
			found = &m
		}
		return false, nil
	})
	return found, err
}
