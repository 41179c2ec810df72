package testkit

import (
	"bufio"
	"net"
	"sync"
	"time"
)

// maxOpen is how many requests of one connection may be unanswered before the proxy stops reading more.
const maxOpen = 1024

// link is one client connection and the broker connection behind it.
type link struct {
	proxy          *Proxy
	node           int // from 1
	client, broker net.Conn

	once sync.Once
	gone chan struct{} // closed when either side has ended
	open chan exchange // requests forwarded, in order: Kafka answers in order
}

// exchange is a request on its way, and the rules that its answer has yet to meet.
type exchange struct {
	key   int16
	rules []*Fault
}

func (l *link) cut() {
	l.once.Do(func() {
		close(l.gone)
		l.client.Close()
		l.broker.Close()
	})
}

// requests carries requests to the broker until a side ends.
func (l *link) requests() {
	in := bufio.NewReader(l.client)
	var frame []byte
	for {
		var err error
		if frame, err = readFrame(in, frame); err != nil {
			return
		}
		r, err := parseRequest(l.node, frame[4:])
		if err != nil {
			return // not Kafka
		}
		rules := l.proxy.match(r)
		if !l.before(r, rules) {
			return
		}
		if r.answered() {
			select {
			case l.open <- exchange{r.Key, rules}:
			case <-l.gone:
				return
			}
		}
		if _, err := l.broker.Write(frame); err != nil {
			return
		}
		l.proxy.count(r.Key, func(c *Counts) { c.Forwarded++ })
		for _, f := range rules {
			f.forwarded.signal()
		}
	}
}

// before does what rules do before a request is forwarded, and says whether it is to be forwarded.
func (l *link) before(r *Request, rules []*Fault) bool {
	for _, f := range rules {
		switch f.rule.Do {
		case CutBefore:
			l.proxy.count(r.Key, func(c *Counts) { c.Cut++ })
			f.done.signal()
			return false
		case HoldRequest:
			if !f.wait(l.gone) {
				return false
			}
		case HoldAnswer, DelayAnswer, DropAnswer, CutAfter:
		}
	}
	return true
}

// answers carries answers to the client until a side ends.
func (l *link) answers() {
	in := bufio.NewReader(l.broker)
	var frame []byte
	for {
		var err error
		if frame, err = readFrame(in, frame); err != nil {
			return
		}
		var x exchange
		select {
		case x = <-l.open:
		case <-l.gone:
			return
		}
		forward, alive := l.after(x)
		if !alive {
			return
		}
		if !forward {
			continue
		}
		if _, err := l.client.Write(frame); err != nil {
			return
		}
		l.proxy.count(x.key, func(c *Counts) { c.Answered++ })
	}
}

// after does what rules do with an answer that has come from the broker. It says whether to give it to the client, and
// whether the connection is to live on.
func (l *link) after(x exchange) (forward, alive bool) {
	for _, f := range x.rules {
		switch f.rule.Do {
		case HoldAnswer:
			l.proxy.count(x.key, func(c *Counts) { c.Held++ })
			if !f.wait(l.gone) {
				l.proxy.count(x.key, func(c *Counts) { c.Orphaned++ })
				f.orphaned.signal()
				return false, false
			}
		case DelayAnswer:
			f.reached.signal()
			select {
			case <-time.After(f.rule.For):
			case <-l.gone:
				return false, false
			}
		case DropAnswer:
			l.proxy.count(x.key, func(c *Counts) { c.Dropped++ })
			f.done.signal()
			return false, true
		case CutAfter:
			l.proxy.count(x.key, func(c *Counts) { c.Cut++ })
			f.done.signal()
			return false, false
		case HoldRequest, CutBefore:
		}
	}
	return true, true
}
