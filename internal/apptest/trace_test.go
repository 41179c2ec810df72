package apptest

import (
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/testkit"
	"github.com/assay-dev/assay/internal/testkit/judge"
)

// TestTraces: every chunk has its span when the process has ended, those of the last transactions too.
func TestTraces(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		collector := testkit.ListenCollector(t)
		f := newFeed(t, env, judge.Standard("", 4, 60, 20))
		f.traces = collector.URL()
		f.finish(f.run("one"))
		seen := map[[2]any]bool{}
		for _, s := range collector.Spans() {
			a := testkit.Attributes(s.GetAttributes())
			seen[[2]any{a["messaging.destination.partition.id"], a["messaging.kafka.offset"]}] = true
		}
		want := 0
		for _, c := range f.in.Chunks {
			if !c.Tombstone { // they are counted and skipped
				want++
			}
		}
		if n := len(collector.Spans()); n != want || len(seen) != want {
			t.Errorf("%d spans tell of %d chunks, %d were written", n, len(seen), want)
		}
	})
}

// TestNobodyTakesTraces: a wrong endpoint costs the traces, and nothing else.
func TestNobodyTakesTraces(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		collector := testkit.ListenCollector(t)
		collector.Close()
		f := newFeed(t, env, judge.Standard("", 4, 60, 20))
		f.traces = collector.URL()
		p := f.run("one")
		f.write(30)
		p.UntilLogged("condition=TRACES_AWAY")
		p.ready(200, "[!] TRACES_AWAY")
		f.finish(p)
		if n := strings.Count(p.Log(), "condition=TRACES_AWAY"); n != 1 {
			t.Errorf("the trouble is told %d times\n%s", n, p.Log())
		}
	})
}
