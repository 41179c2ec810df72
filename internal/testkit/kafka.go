package testkit

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// kafkaScript starts and stops Apache Kafka; it is embedded so that a test finds it from any directory.
//
//go:embed kafka.sh
var kafkaScript []byte

// Cluster is a running Apache Kafka of one or three nodes on loopback, numbered from 1.
//
// It lives at most as long as this process: a watchdog waits for the end of a pipe that only this process holds, then kills
// the nodes and deletes their data. So nothing is left behind when the test is killed. Should the watchdog itself be killed,
// the next cluster on this machine cleans up after it.
type Cluster struct {
	dir   string
	base  int // first port of the cluster's range, see ports.go
	nodes int

	watchdog *exec.Cmd
	alive    io.Closer // the pipe's end that keeps the cluster alive

	mu    sync.Mutex
	state []nodeState
}

type nodeState uint8

const (
	up nodeState = iota
	down
	paused
)

// ClusterOptions say how a cluster starts; the zero value is one node.
type ClusterOptions struct {
	Nodes   int      // 1 or 3; 0 means 1
	Version string   // of Apache Kafka; "" means that of ASSAY_TEST_KAFKA_VERSION, or the script's
	Props   []string // broker properties, name=value, which win over the script's
}

var shared struct {
	sync.Mutex
	clusters map[int]*Cluster
}

// Kafka gives a cluster of 1 or 3 nodes that all tests of this process share; the first call starts it. It calls
// Need(t, "kafka"). When the test ends, nodes that it killed, stopped or paused are brought back. Tests that do that must not
// run in parallel with others; StartKafka gives them a cluster of their own.
func Kafka(t testing.TB, nodes int) *Cluster {
	t.Helper()
	Need(t, "kafka")
	shared.Lock()
	defer shared.Unlock()
	c := shared.clusters[nodes]
	if c == nil {
		c = startKafka(t, ClusterOptions{Nodes: nodes})
		if shared.clusters == nil {
			shared.clusters = map[int]*Cluster{}
		}
		shared.clusters[nodes] = c
	}
	t.Cleanup(func() { c.heal(t) })
	return c
}

// KafkaVersions are the versions of Apache Kafka that the product promises to work with: the last of each line. The suite runs
// on the first of them unless ASSAY_TEST_KAFKA_VERSION names another.
var KafkaVersions = []string{"4.3.1", "3.9.1"}

// kafkaVersionEnv chooses the version that the suite runs on.
const kafkaVersionEnv = "ASSAY_TEST_KAFKA_VERSION"

// StartKafka starts a cluster for this test alone, which ends with it. It calls Need(t, "kafka"), and skips or fails in the same
// way where the jars of another version cannot be had.
func StartKafka(t testing.TB, o ClusterOptions) *Cluster {
	t.Helper()
	Need(t, "kafka")
	if o.Version != "" {
		decide(t, verdictOn("kafka", fetchKafka(o.Version), os.Getenv(requireEnv)))
	}
	c := startKafka(t, o)
	t.Cleanup(func() {
		if err := c.close(); err != nil {
			t.Errorf("end of the cluster: %v", err)
		}
	})
	return c
}

func startKafka(t testing.TB, o ClusterOptions) *Cluster {
	t.Helper()
	began := time.Now()
	slot, err := takeSlot(t.Context(), func() { t.Log("waiting: other test processes have all the clusters this machine may run") })
	if err != nil {
		t.Fatalf("no turn for a cluster: %v", err)
	}
	waited := time.Since(began)
	c, err := newCluster(slot, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("Kafka of %d nodes at %s after %s (%s of waiting for a turn)", c.nodes, strings.Join(c.Bootstrap(), ","),
		time.Since(began).Round(time.Millisecond), waited.Round(time.Millisecond))
	return c
}

func newCluster(slot int, o ClusterOptions) (*Cluster, error) {
	root, err := machineDir()
	if err != nil {
		return nil, err
	}
	base, err := freeRange(slot)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(root, "cluster-")
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir, base: base, nodes: max(o.Nodes, 1)}
	c.state = make([]nodeState, c.nodes)
	if err := c.start(o); err != nil {
		return nil, errors.Join(fmt.Errorf("start Kafka: %w", err), os.RemoveAll(dir))
	}
	return c, nil
}

