package engine_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/census"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// moody is a scorer with something wrong in it: mood is called for each call, counted from 1, after the batch has been scored.
type moody struct {
	flow.Scorer
	calls int
	mood  func(call int, b *flow.Batch) error
}

func (m *moody) Score(b *flow.Batch) error {
	if err := m.Scorer.Score(b); err != nil {
		return err
	}
	m.calls++
	return m.mood(m.calls, b)
}

var errMood = errors.New("mood: not today")

const codeOutOfRange = "code out of range"

// The ways in which a scorer fails. Each leaves half of its work behind.
var ways = map[string]func(b *flow.Batch) error{
	"error": func(*flow.Batch) error { return errMood },
	"panic": func(*flow.Batch) error { panic(errMood) },
	"error after findings": func(b *flow.Batch) error {
		b.Find(0, fault.DQInvalidValue, &b.Cols[1], false)
		b.Find(b.N-1, fault.InvalidFormat, &b.Cols[2], true)
		return errMood
	},
	"panic in the middle of the columns": func(b *flow.Batch) error {
		clear(b.Out[0].Ints)
		clear(b.Out[1].Codes)
		b.Out[2].Valid.Fill(false)
		var none []int
		_ = none[b.N]
		return nil
	},
	// A code that is none makes the encoders of JSON and CSV panic after they have written some rows: a failure of the engine,
	// not of scoring.
	codeOutOfRange: func(b *flow.Batch) error {
		b.Out[1].Codes[b.N-1] = 99
		return nil
	},
}

// moodyWorker fails in a way on the given calls of its scorer.
func moodyWorker(tb fataler, p *engine.Program, way func(b *flow.Batch) error, calls ...int) *engine.Worker {
	tb.Helper()
	return worker(tb, p.WithScorer(func(s flow.Scorer) flow.Scorer {
		return &moody{Scorer: s, mood: func(call int, b *flow.Batch) error {
			for _, c := range calls {
				if c == call {
					return way(b)
				}
			}
			return nil
		}}
	}))
}

// A scorer that fails once is asked again, and nobody sees it.
func TestCP31OneFailureIsNotSeen(t *testing.T) {
	in := chunk(persons(9000, census.Options{ABS: true, Flagged: 0.001, Broken: 0.001}))
	for i, format := range formats {
		p := compile(t, pack(t), engine.Options{Format: format})
		want := run(t, worker(t, p), in)
		for name, way := range ways {
			if name == codeOutOfRange && format == engine.Arrow {
				continue
			}
			for call := 1; call <= 3; call++ {
				w := moodyWorker(t, p, way, call)
				if err := same(want, run(t, w, in)); err != nil {
					t.Errorf("%s, %s in batch %d: %v", names[i], name, call, err)
				}
			}
		}
	}
}

var jobID = regexp.MustCompile(`^score_20260525_[a-z0-9]{6}$`)

// One that fails twice on a chunk refuses the chunk: one event with a job id, the chunk as a letter, and the next chunk goes on.
func TestCP31TwoFailuresRefuseTheChunk(t *testing.T) {
	in := chunk(persons(9000, census.Options{Flagged: 0.001, Broken: 0.001}))
	for i, format := range formats {
		p := compile(t, pack(t), engine.Options{Format: format})
		want := run(t, worker(t, p), in)
		for name, way := range ways {
			if name == codeOutOfRange && format == engine.Arrow {
				continue
			}
			for _, calls := range [][]int{{1, 2}, {2, 3}} {
				w := moodyWorker(t, p, way, calls...)
				o := run(t, w, in)
				e := o.refusal(t, in)
				stage := o.only(t, flow.Dead).header("__connect.errors.stage")
				if name == codeOutOfRange {
					if e.Code != "INTERNAL_ERROR" || stage != "ENCODE" || e.JobID != "" || e.Message != "Unexpected error" {
						t.Errorf("%s, %s: %+v at %s", names[i], name, e, stage)
					}
				} else if e.Code != "SCORING_FAILED" || stage != "SCORE" || !jobID.MatchString(e.JobID) || string(e.Body) != scoringFailed(e.JobID) {
					t.Errorf("%s, %s: %+v at %s with %s", names[i], name, e, stage, e.Body)
				}
				if o.refused.Cause == nil || !strings.Contains(o.refused.Error(), "mood") && !strings.Contains(o.refused.Error(), "out of range") {
					t.Errorf("%s, %s: the cause is %v", names[i], name, o.refused.Cause)
				}
				for out := range flow.Outputs {
					for _, r := range o.topics[out] {
						if shown := fmt.Sprint(r.Headers) + r.Value; out != flow.Dead && strings.Contains(shown, "mood") || strings.Contains(fmt.Sprint(r.Headers), "panic") {
							t.Errorf("%s, %s: the cause is published: %+v", names[i], name, r.Headers)
						}
					}
				}
				if err := same(want, run(t, w, in)); err != nil {
					t.Errorf("%s, %s: the chunk behind it: %v", names[i], name, err)
				}
			}
		}
	}
}

