package testkit

import (
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// Proxy stands between Kafka clients and brokers, one listener for each node, and understands requests well enough to act on
// them one by one: to hold an answer back, drop it, cut the connection before or after, or wait. See Rule.
//
// Clients stay on the proxy because the brokers tell them to: Cluster.Proxy and OnEachBehindProxy arrange that.
type Proxy struct {
	listeners []net.Listener
	targets   []atomic.Pointer[string]

	mu      sync.Mutex
	rules   []*Fault
	counts  map[int16]*Counts
	links   map[*link]bool
	refuse  bool
	closed  bool
	running sync.WaitGroup
}

// Counts says what has become of the requests of one API key.
type Counts struct {
	Forwarded int // written to the broker
	Answered  int // answers written to the client
	Held      int // answers that the broker gave and a rule held back, for however long
	Orphaned  int // of these, answers whose client went away meanwhile: it ended between request and answer
	Dropped   int // answers dropped for good by a rule
	Cut       int // connections cut by a rule
}

// ListenProxy opens a proxy on the given addresses, one for each node; port 0 takes a free one. It forwards nothing until
// Forward has been called, and ends with the test.
func ListenProxy(t testing.TB, listen ...string) *Proxy {
	t.Helper()
	p := &Proxy{
		targets: make([]atomic.Pointer[string], len(listen)),
		counts:  map[int16]*Counts{},
		links:   map[*link]bool{},
	}
	t.Cleanup(p.Close)
	for _, address := range listen {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatalf("proxy: %v", err)
		}
		p.listeners = append(p.listeners, l)
	}
	for i := range p.listeners {
		p.running.Go(func() { p.accept(i) })
	}
	return p
}

// Proxy opens a proxy before every node of the cluster, at the addresses that the nodes tell clients who come through it. A
// cluster has one proxy at a time.
func (c *Cluster) Proxy(t testing.TB) *Proxy {
	t.Helper()
	p := ListenProxy(t, c.addrs(advertisedOffset)...)
	p.Forward(c.addrs(proxyOffset)...)
	return p
}

// Addrs gives host:port of every listener: the bootstrap servers for clients.
func (p *Proxy) Addrs() []string {
	a := make([]string, len(p.listeners))
	for i, l := range p.listeners {
		a[i] = l.Addr().String()
	}
	return a
}

// Forward says where the nodes are, in the order of the listeners.
func (p *Proxy) Forward(targets ...string) {
	for i := range p.targets {
		p.targets[i].Store(&targets[i])
	}
}

// Count gives what has become of the requests of an API key so far.
func (p *Proxy) Count(key int16) Counts {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.counts[key]; c != nil {
		return *c
	}
	return Counts{}
}

func (p *Proxy) count(key int16, change func(c *Counts)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.counts[key]
	if c == nil {
		c = &Counts{}
		p.counts[key] = c
	}
	change(c)
}

// CutAll cuts every connection; clients may come back at once.
func (p *Proxy) CutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.cut()
	}
}

// Refuse cuts every connection and turns new ones away until it is called with false.
func (p *Proxy) Refuse(on bool) {
	p.mu.Lock()
	p.refuse = on
	p.mu.Unlock()
	if on {
		p.CutAll()
	}
}

// Close cuts every connection and ends the proxy. It is safe to call more than once.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	for _, l := range p.listeners {
		l.Close()
	}
	p.CutAll()
	p.running.Wait()
}

func (p *Proxy) accept(node int) {
	for {
		client, err := p.listeners[node].Accept()
		if err != nil {
			return
		}
		p.running.Go(func() { p.serve(node, client) })
	}
}

// serve carries one client connection. The broker's side is dialled only now, so that a dead broker looks like one: the
// client's connection ends at once.
func (p *Proxy) serve(node int, client net.Conn) {
	defer client.Close()
	target := p.targets[node].Load()
	if target == nil {
		return
	}
	broker, err := net.Dial("tcp", *target)
	if err != nil {
		return
	}
	defer broker.Close()
	l := &link{proxy: p, node: node + 1, client: client, broker: broker, gone: make(chan struct{}), open: make(chan exchange, maxOpen)}
	p.mu.Lock()
	if p.refuse || p.closed {
		p.mu.Unlock()
		return
	}
	p.links[l] = true
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.links, l)
		p.mu.Unlock()
	}()

	var answers sync.WaitGroup
	answers.Go(func() {
		l.answers()
		l.cut()
	})
	l.requests()
	l.cut()
	answers.Wait()
}
