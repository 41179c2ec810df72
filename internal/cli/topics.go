package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/config"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/service"
)

type topicsCmd struct {
	settingsFlags
	Create      bool  `help:"Create the topics that lack."`
	Partitions  int32 `placeholder:"N" help:"Partitions of a created topic (default: as many as the feed's input has, or 4)."`
	Replication int16 `placeholder:"N" help:"Replicas of a created topic (default: the brokers' default)."`
	JSON        bool  `help:"Print one JSON line."`
}

// useInput is the use of the topics that a feed reads.
const useInput = "input"

// topicState is what topics tells of one topic.
type topicState struct {
	Topic      string `json:"topic"`
	Feed       string `json:"feed"`
	Use        string `json:"use"`
	Exists     bool   `json:"exists"`
	Created    bool   `json:"created,omitempty"`
	Partitions int    `json:"partitions"`
	MaxMessage int    `json:"max_message_bytes"`
	Problem    string `json:"problem,omitempty"`
}

func (c *topicsCmd) Run(ctx context.Context, s *streams) error {
	settings, _, err := c.load()
	if err != nil {
		return err
	}
	switch {
	case c.Partitions < 0:
		return usageError("--partitions must be at least 1, not %d", c.Partitions)
	case c.Replication < 0:
		return usageError("--replication must be at least 1, not %d", c.Replication)
	case c.Replication > 0 && !c.Create:
		return usageError("--replication is for --create")
	}
	client, err := contact(settings.Kafka.Brokers, "topics")
	if err != nil {
		return err
	}
	defer client.Close()
	states := wanted(settings)
	look := func(ctx context.Context) error { return lookAt(ctx, client, states) }
	if err := ask(ctx, settings.Kafka.Brokers, look); err != nil {
		return err
	}
	if c.Create {
		if err := c.create(ctx, client, states); err != nil {
			return err
		}
		if err := ask(ctx, settings.Kafka.Brokers, look); err != nil {
			return err
		}
	}
	judgeTopics(settings, states)
	for _, t := range states {
		if n := int(c.Partitions); n > 0 && t.Exists && t.Partitions != n && t.Problem == "" {
			t.Problem = fmt.Sprintf("has %d partitions, not %d: assay changes no topic that exists", t.Partitions, n)
		}
	}
	if err := c.print(s, states); err != nil {
		return err
	}
	if slices.ContainsFunc(states, func(t *topicState) bool { return t.Problem != "" }) {
		return &exitError{code: exitFindings}
	}
	return nil
}

// wanted lists the topics that the settings name, feed by feed.
func wanted(s *config.Settings) []*topicState {
	var all []*topicState
	for i := range s.Feeds {
		f := &s.Feeds[i]
		for _, t := range f.Input.Topics {
			all = append(all, &topicState{Topic: t, Feed: f.Feed, Use: useInput})
		}
		for o, t := range service.OutputNames(f) {
			if t != "" {
				all = append(all, &topicState{Topic: t, Feed: f.Feed, Use: flow.Output(o).String()})
			}
		}
	}
	return all
}

// lookAt asks the brokers what the topics are like.
func lookAt(ctx context.Context, client *broker.Client, states []*topicState) error {
	names := make([]string, 0, len(states))
	for _, t := range states {
		names = append(names, t.Topic)
	}
	meta, err := client.Metadata(ctx, names...)
	if err != nil {
		return err
	}
	var there []string
	for _, t := range states {
		topic := meta.Topics[t.Topic]
		if broker.IsUnknownTopic(topic.Err) {
			continue
		}
		if topic.Err != nil {
			return topic.Err
		}
		t.Exists, t.Partitions = true, len(topic.Leaders)
		there = append(there, t.Topic)
	}
	if len(there) == 0 {
		return nil
	}
	configs, err := client.TopicConfigs(ctx, there...)
	if err != nil {
		return err
	}
	for _, t := range states {
		t.MaxMessage = configs[t.Topic].MaxMessageBytes
	}
	return nil
}

// freshPartitions is how many partitions topics get when nothing says how many there should be.
const freshPartitions = 4

// createTimeout bounds the creation of all topics, until each of their partitions has a leader.
const createTimeout = 30 * time.Second

func (c *topicsCmd) create(ctx context.Context, client *broker.Client, states []*topicState) error {
	var fresh []broker.NewTopic
	for _, t := range states {
		if t.Exists {
			continue
		}
		t.Created = true
		if !slices.ContainsFunc(fresh, func(n broker.NewTopic) bool { return n.Name == t.Topic }) {
			n := cmp.Or(c.Partitions, int32(inputOf(states, t.Feed).partitions), freshPartitions)
			fresh = append(fresh, broker.NewTopic{Name: t.Topic, Partitions: n, Replication: c.Replication})
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, createTimeout)
	defer cancel()
	if err := client.CreateTopics(limited, fresh); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("creating topics: %w", err)
	}
	return nil
}

// inputTopic is what the inputs of a feed are like together.
type inputTopic struct{ partitions, maxMessage int }

func inputOf(states []*topicState, feed string) (in inputTopic) {
	for _, t := range states {
		if t.Feed == feed && t.Use == useInput {
			in = inputTopic{max(in.partitions, t.Partitions), max(in.maxMessage, t.MaxMessage)}
		}
	}
	return in
}

// judgeTopics notes what would keep the feeds from running.
func judgeTopics(s *config.Settings, states []*topicState) {
	bySource := map[string]bool{}
	for i := range s.Feeds {
		bySource[s.Feeds[i].Feed] = s.Feeds[i].Scored.Partition == "source"
	}
	for _, t := range states {
		in := inputOf(states, t.Feed)
		switch {
		case !t.Exists:
			t.Problem = "missing"
		case t.Use == flow.Scored.String() && bySource[t.Feed] && t.Partitions < in.partitions:
			t.Problem = fmt.Sprintf("fewer partitions than the input's %d", in.partitions)
		case t.Use == flow.Dead.String() && t.MaxMessage > 0 && t.MaxMessage < in.maxMessage:
			t.Problem = fmt.Sprintf("takes smaller messages than the input's %s", thousands(int64(in.maxMessage)))
		}
	}
	slices.SortStableFunc(states, func(a, b *topicState) int { return cmp.Compare(a.Feed, b.Feed) })
}

func (c *topicsCmd) print(s *streams, states []*topicState) error {
	if c.JSON {
		return json.NewEncoder(s.out).Encode(map[string]any{"topics": states})
	}
	w := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "TOPIC\tFEED\tUSE\tPARTITIONS\tMAX MESSAGE\tSTATE")
	missing := 0
	for _, t := range states {
		state := cmp.Or(t.Problem, "ok")
		if t.Problem == "" && t.Created {
			state = "created"
		}
		partitions, size := "-", "-"
		if t.Exists {
			partitions, size = fmt.Sprint(t.Partitions), thousands(int64(t.MaxMessage))
		} else {
			missing++
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", t.Topic, t.Feed, t.Use, partitions, size, state)
	}
	err := w.Flush()
	if missing > 0 {
		_, e := fmt.Fprintf(s.err, "%s missing; assay topics --create makes what is missing\n", count(int64(missing), "topic"))
		err = errors.Join(err, e)
	}
	return err
}
