package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/assay-dev/assay/internal/admin"
	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/config"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/observe"
)

type runCmd struct {
	settingsFlags
	Check          bool     `help:"Check the settings and contracts, and end."`
	PrintConfig    bool     `help:"Print the settings in force and where each comes from, and end."`
	AcceptDataLost []string `placeholder:"TOPIC/PARTITION" help:"Go on with a partition that stopped because records are gone (DATA_LOST)."`
}

func (c *runCmd) Run(ctx *interrupted, s *streams) error {
	settings, origins, err := c.load()
	if err != nil {
		return err
	}
	accept, err := partitions(c.AcceptDataLost)
	if err != nil {
		return err
	}
	if c.PrintConfig {
		return settings.Print(s.out, origins)
	}
	if c.Check {
		return check(s, settings)
	}
	level, err := observe.ParseLevel(settings.Log.Level)
	if err != nil {
		return &exitError{code: exitUsage, err: err}
	}
	log := observe.NewLogger(s.err, level, settings.Log.Format, isTerminal(s.err))
	version, _ := buildVersion()
	state := observe.New(observe.Options{Version: version, Instance: settings.Instance, Log: log})
	web, err := admin.New(state, settings.Admin.Listen, settings.Admin.Token)
	if err != nil {
		return err
	}
	svc, err := newService(settings, state, log)
	if err != nil {
		return err
	}
	svc.acceptLost = accept
	log.Info("assay is running", "version", version, "brokers", strings.Join(settings.Kafka.Brokers, ","),
		"instance", settings.Instance, "admin", "http://"+web.Addr())
	return serve(ctx, svc, web, state, log)
}

// serve runs the feeds beside the admin server until ctx ends.
func serve(ctx context.Context, svc *service, web *admin.Server, state *observe.State, log *slog.Logger) error {
	failed := make(chan error, 1)
	go func() { failed <- web.Serve() }()
	running, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- svc.run(running) }()
	var err error
	select {
	case err = <-done:
	case e := <-failed:
		if !errors.Is(e, http.ErrServerClosed) {
			err = fmt.Errorf("admin server: %w", e)
		}
		cancel()
		err = errors.Join(err, <-done)
	case <-ctx.Done():
		log.Info("stopping: ending the open transactions")
		state.Stopping()
		err = <-done
	}
	closing, stop := context.WithTimeout(context.Background(), 2*time.Second)
	defer stop()
	if e := web.Shutdown(closing); e != nil {
		log.Warn("closing the admin server", "error", e)
	}
	if err == nil {
		log.Info("stopped")
	}
	return err
}

// check loads all contracts too, so that settings that pass it start.
func check(s *streams, settings *config.Settings) error {
	for i := range settings.Feeds {
		c, err := contract(settings.Feeds[i].Feed)
		if err != nil {
			return &exitError{code: exitUsage, err: err}
		}
		if _, err := engine.Compile(c, engine.Options{}); err != nil {
			return &exitError{code: exitUsage, err: err}
		}
	}
	_, err := fmt.Fprintf(s.out, "ok: %d feeds\n", len(settings.Feeds))
	return err
}

// partitions parses TOPIC/PARTITION.
func partitions(names []string) ([]broker.TopicPartition, error) {
	var all []broker.TopicPartition
	for _, name := range names {
		i := strings.LastIndexByte(name, '/')
		if i <= 0 {
			return nil, usageError("%q is not TOPIC/PARTITION", name)
		}
		n, err := strconv.ParseInt(name[i+1:], 10, 32)
		if err != nil || n < 0 {
			return nil, usageError("%q is not TOPIC/PARTITION: %q is no partition", name, name[i+1:])
		}
		all = append(all, broker.TopicPartition{Topic: name[:i], Partition: int32(n)})
	}
	return all, nil
}
