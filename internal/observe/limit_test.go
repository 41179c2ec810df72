package observe

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// TestLimit plays records with times of their own.
func TestLimit(t *testing.T) {
	var out bytes.Buffer
	log := NewLogger(&out, LogOptions{Format: "logfmt", Limit: 2})
	s := New(Options{Log: log})
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	say := func(log *slog.Logger, message string, offset int) {
		r := slog.NewRecord(at, slog.LevelError, message, 0)
		r.AddAttrs(slog.Int("offset", offset))
		if err := log.Handler().Handle(context.Background(), r); err != nil {
			t.Fatal(err)
		}
	}
	feed := log.With("feed", "a")
	for i := range 5 {
		say(feed, "refused", i)
		say(feed.WithGroup("g"), "other", i)
		at = at.Add(time.Second)
	}
	at = at.Add(time.Minute - 6*time.Second)
	say(log, "refused", 5) // still in the minute of the first one
	at = at.Add(time.Second)
	say(feed, "refused", 6)
	say(feed, "refused", 7)
	say(feed, "refused", 8)
	at = at.Add(time.Hour)
	say(feed, "other", 9)
	want := `msg=refused feed=a offset=0
msg=other feed=a g.offset=0
msg=refused feed=a offset=1
msg=other feed=a g.offset=1
msg=refused feed=a offset=6 suppressed=4
msg=refused feed=a offset=7
msg=other feed=a offset=9 suppressed=3
`
	var got strings.Builder
	for line := range strings.Lines(out.String()) {
		_, line, _ = strings.Cut(line, " level=ERROR ")
		got.WriteString(line)
	}
	if got.String() != want {
		t.Errorf("got\n%swant\n%s", got.String(), want)
	}
	if n := scrape(t, s)["assay_log_lines_suppressed_total{}"]; n != 8 {
		t.Errorf("%v lines are counted as left out, not 8", n)
	}
}

func TestNoLimitWritesAll(t *testing.T) {
	var out bytes.Buffer
	log := NewLogger(&out, LogOptions{})
	for range 100 {
		log.Info("again")
	}
	if n := strings.Count(out.String(), "\n"); n != 100 {
		t.Errorf("%d lines of 100", n)
	}
}

// Texts that never repeat must not fill the memory.
func TestLimitRemembersOnlySoMany(t *testing.T) {
	var out bytes.Buffer
	h := limit(slog.NewTextHandler(&out, nil), 1).(*limited)
	log := slog.New(h)
	for i := range 3 * maxMessages {
		log.Info(fmt.Sprint(i))
	}
	if n := len(h.state.messages); n > maxMessages {
		t.Errorf("%d messages are remembered", n)
	}
}