func scoringFailed(job string) string {
	return `{"error":"scoring_failed","job_id":"` + job + `","message":"Scoring engine failed. Contact support with this job_id."}`
}

// The job id is the chunk's own: the same when it is read again, another at another offset.
func TestJobID(t *testing.T) {
	p := compile(t, pack(t), engine.Options{})
	seen := map[string]bool{}
	for offset := range int64(50) {
		in := chunk(persons(3, census.Options{}))
		in.Offset = offset
		ids := [2]string{}
		for i := range ids {
			ids[i] = run(t, moodyWorker(t, p, ways["panic"], 1, 2), in).refusal(t, in).JobID
		}
		if ids[0] != ids[1] || seen[ids[0]] {
			t.Errorf("offset %d: job ids %q", offset, ids)
		}
		seen[ids[0]] = true
	}
}

// A refusal, whenever it comes, leaves what other chunks have put into the same Effects as it was.
func TestRefusalLeavesOthersAlone(t *testing.T) {
	first, second := chunk(persons(5000, census.Options{Flagged: 0.01, Broken: 0.01})), chunk(persons(9000, census.Options{}))
	for i, format := range formats {
		p := compile(t, pack(t), engine.Options{Format: format})
		alone := laneEffects()
		through(t, worker(t, p).Begin(first, origin, alone))
		want := &outcome{}
		want.add(t, alone)

		w := moodyWorker(t, p, ways["panic"], 4, 5) // the third batch of the second chunk
		fx := laneEffects()
		through(t, w.Begin(first, origin, fx))
		r := w.Begin(second, origin, fx)
		through(t, r)
		if r.Refused() == nil {
			t.Fatal("not refused")
		}
		got := &outcome{}
		got.add(t, fx)
		for out, extra := range map[flow.Output]int{flow.Scored: 0, flow.Quality: 0, flow.Errors: 1, flow.Dead: 1, flow.Results: 1} {
			n := len(want.topics[out])
			if len(got.topics[out]) != n+extra {
				t.Fatalf("%s: %d records on %s, want %d and %d", names[i], len(got.topics[out]), out, n, extra)
			}
			got.topics[out] = got.topics[out][:n]
		}
		if err := same(want, got); err != nil {
			t.Errorf("%s: %v", names[i], err)
		}
		if n := fx.Counts; n.Chunks != 2 || n.ChunksDead != 1 || n.Rows != 5000 || n.RowsScored+n.RowsDead != 5000 {
			t.Errorf("%s: counts %+v", names[i], n)
		}
	}
}

// Rollback takes a chunk out at any point of its run.
func TestRollback(t *testing.T) {
	first, second := chunk(persons(300, census.Options{})), chunk(persons(9000, census.Options{Flagged: 0.01, Broken: 0.01}))
	for i, format := range formats {
		w := newWorker(t, pack(t), engine.Options{Format: format})
		want := run(t, w, first)
		for steps := range 7 {
			fx := laneEffects()
			through(t, w.Begin(first, origin, fx))
			r := w.Begin(second, origin, fx)
			for range steps {
				if _, err := r.Next(); err != nil {
					t.Fatal(err)
				}
			}
			if !r.Rollback() {
				t.Fatal("a chunk that has all of its effects here cannot be rolled back")
			}
			got := &outcome{result: want.result}
			got.add(t, fx)
			if err := same(want, got); err != nil || fx.Counts.Rows != 300 {
				t.Errorf("%s, after %d steps: %v, %+v", names[i], steps, err, fx.Counts)
			}
			if err := same(want, run(t, w, first)); err != nil {
				t.Errorf("%s, the chunk after the one rolled back: %v", names[i], err)
			}
		}
	}
}

// When even the refusal fails, the run ends with an error that names the chunk.
func TestRefusalThatFails(t *testing.T) {
	fx := laneEffects()
	spoil := func(*flow.Batch) error {
		*fx = flow.Effects{} // nothing is left of the chunk before, so that rolling back to it fails
		return errMood
	}
	w := moodyWorker(t, compile(t, pack(t), engine.Options{}), spoil, 2, 3)
	through(t, w.Begin(chunk(persons(1, census.Options{})), origin, fx))
	r := w.Begin(chunk(persons(1, census.Options{})), origin, fx)
	var err error
	steps := 0
	for more := true; more && err == nil && steps < 10; steps++ {
		more, err = r.Next()
	}
	if err == nil || !strings.HasPrefix(err.Error(), "refusing the chunk at census.in/3/42: ") {
		t.Errorf("after %d steps: %v", steps, err)
	}
}

func TestEndBeforeTheEnd(t *testing.T) {
	r := newWorker(t, pack(t), engine.Options{}).Begin(chunk(persons(1, census.Options{})), origin, laneEffects())
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.End(); err == nil {
		t.Error("a chunk ends before all of it has been run")
	}
}
