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

// LogOptions say what is logged and in which shape.
type LogOptions struct {
	Level    slog.Level
	Format   string // text, one line for people; json; or logfmt. Any other word is text on a terminal and json elsewhere
	Terminal bool   // the lines go to a terminal
	Limit    int    // the most lines a minute with the same message; 0 writes them all
}

// NewLogger gives a logger that writes to w.
func NewLogger(w io.Writer, o LogOptions) *slog.Logger {
	var h slog.Handler
	opts := &slog.HandlerOptions{Level: o.Level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Value.Kind() == slog.KindDuration {
			a.Value = slog.StringValue(durationText(a.Value.Duration()))
		}
		return a
	}}
	switch {
	case o.Format == "logfmt":
		h = slog.NewTextHandler(w, opts)
	case o.Format == "text" || o.Terminal && o.Format != "json":
		h = newTextHandler(w, o.Level)
	default:
		h = slog.NewJSONHandler(w, opts)
	}
	return slog.New(limit(h, o.Limit))
}

// durationText gives a duration as every log format shows it: 1.204s, to the millisecond where it is as long as one.
func durationText(d time.Duration) string {
	if d.Abs() >= time.Millisecond {
		d = d.Round(time.Millisecond)
	}
	return d.String()
}
