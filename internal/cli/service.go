package cli

import (
	"context"
	"errors"
	"fmt"
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
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/lane"
	"github.com/assay-dev/assay/internal/observe"
	"github.com/assay-dev/assay/internal/wire"
)

// service runs the feeds of the settings in this process.
type service struct {
	settings   *config.Settings
	state      *observe.State
	log        *slog.Logger
	client     *broker.Client
	acceptLost []broker.TopicPartition
	poison     bool // tests only
}

// newService connects to nothing yet: brokers may come later.
func newService(s *config.Settings, state *observe.State, log *slog.Logger) (*service, error) {
	c, err := broker.NewClient(broker.Config{Brokers: s.Kafka.Brokers, ClientID: "assay-" + s.Instance})
	if err != nil {
		return nil, err
	}
	return &service{settings: s, state: state, log: log, client: c}, nil
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

// run runs all feeds until ctx ends, then ends their open transactions and leaves their groups.
func (s *service) run(ctx context.Context) error {
	defer s.client.Close()
	type ready struct {
		f        *config.Feed
		contract *feed.Contract
	}
	var feeds []ready
	for i := range s.settings.Feeds {
		f := &s.settings.Feeds[i]
		c, err := contract(f.Feed)
		if err != nil {
			return &exitError{code: exitUsage, err: err}
		}
		if _, err := engine.Compile(c, engine.Options{}); err != nil {
			return &exitError{code: exitUsage, err: err}
		}
		s.state.Feed(c.Feed) // known before the first probe asks
		feeds = append(feeds, ready{f, c})
	}
	group, running := errgroup.WithContext(context.WithoutCancel(ctx))
	for _, r := range feeds {
		group.Go(func() error { return s.feed(running, ctx.Done(), r.f, r.contract) })
	}
	return group.Wait()
}

// feed runs one feed until stop is closed.
func (s *service) feed(ctx context.Context, stop <-chan struct{}, f *config.Feed, c *feed.Contract) error {
	watch := s.state.Feed(c.Feed)
	topics, err := s.topics(ctx, stop, f, watch)
	if err != nil || topics == nil {
		return err
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
	return lane.Run(ctx, stop, &lane.Config{
		Group: group, Instance: s.settings.Instance, Inputs: f.Input.Topics, Outputs: topics.names,
		Program: program, Broker: s.client,
		Join: func() (broker.Member, error) {
			return broker.NewMember(broker.MemberConfig{
				Brokers: s.settings.Kafka.Brokers, Group: group, Topics: f.Input.Topics, SessionTimeout: s.settings.Kafka.SessionTimeout,
			})
		},
		Lanes: lanes, Codec: codec,
		Commit:        lane.Commit{Every: s.settings.Commit.Every, Idle: s.settings.Commit.Idle, Bytes: int(s.settings.Commit.Bytes)},
		BytesInFlight: int(s.settings.Limits.BytesInFlight), DecompressedBytes: int(s.settings.Limits.DecompressedBytes),
		TransactionTimeout: s.settings.Kafka.TransactionTimeout, SettleTimeout: settleTimeout,
		Start: startOf(s.settings.Start), AcceptDataLost: s.acceptLost, MaxMessage: topics.maxMessage,
		Feed: watch, Log: log, Poison: s.poison,
	})
}

// settleTimeout is how long the open transaction may take to end when the process stops or loses its partitions. It leaves
// time to leave the group within the ten seconds that a stop may take.
const settleTimeout = 7 * time.Second

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

// feedTopics is what the brokers say of a feed's topics.
type feedTopics struct {
	names      [flow.Outputs]string
	partitions [flow.Outputs]int32
	maxMessage [flow.Outputs]int
}

func outputNames(f *config.Feed) [flow.Outputs]string {
	return [flow.Outputs]string{
		flow.Scored: f.Scored.Topic, flow.Quality: f.Quality.Topic, flow.Errors: f.Errors.Topic,
		flow.Dead: f.Dead.Topic, flow.Results: f.Results.Topic,
	}
}

// topics waits until all topics of a feed are there and gives what they are like. It gives nil when stop is closed first.
func (s *service) topics(ctx context.Context, stop <-chan struct{}, f *config.Feed, watch *observe.Feed) (*feedTopics, error) {
	for {
		t, cond := s.lookUp(ctx, f)
		if cond == nil {
			watch.Clear(observe.BrokerAway)
			watch.Clear(observe.TopicMissing)
			watch.Clear(observe.OutputPartitions)
			return t, nil
		}
		watch.Set(*cond)
		select {
		case <-time.After(time.Second):
		case <-stop:
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// lookUp asks the brokers once; what is wrong comes back as a condition.
func (s *service) lookUp(ctx context.Context, f *config.Feed) (*feedTopics, *observe.Condition) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	t := &feedTopics{names: outputNames(f)}
	all := append([]string{}, f.Input.Topics...)
	for _, name := range t.names {
		if name != "" {
			all = append(all, name)
		}
	}
	meta, err := s.client.Metadata(ctx, all...)
	if err != nil {
		return nil, &observe.Condition{Kind: observe.BrokerAway, Text: err.Error()}
	}
	var missing []string
	for _, name := range all {
		if topic := meta.Topics[name]; topic.Err != nil {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, &observe.Condition{Kind: observe.TopicMissing, Text: fmt.Sprintf("waiting for %s: make them with assay topics --create", strings.Join(missing, ", "))}
	}
	configs, err := s.client.TopicConfigs(ctx, all...)
	if err != nil && !errors.As(err, new(*broker.Error)) {
		return nil, &observe.Condition{Kind: observe.BrokerAway, Text: err.Error()}
	}
	most := 0
	for _, name := range f.Input.Topics {
		most = max(most, len(meta.Topics[name].Leaders))
	}
	for i, name := range t.names {
		if name == "" {
			continue
		}
		t.partitions[i] = int32(len(meta.Topics[name].Leaders))
		t.maxMessage[i] = configs[name].MaxMessageBytes
	}
	if n := int(t.partitions[flow.Scored]); f.Scored.Partition == "source" && n < most {
		return nil, &observe.Condition{Kind: observe.OutputPartitions, Text: fmt.Sprintf("%s has %d partitions, its input %d: add partitions, or set partition: key", f.Scored.Topic, n, most)}
	}
	return t, nil
}
