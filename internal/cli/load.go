package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/config"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/wire"
)

type loadCmd struct {
	settingsFlags
	Files       []string `arg:"" name:"file" help:"CSV files; .gz and .zst are decompressed; - is standard input."`
	Topic       string   `required:"" help:"Topic to write to."`
	ChunkBytes  string   `default:"64KiB" help:"Size of a chunk; a longer row makes a longer one."`
	Key         string   `help:"Key of all chunks, which puts them into one partition; without it they go round."`
	Compression string   `default:"lz4" enum:"none,gzip,snappy,lz4,zstd" help:"Compression: none, gzip, snappy, lz4 or zstd."`
	JSON        bool     `help:"Print the summary as one JSON line."`
}

func (c *loadCmd) Run(ctx *interrupted, s *streams) error {
	settings, _, err := c.settingsFlags.load()
	if err != nil {
		return err
	}
	size, err := config.ParseSize(c.ChunkBytes)
	if err != nil || size < 1 || size > maxChunk {
		return usageError("--chunk-bytes %s: must be a size from 1 B to 16 MiB, such as 64KiB", c.ChunkBytes)
	}
	codec, err := wire.ParseCodec(c.Compression)
	if err != nil {
		return &exitError{code: exitUsage, err: err}
	}
	client, err := broker.NewClient(broker.Config{Brokers: settings.Kafka.Brokers, ClientID: "assay-load"})
	if err != nil {
		return err
	}
	defer client.Close()
	l, err := newLoader(ctx, client, c.Topic, codec)
	if err != nil {
		return err
	}
	var sum summary
	began := time.Now()
	bar := newProgress(s, c.Files)
	defer bar.done()
	for _, name := range c.Files {
		if err := c.file(ctx, s, l, name, int(size), &sum, bar); err != nil {
			return err
		}
	}
	if err := l.flush(ctx); err != nil {
		return err
	}
	bar.done()
	seconds := time.Since(began).Seconds()
	if c.JSON {
		return json.NewEncoder(s.err).Encode(map[string]any{
			"files": len(c.Files), "chunks": l.sent, "rows": sum.Rows, "bytes": sum.Bytes, "seconds": seconds,
		})
	}
	_, err = fmt.Fprintf(s.err, "%s rows in %s chunks, %s bytes, written to %s (%s)\n", thousands(sum.Rows), thousands(l.sent), thousands(sum.Bytes), c.Topic, duration(seconds))
	return err
}

func (c *loadCmd) file(ctx *interrupted, s *streams, l *loader, name string, size int, sum *summary, bar *progress) (err error) {
	in, err := s.open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.close()) }()
	var key []byte
	if c.Key != "" {
		key = []byte(c.Key)
	}
	cut := newCutter(in, size)
	for {
		chunk, rows, err := cut.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		if err := l.add(ctx, key, chunk); err != nil {
			return err
		}
		sum.Rows += int64(rows)
		sum.Bytes += int64(len(chunk))
		bar.show(sum, &flow.Counts{}, in)
	}
}
