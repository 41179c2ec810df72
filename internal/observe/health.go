package observe

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Health holds the conditions that last. It says each of them once: when it begins, when it has something new to say (other
// words for the same trouble are no news, and only for debugging), and when it ends.
type Health struct {
	log   *slog.Logger
	now   func() time.Time
	gauge *prometheus.GaugeVec

	mu     sync.Mutex
	active map[place]*known
}

// place is what tells conditions apart.
type place struct {
	kind        Kind
	feed, topic string
	partition   int32
}

// known is a condition that lasts, with the texts that have been logged.
type known struct {
	Condition
	told []string
}

// maxTold is how many texts of one condition are logged. Lanes that meet the same trouble in different words take turns to
// set it; without a memory each turn would be a line in the log, and a text with a counter in it would never end.
const maxTold = 8

// Set begins a condition, or gives one that lasts its present text.
func (h *Health) Set(c Condition) {
	if c.Text == "" {
		c.Text = c.Kind.Text()
	}
	if c.Topic == "" {
		c.Partition = 0
	}
	at := place{c.Kind, c.Feed, c.Topic, c.Partition}
	h.mu.Lock()
	defer h.mu.Unlock()
	k, lasts := h.active[at]
	if !lasts {
		c.Since = h.now()
		k = &known{Condition: c}
		h.active[at] = k
		h.gauge.WithLabelValues(c.Kind.String(), c.Feed).Inc()
	}
	k.Text = c.Text
	if len(k.told) == maxTold || slices.Contains(k.told, c.Text) {
		return
	}
	level := declarations[c.Kind].level
	if lasts && declarations[c.Kind].once {
		level = slog.LevelDebug
	}
	k.told = append(k.told, c.Text)
	h.say(level, c.Text, k.Condition, slog.String("advice", c.Kind.Advice()))
}

// Clear ends a condition. It does nothing when there is none.
func (h *Health) Clear(kind Kind, feed, topic string, partition int32) {
	if topic == "" {
		partition = 0
	}
	h.clear(func(at place) bool { return at == place{kind, feed, topic, partition} })
}

// clear ends the conditions whose place match picks.
func (h *Health) clear(match func(place) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for at, k := range h.active {
		if !match(at) {
			continue
		}
		delete(h.active, at)
		h.gauge.WithLabelValues(at.kind.String(), at.feed).Dec()
		h.say(slog.LevelInfo, "the condition has ended", k.Condition, slog.Duration("lasted", h.now().Sub(k.Since)))
	}
}

// say logs something about a condition. It is called with the lock held, so that beginning and end keep their order.
func (h *Health) say(level slog.Level, text string, c Condition, more slog.Attr) {
	attrs := []slog.Attr{slog.String("condition", c.Kind.String())}
	if c.Feed != "" {
		attrs = append(attrs, slog.String("feed", c.Feed))
	}
	if c.Topic != "" {
		attrs = append(attrs, slog.String("topic", c.Topic))
	}
	if c.onPartition() {
		attrs = append(attrs, slog.Int("partition", int(c.Partition)))
	}
	h.log.LogAttrs(context.Background(), level, text, append(attrs, more)...)
}

// List gives the conditions that last, by kind, feed, topic and partition.
func (h *Health) List() []Condition {
	h.mu.Lock()
	list := make([]Condition, 0, len(h.active))
	for _, k := range h.active {
		list = append(list, k.Condition)
	}
	h.mu.Unlock()
	slices.SortFunc(list, func(a, b Condition) int {
		return cmp.Or(
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Feed, b.Feed), cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition),
		)
	})
	return list
}
