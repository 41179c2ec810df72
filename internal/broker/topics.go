package broker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// TopicConfig is what matters of a topic's configuration.
type TopicConfig struct {
	MaxMessageBytes int           // of a record batch, header and all
	CleanupPolicy   string        // delete, compact, or both with a comma
	Retention       time.Duration // -1 is for ever
	RetentionBytes  int64         // of a partition; -1 is no limit
	MinInsync       int           // replicas that must have a batch before it is acknowledged
	AppendTime      bool          // records get the broker's time
	Values          map[string]string
}

// NewTopic is a topic to create.
type NewTopic struct {
	Name        string
	Partitions  int32 // 0 means the broker's default
	Replication int16 // 0 means the broker's default
	Configs     map[string]string
}

const topicResource int8 = 2

// TopicConfigs gives the configuration of topics; one that does not exist is left out.
func (c *Client) TopicConfigs(ctx context.Context, topics ...string) (map[string]TopicConfig, error) {
	w := c.begin(apiDescribeConfigs)
	w.array(len(topics))
	for _, t := range topics {
		w.int8(topicResource)
		w.string(t)
		w.int32(-1) // all
	}
	w.bool(false) // synonyms
	var configs map[string]TopicConfig
	err := c.retry(ctx, true, func() error {
		configs = make(map[string]TopicConfig, len(topics))
		var refusal *Error
		err := c.ask(ctx, apiDescribeConfigs, anyNode, w, func(r *reader) {
			r.int32() // throttle
			for n := r.array(); n > 0; n-- {
				code, message := r.int16(), r.string()
				r.int8() // kind
				name := r.string()
				values := readConfigs(r)
				switch code {
				case 0:
					configs[name] = topicConfig(values)
				case codeUnknownTopic:
				default:
					refusal = &Error{API: apiDescribeConfigs.name, Code: code, Topic: name, Partition: -1, Message: message}
				}
			}
		})
		return first(err, refusal)
	})
	if err != nil {
		return nil, err
	}
	return configs, nil
}

func readConfigs(r *reader) map[string]string {
	values := make(map[string]string)
	for n := r.array(); n > 0; n-- {
		name, value := r.string(), r.text()
		r.bool() // read only
		r.int8() // source
		if sensitive := r.bool(); value != nil && !sensitive {
			values[name] = string(value)
		}
		for k := r.array(); k > 0; k-- { // synonyms
			r.text()
			r.text()
			r.int8()
		}
	}
	return values
}

func topicConfig(values map[string]string) TopicConfig {
	number := func(name string) int64 {
		n, err := strconv.ParseInt(values[name], 10, 64)
		if err != nil {
			return -1 // not told
		}
		return n
	}
	t := TopicConfig{
		MaxMessageBytes: int(number("max.message.bytes")),
		CleanupPolicy:   values["cleanup.policy"],
		Retention:       -1,
		RetentionBytes:  number("retention.bytes"),
		MinInsync:       int(number("min.insync.replicas")),
		AppendTime:      values["message.timestamp.type"] == "LogAppendTime",
		Values:          values,
	}
	// Longer than 292 years is for ever.
	if ms := number("retention.ms"); ms >= 0 && ms < int64(1<<63-1)/int64(time.Millisecond) {
		t.Retention = time.Duration(ms) * time.Millisecond
	}
	return t
}

// CreateTopics creates topics and waits until metadata names a leader for each of their partitions. A refusal of one topic
// does not keep the others from being created; the error joins all refusals, and IsTopicExists tells a topic that is there.
// A topic that is there after an answer was lost or late counts as created.
func (c *Client) CreateTopics(ctx context.Context, topics []NewTopic) error {
	w := c.createTopicsRequest(topics)
	var refusals []error
	var created []string
	doubt := false // an earlier try may have created some
	err := c.retry(ctx, true, func() error {
		refusals, created = nil, nil
		var again *Error
		err := c.ask(ctx, apiCreateTopics, controllerNode, w, func(r *reader) {
			r.int32() // throttle
			for n := r.array(); n > 0; n-- {
				name, code, message := r.string(), r.int16(), r.string()
				e := &Error{API: apiCreateTopics.name, Code: code, Topic: name, Partition: -1, Message: message}
				switch _, transient := retried[code]; {
				case code == 0:
					created = append(created, name)
				case code == codeTopicExists && doubt:
					created = append(created, name)
				case transient:
					again = e
				default:
					refusals = append(refusals, e)
				}
			}
		})
		doubt = true
		return first(err, again)
	})
	if err != nil {
		return err
	}
	if len(created) > 0 {
		if err := c.awaitLeaders(ctx, created); err != nil {
			refusals = append(refusals, fmt.Errorf("wait for leaders: %w", err))
		}
	}
	return errors.Join(refusals...)
}

func (c *Client) createTopicsRequest(topics []NewTopic) writer {
	w := c.begin(apiCreateTopics)
	w.array(len(topics))
	for _, t := range topics {
		w.string(t.Name)
		w.int32(orDefault(t.Partitions))
		w.int16(orDefault(t.Replication))
		w.array(0) // replicas by hand
		w.array(len(t.Configs))
		for _, k := range slices.Sorted(maps.Keys(t.Configs)) {
			w.string(k)
			w.string(t.Configs[k])
		}
	}
	w.int32(int32(c.config.RequestTimeout.Milliseconds()))
	w.bool(false) // only check
	return w
}

func orDefault[N int16 | int32](n N) N {
	if n == 0 {
		return -1
	}
	return n
}

// awaitLeaders waits until any broker names a leader for every partition: creation is announced before it is everywhere.
func (c *Client) awaitLeaders(ctx context.Context, topics []string) error {
	return c.retry(ctx, true, func() error {
		m, err := c.Metadata(ctx, topics...)
		if err != nil {
			return err
		}
		for name, t := range m.Topics {
			if t.Err != nil {
				return t.Err
			}
			if i := slices.Index(t.Leaders, -1); i >= 0 {
				return &Error{API: apiMetadata.name, Code: codeLeaderNotAvailable, Topic: name, Partition: int32(i)}
			}
		}
		return nil
	})
}
