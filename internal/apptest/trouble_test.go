package apptest

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/assay-dev/assay/internal/testkit"
	"github.com/assay-dev/assay/internal/testkit/judge"
)

// TestTopicsComeLater starts the process before its topics: it names them once, waits, and works as soon as they are there.
func TestTopicsComeLater(t *testing.T) {
	testkit.OnEachBehindProxy(t, func(t *testing.T, env testkit.Env, proxy *testkit.Proxy) {
		f := planFeed(t, env, judge.Standard("", 4, 40, 20))
		p := f.run("one")
		p.ready(503, "[-] TOPIC_MISSING census-profile: waiting for "+strings.Join(f.topics(), ", ")+": make them with assay topics --create\n")
		asked := proxy.Count(kmsg.Metadata.Int16()).Answered
		p.until("it has asked for them again", func() bool { return proxy.Count(kmsg.Metadata.Int16()).Answered > asked+2 })
		f.create()
		p.ready(200, "[+] feed census-profile: has 4 partitions\n")
		f.finish(p)
		p.saidOnce(t)
		if n := strings.Count(p.Log(), "condition=TOPIC_MISSING"); n < 2 {
			t.Errorf("beginning and end of the trouble make %d lines\n%s", n, p.Log())
		}
	})
}

// TestBrokersAway starts the process without brokers, and takes them away again in the middle of work.
func TestBrokersAway(t *testing.T) {
	testkit.OnEachBehindProxy(t, func(t *testing.T, env testkit.Env, proxy *testkit.Proxy) {
		f := newFeed(t, env, judge.Standard("", 4, 300, 20))
		proxy.Refuse(true)
		p := f.run("one")
		p.ready(503, "[-] BROKER_AWAY census-profile: ", env.Addr[0])
		if status, body, err := p.Get("/livez"); status != 200 || err != nil {
			t.Errorf("/livez: %d %s %v", status, body, err)
		}
		proxy.Refuse(false)
		p.ready(200, "[+] feed census-profile: has 4 partitions\n")
		f.write(100)
		p.progress(20)
		proxy.Refuse(true)
		p.ready(503, "[-] BROKER_AWAY census-profile: ")
		p.UntilLogged("a transaction is left open until its time-out") // it has given its partitions up
		p.ready(503, "[-] BROKER_AWAY census-profile: ")
		proxy.Refuse(false)
		f.finish(p)
		if n := strings.Count(p.Log(), `msg="the condition has ended" condition=BROKER_AWAY`); n != 2 {
			t.Errorf("the brokers were away twice, and this has ended %d times\n%s", n, p.Log())
		}
	})
}

// TestInstanceTaken starts two processes under one instance name: at least one of them finds out and ends with exit code 3,
// and nothing is lost or doubled.
func TestInstanceTaken(t *testing.T) { testkit.OnEach(t, instanceTaken) }

func instanceTaken(t *testing.T, env testkit.Env) {
	f := newFeed(t, env, judge.Standard("", 4, 1500, 20))
	a, b := f.run("same"), f.run("same")
	var ended *Process
	for i := 0; ended == nil; i++ { // work for both, so that they meet
		if i == 300 {
			t.Fatalf("two processes with one instance name go on\n%s\n%s", a.Log(), b.Log())
		}
		f.write(4)
		select {
		case <-a.done:
			ended = a
		case <-b.done:
			ended = b
		case <-time.After(50 * time.Millisecond):
		}
	}
	if code := ended.Exit(StopLimit); code != 3 {
		t.Errorf("exit code %d\n%s", code, ended.Log())
	}
	if want := `assay: another running process has the same instance name, "same": give each one its own (instance in the settings, or ASSAY_INSTANCE), or stop the other`; !strings.Contains(ended.Log(), want) {
		t.Errorf("it does not say %s:\n%s", want, ended.Log())
	}
	a.Kill()
	b.Kill()
	f.finish(f.run("same"))
}

