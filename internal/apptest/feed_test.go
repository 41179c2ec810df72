package apptest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/assay-dev/assay/internal/testkit"
	"github.com/assay-dev/assay/internal/testkit/judge"
)

func TestMain(m *testing.M) {
	code := m.Run()
	Clean()
	os.Exit(code)
}

// feedOn is a feed with topics of its own on a broker, and the writer of its input.
type feedOn struct {
	t      *testing.T
	env    testkit.Env
	ctx    context.Context // ends with the test, or after longer than any test takes
	in     *judge.Input
	out    judge.Topics
	group  string
	feeder *judge.Feeder

	contract string // what the settings call the feed
	traces   string // where its processes send traces; empty sends none

	// The time-outs of its processes are short, so that a test sees them all.
	sessionTimeout, transactionTimeout time.Duration
}

// planFeed names the feed's topics without making them.
func planFeed(t *testing.T, env testkit.Env, plan judge.Plan) *feedOn {
	t.Helper()
	name := testkit.Unique("app")
	plan.Topic = name + ".in"
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	f := &feedOn{
		t: t, env: env, ctx: ctx, in: judge.New(plan), group: name + ".census-profile",
		sessionTimeout: 3 * time.Second, transactionTimeout: 5 * time.Second, contract: "census-profile",
		out: judge.Topics{Scored: name + ".scored", Dead: name + ".dead", Quality: name + ".quality", Errors: name + ".errors", Results: name + ".results"},
	}
	var err error
	if f.feeder, err = f.in.Feed(env.Addr); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.feeder.Close)
	return f
}

func newFeed(t *testing.T, env testkit.Env, plan judge.Plan) *feedOn {
	t.Helper()
	f := planFeed(t, env, plan)
	f.create()
	return f
}

// topics are all topics of the feed, the input first.
func (f *feedOn) topics() []string {
	return []string{f.in.Plan.Topic, f.out.Scored, f.out.Quality, f.out.Errors, f.out.Dead, f.out.Results}
}

func (f *feedOn) create() {
	f.t.Helper()
	f.env.CreateTopics(f.t, f.in.Plan.Partitions, f.topics()...)
}

// write writes the next n chunks of the input.
func (f *feedOn) write(n int) {
	f.t.Helper()
	if _, err := f.feeder.Write(f.ctx, n); err != nil {
		f.t.Fatal(err)
	}
}

// finish writes what is left of the input, waits until p, or whoever else runs, has worked on all of it, judges what has come
// of it, and stops p.
func (f *feedOn) finish(p *Process) *judge.Verdict {
	f.t.Helper()
	f.write(len(f.in.Chunks))
	if err := f.in.Await(f.ctx, f.env.Addr, f.group); err != nil {
		f.t.Fatalf("%v\n%s", err, p.Log())
	}
	v := f.judge(p, judge.Options{Complete: true})
	if code := p.Stop(); code != 0 {
		f.t.Errorf("exit code %d after SIGTERM\n%s", code, p.Log())
	}
	return v
}

// judge judges what has come of the input so far.
func (f *feedOn) judge(p *Process, o judge.Options) *judge.Verdict {
	f.t.Helper()
	v, err := judge.Check(f.ctx, f.env.Addr, f.in, f.out, f.group, o)
	if err != nil {
		f.t.Fatal(err)
	}
	if v.Err() != nil {
		f.t.Errorf("%v\n%s", v, p.Log())
	}
	return v
}

// run starts a process under an instance name.
func (f *feedOn) run(instance string, args ...string) *Process {
	f.t.Helper()
	return Run(f.t, fmt.Sprintf(`
kafka:
  brokers: [%s]
  session_timeout: %s
  transaction_timeout: %s
group: %s
instance: %s
lanes: 2
commit: {every: 50ms, idle: 5ms, bytes: 64KiB}
feeds:
  - feed: %q
    input:   {topics: [%s]}
    scored:  {topic: %s, headers: all}
    quality: {topic: %s}
    errors:  {topic: %s}
    dead:    {topic: %s}
    results: {topic: %s}
log: {format: logfmt}
trace: {endpoint: %q}
admin: {listen: "127.0.0.1:0"}
`, strings.Join(f.env.Addr, ", "), f.sessionTimeout, f.transactionTimeout, strings.TrimSuffix(f.group, ".census-profile"), instance, f.contract,
		f.in.Plan.Topic, f.out.Scored, f.out.Quality, f.out.Errors, f.out.Dead, f.out.Results, f.traces), args...)
}

// progress waits until the process has committed so many chunks.
func (p *Process) progress(chunks int64) {
	p.t.Helper()
	p.Until(fmt.Sprintf("%d chunks", chunks), "/status", func(_ int, body string) bool {
		var s struct {
			Feeds []struct{ Totals struct{ Chunks int64 } }
		}
		return json.Unmarshal([]byte(body), &s) == nil && len(s.Feeds) > 0 && s.Feeds[0].Totals.Chunks >= chunks
	})
}

// ready waits until /readyz answers with a status and all texts.
func (p *Process) ready(status int, texts ...string) {
	p.t.Helper()
	p.Until(fmt.Sprintf("status %d and %q", status, texts), "/readyz?verbose", func(got int, body string) bool {
		for _, text := range texts {
			if !strings.Contains(body, text) {
				return false
			}
		}
		return got == status
	})
}
