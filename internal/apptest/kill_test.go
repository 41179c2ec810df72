package apptest

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/assay-dev/assay/internal/testkit"
	"github.com/assay-dev/assay/internal/testkit/judge"
)

// TestKills kills the process with SIGKILL six times while it works: in the middle of work, and twice between an EndTxn that
// the broker has carried out and its answer, once of them to go on under another instance name.
func TestKills(t *testing.T) {
	testkit.OnEachBehindProxy(t, func(t *testing.T, env testkit.Env, proxy *testkit.Proxy) {
		const chunks, step = 2000, 300
		f := newFeed(t, env, judge.Standard("", 4, chunks, 40))
		instance := "one"
		p := f.run(instance)
		kills, unanswered := 0, 0
		for i := range 6 {
			if i%3 == 1 { // between EndTxn and its answer
				held := proxy.On(testkit.Rule{Key: kmsg.EndTxn.Int16(), Do: testkit.HoldAnswer, Where: testkit.Committing})
				f.write(step)
				testkit.Await(t, "a commit whose answer is held back", held.Reached())
				p.Kill()
				testkit.Await(t, "the end of the connection that the answer is for", held.Orphaned())
				held.Remove()
				unanswered++
			} else { // in the middle of work
				f.write(step / 2)
				p.progress(int64(10 + 5*i))
				go p.cmd.Process.Kill()
				f.write(step / 2)
				p.Kill()
			}
			kills++
			if i == 4 {
				instance = "two"
			}
			p = f.run(instance)
		}
		v := f.finish(p)
		if kills < 5 || unanswered < 2 {
			t.Errorf("%d kills, %d of them before the answer to a commit", kills, unanswered)
		}
		t.Logf("%d kills, %d of them before the answer to a commit: %v", kills, unanswered, v)
	})
}
