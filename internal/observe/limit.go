package observe

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// limited is a handler that writes a message only so often a minute, whatever stands in its attributes: what happens with
// every chunk or every try would otherwise fill a disk. The first line of the next minute tells how many were left out.
type limited struct {
	slog.Handler
	most  int
	state *limitState // shared with the handlers made from this one
}

// limitWindow is how long a message is counted.
const limitWindow = time.Minute

// maxMessages is how many messages are counted. There are far fewer, but for those that texts of others stand in.
const maxMessages = 1024

type limitState struct {
	mu       sync.Mutex
	messages map[string]*said
	left     int64 // lines that were left out, ever
}

// said is how often a message came since a moment.
type said struct {
	since      time.Time
	times, out int
}

// limit gives a handler that writes each message at most so many times a minute; 0 writes them all.
func limit(h slog.Handler, most int) slog.Handler {
	if most == 0 {
		return h
	}
	return &limited{Handler: h, most: most, state: &limitState{messages: map[string]*said{}}}
}

// Handle writes the record, or counts that it has not.
func (h *limited) Handle(ctx context.Context, r slog.Record) error {
	out, ok := h.state.admit(r.Message, r.Time, h.most)
	if !ok {
		return nil
	}
	if out > 0 {
		r = r.Clone()
		r.AddAttrs(slog.Int("suppressed", out))
	}
	return h.Handler.Handle(ctx, r)
}

// admit reports whether a message may be written, and how many like it were not in the minute that is over.
func (s *limitState) admit(message string, now time.Time, most int) (out int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.messages[message]
	if m == nil {
		if len(s.messages) == maxMessages {
			clear(s.messages)
		}
		m = &said{since: now}
		s.messages[message] = m
	}
	if now.Sub(m.since) >= limitWindow {
		out = m.out
		*m = said{since: now}
	}
	if m.times++; m.times > most {
		m.out++
		s.left++
		return 0, false
	}
	return out, true
}

// WithAttrs gives a handler with the same limits.
func (h *limited) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &limited{h.Handler.WithAttrs(attrs), h.most, h.state}
}

// WithGroup gives a handler with the same limits.
func (h *limited) WithGroup(name string) slog.Handler {
	return &limited{h.Handler.WithGroup(name), h.most, h.state}
}

// suppressed is how many lines a logger of NewLogger has left out.
func suppressed(log *slog.Logger) float64 {
	h, ok := log.Handler().(*limited)
	if !ok {
		return 0
	}
	h.state.mu.Lock()
	defer h.state.mu.Unlock()
	return float64(h.state.left)
}
