package apptest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/census"
	"github.com/assay-dev/assay/internal/testkit"
)

// TestKafkaVersions goes the way of the readme on each version of Apache Kafka that is promised: topics, run, load, inspect,
// offsets, score.
func TestKafkaVersions(t *testing.T) {
	for _, version := range testkit.KafkaVersions {
		t.Run(version, func(t *testing.T) {
			kafka := testkit.StartKafka(t, testkit.ClusterOptions{Version: version})
			w := &way{t: t, dir: t.TempDir(), env: Environ("ASSAY_KAFKA_BROKERS="+strings.Join(kafka.Bootstrap(), ","),
				"ASSAY_ADMIN_LISTEN=127.0.0.1:0", "ASSAY_LOG_FORMAT=logfmt", "ASSAY_INSTANCE=one", "ASSAY_COMMIT_EVERY=50ms")}
			g := census.New(1, census.Options{})
			people := append(g.Append(bytes.Clone(g.Header()), 300), "short\n"...)
			if err := os.WriteFile(filepath.Join(w.dir, "people.csv"), people, 0o600); err != nil {
				t.Fatal(err)
			}
			w.wants(0, `(?m)^census.scored +census-profile +scored +3 +1,048,588 +created$`, "topics", "--create", "--partitions", "3")
			w.wants(0, `not begun: starts at 0`, "offsets")

			run := exec.Command(Binary(t), "run")
			run.Env, run.Dir = w.env, w.dir
			p := Start(t, run)
			w.wants(0, `^301 rows in \d+ chunks, `, "load", "people.csv", "--topic", "census.in", "--chunk-bytes", "4KiB")
			p.Until("all rows", "/status", func(_ int, body string) bool {
				return regexp.MustCompile(`"rows_scored": ?300`).MatchString(body) && regexp.MustCompile(`"rows_dead": ?1\b`).MatchString(body)
			})
			w.wants(0, `running in assay-one\n`, "offsets")
			w.wants(3, `census-profile is running in assay-one at [0-9.]+: stop it first`, "offsets", "--to", "start")
			if code := p.Stop(); code != 0 {
				t.Errorf("exit code %d\n%s", code, p.Log())
			}

			w.wants(0, `"profile_id":`, "inspect", "--topic", "census.scored", "-n", "1")
			w.wants(0, `assay-error-code: INVALID_FILE(?s:.*)\nshort\n`, "inspect", "--topic", "census.dead", "--last", "1")
			if n := strings.Count(w.wants(0, ``, "inspect", "--topic", "census.scored", "--last", "1000", "--json"), "\n"); n != 300 {
				t.Errorf("%d scored rows are read back, not 300", n)
			}
			w.wants(1, `300 scored, 1 refused`, "score", "--topic", "census.in", "-o", "scored.csv")
			w.wants(0, `no row changes its fate or its scores`, "score", "--topic", "census.in", "--diff", "census-profile")

			w.wants(0, `not running\n`, "offsets", "--to", "start")
			again := exec.Command(Binary(t), "run")
			again.Env, again.Dir = w.env, w.dir
			p = Start(t, again)
			p.Until("all rows once more", "/status", func(_ int, body string) bool { return regexp.MustCompile(`"rows_scored": ?300`).MatchString(body) })
			if code := p.Stop(); code != 0 {
				t.Errorf("exit code %d\n%s", code, p.Log())
			}
			if out := w.wants(0, ``, "offsets"); strings.Count(out, " 0s ") != 3 || strings.Count(out, " ok") != 3 {
				t.Errorf("after all has been read once more:\n%s", out)
			}
		})
	}
}

// way is a series of commands in one folder and environment.
type way struct {
	t   *testing.T
	dir string
	env []string
}

// wants runs a command and compares its exit code and what it prints, which it gives.
func (w *way) wants(code int, pattern string, args ...string) string {
	w.t.Helper()
	cmd := exec.Command(Binary(w.t), args...)
	cmd.Env, cmd.Dir = w.env, w.dir
	out, _ := cmd.CombinedOutput() // the exit code says it
	if got := cmd.ProcessState.ExitCode(); got != code || !regexp.MustCompile(pattern).Match(out) {
		w.t.Errorf("assay %s: exit code %d, want %d and %s\n%s", strings.Join(args, " "), got, code, pattern, out)
	}
	return string(out)
}
