package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/config"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/service"
	"github.com/assay-dev/assay/internal/wire"
)

type loadCmd struct {
	settingsFlags
	Files       []string `arg:"" name:"file" help:"CSV files; gzip and zstd are decompressed; - is standard input."`
	Topic       string   `required:"" placeholder:"TOPIC" help:"Topic to write to."`
	ChunkBytes  string   `default:"64KiB" placeholder:"SIZE" help:"Most bytes of a chunk, header included (default: 64KiB). A row that is longer makes a chunk of its own."`
	Key         string   `placeholder:"KEY" help:"Key of all chunks, which puts them into one partition; without it they go round."`
	Compression string   `default:"lz4" enum:"none,gzip,snappy,lz4,zstd" placeholder:"CODEC" help:"Codec of the record batches: none, gzip, snappy, lz4 or zstd (default: lz4)."`
	Contract    string   `placeholder:"FEED" help:"Pack or path of the contract that says how the files are written: delimiter, quote, charset, whether they have a header (default: that of the feed in the settings which reads TOPIC, or else comma, double quotes, UTF-8, a header)."`
	SkipLines   *int     `placeholder:"N" help:"Leave out the first N lines of each file, in front of the CSV. Without it a file that seems to have such lines is not loaded; 0 loads it as it is."`
	JSON        bool     `help:"Print the summary as one JSON line."`

	contract *feed.Contract
}

// contractOf gives the contract by which the chunks will be read.
func (c *loadCmd) contractOf(settings *config.Settings) (*feed.Contract, error) {
	name := c.Contract
	if name == "" {
		i := slices.IndexFunc(settings.Feeds, func(f config.Feed) bool { return slices.Contains(f.Input.Topics, c.Topic) })
		if i < 0 {
			return &feed.Contract{}, nil
		}
		name = settings.Feeds[i].Feed
	}
	contract, err := service.Contract(name)
	if err != nil {
		return nil, &exitError{code: exitUsage, err: err}
	}
	return contract, nil
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
	if c.contract, err = c.contractOf(settings); err != nil {
		return err
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
		if err := in.text(c.contract.CSV.Charset, skip); err != nil {
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
	chunks := chunkText{from: in.charset, declared: c.contract.CSV.Charset}
	cut := newCutter(in, max(1, size/chunks.width()), c.contract)
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
		if first && c.contract.CSV.Header != feed.HeaderNever && (cut.width == 1 || cut.refused == rows) { // either the first line is no header, or no comma stands between cells
			if hint := c.hint(in); hint != "" {
				return fmt.Errorf("%s: nothing of it has been loaded, as its first line seems not to be its header%s; --skip-lines 0 loads it as it is", in.name, hint)
			}
		}
		chunk = chunks.restore(chunk)
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

// chunkText makes chunks, which are cut from UTF-8 text, what the contract will read as that text: in its own charset where the file
// is in it, or else in the file's under a byte order mark. A contract of UTF-8 gets UTF-8 of whatever the file was.
type chunkText struct {
	from, declared charset.Charset
	buf            []byte
}

func (t *chunkText) restore(chunk []byte) []byte {
	switch t.declared {
	case charset.UTF8:
		return chunk
	case t.from:
		t.buf = t.buf[:0]
	default:
		t.buf = append(t.buf[:0], t.from.Mark()...)
	}
	t.buf = t.from.Restore(t.buf, chunk)
	return t.buf
}

// width is how many bytes of a chunk a byte of text may become.
func (t *chunkText) width() int {
	if t.declared == charset.UTF8 {
		return 1
	}
	return t.from.Size([]byte{'x'})
}
