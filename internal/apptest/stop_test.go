package apptest

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/assay-dev/assay/internal/testkit"
	"github.com/assay-dev/assay/internal/testkit/judge"
)

// TestStop stops the process in the middle of work, by SIGTERM and by Ctrl-C: it ends in time with exit code 0, and what it has
// published is committed.
func TestStop(t *testing.T) { testkit.OnEach(t, stop) }

func stop(t *testing.T, env testkit.Env) {
	f := newFeed(t, env, judge.Standard("", 4, 900, 40))
	f.transactionTimeout = 10 * time.Minute // the judge waits for open transactions, and would for one that is left
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		f.write(300)
		p := f.run("one")
		p.progress(1)
		p.Signal(signal)
		if code := p.Exit(StopLimit); code != 0 {
			t.Errorf("exit code %d after %v\n%s", code, signal, p.Log())
		}
		if !strings.HasSuffix(p.Log(), `msg=stopped`) {
			t.Errorf("the last line of the log is another:\n%s", p.Log())
		}
		f.judge(p, judge.Options{})
	}
	f.finish(f.run("one"))
}

// TestStopWithoutBrokers stops the process while nobody answers it: before it has ever reached a broker, in the middle of work,
// and while the answer to a commit does not come.
func TestStopWithoutBrokers(t *testing.T) {
	testkit.OnEachBehindProxy(t, func(t *testing.T, env testkit.Env, proxy *testkit.Proxy) {
		f := newFeed(t, env, judge.Standard("", 4, 300, 20))
		stop := func(p *Process, when string) {
			t.Helper()
			if code := p.Stop(); code != 0 {
				t.Errorf("exit code %d when it is stopped %s\n%s", code, when, p.Log())
			}
		}
		proxy.Refuse(true)
		p := f.run("one")
		p.ready(503, "BROKER_AWAY")
		stop(p, "before it has ever reached a broker")
		proxy.Refuse(false)

		f.write(100)
		p = f.run("one")
		p.progress(20)
		proxy.Refuse(true)
		stop(p, "in the middle of work, without brokers")
		proxy.Refuse(false)

		p = f.run("one")
		held := proxy.On(testkit.Rule{Key: kmsg.EndTxn.Int16(), Do: testkit.HoldAnswer, Where: testkit.Committing, Times: -1})
		f.write(100)
		testkit.Await(t, "a commit whose answer is held back", held.Reached())
		stop(p, "while the answer to a commit does not come")
		held.Remove()
		f.finish(f.run("one"))
	})
}

// TestStopWhileKafkaHangs stops the process in the middle of work when connections stay and nothing answers, with the time-outs
// that the process has by default.
func TestStopWhileKafkaHangs(t *testing.T) {
	kafka := testkit.Kafka(t, 1)
	f := newFeed(t, testkit.Env{Name: "kafka", Addr: kafka.Bootstrap(), Kafka: kafka}, judge.Standard("", 4, 600, 40))
	f.sessionTimeout, f.transactionTimeout = 10*time.Second, 15*time.Second
	f.write(600)
	p := f.run("one")
	p.progress(20)
	if err := kafka.Pause(1); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if code := p.Stop(); code != 0 {
		t.Errorf("exit code %d\n%s", code, p.Log())
	}
	t.Logf("ended after %s", time.Since(began).Round(time.Millisecond))
	if err := kafka.Resume(1); err != nil {
		t.Fatal(err)
	}
	f.finish(f.run("one"))
}

// TestSecondInterrupt: while the process waits for the end of its transaction, a second Ctrl-C ends it at once.
func TestSecondInterrupt(t *testing.T) {
	testkit.OnEachBehindProxy(t, func(t *testing.T, env testkit.Env, proxy *testkit.Proxy) {
		f := newFeed(t, env, judge.Standard("", 4, 200, 20))
		p := f.run("one")
		held := proxy.On(testkit.Rule{Key: kmsg.EndTxn.Int16(), Do: testkit.HoldAnswer, Where: testkit.Committing, Times: -1})
		f.write(100)
		testkit.Await(t, "a commit whose answer is held back", held.Reached())
		p.Signal(os.Interrupt)
		p.UntilLogged("msg=\"stopping: ending the open transactions\"")
		p.Signal(os.Interrupt)
		if code := p.Exit(StopLimit); code != 3 {
			t.Errorf("exit code %d\n%s", code, p.Log())
		}
		if !strings.HasSuffix(p.Log(), "assay: ended at once by a second signal") {
			t.Errorf("the last line of the log is another:\n%s", p.Log())
		}
		held.Remove()
		f.finish(f.run("one"))
	})
}
