// Package service runs feeds from Kafka to Kafka in this process: it waits for their topics, joins their groups and keeps
// their lanes at work until it is told to stop. The command line and the public API both run feeds through it.
package service

import (
	"context"
	"log/slog"
	"runtime"
	"sync"
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

// Service runs the feeds of the settings in this process.
type Service struct {
	// Client is the service's own connection to Kafka, open until Run returns.
	Client *broker.Client
	// AcceptLost lists the partitions that go on although records of theirs are gone. It is set before Run.
	AcceptLost []broker.TopicPartition

	settings *config.Settings
	feeds    []Feed
	state    *observe.State
	log      *slog.Logger
}

// Feed is a feed of the settings with its contract.
type Feed struct {
	Settings *config.Feed
	Contract *feed.Contract
	// Compile makes the feed's program; nil takes the one that Load has compiled.
	Compile func(engine.Options) (*engine.Program, error)

	files  files           // that the contract was read from
	loaded *engine.Program // by Load, until the feed begins
	nudge  chan struct{}   // asks for the contract to be read again
}

func (f *Feed) program(o engine.Options) (*engine.Program, error) {
	if f.Compile != nil {
		return f.Compile(o)
	}
	loaded := f.loaded
	f.loaded = nil // or its reference sets would stay in memory when the contract changes
	return loaded.With(o)
}

// Load reads and compiles the contracts of all feeds, so that settings that pass it start.
func Load(s *config.Settings) ([]Feed, error) {
	var feeds []Feed
	for i := range s.Feeds {
		f := &s.Feeds[i]
		c, from, err := contract(f.Feed)
		if err != nil {
			return nil, err
		}
		p, err := engine.Compile(c, options(s, f))
		if err != nil {
			return nil, err
		}
		c.DropSets()
		feeds = append(feeds, Feed{Settings: f, Contract: c, files: from, loaded: p})
	}
	return feeds, nil
}

// New connects to nothing yet: brokers may come later.
func New(s *config.Settings, feeds []Feed, state *observe.State, log *slog.Logger) (*Service, error) {
	svc := &Service{settings: s, feeds: feeds, state: state, log: log}
	var err error
	svc.Client, err = broker.NewClient(broker.Config{
		Brokers: s.Kafka.Brokers, ClientID: svc.clientID(),
		OnRetry: func(err error) { log.Debug("asking again", "cause", err) },
	})
	if err != nil {
		return nil, err
	}
	for i := range feeds {
		feeds[i].nudge = make(chan struct{}, 1)
		state.Feed(feeds[i].Contract.Feed) // known before the first probe asks
	}
	return svc, nil
}

// clientID is what the brokers' logs and quotas know this process by.
func (s *Service) clientID() string { return "assay-" + s.settings.Instance }

// GroupOf gives the consumer group of a feed.
func GroupOf(s *config.Settings, c *feed.Contract) string { return s.Group + "." + c.Feed }

// Run runs all feeds until ctx ends, then ends their open transactions and leaves their groups. A feed that cannot go on ends
// the others too.
func (s *Service) Run(ctx context.Context) error {
	defer s.Client.Close()
	stop, cancel := context.WithCancel(ctx)
	defer cancel()
	var group errgroup.Group
	for i := range s.feeds {
		group.Go(func() error {
			defer cancel()
			return s.feed(context.WithoutCancel(ctx), stop, &s.feeds[i])
		})
	}
	return group.Wait()
}

// feed runs one feed until stop ends, and then, within ctx, ends what is open.
func (s *Service) feed(ctx, stop context.Context, running *Feed) error {
	f, c := running.Settings, running.Contract
	watch := s.state.Feed(c.Feed)
	topics := s.topics(stop, f, watch)
	if topics == nil {
		return nil
	}
	group := GroupOf(s.settings, c)
	if err := s.alone(stop, group, watch); err != nil || stop.Err() != nil {
		return err
	}
	lanes := s.settings.Lanes
	if lanes == 0 {
		lanes = runtime.GOMAXPROCS(0)
	}
	log := s.log.With("feed", c.Feed)
	program := &inForce{feed: running, options: options(s.settings, f), shown: watch, log: log}
	program.options.Partitions = topics.partitions
	if err := program.start(time.Now()); err != nil {
		return err
	}
	watching, unwatch := context.WithCancel(stop)
	var watcher sync.WaitGroup
	watcher.Go(func() { program.run(watching) })
	defer watcher.Wait()
	defer unwatch()
	codec, err := wire.ParseCodec(f.Scored.Compression)
	if err != nil {
		return err
	}
	return lane.Run(ctx, stop.Done(), &lane.Config{
		Group: group, Instance: s.settings.Instance, Inputs: f.Input.Topics, Outputs: topics.names,
		Program: program.current.Load, Broker: s.Client,
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
		Start: startOf(s.settings.Start), AcceptDataLost: s.AcceptLost, MaxMessage: topics.maxMessage,
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

// options are the settings of a feed as the engine takes them, without what the brokers say.
func options(s *config.Settings, f *config.Feed) engine.Options {
	o := engine.Options{
		ColumnsOnly: f.Scored.Columns == "scores", ByKey: f.Scored.Partition == "key", Allowed: f.Scored.HeadersAllowed,
		FieldBytes: int(s.Limits.FieldBytes), Columns: s.Limits.Columns,
		Findings: s.Limits.Findings, ChunkBytes: int64(s.Limits.ChunkBytes),
		DecompressedBytes: int64(s.Limits.DecompressedBytes),
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
	for i, name := range OutputNames(f) {
		o.Disabled[i] = name == ""
	}
	return o
}
