package engine_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/census"
	"github.com/assay-dev/assay/internal/encode"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/flow"
)

// ship runs a chunk and hands its Effects over after each batch, as a lane does when they have become large. It gives all
// that has left and the run's error.
func ship(t *testing.T, w *engine.Worker, c *flow.Chunk) (*outcome, *engine.Run, error) {
	t.Helper()
	o, fx := &outcome{}, laneEffects()
	r := w.Begin(c, origin, fx)
	for more := true; more; {
		var err error
		if more, err = r.Next(); err != nil {
			return o, r, err
		}
		if fx.Bytes() > 0 {
			o.add(t, fx)
			fx = laneEffects()
			r.Handover(fx)
		}
	}
	result, err := r.End()
	o.add(t, fx)
	o.result = string(result)
	return o, r, err
}

// What leaves is the same whether it leaves at once or in pieces.
func TestHandover(t *testing.T) {
	in := chunk(persons(13_000, census.Options{ABS: true, Flagged: 0.001, Broken: 0.001}))
	for i, format := range formats {
		w := newWorker(t, pack(t), engine.Options{Format: format})
		want := run(t, w, in)
		got, r, err := ship(t, w, in)
		if err != nil {
			t.Fatal(err)
		}
		if err := same(want, got); err != nil {
			t.Errorf("%s: %v", names[i], err)
		}
		if r.Rollback() {
			t.Errorf("%s: a chunk that has been handed over says that it is rolled back", names[i])
		}
	}
}

// A chunk that must be refused after part of it has left says so, leaves nothing more, and is refused at once when it is read
// again with that verdict.
func TestLateRefusal(t *testing.T) {
	c := pack(t)
	c.Limits.Rows = 10_000
	in := chunk(persons(10_001, census.Options{}))
	w := newWorker(t, c, engine.Options{})
	want := run(t, w, in)
	if e := want.refusal(t, in); e.Code != "TOO_MANY_ROWS" {
		t.Fatal(e.Code)
	}
	o, r, err := ship(t, w, in)
	late := (*engine.Late)(nil)
	if !errors.As(err, &late) || late.Fault.Again || late.Fault.Code != "TOO_MANY_ROWS" {
		t.Fatalf("ended with %v", err)
	}
	if fault := (*flow.Fault)(nil); !errors.As(err, &fault) || fault != late.Fault || err.Error() == fault.Error() {
		t.Errorf("the error %q does not wrap its fault", err)
	}
	if len(o.topics[flow.Scored]) == 0 || len(o.topics[flow.Dead])+len(o.topics[flow.Results]) > 0 {
		t.Errorf("%d rows, %d letters", len(o.topics[flow.Scored]), len(o.topics[flow.Dead]))
	}
	if more, err := r.Next(); more || err != nil {
		t.Errorf("the run goes on: %t, %v", more, err)
	}
	again := *in
	again.Verdict = late.Fault
	if err := same(want, run(t, w, &again)); err != nil {
		t.Errorf("with its verdict: %v", err)
	}
}

// A failure of the engine after part of the chunk has left decides nothing: the chunk is read again and has one more try.
func TestLateFailureHasOneMoreTry(t *testing.T) {
	in := chunk(persons(9000, census.Options{}))
	p := compile(t, pack(t), engine.Options{})
	want := run(t, worker(t, p), in)
	w := moodyWorker(t, p, ways[codeOutOfRange], 2, 6)
	_, _, err := ship(t, w, in)
	late := (*engine.Late)(nil)
	if !errors.As(err, &late) || !late.Fault.Again || late.Fault.Code != "INTERNAL_ERROR" {
		t.Fatalf("ended with %v", err)
	}
	again := *in
	again.Verdict = late.Fault
	if err := same(want, run(t, w, &again)); err != nil { // calls 3, 4 and 5
		t.Errorf("with one more try: %v", err)
	}
	o := run(t, w, &again) // call 6 fails, and there is no try left
	if e := o.refusal(t, in); e.Code != "INTERNAL_ERROR" {
		t.Errorf("failing again: %s", e.Code)
	}
}

