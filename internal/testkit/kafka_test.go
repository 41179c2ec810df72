package testkit_test

import (
	"bufio"
	"context"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/assay-dev/assay/internal/testkit"
)

func TestMain(m *testing.M) {
	testkit.Main(m)
}

// TestVictim is the process that TestClusterDiesWithProcess kills: it starts a cluster, says where, and waits for its end.
func TestVictim(t *testing.T) {
	if os.Getenv("TESTKIT_VICTIM") == "" {
		t.Skip("is run by TestClusterDiesWithProcess in a process of its own")
	}
	c := testkit.StartKafka(t, testkit.ClusterOptions{})
	os.Stdout.WriteString("victim " + c.Bootstrap()[0] + "\n")
	select {}
}

func TestClusterDiesWithProcess(t *testing.T) {
	t.Parallel()
	testkit.Need(t, "kafka")
	cmd := exec.Command(os.Args[0], "-test.run=^TestVictim$")
	cmd.Env = append(os.Environ(), "TESTKIT_VICTIM=1", "ASSAY_KAFKA_SLOTS=3")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	addr := ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if a, ok := strings.CutPrefix(lines.Text(), "victim "); ok {
			addr = a
			break
		}
	}
	if addr == "" {
		t.Fatal("the victim started no cluster")
	}
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	cmd.Process.Kill()
	cmd.Wait()
	// A killed node resets or ends its connections: that is the moment to wait for.
	conn.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := conn.Read(make([]byte, 1)); err == nil || os.IsTimeout(err) {
		t.Errorf("the cluster outlived its test process: %v", err)
	}
}

func TestClusterKillAndStart(t *testing.T) {
	c := testkit.Kafka(t, 1)
	if c.Nodes() != 1 || len(c.Bootstrap()) != 1 {
		t.Fatalf("%d nodes at %v", c.Nodes(), c.Bootstrap())
	}
	answers := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		client, err := kgo.NewClient(kgo.SeedBrokers(c.Bootstrap()...))
		if err != nil {
			return err
		}
		defer client.Close()
		return client.Ping(ctx)
	}
	if err := answers(); err != nil {
		t.Fatal(err)
	}
	if err := c.Kill(1); err != nil {
		t.Fatal(err)
	}
	if answers() == nil {
		t.Error("a killed node answers")
	}
	if err := c.Kill(1); err == nil {
		t.Error("a node was killed twice")
	}
	if err := c.Start(1); err != nil {
		t.Fatal(err)
	}
	if err := answers(); err != nil {
		t.Errorf("a node started again: %v", err)
	}
	if err := c.Pause(1); err != nil {
		t.Fatal(err)
	}
	if answers() == nil {
		t.Error("a paused node answers")
	}
	if err := c.Resume(1); err != nil {
		t.Fatal(err)
	}
	if err := answers(); err != nil {
		t.Errorf("a resumed node: %v", err)
	}
	if err := c.Pause(1); err != nil {
		t.Fatal(err)
	}
	// The clean-up resumes it; the next test on this cluster is the proof.
}

func TestClusterIsWholeAgain(t *testing.T) {
	c := testkit.Kafka(t, 1)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := c.Ready(ctx); err != nil {
		t.Error(err)
	}
	testkit.CreateTopics(t, c.Bootstrap(), 2, testkit.Unique("whole"))
}

func TestClusterOfThree(t *testing.T) {
	t.Parallel()
	c := testkit.StartKafka(t, testkit.ClusterOptions{Nodes: 3, Props: []string{"log.retention.hours=1"}})
	p := c.Proxy(t)
	topic := testkit.Unique("three")
	testkit.CreateTopics(t, c.Bootstrap(), 3, topic)
	client := newClient(t, p.Addrs(), kgo.DefaultProduceTopic(topic), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	produce := func() {
		t.Helper()
		for part := range int32(3) {
			if err := client.ProduceSync(t.Context(), &kgo.Record{Partition: part, Value: []byte("x")}).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
	}
	produce()
	if n := p.Count(0).Answered; n < 3 {
		t.Errorf("%d produce requests came through the proxies, want at least 3", n)
	}
	if err := c.Stop(2); err != nil {
		t.Fatal(err)
	}
	produce() // two of three replicas are enough
	if err := c.Start(2); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := c.Ready(ctx); err != nil {
		t.Error(err)
	}
}
