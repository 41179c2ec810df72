package lane_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/lane"
	"github.com/assay-dev/assay/internal/observe"
	"github.com/assay-dev/assay/internal/testkit"
	"github.com/assay-dev/assay/internal/testkit/judge"
	"github.com/assay-dev/assay/internal/wire"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// rig is a feed on a broker: its topics, its input, and processes that work on it.
type rig struct {
	t      *testing.T
	env    testkit.Env
	in     *judge.Input
	out    judge.Topics
	group  string
	tune   func(*lane.Config)                // of every process
	wrap   func(broker.Broker) broker.Broker // of every process
	option engine.Options
	amend  func(*feed.Contract)
	trace  observe.TraceOptions
}

const partitions = 4

// newRig makes topics for a feed whose input follows a plan.
func newRig(t *testing.T, env testkit.Env, plan judge.Plan) *rig {
	t.Helper()
	name := testkit.Unique("lane")
	plan.Topic = name + ".in"
	r := &rig{
		t: t, env: env, in: judge.New(plan), group: name + ".census-profile",
		out: judge.Topics{Scored: name + ".scored", Dead: name + ".dead", Quality: name + ".quality", Errors: name + ".errors", Results: name + ".results"},
	}
	env.CreateTopics(t, plan.Partitions, plan.Topic, r.out.Scored, r.out.Dead, r.out.Quality, r.out.Errors, r.out.Results)
	return r
}

// plan is an input with something of everything, small enough for a test of a second.
func plan(chunks int) judge.Plan { return judge.Standard("", partitions, chunks, 40) }

// process is one running member of the feed's group.
type process struct {
	r     *rig
	stop  chan struct{}
	kill  context.CancelFunc
	done  chan error
	state *observe.State
}

// start starts a process under an instance name.
func (r *rig) start(instance string) *process {
	r.t.Helper()
	contract, err := feed.Pack("census-profile")
	if err != nil {
		r.t.Fatal(err)
	}
	if r.amend != nil {
		r.amend(contract)
	}
	o := r.option
	o.Allowed = []string{"traceparent"}
	for i := range o.Partitions {
		o.Partitions[i] = r.in.Plan.Partitions
	}
	program, err := engine.Compile(contract, o)
	if err != nil {
		r.t.Fatal(err)
	}
	client, err := broker.NewClient(broker.Config{Brokers: r.env.Addr, ClientID: instance})
	if err != nil {
		r.t.Fatal(err)
	}
	log := &lockedLog{t: r.t, instance: instance}
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	state := observe.New(observe.Options{Instance: instance, Log: logger, Trace: r.trace})
	var b broker.Broker = client
	if r.wrap != nil {
		b = r.wrap(b)
	}
	c := &lane.Config{
		Group: r.group, Instance: instance, Inputs: []string{r.in.Plan.Topic},
		Outputs: [flow.Outputs]string{flow.Scored: r.out.Scored, flow.Quality: r.out.Quality, flow.Errors: r.out.Errors, flow.Dead: r.out.Dead, flow.Results: r.out.Results},
		Program: func() *engine.Program { return program }, Broker: b,
		Join: func() (broker.Member, error) {
			return broker.NewMember(broker.MemberConfig{
				Brokers: r.env.Addr, ClientID: instance, Group: r.group, Topics: []string{r.in.Plan.Topic},
				SessionTimeout: 3 * time.Second, HeartbeatInterval: 200 * time.Millisecond, RebalanceTimeout: 10 * time.Second,
			})
		},
		Lanes: 2, Codec: wire.LZ4,
		Commit:        lane.Commit{Every: 50 * time.Millisecond, Idle: 5 * time.Millisecond, Bytes: 1 << 20},
		BytesInFlight: 16 << 20, DecompressedBytes: 64 << 20,
		TransactionTimeout: 10 * time.Second, SettleTimeout: 2 * time.Second, Start: broker.Earliest,
		Feed: state.Feed("census-profile"), Log: logger, Poison: true,
	}
	if r.tune != nil {
		r.tune(c)
	}
	ctx, kill := context.WithCancel(context.Background())
	p := &process{r: r, stop: make(chan struct{}), kill: kill, done: make(chan error, 1), state: state}
	go func() {
		p.done <- lane.Run(ctx, p.stop, c)
		kill()
		client.Close()
	}()
	r.t.Cleanup(func() {
		kill()
		select {
		case err := <-p.done:
			p.done <- err
		case <-time.After(20 * time.Second):
			r.t.Errorf("process %s does not end", instance)
		}
		log.over.Store(true)
	})
	return p
}

// lockedLog writes to the test's log as long as the test runs.
type lockedLog struct {
	t        *testing.T
	instance string
	over     atomic.Bool
}

func (l *lockedLog) Write(b []byte) (int, error) {
	if !l.over.Load() {
		l.t.Logf("%s %s: %s", time.Now().Format("05.000"), l.instance, b)
	}
	return len(b), nil
}

// end asks the process to stop and waits for it.
func (p *process) end() {
	p.r.t.Helper()
	close(p.stop)
	if err := p.wait(); err != nil {
		p.r.t.Errorf("the process ended with: %v", err)
	}
}

// crash ends the process without letting it settle.
func (p *process) crash() {
	p.r.t.Helper()
	p.kill()
	p.wait()
}

func (p *process) wait() error {
	p.r.t.Helper()
	select {
	case err := <-p.done:
		p.done <- nil
		return err
	case <-time.After(30 * time.Second):
		p.r.t.Fatal("the process does not end")
		return nil
	}
}

// committed waits until the process has committed so many chunks, or more.
func (p *process) committed(chunks int64) {
	p.r.t.Helper()
	p.until(fmt.Sprintf("%d chunks committed", chunks), func(s observe.FeedStatus) bool { return s.Totals.Chunks >= chunks })
}

func (p *process) until(what string, is func(observe.FeedStatus) bool) {
	p.r.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		s := p.state.Status()
		if len(s.Feeds) > 0 && is(s.Feeds[0]) {
			return
		}
		if time.Now().After(deadline) {
			p.r.t.Fatalf("not within 30 s: %s; the state is %+v", what, s)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// condition waits until the process shows a condition, and gives its text.
func (p *process) condition(name string) string {
	p.r.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		for _, c := range p.state.Status().Conditions {
			if c.Name == name {
				return c.Text
			}
		}
		if time.Now().After(deadline) {
			p.r.t.Fatalf("no condition %s within 30 s: %+v", name, p.state.Status())
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// produce writes the whole input.
func (r *rig) produce() {
	r.t.Helper()
	if err := r.in.Produce(r.ctx(), r.env.Addr); err != nil {
		r.t.Fatal(err)
	}
}

// await waits until all input has been committed.
func (r *rig) await() {
	r.t.Helper()
	if err := r.in.Await(r.ctx(), r.env.Addr, r.group); err != nil {
		r.t.Fatal(err)
	}
}

// judge gives the judge's verdict on the finished work.
func (r *rig) judge() *judge.Verdict {
	r.t.Helper()
	v, err := judge.Check(r.ctx(), r.env.Addr, r.in, r.out, r.group, judge.Options{Complete: true})
	if err != nil {
		r.t.Fatal(err)
	}
	return v
}

// flawless demands that the judge finds nothing.
func (r *rig) flawless() {
	r.t.Helper()
	if v := r.judge(); v.Err() != nil {
		r.t.Error(v)
	}
}

func (r *rig) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	r.t.Cleanup(cancel)
	return ctx
}
