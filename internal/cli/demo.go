package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/assay-dev/assay/internal/admin"
	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/census"
	"github.com/assay-dev/assay/internal/config"
	"github.com/assay-dev/assay/internal/embedded"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/observe"
	"github.com/assay-dev/assay/internal/wire"
	"github.com/assay-dev/assay/schemas"
)

type demoCmd struct {
	Rows int64 `default:"10000" help:"Rows to draw."`
	Keep bool  `help:"Leave the broker and the service running afterwards, with the admin port on."`
	JSON bool  `help:"End with the totals as one JSON line."`
}

// The sample's seed and faults: those of the pack's sample.csv.gz, of which the first rows of a larger demo are the same.
const (
	demoSeed      = 2075
	demoFlagged   = 0.02
	demoBroken    = 0.0007
	demoChunk     = 64 << 10
	demoPartition = 4
)

// demoTotals is what demo ends with.
type demoTotals struct {
	Rows    int64   `json:"rows_in"`
	Scored  int64   `json:"rows_scored"`
	Dead    int64   `json:"rows_dead"`
	Flagged int64   `json:"rows_with_invalid_values"`
	Seconds float64 `json:"seconds"`
}

func (c *demoCmd) Run(ctx *interrupted, s *streams) error {
	if c.Rows < 1 {
		return usageError("--rows must be at least 1, not %d", c.Rows)
	}
	d := &demo{cmd: c, out: s.out, terminal: isTerminal(s.out)}
	return d.run(ctx, s)
}

// demo is one showing of the pipeline.
type demo struct {
	cmd      *demoCmd
	out      io.Writer
	terminal bool
	settings *config.Settings
	client   *broker.Client
	state    *observe.State
	chunks   int64 // sent
	began    time.Time
}

func (d *demo) run(ctx context.Context, s *streams) (err error) {
	topics := []embedded.Topic{}
	for _, name := range []string{"in", "scored", "quality", "errors", "dead", "results"} {
		topics = append(topics, embedded.Topic{Name: "census." + name, Partitions: demoPartition})
	}
	b, err := embedded.Start(embedded.Options{Topics: topics})
	if err != nil {
		return fmt.Errorf("starting the embedded broker: %w", err)
	}
	defer b.Close()
	addr := b.Addr()
	// The demo does not look at the environment: it shows the same thing everywhere.
	d.settings, _, err = config.Load(config.Source{Env: []string{"ASSAY_KAFKA_BROKERS=" + addr, "ASSAY_INSTANCE=demo"}})
	if err != nil {
		return err
	}
	log := observe.NewLogger(s.err, slog.LevelWarn, "auto", isTerminal(s.err))
	version, _ := buildVersion()
	d.state = observe.New(observe.Options{Version: version, Instance: "demo", Log: log})
	svc, err := newService(d.settings, d.state, log)
	if err != nil {
		return err
	}
	d.client = svc.client
	fmt.Fprintf(d.out, "embedded broker on %s, feed census-profile, %d partitions\n", addr, demoPartition)

	running, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- svc.run(running) }()
	defer func() {
		stop()
		if e := <-done; err == nil && ctx.Err() == nil {
			err = e
		}
	}()

	d.began = time.Now()
	sent := make(chan error, 1)
	go func() { sent <- d.load(running) }()
	if err := d.wait(ctx, sent, done); err != nil {
		return err
	}
	totals := d.totals()
	if err := d.show(ctx); err != nil {
		return err
	}
	if d.cmd.Keep {
		if err := d.keep(ctx, addr); err != nil {
			return err
		}
	}
	return d.end(totals)
}

// load draws the rows and writes them to the input topic, with one chunk in the middle that lacks columns.
func (d *demo) load(ctx context.Context) error {
	l, err := newLoader(ctx, d.client, "census.in", wire.LZ4)
	if err != nil {
		return err
	}
	bad, err := schemas.Feeds.ReadFile("feeds/census-profile/bad-chunk.csv")
	if err != nil {
		return err
	}
	g := census.New(demoSeed, census.Options{ABS: true, Flagged: demoFlagged, Broken: demoBroken})
	header := bytes.Clone(g.Header())
	chunk := append([]byte{}, header...)
	badSent := false
	for row := int64(0); row < d.cmd.Rows; row++ {
		chunk = g.Append(chunk, 1)
		if len(chunk) < demoChunk && row+1 < d.cmd.Rows {
			continue
		}
		if err := l.add(ctx, nil, chunk); err != nil {
			return err
		}
		chunk = append(chunk[:0], header...)
		if !badSent && row >= d.cmd.Rows/2 {
			badSent = true
			if err := l.add(ctx, nil, bad); err != nil {
				return err
			}
		}
	}
	if err := l.flush(ctx); err != nil {
		return err
	}
	d.chunks = l.sent
	return nil
}

