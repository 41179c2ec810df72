package apptest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/testkit"
	"github.com/assay-dev/assay/internal/testkit/container"
	"github.com/assay-dev/assay/internal/testkit/judge"
)

// TestContainer runs tests of this package on Kafka as its official image has it.
func TestContainer(t *testing.T) {
	env := container.Kafka(t)
	t.Run("stop", func(t *testing.T) { stop(t, env) })
	t.Run("kill", func(t *testing.T) { killed(t, env) })
	t.Run("instance taken", func(t *testing.T) { instanceTaken(t, env) })
	t.Run("data lost", func(t *testing.T) { acceptDataLost(t, env) })
}

// killed kills the process in the middle of work, twice, the second time to go on under another name.
func killed(t *testing.T, env testkit.Env) {
	f := newFeed(t, env, judge.Standard("", 4, 900, 40))
	for _, instance := range []string{"one", "one"} {
		f.write(300)
		p := f.run(instance)
		p.progress(10)
		p.Kill()
	}
	f.finish(f.run("two"))
}

// TestImage runs the image as docker-compose.yml does, locked up, with Kafka in a container beside it: it works, its health check
// passes, it stops in order on SIGTERM, and all that leaves it is right.
func TestImage(t *testing.T) {
	testkit.Need(t, "image")
	f := newFeed(t, container.Kafka(t), judge.Standard("", 4, 400, 40))
	name := testkit.Unique("assay")
	token := t.TempDir()
	if err := os.WriteFile(filepath.Join(token, "admin-token"), []byte("s3cret\n"), 0o644); err != nil { // the image's user is another
		t.Fatal(err)
	}
	args := []string{"run", "--rm", "--name", name, "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges:true",
		"--network", "host", "--volume", token + ":/run/secrets/assay:ro"}
	for _, setting := range f.environment("one", "127.0.0.1:"+container.FreePort(t)) {
		args = append(args, "--env", setting)
	}
	t.Cleanup(func() { _ = exec.Command("docker", "rm", "--force", name).Run() }) // most times it has gone already
	p := Start(t, exec.Command("docker", append(args, testkit.Image())...))
	f.write(200)
	p.until("the health check passes", func() bool {
		return exec.Command("docker", "exec", name, "/usr/local/bin/assay", "health").Run() == nil
	})
	if out, err := exec.Command("docker", "exec", name, "/usr/local/bin/assay", "health", "--live").CombinedOutput(); err != nil || string(out) != "ok\n" {
		t.Errorf("health --live: %v, %s", err, out)
	}
	if status, _, err := p.Get("/status"); status != 401 || err != nil {
		t.Errorf("/status without the token: %d, %v", status, err)
	}
	f.finish(p)
	if !slices.ContainsFunc(strings.Split(p.Log(), "\n"), func(l string) bool { return strings.HasPrefix(l, "{") && strings.Contains(l, `"msg":"stopped"`) }) {
		t.Errorf("the log is not JSON, or does not tell the end:\n%s", p.Log())
	}
}

// environment gives the settings of a process by environment alone, as a container gets them.
func (f *feedOn) environment(instance, admin string) []string {
	return []string{
		"ASSAY_KAFKA_BROKERS=" + strings.Join(f.env.Addr, ","),
		"ASSAY_GROUP=" + strings.TrimSuffix(f.group, ".census-profile"),
		"ASSAY_INSTANCE=" + instance,
		"ASSAY_ADMIN_LISTEN=" + admin,
		"ASSAY_FEEDS_0_FEED=" + f.contract,
		"ASSAY_FEEDS_0_INPUT_TOPICS=" + f.in.Plan.Topic,
		"ASSAY_FEEDS_0_SCORED_TOPIC=" + f.out.Scored,
		"ASSAY_FEEDS_0_SCORED_HEADERS=all",
		"ASSAY_FEEDS_0_QUALITY_TOPIC=" + f.out.Quality,
		"ASSAY_FEEDS_0_ERRORS_TOPIC=" + f.out.Errors,
		"ASSAY_FEEDS_0_DEAD_TOPIC=" + f.out.Dead,
		"ASSAY_FEEDS_0_RESULTS_TOPIC=" + f.out.Results,
		fmt.Sprintf("ASSAY_KAFKA_SESSION_TIMEOUT=%s", f.sessionTimeout),
		fmt.Sprintf("ASSAY_KAFKA_TRANSACTION_TIMEOUT=%s", f.transactionTimeout),
		"ASSAY_COMMIT_EVERY=50ms",
	}
}
