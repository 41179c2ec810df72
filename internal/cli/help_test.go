package cli

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/assay-dev/assay/internal/testkit"
)

// runMain runs a command line in this process.
func runMain(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = Main(args, strings.NewReader(""), &out, &err)
	return code, out.String(), err.String()
}

// model is the command line as kong sees it.
func model(t *testing.T) *kong.Application {
	t.Helper()
	p, err := kong.New(&commands{}, kong.Name("assay"))
	if err != nil {
		t.Fatal(err)
	}
	return p.Model
}

// The help of each command is what its golden file says: flags with what they mean, examples, exit codes.
func TestHelp(t *testing.T) {
	t.Setenv("COLUMNS", "100")
	var known []string
	for _, n := range model(t).Children {
		known = append(known, n.Name)
		code, out, _ := runMain(n.Name, "--help")
		if code != exitOK {
			t.Errorf("%s --help: exit code %d", n.Name, code)
		}
		for _, want := range []string{"\nExamples:\n  ", "assay " + n.Name} {
			if !strings.Contains(out, want) {
				t.Errorf("the help of %s has no %q", n.Name, want)
			}
		}
		testkit.Golden(t, filepath.Join("testdata", "help", n.Name+".txt"), []byte(out))
	}
	_, out, _ := runMain("--help")
	testkit.Golden(t, filepath.Join("testdata", "help", "assay.txt"), []byte(out))
	slices.Sort(known)
	hinted := slices.Sorted(slices.Values(names))
	if !slices.Equal(known, hinted) {
		t.Errorf("the commands are %v, those that get a hint after a usage error %v", known, hinted)
	}
}

// Every command speaks JSON but completion, whose output is a script.
func TestEveryCommandHasJSON(t *testing.T) {
	for _, n := range model(t).Children {
		has := slices.ContainsFunc(n.Flags, func(f *kong.Flag) bool { return f.Name == "json" })
		if has == (n.Name == "completion") {
			t.Errorf("%s: --json is there: %v", n.Name, has)
		}
	}
}

// Every command says usage errors with exit code 2, one line, and where its help is; and what cannot be done with 3.
func TestExitCodes(t *testing.T) {
	nobody := "127.0.0.1:1" // a port on which nobody listens
	t.Chdir(t.TempDir())
	t.Setenv("ASSAY_ADMIN_LISTEN", "127.0.0.1:0")
	for _, n := range model(t).Children {
		code, out, err := runMain(n.Name, "--no-such-flag")
		if code != exitUsage || out != "" || !strings.HasPrefix(err, "assay: unknown flag --no-such-flag\ntry: assay "+n.Name+" --help\n") {
			t.Errorf("%s with a flag that it has not: exit code %d, %q, %q", n.Name, code, out, err)
		}
	}
	for _, c := range []struct {
		code int
		args string
	}{
		{exitOK, "version"}, {exitOK, "version --json"}, {exitOK, "completion bash"}, {exitOK, "explain --list"}, {exitOK, "explain DATA_LOST"},
		{exitOK, "run --check"}, {exitOK, "run --check --json"}, {exitOK, "run --print-config"}, {exitOK, "lint census-profile"}, {exitOK, "test census-profile"},
		{exitOK, "create --from census-profile pack --json"},

		{exitFindings, "score pack/sample.csv.gz -o scored.csv"}, {exitRuntime, "score pack/bad-chunk.csv -o scored.csv"},

		{exitUsage, "completion tcsh"}, {exitUsage, "explain NO_SUCH"}, {exitUsage, "explain"}, {exitUsage, "run -c gone.yaml"}, {exitUsage, "run --print-config --json"},
		{exitUsage, "lint gone.yaml"}, {exitUsage, "test gone.yaml"}, {exitUsage, "peek gone.csv"}, {exitUsage, "create gone.csv"}, {exitUsage, "score gone.csv"},
		{exitUsage, "demo --rows 0"}, {exitUsage, "load gone.csv"}, {exitUsage, "topics --partitions=-1"}, {exitUsage, "inspect"}, {exitUsage, "offsets --feed gone"},
		{exitUsage, "broker --listen here"}, {exitUsage, "version more"},

		{exitRuntime, "load pack/feed.yaml --topic t --brokers " + nobody}, {exitRuntime, "topics --brokers " + nobody}, {exitRuntime, "inspect --topic t --brokers " + nobody},
		{exitRuntime, "health --live"}, {exitRuntime, "offsets --brokers " + nobody}, {exitRuntime, "score --topic t --brokers " + nobody},
		{exitRuntime, "test pack/feed.yaml --capture x --topic t --offset 0:0 --brokers " + nobody},
	} {
		if code, out, err := runMain(strings.Fields(c.args)...); code != c.code {
			t.Errorf("assay %s: exit code %d, want %d\n%s%s", c.args, code, c.code, out, err)
		} else if code >= exitUsage && (!strings.Contains("\n"+err, "\nassay: ") && !strings.HasPrefix(err, "gone.yaml: ") || out != "") {
			t.Errorf("assay %s: %q, %q", c.args, out, err)
		}
	}
}
