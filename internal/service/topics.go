package service

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/config"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/observe"
)

// feedTopics is what the brokers say of a feed's topics.
type feedTopics struct {
	names      [flow.Outputs]string
	partitions [flow.Outputs]int32
	maxMessage [flow.Outputs]int
}

// OutputNames gives the topics that a feed writes.
func OutputNames(f *config.Feed) [flow.Outputs]string {
	return [flow.Outputs]string{
		flow.Scored: f.Scored.Topic, flow.Quality: f.Quality.Topic, flow.Errors: f.Errors.Topic,
		flow.Dead: f.Dead.Topic, flow.Results: f.Results.Topic,
	}
}

// lookTimeout bounds one question about the topics.
const lookTimeout = 10 * time.Second

// The service asks for topics that lack, or brokers that are away, at growing intervals.
const (
	firstLook = 500 * time.Millisecond
	lastLook  = 5 * time.Second
)

// topics waits until all topics of a feed are there and gives what they are like, or nil when ctx ends first.
func (s *Service) topics(ctx context.Context, f *config.Feed, watch *observe.Feed) *feedTopics {
	for wait := firstLook; ; wait = min(2*wait, lastLook) {
		t, condition := s.lookUp(ctx, f)
		if ctx.Err() != nil {
			return nil
		}
		for _, k := range []observe.Kind{observe.BrokerAway, observe.TopicMissing, observe.OutputPartitions} {
			if condition == nil || condition.Kind != k {
				watch.Clear(k)
			}
		}
		if condition == nil {
			return t
		}
		watch.Set(*condition)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}
	}
}

// lookUp asks the brokers once; what is wrong comes back as a condition.
func (s *Service) lookUp(ctx context.Context, f *config.Feed) (*feedTopics, *observe.Condition) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	t := &feedTopics{names: OutputNames(f)}
	all := append([]string{}, f.Input.Topics...)
	for _, name := range t.names {
		if name != "" {
			all = append(all, name)
		}
	}
	meta, err := s.Client.Metadata(ctx, all...)
	if err != nil {
		return nil, &observe.Condition{Kind: observe.BrokerAway, Text: err.Error()}
	}
	var missing []string
	for _, name := range all {
		switch err := meta.Topics[name].Err; {
		case broker.IsUnknownTopic(err):
			missing = append(missing, name)
		case err != nil:
			return nil, &observe.Condition{Kind: observe.BrokerAway, Text: err.Error()}
		}
	}
	if len(missing) > 0 {
		text := fmt.Sprintf("waiting for %s: make it with assay topics --create", missing[0])
		if len(missing) > 1 {
			text = fmt.Sprintf("waiting for %s: make them with assay topics --create", strings.Join(missing, ", "))
		}
		return nil, &observe.Condition{Kind: observe.TopicMissing, Text: text}
	}
	configs, err := s.Client.TopicConfigs(ctx, all...)
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
		text := fmt.Sprintf("%s has %d of its input's %d partitions: add some, or set scored.partition to key", f.Scored.Topic, n, most)
		return nil, &observe.Condition{Kind: observe.OutputPartitions, Text: text}
	}
	return t, nil
}
