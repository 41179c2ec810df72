package broker

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// lines are the connections of a member, kept in order to cut them: kafka-go has no other way to end a request that waits.
type lines struct {
	dialer net.Dialer

	mu     sync.Mutex
	open   map[*line]struct{}
	closed bool
}

// line is one connection.
type line struct {
	net.Conn
	of *lines
}

var errCut = errors.New("the member is closing")

func newLines(dialTimeout time.Duration) *lines {
	return &lines{dialer: net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}, open: make(map[*line]struct{})}
}

func (l *lines) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := l.dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = conn.Close() // nothing has been sent
		return nil, errCut
	}
	c := &line{conn, l}
	l.open[c] = struct{}{}
	return c, nil
}

// cut closes every connection and lets no new one come up.
func (l *lines) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for c := range l.open {
		_ = c.Conn.Close() // what was under way fails with it, as intended
	}
	clear(l.open)
}

// Close closes the connection.
func (c *line) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}
