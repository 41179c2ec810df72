package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/assay-dev/assay/internal/config"
	"github.com/assay-dev/assay/internal/observe"
	"github.com/assay-dev/assay/internal/service"
)

// Kafka is where a feed runs. All that is not said here is as in the service's settings when nobody sets it.
type Kafka struct {
	Brokers []string // host:port, at least one

	Input  []string // topics with chunks of CSV, at least one
	Scored string   // topic of scored rows, with as many partitions as the input unless ByKey
	Dead   string   // topic of dead letters, without which refused rows would be lost
	// Topics of events; those of an empty name are not published.
	Quality, Errors, Results string

	// Group is what the feed's consumer group begins with: the group is <Group>.<feed>. The default is assay.
	Group string
	// Instance is the stable name of this process among all that run the feed; the default is the host's name. No two that run
	// may share it.
	Instance string
	// Lanes is how many goroutines with a producer each share the partitions; the default is one for each CPU.
	Lanes int
	// ByKey spreads scored rows by the hash of their key instead of keeping the partition of the input.
	ByKey bool
	// Log gets what the running feed has to say: what it waits for, what it could not do. The default drops it.
	Log *slog.Logger
}

// Run works on the input topics until ctx ends, exactly once: scored rows, events, dead letters and the position in the input
// are written in one transaction, which readers of the outputs see when their isolation level is read_committed. When ctx
// ends, Run ends what is open, leaves the group and returns nil. Brokers that are away and topics that are not there are
// waited for. The error says that the settings are wrong or that the feed cannot go on.
func (f *Feed) Run(ctx context.Context, k Kafka) error {
	settings, err := k.settings(f)
	if err != nil {
		return err
	}
	log := k.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	state := observe.New(observe.Options{Instance: settings.Instance, Log: log})
	running := service.Feed{Settings: &settings.Feeds[0], Contract: f.contract, Compile: f.compile}
	svc, err := service.New(settings, []service.Feed{running}, state, log)
	if err != nil {
		return err
	}
	return svc.Run(ctx)
}

// settings gives the settings of a process that runs the feed alone.
func (k *Kafka) settings(f *Feed) (*config.Settings, error) {
	if err := k.check(); err != nil {
		return nil, err
	}
	env := []string{"ASSAY_KAFKA_BROKERS=" + strings.Join(k.Brokers, ","), "ASSAY_GROUP=" + k.Group, "ASSAY_INSTANCE=" + k.Instance}
	s, _, err := config.Load(config.Source{Env: env})
	var wrong config.Errors
	if errors.As(err, &wrong) {
		return nil, fmt.Errorf("kafka: %s", wrong[0].Text) // without the place, which is none of the caller's
	}
	if err != nil {
		return nil, err
	}
	s.Lanes = k.Lanes
	scored := s.Feeds[0].Scored // with its defaults
	scored.Topic, scored.Format = k.Scored, string(f.options.format)
	if k.ByKey {
		scored.Partition = "key"
	}
	s.Feeds = []config.Feed{{
		Feed: f.Name(), Input: config.Input{Topics: k.Input}, Scored: scored, Dead: config.Output{Topic: k.Dead},
		Quality: config.Output{Topic: k.Quality}, Errors: config.Output{Topic: k.Errors}, Results: config.Output{Topic: k.Results},
	}}
	return s, nil
}

// check says what lacks, and which topic has two uses: a feed that reads what it writes would never end.
func (k *Kafka) check() error {
	switch {
	case len(k.Brokers) == 0:
		return errors.New("kafka: Brokers is empty")
	case len(k.Input) == 0:
		return errors.New("kafka: Input is empty")
	case k.Scored == "":
		return errors.New("kafka: Scored is empty: the topic of scored rows")
	case k.Dead == "":
		return errors.New("kafka: Dead is empty: the topic of refused rows, which would be lost without it")
	case k.Lanes < 0:
		return fmt.Errorf("kafka: Lanes is %d", k.Lanes)
	}
	uses := map[string]bool{}
	for _, topic := range append([]string{k.Scored, k.Dead, k.Quality, k.Errors, k.Results}, k.Input...) {
		if uses[topic] && topic != "" {
			return fmt.Errorf("kafka: topic %s has two uses", topic)
		}
		uses[topic] = true
	}
	return nil
}
