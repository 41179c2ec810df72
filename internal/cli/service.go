package cli

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/config"
	"github.com/assay-dev/assay/internal/encode"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/lane"
	"github.com/assay-dev/assay/internal/observe"
	"github.com/assay-dev/assay/internal/wire"
)

// service runs the feeds of the settings in this process.
type service struct {
	settings   *config.Settings
	feeds      []runningFeed
	state      *observe.State
	log        *slog.Logger
	client     *broker.Client
	acceptLost []broker.TopicPartition
}

// runningFeed is a feed of the settings with its contract.
type runningFeed struct {
	settings *config.Feed
	contract *feed.Contract
}

// loadFeeds reads and compiles the contracts of all feeds, so that settings that pass it start.
func loadFeeds(s *config.Settings) ([]runningFeed, error) {
	var feeds []runningFeed
	for i := range s.Feeds {
		f := &s.Feeds[i]
		c, err := contract(f.Feed)
		if err != nil {
			return nil, &exitError{code: exitUsage, err: err}
		}
		if _, err := engine.Compile(c, engine.Options{}); err != nil {
			return nil, &exitError{code: exitUsage, err: err}
		}
		feeds = append(feeds, runningFeed{f, c})
	}
	return feeds, nil
}

// contract loads a feed of the settings: a pack's name, or a path.
func contract(name string) (*feed.Contract, error) {
	if !strings.ContainsAny(name, `/\`) && filepath.Ext(name) == "" {
		return feed.Pack(name)
	}
	dir, file := filepath.Split(name)
	if dir == "" {
		dir = "."
	}
	return feed.Load(os.DirFS(dir), file)
}

// newService connects to nothing yet: brokers may come later.
func newService(s *config.Settings, feeds []runningFeed, state *observe.State, log *slog.Logger) (*service, error) {
	svc := &service{settings: s, feeds: feeds, state: state, log: log}
	var err error
	svc.client, err = broker.NewClient(broker.Config{
		Brokers: s.Kafka.Brokers, ClientID: svc.clientID(),
		OnRetry: func(err error) { log.Debug("asking again", "error", err) },
	})
	if err != nil {
		return nil, err
	}
	for _, f := range feeds {
		state.Feed(f.contract.Feed) // known before the first probe asks
	}
	return svc, nil
}

// clientID is what the brokers' logs and quotas know this process by.
func (s *service) clientID() string { return "assay-" + s.settings.Instance }

// run runs all feeds until ctx ends, then ends their open transactions and leaves their groups. A feed that cannot go on ends
// the others too.
func (s *service) run(ctx context.Context) error {
	defer s.client.Close()
	stop, cancel := context.WithCancel(ctx)
	defer cancel()
	var group errgroup.Group
	for _, f := range s.feeds {
		group.Go(func() error {
			defer cancel()
			return s.feed(context.WithoutCancel(ctx), stop, f)
		})
	}
	return group.Wait()
}

// feed runs one feed until stop ends, and then, within ctx, ends what is open.
func (s *service) feed(ctx, stop context.Context, running runningFeed) error {
	f, c := running.settings, running.contract
	watch := s.state.Feed(c.Feed)
	topics := s.topics(stop, f, watch)
	if topics == nil {
		return nil
	}
	lanes := s.settings.Lanes
	if lanes == 0 {
		lanes = runtime.GOMAXPROCS(0)
	}
	program, err := engine.Compile(c, s.options(f, topics))
	if err != nil {
		return err
	}
	codec, err := wire.ParseCodec(f.Scored.Compression)
	if err != nil {
		return err
	}
	group := s.settings.Group + "." + c.Feed
	log := s.log.With("feed", c.Feed)
	return lane.Run(ctx, stop.Done(), &lane.Config{
		Group: group, Instance: s.settings.Instance, Inputs: f.Input.Topics, Outputs: topics.names,
		Program: func() *engine.Program { return program }, Broker: s.client,
		Join: func() (broker.Member, error) {
			return broker.NewMember(broker.MemberConfig{
				Brokers: s.settings.Kafka.Brokers, ClientID: s.clientID(), Group: group, Topics: f.Input.Topics,
				SessionTimeout: s.settings.Kafka.SessionTimeout,
			})
		},
		Lanes: lanes, Codec: codec,
		Commit:        lane.Commit{Every: s.settings.Commit.Every, Idle: s.settings.Commit.Idle, Bytes: int(s.settings.Commit.Bytes)},
		BytesInFlight: int(s.settings.Limits.BytesInFlight), DecompressedBytes: int(s.settings.Limits.DecompressedBytes),
		TransactionTimeout: s.settings.Kafka.TransactionTimeout, SettleTimeout: min(settleTimeout, s.settings.Kafka.SessionTimeout*3/4),
		Start: startOf(s.settings.Start), AcceptDataLost: s.acceptLost, MaxMessage: topics.maxMessage,
		Feed: watch, Log: log,
	})
}

// settleTimeout is the longest that the open transaction may take to end when the process stops or loses its partitions. Of the
// ten seconds that a stop may take it leaves enough to give the transaction up and to leave the group when nothing answers,
// three seconds together. It is within the session timeout, since heartbeats end with the generation.
const settleTimeout = 5 * time.Second

func startOf(s config.Start) int64 {
	switch {
	case s.Latest:
		return broker.Latest
	case s.At.IsZero():
		return broker.Earliest
	}
	return s.At.UnixMilli()
}

// options are the settings of a feed as the engine takes them.
func (s *service) options(f *config.Feed, t *feedTopics) engine.Options {
	o := engine.Options{
		ColumnsOnly: f.Scored.Columns == "scores", ByKey: f.Scored.Partition == "key", Allowed: f.Scored.HeadersAllowed,
		Partitions: t.partitions, FieldBytes: int(s.settings.Limits.FieldBytes), Columns: s.settings.Limits.Columns,
		Findings: s.settings.Limits.Findings, ChunkBytes: int64(s.settings.Limits.ChunkBytes),
		DecompressedBytes: int64(s.settings.Limits.DecompressedBytes),
	}
	o.Format, _ = engine.ParseFormat(f.Scored.Format) // checked with the settings
	switch f.Scored.Headers {
	case "none":
		o.Headers = encode.HeadersNone
	case "all":
		o.Headers = encode.HeadersAll
	default:
		o.Headers = encode.HeadersSource
	}
	for i, name := range t.names {
		o.Disabled[i] = name == ""
	}
	return o
}
