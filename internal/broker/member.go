package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
)

// ErrMemberClosed is Next's answer after Close.
var ErrMemberClosed = errors.New("the member has left the group")

// MemberConfig says how to take part in a group.
type MemberConfig struct {
	Brokers  []string
	ClientID string
	Group    string
	Topics   []string // must exist: without one of them generations end as soon as they begin

	// SessionTimeout is how long the group waits for a member that is silent; 0 means 10 s. A generation that has ended must
	// be released within it, because heartbeats end with the generation.
	SessionTimeout time.Duration
	// HeartbeatInterval is a fifth of SessionTimeout, at most 3 s, when it is 0.
	HeartbeatInterval time.Duration
	// RebalanceTimeout is how long the group waits for a member to join anew, and so for Release; 0 means 30 s.
	RebalanceTimeout time.Duration
	// WatchInterval is how often the number of partitions is looked at; 0 means 5 s.
	WatchInterval time.Duration
	DialTimeout   time.Duration // 0 means 3 s
	TLS           *tls.Config   // nil for plain connections
}

const (
	// joinBackoff is how long kafka-go waits after a failed attempt to join, 5 s if one lets it: the first group of a new
	// cluster always fails a few times.
	joinBackoff = 150 * time.Millisecond
	// coordinatorTimeout is how long a group request may take besides what it waits for.
	coordinatorTimeout = 2 * time.Second
	// leaveTimeout is how long a member that was cut off tries to take its leave.
	leaveTimeout = time.Second
	// shortest keeps generations that end as soon as they begin from following each other without a pause.
	shortest = 150 * time.Millisecond
)

func (m MemberConfig) withDefaults() MemberConfig {
	setDefault := func(d *time.Duration, value time.Duration) {
		if *d <= 0 {
			*d = value
		}
	}
	setDefault(&m.SessionTimeout, 10*time.Second)
	setDefault(&m.HeartbeatInterval, min(m.SessionTimeout/5, 3*time.Second))
	setDefault(&m.RebalanceTimeout, 30*time.Second)
	setDefault(&m.WatchInterval, 5*time.Second)
	setDefault(&m.DialTimeout, 3*time.Second)
	if m.ClientID == "" {
		m.ClientID = "assay"
	}
	return m
}

// NewMember joins a group by the classic protocol. kafka-go's ConsumerGroup does the joining, the heartbeats and the watch on
// the number of partitions; of what it knows, the assignment, the generation and the member id are used, and never the
// offsets, which it reads at a version that cannot see open transactions.
func NewMember(config MemberConfig) (Member, error) {
	config = config.withDefaults()
	lines := newLines(config.DialTimeout)
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID:                     config.Group,
		Brokers:                config.Brokers,
		Topics:                 config.Topics,
		Dialer:                 &kafka.Dialer{ClientID: config.ClientID, DialFunc: lines.dial, TLS: config.TLS},
		GroupBalancers:         []kafka.GroupBalancer{copartition{}},
		HeartbeatInterval:      config.HeartbeatInterval,
		SessionTimeout:         config.SessionTimeout,
		RebalanceTimeout:       config.RebalanceTimeout,
		JoinGroupBackoff:       joinBackoff,
		Timeout:                coordinatorTimeout,
		WatchPartitionChanges:  true,
		PartitionWatchInterval: config.WatchInterval,
	})
	if err != nil {
		return nil, fmt.Errorf("join group: %w", err)
	}
	return &member{config: config, group: group, lines: lines, closing: make(chan struct{})}, nil
}

type member struct {
	config MemberConfig
	group  *kafka.ConsumerGroup
	lines  *lines

	closing chan struct{}
	close   sync.Once

	mu      sync.Mutex
	current *generation
}

