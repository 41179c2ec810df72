package observe

import (
	"context"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// textHandler writes one line a record for people: the time of day, the level, the message, then the attributes.
//
//	15:04:05.000 WARN  Kafka does not answer condition=BROKER_AWAY feed=census-profile
//
// Whatever would break the line or drive a terminal is quoted: values come from topics and files of strangers.
type textHandler struct {
	level  slog.Level
	prefix string // of attribute names: the open groups, each with a dot
	attrs  string // of the logger, ready to be written

	mu *sync.Mutex // shared with the handlers made from this one: w is theirs too
	w  io.Writer
}

func newTextHandler(w io.Writer, level slog.Level) *textHandler {
	return &textHandler{level: level, mu: &sync.Mutex{}, w: w}
}

// Enabled reports whether records of the level are written.
func (h *textHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level }

// Handle writes the record.
func (h *textHandler) Handle(_ context.Context, r slog.Record) error {
	b := make([]byte, 0, 256)
	if !r.Time.IsZero() {
		b = r.Time.AppendFormat(b, "15:04:05.000 ")
	}
	level := r.Level.String()
	b = append(b, level...)
	for range max(6-len(level), 1) {
		b = append(b, ' ')
	}
	b = appendMessage(b, r.Message)
	b = append(b, h.attrs...)
	r.Attrs(func(a slog.Attr) bool {
		b = appendAttr(b, h.prefix, a)
		return true
	})
	b = append(b, '\n')
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := h.w.Write(b)
	return err
}

// WithAttrs gives a handler that writes attrs with each record.
func (h *textHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	made := *h
	b := []byte(h.attrs)
	for _, a := range attrs {
		b = appendAttr(b, h.prefix, a)
	}
	made.attrs = string(b)
	return &made
}

// WithGroup gives a handler that puts name before the names of later attributes.
func (h *textHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	made := *h
	made.prefix += name + "."
	return &made
}

func appendAttr(b []byte, prefix string, a slog.Attr) []byte {
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, m := range v.Group() {
			b = appendAttr(b, prefix, m)
		}
		return b
	}
	if a.Key == "" && v.Equal(slog.Value{}) {
		return b
	}
	b = append(b, ' ')
	b = appendWord(b, prefix+a.Key)
	b = append(b, '=')
	switch v.Kind() {
	case slog.KindTime:
		return v.Time().AppendFormat(b, time.RFC3339Nano)
	case slog.KindDuration:
		return append(b, durationText(v.Duration())...)
	}
	return appendWord(b, v.String())
}

// appendMessage appends a sentence, which may have spaces, and quotes it when it has anything worse.
func appendMessage(b []byte, s string) []byte {
	if strings.ContainsFunc(s, unsafeRune) || !utf8.ValidString(s) {
		return strconv.AppendQuote(b, s)
	}
	return append(b, s...)
}

// appendWord appends a name or value, in quotes when its end could not be seen otherwise.
func appendWord(b []byte, s string) []byte {
	if s == "" || strings.ContainsAny(s, ` "=`) || strings.ContainsFunc(s, unsafeRune) || !utf8.ValidString(s) {
		return strconv.AppendQuote(b, s)
	}
	return append(b, s...)
}

func unsafeRune(r rune) bool { return !unicode.IsPrint(r) }
