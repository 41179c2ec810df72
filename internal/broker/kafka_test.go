package broker

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/testkit"
)

// TestOnKafka runs the tests of this package once more, in a process of their own, against Apache Kafka. Those that make the
// broker answer wrongly use the embedded one there too.
func TestOnKafka(t *testing.T) {
	if os.Getenv(brokersEnv) != "" {
		t.Skip("this is that process")
	}
	cluster := testkit.Kafka(t, 1)
	run := exec.CommandContext(t.Context(), os.Args[0], "-test.count=1", "-test.timeout=5m")
	run.Env = append(os.Environ(), brokersEnv+"="+strings.Join(cluster.Bootstrap(), ","))
	if out, err := run.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