// TestSecondInstance starts a process under the name of one that works: the second is refused and the first goes on untouched. One
// that was killed keeps nobody from taking its place.
func TestSecondInstance(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		f := newFeed(t, env, judge.Plan{Partitions: 4, Chunks: 60, Rows: 5, Seed: 7})
		f.sessionTimeout = 2 * time.Second
		f.write(20)
		first := f.run("same")
		first.progress(20)
		second := f.run("same")
		second.ready(503, "GROUP_JOINING", "is called same, too: waiting to see if it is alive")
		if code := second.Exit(30 * time.Second); code != 3 {
			t.Errorf("exit code %d\n%s", code, second.Log())
		}
		if want := `assay: another running process has the same instance name, "same": give each one its own (instance in the settings, or ASSAY_INSTANCE), or stop the other`; !strings.Contains(second.Log(), want) {
			t.Errorf("it does not say %s:\n%s", want, second.Log())
		}
		f.write(20)
		first.progress(40)
		if strings.Contains(first.Log(), "level=WARN") || strings.Contains(first.Log(), "level=ERROR") {
			t.Errorf("the first was disturbed:\n%s", first.Log())
		}
		first.Kill()
		f.finish(f.run("same"))
	})
}

// TestAcceptDataLost deletes records that were not read: their partition stops, the others go on, and --accept-data-lost takes
// it up again.
func TestAcceptDataLost(t *testing.T) { testkit.OnEach(t, acceptDataLost) }

func acceptDataLost(t *testing.T, env testkit.Env) {
	f := newFeed(t, env, judge.Plan{Partitions: 4, Chunks: 40, Rows: 5, Seed: 7})
	f.write(20)
	p := f.run("one")
	p.progress(20)
	if code := p.Stop(); code != 0 {
		t.Fatalf("exit code %d\n%s", code, p.Log())
	}
	f.write(20)
	client, err := kgo.NewClient(kgo.SeedBrokers(env.Addr...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var gone kadm.Offsets
	gone.Add(kadm.Offset{Topic: f.in.Plan.Topic, Partition: 2, At: 9, LeaderEpoch: -1})
	if _, err := kadm.NewClient(client).DeleteRecords(f.ctx, gone); err != nil {
		t.Fatal(err)
	}

	p = f.run("one")
	p.ready(200, "[!] DATA_LOST census-profile "+f.in.Plan.Topic+"/2: offsets 5 to 9 are gone: ", "--accept-data-lost "+f.in.Plan.Topic+"/2\n")
	p.progress(15)
	if code := p.Stop(); code != 0 {
		t.Fatalf("exit code %d\n%s", code, p.Log())
	}
	p.saidOnce(t)
	p = f.run("one", "--accept-data-lost", f.in.Plan.Topic+"/2")
	if err := f.in.Await(f.ctx, env.Addr, f.group); err != nil {
		t.Fatalf("%v\n%s", err, p.Log())
	}
	p.ready(200, "[+] feed census-profile: has 4 partitions\nok\n")
	if code := p.Stop(); code != 0 {
		t.Errorf("exit code %d\n%s", code, p.Log())
	}
}

// changing are the parts of a log line that differ each time that the same thing is said.
var changing = regexp.MustCompile(`^time=\S+ | lasted=\S+|127\.0\.0\.1:\d+->`)

// saidOnce fails the test when a warning or an error stands in the log more than once for the same trouble: a condition that
// has ended may come back.
func (p *Process) saidOnce(t *testing.T) {
	t.Helper()
	said := map[string]bool{}
	for _, line := range strings.Split(p.Log(), "\n") {
		if strings.Contains(line, "the condition has ended") {
			clear(said)
		}
		if !strings.Contains(line, "level=WARN") && !strings.Contains(line, "level=ERROR") {
			continue
		}
		text := changing.ReplaceAllString(line, "")
		if said[text] {
			t.Errorf("said again: %s\n%s", text, p.Log())
			return
		}
		said[text] = true
	}
}
