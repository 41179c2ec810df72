//go:build unix

package apptest

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/assay-dev/assay/internal/census"
	"github.com/assay-dev/assay/internal/embedded"
	"github.com/assay-dev/assay/schemas"
)

var (
	readmeYAML  = regexp.MustCompile("(?s)```yaml\n(kafka:.*?)```") // the settings
	helpCommand = regexp.MustCompile(`(?m)^  ([a-z]+)  `)
	helpExample = regexp.MustCompile(`(?m)^  (\S.*?\bassay .*?)(?:  .*)?$|^  (assay .*?)(?:  .*)?$`)
)

// TestExamples runs every example of every command's help as it stands there, in a folder with the files that they name. Only
// the brokers' addresses are others. The settings are those of the readme.
func TestExamples(t *testing.T) {
	files := exampleFiles(t)
	topics := []embedded.Topic{}
	for _, name := range []string{"in", "scored", "quality", "errors", "dead", "results"} {
		topics = append(topics, embedded.Topic{Name: "census." + name, Partitions: 4})
	}
	topics = append(topics, embedded.Topic{Name: "orders.in", Partitions: 2})
	b, err := embedded.Start(embedded.Options{Nodes: 3, Topics: topics})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	produce(t, b.Addr(), "orders.in", files["chunk.csv"])
	env := Environ("PATH="+filepath.Dir(Binary(t))+":"+os.Getenv("PATH"), "ASSAY_KAFKA_BROKERS="+b.Addr(), "ASSAY_ADMIN_LISTEN=127.0.0.1:0")
	for _, command := range helpCommand.FindAllStringSubmatch(help(t), -1) {
		_, examples, _ := strings.Cut(help(t, command[1]), "\nExamples:\n")
		examples, _, _ = strings.Cut(examples, "\n\n")
		lines := helpExample.FindAllStringSubmatch(examples, -1)
		if len(lines) == 0 {
			t.Errorf("assay %s has no examples", command[1])
		}
		for _, line := range lines {
			example := line[1] + line[2]
			t.Run(example, func(t *testing.T) {
				if strings.HasPrefix(example, "assay broker") && !strings.Contains(example, "--listen") {
					example += " --listen 127.0.0.1:0" // the usual port may be taken
				}
				cmd := exec.Command("sh", "-c", strings.ReplaceAll(example, "kafka:9092", b.Addr()))
				cmd.Env, cmd.Dir = env, t.TempDir()
				if strings.Contains(example, "| jq ") {
					if _, err := exec.LookPath("jq"); err != nil {
						t.Skip("needs jq")
					}
				}
				for name, content := range files {
					path := filepath.Join(cmd.Dir, name)
					if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, content, 0o600)); err != nil {
						t.Fatal(err)
					}
				}
				if command[1] == "health" { // there must be somebody to ask
					service := exec.Command(Binary(t), "run")
					service.Env = env
					p := Start(t, service)
					defer p.Stop() // and leave the group: what comes next asks for a feed that is stopped
					p.ready(200)
					cmd.Env = append(slices.Clone(env), "ASSAY_ADMIN_LISTEN="+strings.TrimPrefix(p.admin, "http://"))
				}
				runExample(t, cmd, example)
			})
		}
	}
}

// runExample runs a command, ends it by Ctrl-C when it is one that goes on, and wants exit code 0.
func runExample(t *testing.T, cmd *exec.Cmd, example string) {
	sign := ""
	switch {
	case strings.Contains(example, "--keep"):
		sign = "still running"
	case strings.HasPrefix(example, "assay broker"):
		sign = "127.0.0.1:"
	case strings.Contains(example, "--follow"):
		sign = "orders.in/0/0"
	case strings.Contains(example, "assay run") && !strings.Contains(example, "--check") && !strings.Contains(example, "--print-config"):
		sign = "assay is running"
	}
	if sign != "" {
		cmd.Args[2] = "exec " + cmd.Args[2] // the signal is for assay, not for the shell
	}
	p := Start(t, cmd)
	if sign != "" {
		p.UntilLogged(sign)
		p.Signal(os.Interrupt)
		if code := p.Exit(StopLimit); code != 0 {
			t.Errorf("exit code %d\n%s", code, p.Log())
		}
		return
	}
	if <-p.done; p.cmd.ProcessState.ExitCode() != 0 {
		t.Errorf("exit code %d\n%s", p.cmd.ProcessState.ExitCode(), p.Log())
	}
}

// produce writes a message to partition 0 of a topic.
func produce(t *testing.T, addr, topic string, value []byte) {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Value: value}).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// help gives what a command, or assay itself, says about itself.
func help(t *testing.T, command ...string) string {
	t.Helper()
	out, err := exec.Command(Binary(t), append(command, "--help")...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// exampleFiles are the files that the examples name.
func exampleFiles(t *testing.T) map[string][]byte {
	t.Helper()
	g := census.New(1, census.Options{ABS: true})
	people := g.Append(bytes.Clone(g.Header()), 200)
	orders := []byte("id,amount,ordered\n")
	for i := range 200 {
		orders = fmt.Appendf(orders, "A%d,%d.50,2026-01-%02d\n", i, i, i%28+1)
	}
	table := bytes.ReplaceAll(orders, []byte(","), []byte("\t"))
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	settings := readmeYAML.FindSubmatch(readme)
	if settings == nil {
		t.Fatal("the readme shows no settings")
	}
	crowd := g.Append(bytes.Clone(g.Header()), 5000) // for a fit
	pack := func(name string) []byte {
		data, err := schemas.Feeds.ReadFile("feeds/census-profile/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	contract := []byte("feed: orders\nversion: 1\ncolumns: {id: {type: string, key: true}, amount: {type: float64, required: true}}\n" +
		"score: {kind: linear, weights: {amount: 0.002}, add: [risk]}\n")
	_, inHelp, _ := strings.Cut(help(t, "test"), "\n  -- input --\n")
	inHelp, _, _ = strings.Cut(inHelp, "\n\n")
	example := []byte(strings.ReplaceAll("  -- input --\n"+inHelp+"\n", "\n  ", "\n")[2:])
	return map[string][]byte{
		"census.csv": crowd, "census-1.csv.gz": zipped(t, crowd), "types.csv": pack("archetypes.csv"),
		"mine/feed.yaml": pack("feed.yaml"), "mine/mapping.json": pack("mapping.json"), "mine/model.json": pack("model.json"),
		"feeds/orders.yaml": contract, "feeds/cases/orders.txt": example,
		"people.csv": people, "people-1.csv": people, "people-2.csv": people, "people.csv.gz": zipped(t, people), "assay.yaml": settings[1],
		"orders.csv": orders, "orders.csv.gz": zipped(t, orders), "export.txt": append([]byte("Export of January\n\n"), table...), "export.csv": append([]byte("Export of January\n\nby nobody\n"), orders...),
		"table.txt": bytes.TrimPrefix(table, []byte("id\tamount\tordered\n")),
		"new.yaml":  contract, "old.yaml": contract, "chunk.csv": orders,
	}
}

func zipped(t *testing.T, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, err := z.Write(content)
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
