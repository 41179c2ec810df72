package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/config"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/wire"
)

type loadCmd struct {
	settingsFlags
	Files       []string `arg:"" name:"file" help:"CSV files; gzip and zstd are decompressed; - is standard input."`
	Topic       string   `required:"" placeholder:"TOPIC" help:"Topic to write to."`
	ChunkBytes  string   `default:"64KiB" placeholder:"SIZE" help:"Most bytes of a chunk, header included (default: 64KiB). A row that is longer makes a chunk of its own."`
	Key         string   `placeholder:"KEY" help:"Key of all chunks, which puts them into one partition; without it they go round."`
	Compression string   `default:"lz4" enum:"none,gzip,snappy,lz4,zstd" placeholder:"CODEC" help:"Codec of the record batches: none, gzip, snappy, lz4 or zstd (default: lz4)."`
	SkipLines   *int     `placeholder:"N" help:"Leave out the first N lines of each file, in front of the CSV. Without it a file that seems to have such lines is not loaded; 0 loads it as it is."`
	JSON        bool     `help:"Print the summary as one JSON line."`
}

// loaded is what load tells at the end.
type loaded struct {
	Files   int     `json:"files"`
	Chunks  int64   `json:"chunks"`
	Rows    int64   `json:"rows"`
	Bytes   int64   `json:"bytes"`
	Seconds float64 `json:"seconds"`
}

func (c *loadCmd) Run(ctx context.Context, s *streams) error {
	settings, _, err := c.settingsFlags.load()
	if err != nil {
		return err
	}
	size, err := config.ParseSize(c.ChunkBytes)
	if err != nil || size < 1 || size > maxChunk {
		return usageError("--chunk-bytes %s: must be a size from 1B to 16MiB, such as 64KiB", c.ChunkBytes)
	}
	if c.SkipLines != nil && *c.SkipLines < 0 {
		return usageError("--skip-lines must be at least 0, not %d", *c.SkipLines)
	}
	codec, err := wire.ParseCodec(c.Compression)
	if err != nil {
		return &exitError{code: exitUsage, err: err}
	}
	client, err := contact(settings.Kafka.Brokers, "load")
	if err != nil {
		return err
	}
	defer client.Close()
	l, err := newLoader(ctx, client, settings.Kafka.Brokers, c.Topic, codec)
	if err != nil {
		return err
	}
	began := time.Now()
	sum, err := c.files(ctx, s, l, int(size))
	sum.Chunks, sum.Seconds = l.sent, time.Since(began).Seconds()
	if err != nil {
		if l.sent > 0 {
			fmt.Fprintf(s.err, "assay: %s had been written to %s before\n", count(l.sent, "chunk"), c.Topic)
		}
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.err).Encode(sum)
	}
	_, err = fmt.Fprintf(s.err, "%s in %s, %s, written to %s (%s)\n",
		count(sum.Rows, "row"), count(sum.Chunks, "chunk"), count(sum.Bytes, "byte"), c.Topic, duration(sum.Seconds))
	return err
}

// files loads all files; the sum is right up to an error too.
func (c *loadCmd) files(ctx context.Context, s *streams, l *loader, size int) (*loaded, error) {
	sum := &loaded{}
	bar := newProgress(s, c.Files)
	defer bar.done()
	for _, name := range c.Files {
		in, err := s.open(ctx, name)
		if err != nil {
			return sum, err
		}
		skip := 0
		if c.SkipLines != nil {
			skip = *c.SkipLines
		}
		if err := in.text(charset.UTF8, skip); err != nil { // UTF-16 by its mark: chunks are UTF-8
			return sum, err
		}
		bar.begin(in)
		err = c.file(ctx, in, l, size, sum, bar)
		if err = errors.Join(err, in.close()); err != nil {
			return sum, err
		}
		sum.Files++
	}
	return sum, l.flush(ctx)
}

func (c *loadCmd) file(ctx context.Context, in *input, l *loader, size int, sum *loaded, bar *progress) error {
	var key []byte
	if c.Key != "" {
		key = []byte(c.Key)
	}
	cut := newCutter(in, size)
	cut.lines = in.lines
	for first := true; ; first = false {
		chunk, rows, err := cut.next()
		var fault *flow.Fault
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &fault):
			fault.Behind(in.lines, in.bytes)
			return fmt.Errorf("%s: %s: %s%s", in.name, fault.Code, engine.Message(fault), c.hint(in))
		case err != nil:
			return fmt.Errorf("reading %s: %w", in.name, err)
		}
		if first && (cut.width == 1 || cut.refused == rows) { // either the first line is no header, or no comma stands between cells
			if hint := c.hint(in); hint != "" {
				return fmt.Errorf("%s: nothing of it has been loaded, as its first line seems not to be its header%s; --skip-lines 0 loads it as it is", in.name, hint)
			}
		}
		if err := l.add(ctx, key, chunk); err != nil {
			return err
		}
		sum.Rows += int64(rows)
		sum.Bytes += int64(len(chunk))
		bar.show(sum.Rows)
	}
}

// hint says why a file may be no table from its first line on, unless that has been declared.
func (c *loadCmd) hint(in *input) string {
	if c.SkipLines != nil {
		return ""
	}
	if hint := lookHint(in, 0); hint != "" {
		return "\n  " + hint
	}
	return ""
}
