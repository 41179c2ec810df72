package broker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// Where a request goes when it does not go to a broker by number.
const (
	anyNode        int32 = -1
	controllerNode int32 = -2
)

// exchange is a request whose bytes are this package's own. kafka-go's Transport gives it a connection to the right broker,
// and run writes the request there and reads its answer.
//
// The Transport gives up waiting when a context ends while its goroutine goes on using what run uses. Buffers here belong
// to callers, who use them again, so an exchange never outlives its call: settle stops it and waits for it.
type exchange struct {
	api  api
	run  func(conn io.ReadWriter) error
	node int32

	offered int16 // kafka-go's version of this request for this connection, or -1

	mu      sync.Mutex
	conn    interface{ SetDeadline(time.Time) error } // while run is at work
	stopped bool
	started bool
	done    chan struct{} // closed when run has returned
	err     error         // run's, once done is closed
}

// exchangeWith is an exchange with one certain broker. The Transport tells by the method, hence the second type.
type exchangeWith struct{ *exchange }

// ApiKey names the request to the Transport.
func (x *exchange) ApiKey() protocol.ApiKey { //nolint:staticcheck // kafka-go's interface asks for this spelling
	return protocol.ApiKey(x.api.key)
}

// Required notes what the broker offers and has RawExchange called.
func (x *exchange) Required(versions map[protocol.ApiKey]int16) bool {
	x.offered = -1
	if v, ok := versions[x.ApiKey()]; ok {
		x.offered = v
	}
	return true
}

// RawExchange writes the request and reads the answer.
func (x *exchange) RawExchange(rw io.ReadWriter) (protocol.Message, error) {
	conn, ok := rw.(interface{ SetDeadline(time.Time) error })
	if !ok {
		return nil, errors.New("the connection has no deadline")
	}
	x.mu.Lock()
	if x.stopped {
		x.mu.Unlock()
		return nil, context.Canceled
	}
	x.conn, x.started = conn, true
	x.mu.Unlock()

	if x.offered >= 0 && x.offered < x.api.floor {
		x.err = &Error{API: x.api.name, Code: codeUnsupportedVersion, Message: fmt.Sprintf("the broker knows version %d, version %d is needed", x.offered, x.api.version)}
	} else {
		x.err = x.run(rw)
	}

	x.mu.Lock()
	x.conn = nil
	x.mu.Unlock()
	close(x.done)
	if x.err != nil {
		return nil, x.err
	}
	return x, nil
}

// settle makes sure that run is not at work and will not be. It says whether run has come to its end, and how.
func (x *exchange) settle() (bool, error) {
	x.mu.Lock()
	x.stopped = true
	if x.conn != nil {
		_ = x.conn.SetDeadline(time.Unix(1, 0)) // fails only on a closed connection, on which nothing waits
	}
	x.mu.Unlock()
	if !x.started {
		return false, nil
	}
	<-x.done
	return true, x.err
}

// Broker routes the request.
func (x exchangeWith) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	node := x.node
	if node == controllerNode {
		node = cluster.Controller
	}
	b, ok := cluster.Brokers[node]
	if !ok {
		return b, fmt.Errorf("node %d is %w, or no broker could be asked", node, errUnlisted)
	}
	return b, nil
}

// errUnlisted is why a request could not even leave.
var errUnlisted = errors.New("not in the cluster")

// exchange sends a request to node and waits at most timeout for its answer. The error is a *TransportError or an *Error.
func (c *Client) exchange(ctx context.Context, a api, node int32, timeout time.Duration, run func(conn io.ReadWriter) error) error {
	within, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	x := &exchange{api: a, run: run, node: node, done: make(chan struct{})}
	var err error
	if node == anyNode {
		_, err = c.transport.RoundTrip(within, c.address, x)
	} else {
		_, err = c.transport.RoundTrip(within, c.address, exchangeWith{x})
	}
	if err == nil {
		return nil
	}
	// An answer that came as the context ended is an answer.
	if ended, fate := x.settle(); ended && fate == nil {
		return nil
	} else if refusal := (*Error)(nil); ended && errors.As(fate, &refusal) {
		return refusal
	}
	// The connection's deadline is the context's, and may be noticed a moment earlier.
	if deadline, _ := within.Deadline(); errors.Is(err, os.ErrDeadlineExceeded) && time.Until(deadline) <= 0 {
		<-within.Done()
	}
	if within.Err() != nil && ctx.Err() == nil {
		err = fmt.Errorf("nothing within %v", timeout)
	}
	return &TransportError{API: a.name, Node: max(node, anyNode), Err: err, unlisted: errors.Is(err, errUnlisted)}
}

// ask sends the request in w to node and reads its answer with take. It is for requests that are small.
func (c *Client) ask(ctx context.Context, a api, node int32, w writer, take func(r *reader)) error {
	if err := w.frame(0); err != nil {
		return err
	}
	return c.exchange(ctx, a, node, c.config.RequestTimeout, func(conn io.ReadWriter) error {
		return trip(conn, a, w, take)
	})
}

// trip writes the request in w, which has been framed, and reads its answer with take.
func trip(conn io.ReadWriter, a api, w writer, take func(r *reader)) error {
	if _, err := conn.Write(w.b); err != nil {
		return err
	}
	_, r, err := readAnswer(conn, a, nil)
	if err != nil {
		return err
	}
	take(&r)
	return r.end()
}

// begin starts a small request.
func (c *Client) begin(a api) writer { return begin(nil, a, c.config.ClientID) }
