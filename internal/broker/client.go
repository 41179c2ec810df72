package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
)

// Config says how to reach a cluster.
type Config struct {
	Brokers  []string // host:port to begin with; those that are away are passed over
	ClientID string

	// RequestTimeout is how long one request may go without an answer; 0 means 10 s. A Fetch may take its MaxWait besides.
	RequestTimeout time.Duration
	// DialTimeout is how long one connection may take to come up; 0 means 3 s.
	DialTimeout time.Duration

	// Tries is how often an idempotent request is sent when there is no answer, before the caller hears of it; 0 means 5.
	Tries int
	// TLS is nil for plain connections.
	TLS *tls.Config
	// OnRetry, when set, hears of every error that is about to be retried in place, so that waiting is visible. It is called
	// from any goroutine and must return at once.
	OnRetry func(err error)
}

func (c Config) withDefaults() (Config, error) {
	if len(c.Brokers) == 0 {
		return c, errors.New("no brokers are given")
	}
	for _, b := range c.Brokers {
		if _, _, err := net.SplitHostPort(b); err != nil {
			return c, fmt.Errorf("broker %q: want host:port", b)
		}
	}
	if c.ClientID == "" {
		c.ClientID = "assay"
	}
	if c.RequestTimeout <= 0 {
		c.RequestTimeout = 10 * time.Second
	}
	if c.DialTimeout <= 0 {
		c.DialTimeout = 3 * time.Second
	}
	if c.Tries <= 0 {
		c.Tries = 5
	}
	return c, nil
}

// layoutAge is the longest time for which the Transport believes its list of brokers. The list is all that it asks for: this
// package keeps leaders and coordinators itself.
const layoutAge = 2 * time.Second

// Client is the Broker that talks to Kafka. It may be used by any number of goroutines.
type Client struct {
	config    Config
	transport *kafka.Transport
	address   net.Addr

	mu           sync.Mutex
	leaders      map[TopicPartition]int32
	coordinators map[coordinated]int32
}

var _ Broker = (*Client)(nil)

// NewClient gives a client. It connects when it is first used.
func NewClient(config Config) (*Client, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	// One attempt to connect goes through the brokers one after the other, in random order, within the Transport's
	// timeout: it must be long enough for the last of them when all others are black holes.
	dialer := &net.Dialer{Timeout: config.DialTimeout, KeepAlive: 30 * time.Second}
	return &Client{
		config: config,
		transport: &kafka.Transport{
			Dial:           dialer.DialContext,
			DialTimeout:    config.DialTimeout*time.Duration(len(config.Brokers)) + config.RequestTimeout,
			MetadataTTL:    layoutAge,
			MetadataTopics: []string{}, // none; nil would be all
			ClientID:       config.ClientID,
			TLS:            config.TLS,
		},
		address:      addresses(config.Brokers),
		leaders:      make(map[TopicPartition]int32),
		coordinators: make(map[coordinated]int32),
	}, nil
}

// Close closes the connections that are idle and has the others closed when they become idle.
func (c *Client) Close() error {
	c.transport.CloseIdleConnections()
	return nil
}

// addresses is a list of brokers in the form that the Transport takes apart.
type addresses []string

// Network gives the network of each address.
func (a addresses) Network() string {
	return strings.TrimSuffix(strings.Repeat("tcp,", len(a)), ",")
}

// String gives the addresses.
func (a addresses) String() string { return strings.Join(a, ",") }

// coordinated names something that has a coordinator: a group or a transactional id.
type coordinated struct {
	kind int8
	key  string
}

// The kinds of coordinators, as on the wire.
const (
	groupKind int8 = 0
	txnKind   int8 = 1
)

// atCoordinator calls do with the coordinator of who, which is looked up when it is not known, and again when do's error says
// that it has moved. do must give a *TransportError or an *Error.
func (c *Client) atCoordinator(ctx context.Context, who coordinated, idempotent bool, do func(node int32) error) error {
	return c.retry(ctx, idempotent, func() error {
		node, err := c.coordinator(ctx, who)
		if err != nil {
			return err
		}
		err = do(node)
		if err != nil && losesCoordinator(err) {
			c.forgetCoordinator(who, node)
		}
		return err
	})
}

func (c *Client) coordinator(ctx context.Context, who coordinated) (int32, error) {
	c.mu.Lock()
	node, ok := c.coordinators[who]
	c.mu.Unlock()
	if ok {
		return node, nil
	}
	w := c.begin(apiFindCoordinator)
	w.string(who.key)
	w.int8(who.kind)
	err := c.retry(ctx, true, func() error {
		refusal := Error{API: apiFindCoordinator.name}
		err := c.ask(ctx, apiFindCoordinator, anyNode, w, func(r *reader) {
			r.int32() // throttle
			refusal.Code = r.int16()
			refusal.Message = r.string()
			node = r.int32()
		})
		if err == nil && refusal.Code != 0 {
			return &refusal
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	c.mu.Lock()
	c.coordinators[who] = node
	c.mu.Unlock()
	return node, nil
}

// forgetCoordinator has the coordinator looked up again, unless somebody has done so since it was node.
func (c *Client) forgetCoordinator(who coordinated, node int32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.coordinators[who] == node {
		delete(c.coordinators, who)
	}
}

// leadersOf gives the leader of each of tps, from memory where it is there. A partition without a leader is an *Error.
func (c *Client) leadersOf(ctx context.Context, tps []TopicPartition) ([]int32, error) {
	nodes := make([]int32, len(tps))
	var missing []string
	c.mu.Lock()
	for i, tp := range tps {
		node, ok := c.leaders[tp]
		if !ok && (len(missing) == 0 || missing[len(missing)-1] != tp.Topic) {
			missing = append(missing, tp.Topic)
		}
		nodes[i] = node
	}
	c.mu.Unlock()
	if missing == nil {
		return nodes, nil
	}
	m, err := c.Metadata(ctx, missing...)
	if err != nil {
		return nil, err
	}
	for i, tp := range tps {
		if _, ok := m.Topics[tp.Topic]; !ok {
			continue // was known
		}
		if nodes[i], err = m.Leader(tp); err != nil {
			return nil, err
		}
	}
	return nodes, nil
}

// forgetLeader has the leader of tp asked for again, unless somebody has done so since it was node.
func (c *Client) forgetLeader(tp TopicPartition, node int32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.leaders[tp] == node {
		delete(c.leaders, tp)
	}
}
