package observe

import (
	"fmt"
	"io"
	"log/slog"
	"time"
)

// ParseLevel gives the level that the settings call debug, info, warn or error.
func ParseLevel(name string) (slog.Level, error) {
	switch name {
	case "debug":
		return slog.LevelDebug, nil
	case "info":
		return slog.LevelInfo, nil
	case "warn":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	}
	return 0, fmt.Errorf("log level %q is not debug, info, warn or error", name)
}

// NewLogger gives a logger that writes to w: text, one line for people; json; or logfmt. auto, like any other word, is text
// on a terminal and json elsewhere.
func NewLogger(w io.Writer, level slog.Level, format string, isTerminal bool) *slog.Logger {
	opts := &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Value.Kind() == slog.KindDuration {
			a.Value = slog.StringValue(durationText(a.Value.Duration()))
		}
		return a
	}}
	switch {
	case format == "json":
		return slog.New(slog.NewJSONHandler(w, opts))
	case format == "logfmt":
		return slog.New(slog.NewTextHandler(w, opts))
	case format == "text" || isTerminal:
		return slog.New(newTextHandler(w, level))
	}
	return slog.New(slog.NewJSONHandler(w, opts))
}

// durationText gives a duration as every log format shows it: 1.204s, to the millisecond where it is as long as one.
func durationText(d time.Duration) string {
	if d.Abs() >= time.Millisecond {
		d = d.Round(time.Millisecond)
	}
	return d.String()
}
