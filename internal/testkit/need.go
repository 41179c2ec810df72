package testkit

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// requireEnv names the variable that lists, with commas, what must be there: kafka,chromium,python,npm,duckdb,docker,image.
const requireEnv = "ASSAY_REQUIRE"

// needs says, for everything that a test may need beside Go, what is missing of it. Each is asked once a process.
var needs = map[string]func() error{
	"kafka":    sync.OnceValue(needKafka),
	"chromium": sync.OnceValue(needAny("chromium", "chromium-browser", "google-chrome", "chrome")),
	"python":   sync.OnceValue(needAny("python3")),
	"npm":      sync.OnceValue(needAny("npm")),
	"duckdb":   sync.OnceValue(needDuckDB),
	"docker":   sync.OnceValue(needDocker),
	"image":    sync.OnceValue(needImage),
}

// Need skips the test unless what (kafka, chromium, python, npm, duckdb, docker or image) is on this machine. When ASSAY_REQUIRE
// lists it, the test fails instead. For kafka it also fetches the jars, once for a machine. docker is an engine that has Kafka's
// image or gets it, image one that has assay's too.
func Need(t testing.TB, what string) {
	t.Helper()
	decide(t, need(what, os.Getenv(requireEnv)))
}

// decide skips the test, fails it, or lets it run.
func decide(t testing.TB, v verdict) {
	t.Helper()
	switch v.decision {
	case skip:
		t.Skip(v.text)
	case fail:
		t.Fatal(v.text)
	case run:
	}
}

// verdict is a decision with its reason.
type verdict struct {
	decision decision
	text     string
}

type decision uint8

const (
	run decision = iota
	skip
	fail
)

func need(what, required string) verdict {
	check, ok := needs[what]
	if !ok {
		return verdict{fail, fmt.Sprintf("testkit.Need: nothing is known of %q", what)}
	}
	return verdictOn(what, check(), required)
}

// verdictOn says what to do when err keeps what from being there.
func verdictOn(what string, err error, required string) verdict {
	switch {
	case err == nil:
		return verdict{decision: run}
	case slices.Contains(strings.Split(strings.ReplaceAll(required, " ", ""), ","), what):
		return verdict{fail, fmt.Sprintf("%s asks for %s, but: %v", requireEnv, what, err)}
	}
	return verdict{skip, fmt.Sprintf("needs %s: %v", what, err)}
}

// needAny is satisfied by the first program that the path has.
func needAny(programs ...string) func() error {
	return func() error {
		for _, p := range programs {
			if _, err := exec.LookPath(p); err == nil {
				return nil
			}
		}
		return fmt.Errorf("%s is not in the path", strings.Join(programs, " or "))
	}
}

// needDuckDB is satisfied by the Python module.
func needDuckDB() error {
	if err := exec.Command("python3", "-c", "import duckdb").Run(); err != nil {
		return errors.New("no Python module of that name is here: pip install duckdb")
	}
	return nil
}

// minJava is the oldest Java that runs the Kafka of kafka.sh.
const minJava = 17

func needKafka() error {
	if runtime.GOOS != "linux" {
		return errors.New("the script that starts it reads /proc, which only Linux has")
	}
	for _, p := range []string{"bash", "flock", "setsid", "od", "timeout"} {
		if err := needAny(p)(); err != nil {
			return err
		}
	}
	java := "java"
	if home := os.Getenv("JAVA_HOME"); home != "" {
		java = home + "/bin/java"
	}
	out, err := exec.Command(java, "-version").CombinedOutput()
	if err != nil {
		return fmt.Errorf("java does not run: %w", err)
	}
	if v := javaVersion(string(out)); v < minJava {
		return fmt.Errorf("java %d or newer, this is %d", minJava, v)
	}
	return fetchKafka("")
}

var javaLine = regexp.MustCompile(`version "(?:1\.)?(\d+)`)

// javaVersion gives the major version from the output of `java -version`, or 0.
func javaVersion(out string) int {
	m := javaLine.FindStringSubmatch(out)
	if m == nil {
		return 0
	}
	v, _ := strconv.Atoi(m[1]) // digits only, by the expression; an overflow is no version
	return v
}
