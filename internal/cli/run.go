package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/assay-dev/assay/internal/admin"
	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/config"
	"github.com/assay-dev/assay/internal/observe"
	"github.com/assay-dev/assay/internal/service"
)

type runCmd struct {
	settingsFlags
	Check          bool     `xor:"instead" help:"Check the settings and contracts, and end."`
	PrintConfig    bool     `xor:"instead" help:"Print the settings in force and where each comes from, and end."`
	AcceptDataLost []string `placeholder:"TOPIC/PARTITION" help:"Go on with a partition that has stopped because records are gone (DATA_LOST)."`
	JSON           bool     `help:"Log as JSON lines, whatever log.format says; with --check print one JSON line."`
}

func (c *runCmd) Run(ctx context.Context, s *streams) error {
	wrong := wrongFeed
	if c.PrintConfig {
		wrong = wrongPack
	}
	settings, origins, err := c.read(wrong)
	if err != nil {
		return err
	}
	if c.PrintConfig {
		if c.JSON {
			return usageError("--print-config prints YAML, which settings are written in: leave out --json")
		}
		return settings.Print(s.out, origins)
	}
	accept, err := partitions(c.AcceptDataLost, settings)
	if err != nil {
		return err
	}
	feeds, err := service.Load(settings)
	if err != nil {
		return &exitError{code: exitUsage, err: err}
	}
	if c.Check && c.JSON {
		names := []string{}
		for i := range feeds {
			names = append(names, feeds[i].Contract.Feed)
		}
		return encodeLine(s.out, map[string]any{"ok": true, "feeds": names})
	}
	if c.Check {
		_, err := fmt.Fprintf(s.out, "ok: %s\n", count(int64(len(feeds)), "feed"))
		return err
	}
	level, err := observe.ParseLevel(settings.Log.Level)
	if err != nil {
		return &exitError{code: exitUsage, err: err}
	}
	if c.JSON {
		settings.Log.Format = "json"
	}
	log := observe.NewLogger(s.err, observe.LogOptions{
		Level: level, Format: settings.Log.Format, Terminal: isTerminal(s.errFile), Limit: settings.Log.Limit,
	})
	version, _ := buildVersion()
	state := observe.New(observe.Options{
		Version: version, Instance: settings.Instance, Log: log,
		Trace: observe.TraceOptions{Endpoint: settings.Trace.Endpoint, Timeout: settings.Trace.Timeout, Queue: settings.Trace.Queue},
	})
	svc, err := service.New(settings, feeds, state, log)
	if err != nil {
		return err
	}
	svc.AcceptLost = accept
	web, err := admin.New(state, admin.Options{Listen: settings.Admin.Listen, Token: settings.Admin.Token, Trial: trialOf(settings, feeds)})
	if errors.Is(err, syscall.EADDRINUSE) {
		err = fmt.Errorf("another process listens on %s, the address of admin.listen: give another one, or ASSAY_ADMIN_LISTEN=127.0.0.1:0 for any free port", settings.Admin.Listen)
	}
	if err != nil {
		return err
	}
	log.Info("assay is running", "version", version, "brokers", strings.Join(settings.Kafka.Brokers, ","),
		"instance", settings.Instance, "admin", "http://"+web.Addr())
	if web.Hidden() {
		log.Warn("the page and /status are shown to nobody", "admin", "http://"+web.Addr(),
			"cause", "other machines can reach the address, and there is no token", "advice", "set admin.token_file, or listen on 127.0.0.1")
	}
	return serve(ctx, svc, web, state, log)
}

// serve runs the feeds beside the admin server until ctx ends, a feed cannot go on, or the server fails.
func serve(ctx context.Context, svc *service.Service, web *admin.Server, state *observe.State, log *slog.Logger) error {
	running, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var server sync.WaitGroup
	server.Go(func() {
		if err := web.Serve(); err != nil {
			cancel(fmt.Errorf("admin server: %w", err))
		}
	})
	server.Go(func() { onHangup(running, svc.Reload) })
	sending, flush := context.WithCancel(context.WithoutCancel(ctx)) // the last transactions have spans too
	defer flush()
	server.Go(func() { state.SendTraces(sending) })
	done := make(chan error, 1)
	go func() { done <- svc.Run(running) }()
	var err error
	select {
	case err = <-done:
	case <-running.Done():
		log.Info("stopping: ending the open transactions")
		state.Stopping()
		err = <-done
	}
	flush()
	if cause := context.Cause(running); ctx.Err() == nil && cause != nil {
		err = errors.Join(cause, err)
	}
	if e := shutdown(web); e != nil {
		log.Warn("closing the admin server", "cause", e)
	}
	cancel(nil)
	server.Wait()
	if err == nil {
		log.Info("stopped")
	}
	return err
}

// shutdown ends the admin server; answers under way may take a moment.
func shutdown(web *admin.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	return web.Shutdown(ctx)
}

// partitions parses TOPIC/PARTITION of inputs.
func partitions(names []string, s *config.Settings) ([]broker.TopicPartition, error) {
	inputs := map[string]bool{}
	for i := range s.Feeds {
		for _, t := range s.Feeds[i].Input.Topics {
			inputs[t] = true
		}
	}
	var all []broker.TopicPartition
	for _, name := range names {
		tp, err := parsePartition(name)
		if err != nil {
			return nil, usageError("--accept-data-lost %s: want TOPIC/PARTITION, such as census.in/3", name)
		}
		if !inputs[tp.Topic] {
			return nil, usageError("--accept-data-lost %s: no feed of the settings reads %s", name, tp.Topic)
		}
		all = append(all, tp)
	}
	return all, nil
}
