// Package embedded is a Kafka broker inside the process, for the demo, for try-outs and for tests. It speaks the protocol of
// Apache Kafka (groups, idempotent and transactional producers, compression) but is no replacement for it: there is no
// replication, a transaction ends in one step, and without a data directory everything is gone when it closes.
//
// It is the only package that reaches kfake outside of tests.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// minSession is the shortest session timeout that a group may ask for. Kafka's own floor of 6 s would make every try-out of
// a rebalance, and every test of one, that much slower.
const minSession = time.Second

// startTimeout bounds the creation of the topics, which takes milliseconds.
const startTimeout = 30 * time.Second

// clusterID is what clients see; it becomes part of the source of every event.
const clusterID = "assay-embedded"

// Topic is a topic to create.
type Topic struct {
	Name       string
	Partitions int32 // 0 means 1
}

// Options say how a Broker starts. The zero value is one node on a free port without topics, in memory.
type Options struct {
	Port  int // of the first node; node i listens on Port+i. 0 takes free ports
	Nodes int // 0 means 1

	// Topics are created unless DataDir already holds them.
	Topics []Topic

	// DataDir keeps records, groups and transactions over a restart on the same ports; empty keeps them in memory.
	DataDir string

	// Advertise, when set, has one host:port for each node, which clients are told to dial instead of the node itself: the
	// addresses of a proxy in front of it.
	Advertise []string
}

// Broker is a running broker. Its methods may be called from any goroutine.
type Broker struct {
	cluster   *kfake.Cluster
	addrs     []string
	advertise []string
}

// Start starts a broker on the loopback interface and returns when it answers and has all topics. The caller closes it.
func Start(o Options) (*Broker, error) {
	nodes := max(o.Nodes, 1)
	if o.Advertise != nil && len(o.Advertise) != nodes {
		return nil, fmt.Errorf("embedded broker: %d advertised addresses for %d nodes", len(o.Advertise), nodes)
	}
	b := &Broker{advertise: o.Advertise}
	opts := []kfake.Opt{
		kfake.ClusterID(clusterID),
		kfake.NumBrokers(nodes),
		kfake.GroupMinSessionTimeout(minSession),
		kfake.ListenFn(b.listen),
	}
	if o.Port != 0 {
		ports := make([]int, nodes)
		for i := range ports {
			ports[i] = o.Port + i
		}
		opts = append(opts, kfake.Ports(ports...))
	}
	if o.DataDir != "" {
		opts = append(opts, kfake.DataDir(o.DataDir))
	}
	cluster, err := kfake.NewCluster(opts...)
	if err != nil {
		return nil, fmt.Errorf("embedded broker: %w", err)
	}
	b.cluster = cluster
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if err := b.CreateTopics(ctx, o.Topics...); err != nil {
		cluster.Close()
		return nil, err
	}
	return b, nil
}

// listen notes where each node really listens and hands kfake a listener that gives the advertised address instead: kfake
// takes what it tells clients from there.
func (b *Broker) listen(network, address string) (net.Listener, error) {
	l, err := net.Listen(network, address)
	if err != nil {
		return nil, err
	}
	i := len(b.addrs)
	b.addrs = append(b.addrs, l.Addr().String())
	if b.advertise == nil {
		return l, nil
	}
	return advertised{Listener: l, addr: hostport(b.advertise[i])}, nil
}

// dial connects to a node past the proxy that clients are told of, which need not be there yet.
func (b *Broker) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if i := slices.Index(b.advertise, address); i >= 0 {
		address = b.addrs[i]
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

type advertised struct {
	net.Listener
	addr hostport
}

func (a advertised) Addr() net.Addr { return a.addr }

type hostport string

func (h hostport) Network() string { return "tcp" }
func (h hostport) String() string  { return string(h) }

// CreateTopics creates topics; one that exists already is left as it is.
func (b *Broker) CreateTopics(ctx context.Context, topics ...Topic) error {
	if len(topics) == 0 {
		return nil
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(b.addrs...), kgo.Dialer(b.dial))
	if err != nil {
		return fmt.Errorf("embedded broker: %w", err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	for _, t := range topics {
		_, err := admin.CreateTopic(ctx, max(t.Partitions, 1), -1, nil, t.Name)
		if err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
			return fmt.Errorf("embedded broker: create topic %s: %w", t.Name, err)
		}
	}
	return nil
}

// Addr gives host:port of the first node.
func (b *Broker) Addr() string { return b.addrs[0] }

// Addrs gives host:port of every node.
func (b *Broker) Addrs() []string { return slices.Clone(b.addrs) }

// Close stops the broker and cuts its connections. It is safe to call more than once.
func (b *Broker) Close() { b.cluster.Close() }