// start runs the watchdog and waits until it says that the nodes are ready.
func (c *Cluster) start(o ClusterOptions) error {
	if err := os.WriteFile(c.script(), kafkaScript, 0o600); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(c.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	// A session of its own keeps an interrupt at the terminal from the nodes. The log is a file because `go test` waits for
	// whoever holds its own standard error.
	cmd := exec.Command("setsid", "bash", c.script(), "run", strconv.Itoa(c.nodes))
	cmd.Env = append(c.env(), "KAFKA_PROPS="+strings.Join(o.Props, "\n"))
	if v := cmp.Or(o.Version, os.Getenv(kafkaVersionEnv)); v != "" {
		cmd.Env = append(cmd.Env, "KAFKA_VERSION="+v)
	}
	cmd.Stderr = log
	alive, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	c.watchdog, c.alive = cmd, alive
	said, err := firstLine(out)
	if err != nil || strings.HasPrefix(said, "failed") {
		why, _ := os.ReadFile(log.Name()) // without a log there is nothing more to say
		return errors.Join(fmt.Errorf("%s\n%s", said, why), err, c.close())
	}
	return nil
}

func firstLine(r io.Reader) (string, error) {
	var line []byte
	b := make([]byte, 1)
	for {
		if _, err := r.Read(b); err != nil {
			return string(line), err
		}
		if b[0] == '\n' {
			return string(line), nil
		}
		line = append(line, b[0])
	}
}

func (c *Cluster) close() error {
	return errors.Join(c.alive.Close(), c.watchdog.Wait())
}

func (c *Cluster) script() string { return filepath.Join(c.dir, "kafka.sh") }

func (c *Cluster) env() []string {
	return append([]string{
		// Half the processor time of a start: the tests' brokers live too short for the optimising compiler to pay.
		"KAFKA_JVM=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
		"KAFKA_WAIT=180",
	}, append(os.Environ(),
		"KAFKA_DIR="+c.dir,
		"KAFKA_PORT="+strconv.Itoa(c.base),
		"KAFKA_PROXY="+strconv.Itoa(c.base+proxyOffset))...)
}

// Bootstrap gives host:port of every node, whether it is up or not.
func (c *Cluster) Bootstrap() []string { return c.addrs(0) }

// Nodes gives the number of nodes.
func (c *Cluster) Nodes() int { return c.nodes }

func (c *Cluster) addrs(offset int) []string {
	a := make([]string, c.nodes)
	for i := range a {
		a[i] = "127.0.0.1:" + strconv.Itoa(c.base+offset+i)
	}
	return a
}

// Kill ends node n at once (SIGKILL) and keeps its data.
func (c *Cluster) Kill(n int) error { return c.do("kill", n, down) }

// Stop ends node n in order (SIGTERM, controlled shutdown) and keeps its data.
func (c *Cluster) Stop(n int) error { return c.do("stop", n, down) }

// Start starts a killed or stopped node and returns when it answers; that takes 2 to 10 s, because the cluster first has to
// notice that the old one is gone.
func (c *Cluster) Start(n int) error { return c.do("start", n, up) }

// Pause freezes node n: its connections stay and nothing answers.
func (c *Cluster) Pause(n int) error { return c.do("pause", n, paused) }

// Resume thaws node n.
func (c *Cluster) Resume(n int) error { return c.do("resume", n, up) }

func (c *Cluster) do(verb string, n int, to nodeState) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	cmd := exec.Command("bash", c.script(), verb, strconv.Itoa(n))
	cmd.Env = c.env()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s node %d: %w: %s", verb, n, err, out)
	}
	c.state[n-1] = to
	return nil
}

// heal brings back every node and waits until the cluster is whole.
func (c *Cluster) heal(t testing.TB) {
	whole := true
	for n := 1; n <= c.nodes; n++ {
		var err error
		switch c.stateOf(n) {
		case up:
			continue
		case down:
			err = c.Start(n)
		case paused:
			err = c.Resume(n)
		}
		whole = false
		if err != nil {
			t.Errorf("bring the cluster back: %v", err)
		}
	}
	if whole {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := c.Ready(ctx); err != nil {
		t.Errorf("bring the cluster back: %v", err)
	}
}

func (c *Cluster) stateOf(n int) nodeState {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state[n-1]
}

// fetchKafka has the script bring the jars of a version, "" for that of the suite, into its cache; once they are there it does
// nothing.
func fetchKafka(version string) error {
	f, err := os.CreateTemp("", "kafka-*.sh")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(kafkaScript)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	args := []string{f.Name(), "fetch"}
	if v := cmp.Or(version, os.Getenv(kafkaVersionEnv)); v != "" {
		args = append(args, v)
	}
	if out, err := exec.Command("bash", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("no jars: %w: %s", err, out)
	}
	return nil
}
