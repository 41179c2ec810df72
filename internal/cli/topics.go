package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/config"
	"github.com/assay-dev/assay/internal/flow"
)

type topicsCmd struct {
	settingsFlags
	Create      bool  `help:"Create the topics that lack."`
	Partitions  int32 `default:"4" help:"Partitions of a created topic."`
	Replication int16 `default:"-1" help:"Replicas of a created topic; -1 is the broker's default."`
	JSON        bool  `help:"Print one JSON line."`
}

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

func (c *topicsCmd) Run(ctx *interrupted, s *streams) error {
	settings, _, err := c.load()
	if err != nil {
		return err
	}
	if c.Partitions < 1 {
		return usageError("--partitions must be at least 1, not %d", c.Partitions)
	}
	client, err := broker.NewClient(broker.Config{Brokers: settings.Kafka.Brokers, ClientID: "assay-topics"})
	if err != nil {
		return err
	}
	defer client.Close()
	states := wanted(settings)
	if err := look(ctx, client, states); err != nil {
		return err
	}
	if c.Create {
		if err := c.create(ctx, client, states); err != nil {
			return err
		}
	}
	judgeTopics(settings, states)
	if err := c.print(s, states); err != nil {
		return err
	}
	if slices.ContainsFunc(states, func(t *topicState) bool { return t.Problem != "" }) {
		return &exitError{code: exitFindings}
	}
	return nil
}

// wanted lists the topics that the settings name.
func wanted(s *config.Settings) []*topicState {
	var all []*topicState
	for i := range s.Feeds {
		f := &s.Feeds[i]
		for _, t := range f.Input.Topics {
			all = append(all, &topicState{Topic: t, Feed: f.Feed, Use: "input"})
		}
		for o, t := range outputNames(f) {
			if t != "" {
				all = append(all, &topicState{Topic: t, Feed: f.Feed, Use: flow.Output(o).String()})
			}
		}
	}
	return all
}

func look(ctx context.Context, client *broker.Client, states []*topicState) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	names := make([]string, 0, len(states))
	for _, t := range states {
		names = append(names, t.Topic)
	}
	meta, err := client.Metadata(ctx, names...)
	if err != nil {
		return fmt.Errorf("asking the brokers: %w", err)
	}
	var there []string
	for _, t := range states {
		topic := meta.Topics[t.Topic]
		if broker.IsUnknownTopic(topic.Err) {
			continue
		}
		if topic.Err != nil {
			return fmt.Errorf("asking about %s: %w", t.Topic, topic.Err)
		}
		t.Exists, t.Partitions = true, len(topic.Leaders)
		there = append(there, t.Topic)
	}
	if len(there) == 0 {
		return nil
	}
	configs, err := client.TopicConfigs(ctx, there...)
	if err != nil {
		return fmt.Errorf("reading topic configurations: %w", err)
	}
	for _, t := range states {
		t.MaxMessage = configs[t.Topic].MaxMessageBytes
	}
	return nil
}

func (c *topicsCmd) create(ctx context.Context, client *broker.Client, states []*topicState) error {
	var fresh []broker.NewTopic
	for _, t := range states {
		if !t.Exists && !slices.ContainsFunc(fresh, func(n broker.NewTopic) bool { return n.Name == t.Topic }) {
			fresh = append(fresh, broker.NewTopic{Name: t.Topic, Partitions: c.Partitions, Replication: c.Replication})
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := client.CreateTopics(ctx, fresh); err != nil {
		return fmt.Errorf("creating topics: %w", err)
	}
	for _, t := range states {
		t.Created = !t.Exists
	}
	for { // a new topic is not known at once
		if err := look(ctx, client, states); err != nil {
			return err
		}
		if !slices.ContainsFunc(states, func(t *topicState) bool { return !t.Exists }) {
			return nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("waiting for the new topics: %w", ctx.Err())
		}
	}
}

// judgeTopics notes what would keep the feeds from running.
func judgeTopics(s *config.Settings, states []*topicState) {
	most := map[string]int{}
	for _, t := range states {
		if t.Use == "input" {
			most[t.Feed] = max(most[t.Feed], t.Partitions)
		}
	}
	bySource := map[string]bool{}
	for i := range s.Feeds {
		bySource[s.Feeds[i].Feed] = s.Feeds[i].Scored.Partition == "source"
	}
	for _, t := range states {
		switch {
		case !t.Exists:
			t.Problem = "missing"
		case t.Use == "scored" && bySource[t.Feed] && t.Partitions < most[t.Feed]:
			t.Problem = fmt.Sprintf("fewer partitions than the input's %d", most[t.Feed])
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
	for _, t := range states {
		state := "ok"
		switch {
		case t.Problem != "":
			state = t.Problem
		case t.Created:
			state = "created"
		}
		if !t.Exists {
			fmt.Fprintf(w, "%s\t%s\t%s\t-\t-\t%s\n", t.Topic, t.Feed, t.Use, state)
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\n", t.Topic, t.Feed, t.Use, t.Partitions, thousands(int64(t.MaxMessage)), state)
	}
	return w.Flush()
}
