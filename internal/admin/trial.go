package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/assay-dev/assay/internal/observe"
	"github.com/assay-dev/assay/pipeline"
)

// Trial is what the page's panel for trials needs: somebody gives a file, a feed works on it as on a chunk, and what would be
// published is shown and published nowhere.
type Trial struct {
	Feeds []Feed
	Bytes int64         // the largest file
	Time  time.Duration // the most time for one
}

// Feed is a feed that can be tried.
type Feed struct {
	Name   string
	Sample string // a file to begin with; empty where there is none
	// Load reads the contract as it stands now, on disk where it is a file: that is what somebody who writes one wants to see.
	Load func() (*pipeline.Feed, error)
}

// trials answers the panel, one trial at a time: the feeds that run matter more.
type trials struct {
	Trial
	token bool // somebody who sees the page has signed in
	note  func(observe.Trial)
	one   chan struct{}
}

// list gives the feeds and what bounds a trial, and whether there is something to sign out of.
func (t *trials) list(w http.ResponseWriter, _ *http.Request) {
	type item struct {
		Name   string `json:"name"`
		Sample string `json:"sample,omitempty"`
	}
	items := make([]item, 0, len(t.Feeds))
	for _, f := range t.Feeds {
		items = append(items, item{f.Name, f.Sample})
	}
	writeJSON(w, map[string]any{"feeds": items, "bytes": t.Bytes, "token": t.token})
}

// try works on the body as on a chunk of the feed that the query names.
func (t *trials) try(w http.ResponseWriter, r *http.Request) {
	outcome, code, detail := observe.TrialRefused, 0, ""
	defer func() {
		t.note(outcome)
		if detail != "" {
			problem(w, r, code, detail)
		}
	}()
	feed, ok := t.feed(r.URL.Query().Get("feed"))
	if !ok {
		code, detail = http.StatusNotFound, "This process runs no feed of that name."
		return
	}
	in, err := io.ReadAll(http.MaxBytesReader(w, r.Body, t.Bytes))
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		code, detail = http.StatusRequestEntityTooLarge,
			fmt.Sprintf("A trial takes at most %d bytes (admin.trial.bytes). assay score takes files of any size.", t.Bytes)
		return
	}
	if err != nil {
		code, detail = http.StatusBadRequest, "The file did not arrive whole."
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), t.Time)
	defer cancel()
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(t.Time + writeTimeout)) // else the server's own holds
	select {
	case t.one <- struct{}{}:
		defer func() { <-t.one }()
	case <-ctx.Done():
		w.Header().Set("Retry-After", "1")
		code, detail = http.StatusServiceUnavailable, "Another trial is under way; try again in a moment."
		return
	}
	answer, err := trial(ctx, feed, in)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		outcome = observe.TrialOverdue
		code, detail = http.StatusServiceUnavailable, fmt.Sprintf("The trial took longer than %s (admin.trial.time).", t.Time)
	case err != nil:
		outcome = observe.TrialFailed
		code, detail = http.StatusUnprocessableEntity, problemText(err)
	default:
		outcome = observe.TrialDone
		writeJSON(w, answer)
	}
}

func (t *trials) feed(name string) (*Feed, bool) {
	for i := range t.Feeds {
		if t.Feeds[i].Name == name {
			return &t.Feeds[i], true
		}
	}
	return nil, false
}

// problemText says what is wrong with a contract, with its lines, or why a trial failed.
func problemText(err error) string {
	var problems pipeline.Problems
	if !errors.As(err, &problems) {
		return err.Error()
	}
	var b bytes.Buffer
	b.WriteString("The contract is wrong as it stands on disk now; the feed goes on with the one that it has.")
	for _, p := range problems {
		b.WriteString("\n" + p.Show())
	}
	return b.String()
}

func trial(ctx context.Context, f *Feed, in []byte) (*trialAnswer, error) {
	began := time.Now()
	feed, err := f.Load()
	if err != nil {
		return nil, err
	}
	res, err := feed.Process(ctx, bytes.NewReader(in))
	if err != nil {
		return nil, err
	}
	return answerOf(feed, res, time.Since(began))
}

func writeJSON(w http.ResponseWriter, v any) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("admin: an answer cannot be written: " + err.Error()) // it has only texts and numbers
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(b.Bytes()) // a client that has gone needs no answer
}
