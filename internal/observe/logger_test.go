package observe

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestNewLoggerPicksTheFormat(t *testing.T) {
	for _, tt := range []struct {
		format   string
		terminal bool
		begins   string
	}{
		{"auto", true, "text"}, {"auto", false, "json"}, {"text", false, "text"}, {"json", true, "json"}, {"logfmt", true, "logfmt"},
	} {
		var out bytes.Buffer
		NewLogger(&out, LogOptions{Format: tt.format, Terminal: tt.terminal}).Info("hello", "n", 1)
		got := "text"
		switch {
		case strings.HasPrefix(out.String(), "{"):
			got = "json"
		case strings.HasPrefix(out.String(), "time="):
			got = "logfmt"
		}
		if got != tt.begins {
			t.Errorf("%s, terminal %v: got %s: %s", tt.format, tt.terminal, got, out.String())
		}
	}
}

// Durations look the same in all formats, and no longer than anybody reads.
func TestDurations(t *testing.T) {
	for d, want := range map[time.Duration]string{
		1204*time.Millisecond + 345678: "1.204s", 83 * time.Second: "1m23s", 999_600 * time.Microsecond: "1s", 1500 * time.Microsecond: "2ms",
		999 * time.Microsecond: "999µs", 0: "0s", -1204*time.Millisecond - 345678: "-1.204s",
	} {
		for format, text := range map[string]string{"text": "lasted=" + want, "logfmt": "lasted=" + want, "json": `"lasted":"` + want + `"`} {
			var out bytes.Buffer
			NewLogger(&out, LogOptions{Format: format}).Info("over", slog.Duration("lasted", d))
			if line := strings.TrimRight(out.String(), "}\n"); !strings.HasSuffix(line, text) {
				t.Errorf("%s: %s, want %s", format, line, text)
			}
		}
	}
}

func TestParseLevel(t *testing.T) {
	for in, want := range map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError} {
		if got, err := ParseLevel(in); err != nil || got != want {
			t.Errorf("ParseLevel(%q) = %v, %v", in, got, err)
		}
	}
	if _, err := ParseLevel("loud"); err == nil {
		t.Error("an unknown level must be an error")
	}
}

// secret shows that values are resolved.
type secret struct{}

func (secret) LogValue() slog.Value { return slog.StringValue("hidden") }

func TestTextLines(t *testing.T) {
	at := time.Date(2026, 1, 31, 15, 4, 5, 67e6, time.UTC)
	tests := []struct {
		name  string
		level slog.Level
		text  string
		with  func(slog.Handler) slog.Handler
		attrs []slog.Attr
		want  string
	}{
		{"plain", slog.LevelInfo, "the feed runs", nil, []slog.Attr{slog.String("feed", "census-profile"), slog.Int("lanes", 2)},
			"15:04:05.067 INFO  the feed runs feed=census-profile lanes=2\n"},
		{"level with a number", slog.LevelError + 1, "x", nil, nil, "15:04:05.067 ERROR+1 x\n"},
		{"quoted", slog.LevelWarn, "tail\nof a line", nil,
			[]slog.Attr{slog.String("a b", ""), slog.String("c", "d=e"), slog.String("esc", "\x1b[31m"), slog.String("bad", "\xff"), slog.String("é", "ü")},
			`15:04:05.067 WARN  "tail\nof a line" "a b"="" c="d=e" esc="\x1b[31m" bad="\xff" é=ü` + "\n"},
		{"kinds", slog.LevelDebug, "k", nil,
			[]slog.Attr{slog.Duration("took", 1500*time.Millisecond), slog.Time("at", at), slog.Any("error", errors.New("no luck")), slog.Any("s", secret{}), slog.Bool("ok", true), {}},
			`15:04:05.067 DEBUG k took=1.5s at=2026-01-31T15:04:05.067Z error="no luck" s=hidden ok=true` + "\n"},
		{"groups", slog.LevelInfo, "g", func(h slog.Handler) slog.Handler {
			return h.WithAttrs([]slog.Attr{slog.Int("a", 1)}).WithGroup("").WithGroup("in").WithAttrs([]slog.Attr{slog.Int("b", 2)})
		}, []slog.Attr{slog.Group("deep", slog.Int("c", 3)), slog.Group("", slog.Int("d", 4)), slog.Group("none")},
			"15:04:05.067 INFO  g a=1 in.b=2 in.deep.c=3 in.d=4\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			var h slog.Handler = newTextHandler(&out, slog.LevelDebug)
			if tt.with != nil {
				h = tt.with(h)
			}
			r := slog.NewRecord(at, tt.level, tt.text, 0)
			r.AddAttrs(tt.attrs...)
			if err := h.Handle(context.Background(), r); err != nil {
				t.Fatal(err)
			}
			if got := out.String(); got != tt.want {
				t.Errorf("got  %swant %s", got, tt.want)
			}
		})
	}
}

func TestTextIsOneLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var out bytes.Buffer
		log := slog.New(newTextHandler(&out, slog.LevelInfo))
		log.With("p", rapid.String().Draw(t, "with")).Info(rapid.String().Draw(t, "message"), rapid.String().Draw(t, "key"), rapid.String().Draw(t, "value"))
		log.Debug("not written")
		if line := strings.TrimSuffix(out.String(), "\n"); strings.ContainsFunc(line, unsafeRune) {
			t.Fatalf("the line would break or drive a terminal: %q", line)
		}
	})
}