// wait shows how far the work is until all chunks have been committed.
func (d *demo) wait(ctx context.Context, sent, done <-chan error) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	loaded := false
	for n := 0; ; n++ {
		select {
		case err := <-sent:
			if err != nil {
				return fmt.Errorf("loading the sample: %w", err)
			}
			loaded, sent = true, nil
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		f := d.status()
		if d.terminal || n%10 == 9 {
			d.progress(&f)
		}
		if loaded && f.Totals.Chunks >= d.chunks {
			if d.terminal {
				fmt.Fprint(d.out, "\r\x1b[K")
			}
			return nil
		}
		select {
		case err := <-done:
			return errors.Join(errors.New("the service ended early"), err)
		default:
		}
	}
}

func (d *demo) status() observe.FeedStatus {
	for _, f := range d.state.Status().Feeds {
		return f
	}
	return observe.FeedStatus{}
}

func (d *demo) progress(f *observe.FeedStatus) {
	lag := int64(0)
	for _, p := range f.Partitions {
		lag += p.LagMessages
	}
	seconds := time.Since(d.began).Seconds()
	line := fmt.Sprintf("%s rows scored, %s rows/s, %.0f MB/s in, lag %s chunks", thousands(f.Totals.RowsScored),
		thousands(int64(float64(f.Totals.Rows)/seconds)), float64(f.Totals.BytesIn)/1e6/seconds, thousands(lag))
	if d.terminal {
		fmt.Fprintf(d.out, "\r\x1b[K%s", line)
		return
	}
	fmt.Fprintln(d.out, line)
}

func (d *demo) totals() demoTotals {
	t := d.status().Totals
	return demoTotals{Rows: t.Rows, Scored: t.RowsScored, Dead: t.RowsDead, Flagged: t.RowsFlagged, Seconds: time.Since(d.began).Seconds()}
}

// show prints some of what now stands on the output topics, as a consumer reads it.
func (d *demo) show(ctx context.Context) error {
	fmt.Fprintln(d.out, "\nscored rows (census.scored):")
	shown := 0
	err := readTopic(ctx, d.client, "census.scored", func(_ int32, r *wire.Record) (bool, error) {
		shown++
		fmt.Fprintf(d.out, "  %s\n", short(string(r.Value), 300))
		return shown < 3, nil
	})
	if err != nil {
		return err
	}
	if err := d.showQuality(ctx); err != nil {
		return err
	}
	return d.showDead(ctx)
}

func (d *demo) showQuality(ctx context.Context) error {
	byField := map[string]int64{}
	var order []string
	err := readTopic(ctx, d.client, "census.quality", func(_ int32, r *wire.Record) (bool, error) {
		var e struct {
			Totals []struct {
				Field string
				Rows  int64
			}
		}
		if err := json.Unmarshal(r.Value, &e); err != nil {
			return false, fmt.Errorf("reading a quality event: %w", err)
		}
		for _, t := range e.Totals {
			if byField[t.Field] == 0 {
				order = append(order, t.Field)
			}
			byField[t.Field] += t.Rows
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(d.out, "\nvalues not recognised, scored as Not stated (census.quality):")
	for _, f := range order {
		fmt.Fprintf(d.out, "  %-16s %s rows\n", f, thousands(byField[f]))
	}
	return nil
}

// demoLetters is how many dead letters are shown.
const demoLetters = 12

func (d *demo) showDead(ctx context.Context) error {
	fmt.Fprintln(d.out, "\ndead letters (census.dead):")
	n := 0
	var headers []flow.Header
	err := readTopic(ctx, d.client, "census.dead", func(_ int32, r *wire.Record) (bool, error) {
		if n++; n > demoLetters {
			return true, nil
		}
		headers = r.Headers(headers[:0])
		message, row := "", "chunk"
		for _, h := range headers {
			switch h.Key {
			case "__connect.errors.exception.message":
				message = string(h.Value)
			case "assay-error-row":
				row = "row " + string(h.Value)
			}
		}
		fmt.Fprintf(d.out, "  %-8s %s\n           %s\n", row, message, short(firstLine(r.Value), 100))
		return true, nil
	})
	if n > demoLetters {
		fmt.Fprintf(d.out, "  … and %s more\n", thousands(int64(n-demoLetters)))
	}
	return err
}

// keep leaves everything running until Ctrl-C.
func (d *demo) keep(ctx context.Context, addr string) error {
	web, err := admin.New(d.state, d.settings.Admin.Listen, d.settings.Admin.Token)
	if err != nil {
		return err
	}
	go web.Serve() //nolint:errcheck // it ends with Shutdown below
	fmt.Fprintf(d.out, "\nstill running: Kafka on %s, status on http://%s/status; Ctrl-C ends it\n", addr, web.Addr())
	<-ctx.Done()
	closing, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return web.Shutdown(closing)
}

func (d *demo) end(t demoTotals) error {
	if d.cmd.JSON {
		return json.NewEncoder(d.out).Encode(t)
	}
	_, err := fmt.Fprintf(d.out, "\n%s rows in: %s scored (%s of them with a value not recognised), %s refused, 1 chunk refused; exactly once, in %s\n",
		thousands(t.Rows), thousands(t.Scored), thousands(t.Flagged), thousands(t.Dead), duration(t.Seconds))
	return err
}

func firstLine(b []byte) string {
	line, _, _ := strings.Cut(string(b), "\n")
	return line
}

// short cuts text to n bytes, at a rune, and says so.
func short(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "") + "…"
}