// Next waits for the next generation. Anything that went wrong since, such as a coordinator that is away, is returned as it
// happens, as *Error or *TransportError, so that it can be shown; kafka-go goes on trying, and the caller calls again. After
// Close the error is ErrMemberClosed.
func (m *member) Next(ctx context.Context) (Generation, error) {
	next, err := m.group.Next(ctx)
	var refusal kafka.Error
	switch {
	case err == nil:
		g := begun(next, m.closing)
		m.mu.Lock()
		m.current = g
		m.mu.Unlock()
		return g, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, kafka.ErrGroupClosed):
		return nil, ErrMemberClosed
	case errors.As(err, &refusal):
		return nil, &Error{API: apiJoin, Code: int16(refusal), Partition: -1}
	}
	return nil, &TransportError{API: apiJoin, Node: anyNode, Err: err}
}

// apiJoin stands for whatever kafka-go asks on the way to a generation; it does not say which request failed.
const apiJoin = "JoinGroup"

// Close leaves the group and ends the generation. It returns when the generation has been released and a little later: a join
// that is waiting for other members, which may take RebalanceTimeout, is cut off. kafka-go forgets its member id with a join
// that fails, so that the leave is taken here with that of the last generation: else the others would wait for a member that
// is no more. One that is cut off in its very first join does not know its id and cannot take leave.
func (m *member) Close() error {
	m.close.Do(func() { close(m.closing) })
	left := make(chan error, 1)
	go func() { left <- m.group.Close() }()
	m.mu.Lock()
	current := m.current
	m.mu.Unlock()
	if current != nil {
		<-current.released
	}
	patience := time.NewTimer(coordinatorTimeout)
	defer patience.Stop()
	select {
	case err := <-left:
		return err
	case <-patience.C:
		m.lines.cut()
		err := <-left
		if current != nil {
			m.leave(current.token.MemberID)
		}
		return err
	}
}

// leave takes a member out of the group, if that can be done at once; if not, its session times out.
func (m *member) leave(id string) {
	c, err := NewClient(Config{Brokers: m.config.Brokers, ClientID: m.config.ClientID, DialTimeout: m.config.DialTimeout, TLS: m.config.TLS})
	if err != nil {
		return
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), leaveTimeout)
	defer cancel()
	w := c.begin(apiLeaveGroup)
	w.string(m.config.Group)
	w.string(id)
	// A refusal means that the group does not know the member any more, and nobody waits for an error.
	_ = c.atCoordinator(ctx, coordinated{groupKind, m.config.Group}, true, func(node int32) error {
		return c.askCode(ctx, apiLeaveGroup, node, w)
	})
}

// generation holds kafka-go's generation open, by a function that it waits for, until it is released.
type generation struct {
	assigned []TopicPartition
	token    Token
	done     chan struct{}
	released chan struct{}
	release  sync.Once
}

func begun(g *kafka.Generation, closing <-chan struct{}) *generation {
	gen := &generation{
		token:    Token{MemberID: g.MemberID, Generation: g.ID},
		done:     make(chan struct{}),
		released: make(chan struct{}),
	}
	for topic, partitions := range g.Assignments {
		for _, p := range partitions {
			gen.assigned = append(gen.assigned, TopicPartition{topic, int32(p.ID)})
		}
	}
	slices.SortFunc(gen.assigned, compare)
	began := time.Now()
	g.Start(func(ctx context.Context) {
		select {
		case <-ctx.Done():
		case <-gen.released: // early: the caller wants a new generation
		}
		close(gen.done)
		<-gen.released
		select {
		case <-time.After(shortest - time.Since(began)):
		case <-closing:
		}
	})
	return gen
}

// Assigned gives the partitions, sorted.
func (g *generation) Assigned() []TopicPartition { return g.assigned }

// Token gives what proves membership in this generation.
func (g *generation) Token() Token { return g.token }

// Done is closed when the generation ends.
func (g *generation) Done() <-chan struct{} { return g.done }

// Release lets the member join the next generation. Calls after the first do nothing.
func (g *generation) Release() { g.release.Do(func() { close(g.released) }) }