// A scorer that fails twice is not asked a third time, even if part of the chunk has left.
func TestLateScoringFailure(t *testing.T) {
	in := chunk(persons(9000, census.Options{}))
	p := compile(t, pack(t), engine.Options{})
	_, _, err := ship(t, moodyWorker(t, p, ways["error"], 2, 3), in)
	late := (*engine.Late)(nil)
	if !errors.As(err, &late) || late.Fault.Again || late.Fault.Code != "SCORING_FAILED" {
		t.Fatalf("ended with %v", err)
	}
	again := *in
	again.Verdict = late.Fault
	o := run(t, worker(t, p), &again)
	if e := o.refusal(t, in); e.Code != "SCORING_FAILED" || !jobID.MatchString(e.JobID) {
		t.Errorf("with its verdict: %+v", e)
	}
	if _, _, err := ship(t, moodyWorker(t, p, ways["error"], 2), in); err != nil {
		t.Errorf("failing once: %v", err)
	}
}

// What does not fit into its topic is no fault of the chunk: the error says so, and nothing is decided.
func TestTooLargeForATopic(t *testing.T) {
	w := newWorker(t, pack(t), engine.Options{})
	for _, test := range []struct {
		name string
		out  flow.Output
		in   *flow.Chunk
	}{
		{"a row's letter", flow.Dead, chunk(lines(collapsed, "short"))},
		{"a row's event", flow.Errors, chunk(lines(collapsed, "short"))},
		{"a chunk's letter", flow.Dead, chunk("a,b\n")},
		{"a chunk's event", flow.Errors, chunk("a,b\n")},
		{"the quality event", flow.Quality, chunk(lines(collapsed, "0,?,,,,,,,,"))},
		{"the result", flow.Results, chunk(lines(collapsed))},
	} {
		fx := laneEffects()
		fx.Limit[test.out] = 60
		r := w.Begin(test.in, origin, fx)
		var err error
		for more := true; more && err == nil; {
			more, err = r.Next()
		}
		if err == nil {
			_, err = r.End()
		}
		if large := (*encode.TooLarge)(nil); !errors.As(err, &large) || large.Output != test.out || large.Limit != 60 {
			t.Errorf("%s: %v", test.name, err)
		}
		if !r.Rollback() || fx.Bytes() > 0 {
			t.Errorf("%s: %d bytes are left", test.name, fx.Bytes())
		}
	}
}

// A scored row that fits into no message is a dead letter, told in the order of the rows, and its neighbours go on.
func TestRowThatFitsIntoNoMessage(t *testing.T) {
	rows := []string{collapsed, "0" + retired, strings.Repeat("long", 2000) + retired, "2" + retired, "short"}
	for i, format := range formats {
		w := newWorker(t, pack(t), engine.Options{Format: format})
		fx := laneEffects()
		fx.Limit[flow.Scored] = 6000
		r := w.Begin(chunk(lines(rows...)), origin, fx)
		through(t, r)
		o := &outcome{}
		o.add(t, fx)
		if l := o.topics[flow.Dead]; len(l) != 2 || l[0].Value != rows[2] || l[0].header("assay-error-code") != "FILE_TOO_LARGE" ||
			l[0].header("__connect.errors.stage") != "ENCODE" || l[1].Value != "short" {
			t.Errorf("%s: letters %+v", names[i], l)
		}
		if e := o.events(t); len(e) != 2 || *e[0].Source.Row != 1 || string(e[0].Details) != `{"max_size_mb":0.006}` || *e[1].Source.Row != 3 {
			t.Errorf("%s: events %+v", names[i], e)
		}
		if n := r.Counts(); n.Rows != 4 || n.RowsScored != 2 || n.RowsDead != 2 {
			t.Errorf("%s: counts %+v", names[i], n)
		}
	}
}
