package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/assay-dev/assay/internal/admin"
	"github.com/assay-dev/assay/internal/census"
	"github.com/assay-dev/assay/internal/config"
	"github.com/assay-dev/assay/internal/embedded"
	"github.com/assay-dev/assay/internal/observe"
	"github.com/assay-dev/assay/internal/service"
	"github.com/assay-dev/assay/internal/wire"
	"github.com/assay-dev/assay/schemas"
)

type demoCmd struct {
	Rows int64 `default:"10000" placeholder:"N" help:"Rows to draw (default: 10000)."`
	Keep bool  `help:"Leave the broker and the service running, with their page."`
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

func (c *demoCmd) Run(ctx context.Context, s *streams) error {
	if c.Rows < 1 {
		return usageError("--rows must be at least 1, not %d", c.Rows)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d := &demo{cmd: c, out: &show{w: s.out, end: cancel}}
	if isTerminal(s.outFile) {
		d.live = &liveLine{w: d.out, file: s.outFile}
	}
	err := d.run(ctx, s)
	if d.out.err != nil {
		return d.out.err
	}
	return err
}

// show is what the demo is shown on. Once it cannot be written to, the demo ends.
type show struct {
	w   io.Writer
	end context.CancelFunc
	err error
}

func (w *show) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	n, err := w.w.Write(p)
	if err != nil {
		w.err = err
		w.end()
	}
	return n, err
}

// demo is one showing of the pipeline.
type demo struct {
	cmd   *demoCmd
	out   *show
	live  *liveLine // nil elsewhere than on a terminal
	svc   *service.Service
	addr  string // of the broker
	state *observe.State
	trial admin.Trial
	began time.Time
}

func (d *demo) run(ctx context.Context, s *streams) error {
	topics := []embedded.Topic{}
	for _, name := range []string{"in", "scored", "quality", "errors", "dead", "results"} {
		topics = append(topics, embedded.Topic{Name: "census." + name, Partitions: demoPartition})
	}
	b, err := embedded.Start(embedded.Options{Topics: topics})
	if err != nil {
		return fmt.Errorf("starting the embedded broker: %w", err)
	}
	defer b.Close()
	listen, err := d.prepare(s, b.Addr())
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	group, running := errgroup.WithContext(ctx)
	fmt.Fprintf(d.out, "embedded broker on %s, feed census-profile, %d partitions\n", b.Addr(), demoPartition)
	keep := func() {}
	if d.cmd.Keep {
		web, err := d.admin(listen)
		if err != nil {
			return err
		}
		group.Go(web.Serve)
		group.Go(func() error {
			<-running.Done()
			_ = shutdown(web) // a request that is cut off harms nobody
			return nil
		})
		fmt.Fprintf(d.out, "page on http://%s/\n", web.Addr())
		keep = func() {
			fmt.Fprintf(d.out, "\nstill running; Ctrl-C ends it\n  page       http://%s/\n  status     http://%s/status\n"+
				"  load more  assay load people.csv --brokers %s --topic census.in\n", web.Addr(), web.Addr(), b.Addr())
			<-running.Done()
		}
	}
	group.Go(func() error { return d.svc.Run(running) })
	group.Go(func() error {
		defer stop() // everything else ends with the play
		totals, err := d.play(running)
		if err != nil {
			return err
		}
		keep()
		if !d.cmd.Keep && d.live != nil && !d.cmd.JSON {
			fmt.Fprintln(d.out, "\nassay demo --keep leaves it running and shows it in a browser")
		}
		if d.cmd.JSON {
			return json.NewEncoder(d.out).Encode(totals)
		}
		return nil
	})
	return group.Wait()
}

// prepare makes the service, which connects when it runs, and gives the address of the admin server.
func (d *demo) prepare(s *streams, addr string) (listen string, err error) {
	// The demo does not look at the environment: it shows the same thing everywhere.
	settings, _, err := config.Load(config.Source{Env: []string{"ASSAY_KAFKA_BROKERS=" + addr, "ASSAY_INSTANCE=demo"}})
	if err != nil {
		return "", err
	}
	feeds, err := service.Load(settings)
	if err != nil {
		return "", err
	}
	log := observe.NewLogger(s.err, observe.LogOptions{Level: slog.LevelWarn, Terminal: isTerminal(s.errFile)})
	version, _ := buildVersion()
	d.addr, d.trial = addr, trialOf(settings, feeds)
	d.state = observe.New(observe.Options{Version: version, Instance: "demo", Log: log})
	d.svc, err = service.New(settings, feeds, d.state, log)
	return settings.Admin.Listen, err
}

// admin takes the usual port, or a free one where another process has that.
func (d *demo) admin(listen string) (*admin.Server, error) {
	if web, err := admin.New(d.state, admin.Options{Listen: listen, Trial: d.trial}); err == nil {
		return web, nil
	}
	return admin.New(d.state, admin.Options{Listen: "127.0.0.1:0", Trial: d.trial})
}

// play loads the sample, waits until all of it has been worked on, and shows what came out.
func (d *demo) play(ctx context.Context) (totals demoTotals, err error) {
	d.began = time.Now()
	group, running := errgroup.WithContext(ctx)
	sent := make(chan int64, 1)
	group.Go(func() error {
		n, err := d.load(running)
		if err != nil {
			return fmt.Errorf("loading the sample: %w", err)
		}
		sent <- n
		return nil
	})
	group.Go(func() error { return d.watch(running, sent) })
	if err := group.Wait(); err != nil {
		return totals, err
	}
	t := d.status().Totals
	totals = demoTotals{Rows: t.Rows, Scored: t.RowsScored, Dead: t.RowsDead, Flagged: t.RowsFlagged, Seconds: time.Since(d.began).Seconds()}
	if err := d.show(ctx); err != nil {
		return totals, err
	}
	_, err = fmt.Fprintf(d.out, "\n%s in: %s scored (%s of them with a value not recognised),\n%s refused; %s refused; exactly once, in %s\n",
		count(t.Rows, "row"), thousands(t.RowsScored), thousands(t.RowsFlagged), thousands(t.RowsDead), count(t.ChunksDead, "chunk"),
		duration(totals.Seconds))
	return totals, err
}

// load draws the rows and writes them to the input topic, with one chunk in the middle that lacks columns. It gives the
// number of chunks.
func (d *demo) load(ctx context.Context) (chunks int64, err error) {
	l, err := newLoader(ctx, d.svc.Client, []string{d.addr}, "census.in", wire.LZ4)
	if err != nil {
		return 0, err
	}
	bad, err := schemas.Feeds.ReadFile("feeds/census-profile/bad-chunk.csv")
	if err != nil {
		return 0, err
	}
	g := census.New(demoSeed, census.Options{ABS: true, Flagged: demoFlagged, Broken: demoBroken})
	header := bytes.Clone(g.Header())
	chunk := append([]byte{}, header...)
	badSent := false
	for row := range d.cmd.Rows {
		chunk = g.Append(chunk, 1)
		if len(chunk) < demoChunk && row+1 < d.cmd.Rows {
			continue
		}
		if err := l.add(ctx, nil, chunk); err != nil {
			return 0, err
		}
		chunk = append(chunk[:0], header...)
		if !badSent && row >= d.cmd.Rows/2 {
			badSent = true
			if err := l.add(ctx, nil, bad); err != nil {
				return 0, err
			}
		}
	}
	err = l.flush(ctx)
	return l.sent, err
}

// watch shows how far the work is until all chunks have been committed, once their number is known: ten times a second on a
// terminal, and a line a second elsewhere.
func (d *demo) watch(ctx context.Context, sent <-chan int64) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	if d.live != nil {
		defer d.live.clear()
	}
	chunks := int64(-1)
	for n := 1; ; n++ {
		select {
		case chunks = <-sent:
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		f := d.status()
		switch {
		case chunks >= 0 && f.Totals.Chunks >= chunks:
			if d.live != nil {
				d.live.clear()
			}
			_, err := fmt.Fprintln(d.out, d.progress(&f))
			return err
		case d.live != nil && n%5 == 0:
			d.live.show(d.progress(&f))
		case d.live == nil && n%50 == 0:
			fmt.Fprintln(d.out, d.progress(&f))
		}
	}
}

func (d *demo) status() observe.FeedStatus {
	for _, f := range d.state.Status().Feeds {
		return f
	}
	return observe.FeedStatus{}
}

func (d *demo) progress(f *observe.FeedStatus) string {
	lag := int64(0)
	for _, p := range f.Partitions {
		lag += p.LagMessages
	}
	seconds := time.Since(d.began).Seconds()
	return fmt.Sprintf("%s scored, %s rows/s, %.0f MB/s in, lag %s", count(f.Totals.RowsScored, "row"),
		thousands(perSecond(f.Totals.Rows, seconds)), float64(f.Totals.BytesIn)/1e6/seconds, count(lag, "chunk"))
}
