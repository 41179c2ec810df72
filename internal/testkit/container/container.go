// Package container starts Apache Kafka in a container, as the project's users and their pipelines do. It is apart from testkit
// because it brings a client of Docker along, which only few tests need.
package container

import (
	"context"
	"net"
	"strconv"
	"testing"
	"time"

	dockercontainer "github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/assay-dev/assay/internal/testkit"
)

// startLimit is how long a broker may take to start on a machine that has other work.
const startLimit = 3 * time.Minute

// Kafka starts a broker of one node from the official image, or one built like it (testkit.KafkaImage), which ends with the
// test. It calls Need(t, "docker").
func Kafka(t testing.TB) testkit.Env {
	t.Helper()
	testkit.Need(t, "docker")
	ctx, cancel := context.WithTimeout(t.Context(), startLimit)
	defer cancel()
	provider, err := testcontainers.NewDockerProvider(testcontainers.WithLogger(logger{t}))
	if err != nil {
		t.Fatal(err)
	}
	defer provider.Close()
	host, err := provider.DaemonHost(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// A broker tells its clients where it is, and so must know the port before it starts.
	port := FreePort(t)
	addr := net.JoinHostPort(host, port)
	c, err := testcontainers.Run(ctx, testkit.KafkaImage(),
		testcontainers.WithExposedPorts(inside.String()),
		testcontainers.WithHostConfigModifier(func(c *dockercontainer.HostConfig) {
			c.PortBindings = network.PortMap{inside: {{HostPort: port}}}
		}),
		testcontainers.WithEnv(environment(addr)),
		testcontainers.WithWaitStrategyAndDeadline(startLimit, wait.ForLog("Kafka Server started").WithStartupTimeout(startLimit)),
		testcontainers.WithLogger(logger{t}),
	)
	testcontainers.CleanupContainer(t, c)
	if err != nil {
		t.Fatalf("starting Kafka in a container: %v", err)
	}
	return testkit.Env{Name: "container", Addr: []string{addr}}
}

// inside is where the broker listens in its container for clients outside.
var inside = network.MustParsePort("9092/tcp")

// environment gives the broker's properties, named as the official image wants them. They are those of kafka.sh: time-outs that
// tests may make short, no topics that nobody has made.
func environment(addr string) map[string]string {
	return map[string]string{
		"KAFKA_NODE_ID":                                                     "1",
		"KAFKA_PROCESS_ROLES":                                               "broker,controller",
		"KAFKA_CONTROLLER_QUORUM_VOTERS":                                    "1@localhost:9093",
		"KAFKA_CONTROLLER_LISTENER_NAMES":                                   "CONTROLLER",
		"KAFKA_LISTENERS":                                                   "HOST://0.0.0.0:9092,INSIDE://localhost:9094,CONTROLLER://localhost:9093",
		"KAFKA_ADVERTISED_LISTENERS":                                        "HOST://" + addr + ",INSIDE://localhost:9094",
		"KAFKA_LISTENER_SECURITY_PROTOCOL_MAP":                              "HOST:PLAINTEXT,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
		"KAFKA_INTER_BROKER_LISTENER_NAME":                                  "INSIDE",
		"KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR":                            "1",
		"KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS":                                "8",
		"KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR":                    "1",
		"KAFKA_TRANSACTION_STATE_LOG_MIN_ISR":                               "1",
		"KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS":                        "8",
		"KAFKA_TRANSACTION_ABORT_TIMED_OUT_TRANSACTION_CLEANUP_INTERVAL_MS": "1000",
		"KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS":                            "0",
		"KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS":                                "1000",
		"KAFKA_AUTO_CREATE_TOPICS_ENABLE":                                   "false",
	}
}

// FreePort gives a port that nobody listens on. Another process may take it before the broker does; that is rare, and loud.
func FreePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// logger writes to the test's log.
type logger struct{ t testing.TB }

func (l logger) Printf(format string, args ...any) {
	l.t.Helper()
	l.t.Logf(format, args...)
}
