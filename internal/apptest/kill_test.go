package apptest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/assay-dev/assay/internal/testkit"
	"github.com/assay-dev/assay/internal/testkit/judge"
)

func TestMain(m *testing.M) {
	code := m.Run()
	Clean()
	os.Exit(code)
}

// feedOn is a feed with topics of its own on a broker.
type feedOn struct {
	in    *judge.Input
	out   judge.Topics
	group string
	addr  []string
}

func newFeed(t *testing.T, env testkit.Env, plan judge.Plan) *feedOn {
	t.Helper()
	name := testkit.Unique("app")
	plan.Topic = name + ".in"
	f := &feedOn{
		in: judge.New(plan), group: name + ".census-profile", addr: env.Addr,
		out: judge.Topics{Scored: name + ".scored", Dead: name + ".dead", Quality: name + ".quality", Errors: name + ".errors", Results: name + ".results"},
	}
	env.CreateTopics(t, plan.Partitions, plan.Topic, f.out.Scored, f.out.Dead, f.out.Quality, f.out.Errors, f.out.Results)
	return f
}

// settings are short of patience, so that a test sees every time-out.
func (f *feedOn) settings(instance string) string {
	return fmt.Sprintf(`
kafka:
  brokers: [%s]
  session_timeout: 3s
  transaction_timeout: 5s
group: %s
instance: %s
lanes: 2
commit: {every: 50ms, idle: 5ms, bytes: 64KiB}
feeds:
  - feed: census-profile
    input:   {topics: [%s]}
    scored:  {topic: %s}
    quality: {topic: %s}
    errors:  {topic: %s}
    dead:    {topic: %s}
    results: {topic: %s}
log: {format: logfmt}
admin: {listen: "127.0.0.1:0"}
`, strings.Join(f.addr, ", "), strings.TrimSuffix(f.group, ".census-profile"), instance, f.in.Plan.Topic,
		f.out.Scored, f.out.Quality, f.out.Errors, f.out.Dead, f.out.Results)
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

// TestKills kills the process with SIGKILL six times while it works: in the middle of work, and twice between an EndTxn that
// the broker has carried out and its answer, once of them to go on under another instance name.
func TestKills(t *testing.T) {
	testkit.OnEachBehindProxy(t, func(t *testing.T, env testkit.Env, proxy *testkit.Proxy) {
		const chunks, step = 2000, 300
		f := newFeed(t, env, judge.Standard("", 4, chunks, 40))
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		feeder, err := f.in.Feed(f.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer feeder.Close()
		write := func(n int) {
			t.Helper()
			if _, err := feeder.Write(ctx, n); err != nil {
				t.Fatal(err)
			}
		}
		instance := "one"
		p := Run(t, f.settings(instance))
		kills, unanswered := 0, 0
		for i := range 6 {
			if i%3 == 1 { // between EndTxn and its answer
				held := proxy.On(testkit.Rule{Key: kmsg.EndTxn.Int16(), Do: testkit.HoldAnswer, Where: testkit.Committing})
				write(step)
				testkit.Await(t, "a commit whose answer is held back", held.Reached())
				p.Kill()
				testkit.Await(t, "the end of the connection that the answer is for", held.Orphaned())
				held.Remove()
				unanswered++
			} else { // in the middle of work
				write(step / 2)
				p.progress(int64(10 + 5*i))
				go p.cmd.Process.Kill()
				write(step / 2)
				p.Kill()
			}
			kills++
			if i == 4 {
				instance = "two"
			}
			p = Run(t, f.settings(instance))
		}
		write(chunks)
		if err := f.in.Await(ctx, f.addr, f.group); err != nil {
			t.Fatalf("%v\n%s", err, p.Log())
		}
		v, err := judge.Check(ctx, f.addr, f.in, f.out, f.group, judge.Options{Complete: true})
		if err != nil {
			t.Fatal(err)
		}
		if v.Err() != nil {
			t.Errorf("%v\n%s", v, p.Log())
		}
		if kills < 5 || unanswered < 2 {
			t.Errorf("%d kills, %d of them before the answer to a commit", kills, unanswered)
		}
		t.Logf("%d kills, %d of them before the answer to a commit: %v", kills, unanswered, v)
		if code := p.Stop(); code != 0 {
			t.Errorf("exit code %d after SIGTERM\n%s", code, p.Log())
		}
	})
}
