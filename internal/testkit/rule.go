package testkit

import (
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Action is what a rule does with a request or its answer.
type Action uint8

// The actions of a proxy. A held request or answer waits until Fault.Release, or until its connection ends; everything
// behind it on the same connection waits too, as Kafka answers in order.
const (
	HoldAnswer  Action = iota // forward the request, keep its answer back
	HoldRequest               // do not forward yet
	DelayAnswer               // forward the request, keep its answer back for Rule.For
	DropAnswer                // forward the request; its answer never comes, the connection lives on
	CutBefore                 // cut the connection; the broker never sees the request
	CutAfter                  // forward the request, cut the connection once the broker has answered
)

// Rule picks requests and says what to do with them.
type Rule struct {
	Key   int16 // the API key, as in kmsg.EndTxn.Int16()
	Do    Action
	For   time.Duration         // of DelayAnswer
	Node  int                   // only requests to this node, from 1; 0 means any
	Times int                   // only the first so many requests; 0 means one, -1 all
	Where func(r *Request) bool // only requests for which it gives true; nil means all. It must not block
}

// Fault is a rule in force.
type Fault struct {
	proxy *Proxy
	rule  Rule
	left  int // requests still to take, -1 without end; guarded by Proxy.mu

	forwarded, reached, orphaned, done, release *latch
}

// Committing is a Rule.Where that picks those EndTxn requests that commit.
func Committing(r *Request) bool {
	k, err := r.Decode()
	if err != nil {
		return false
	}
	e, ok := k.(*kmsg.EndTxnRequest)
	return ok && e.Commit
}

// On puts a rule in force. When several rules fit a request, all act, in the order in which they came into force.
func (p *Proxy) On(r Rule) *Fault {
	f := &Fault{
		proxy: p, rule: r, left: r.Times,
		forwarded: newLatch(), reached: newLatch(), orphaned: newLatch(), done: newLatch(), release: newLatch(),
	}
	if r.Times == 0 {
		f.left = 1
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = append(p.rules, f)
	return f
}

// HoldAnswer holds back the answer to the next request with an API key.
func (p *Proxy) HoldAnswer(key int16) *Fault { return p.On(Rule{Key: key, Do: HoldAnswer}) }

// match gives the rules that act on r and takes one of each one's times.
func (p *Proxy) match(r *Request) []*Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	var hit []*Fault
	for _, f := range p.rules {
		if f.rule.Key != r.Key || f.left == 0 || f.rule.Node != 0 && f.rule.Node != r.Node {
			continue
		}
		if f.rule.Where != nil && !f.rule.Where(r) {
			continue
		}
		if f.left > 0 {
			f.left--
		}
		hit = append(hit, f)
	}
	return hit
}

// Forwarded is closed when the first request that the rule took has been written to the broker.
func (f *Fault) Forwarded() <-chan struct{} { return f.forwarded.c }

// Reached is closed when the rule first holds something back. For HoldAnswer that means that the broker has done what the
// request asked for, and that the client does not know.
func (f *Fault) Reached() <-chan struct{} { return f.reached.c }

// Orphaned is closed when a client has gone away while the rule held its answer back.
func (f *Fault) Orphaned() <-chan struct{} { return f.orphaned.c }

// Done is closed when the rule has first cut a connection or dropped an answer.
func (f *Fault) Done() <-chan struct{} { return f.done.c }

// Release lets everything go on that the rule holds or will hold back.
func (f *Fault) Release() { f.release.signal() }

// Remove ends the rule for new requests and releases what it holds.
func (f *Fault) Remove() {
	f.proxy.mu.Lock()
	f.left = 0
	f.proxy.mu.Unlock()
	f.Release()
}

// wait holds until Release and gives true, or false when the connection ended first.
func (f *Fault) wait(gone <-chan struct{}) bool {
	f.reached.signal()
	select {
	case <-f.release.c:
		return true
	case <-gone:
		return false
	}
}

// awaitLimit is long enough for a loaded machine: it only bounds a test that has failed already.
const awaitLimit = time.Minute

// Await waits for one of a Fault's channels, and fails the test when it does not come.
func Await(t testing.TB, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(awaitLimit):
		t.Fatalf("%s has not come in %s", what, awaitLimit)
	}
}

// latch is a channel that closes once.
type latch struct {
	once sync.Once
	c    chan struct{}
}

func newLatch() *latch { return &latch{c: make(chan struct{})} }

func (l *latch) signal() { l.once.Do(func() { close(l.c) }) }
