package cli

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/assay-dev/assay/internal/census"
	"github.com/assay-dev/assay/internal/embedded"
	"github.com/assay-dev/assay/internal/testkit"
)

// The test binary is also the program: testscript puts it into the path as assay.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"assay": func() {
		os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}})
}

// TestScripts runs the scripts of testdata/script, each in a folder of its own. Beside testscript's own commands they have:
//
//	exits CODE assay ARG…       run and compare the exit code; without it `exec` wants 0 and `! exec` anything else
//	broker [TOPIC:PARTITIONS…]  start an embedded broker; its address is $BROKER
//	port NAME                   set NAME to an address of this machine that is free
//	deaf NAME                   set NAME to an address that takes connections and never answers
//	records TOPIC               print a topic's committed records: partition, key and value, sorted by partition
//	produce [-abort] TOPIC/PARTITION FILE [KEY] [HEADER=VALUE…]  write a file as a message, a second later than the one before
//	census ROWS FILE [SEED]     write a clean sample in collapsed names
//	gz FILE, zst FILE           compress to FILE.gz, FILE.zst
//	await URL REGEXP            ask until the answer matches
//	lines FILE N                compare the number of lines
//	like FILE TEXT              compare a file with a text in which \n, \r, \t and \xNN are escapes
//	make FILE TEXT              write such a file
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: testkit.Updating(),
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"produce": produce, "exits": exits, "broker": startBroker, "port": freePort, "deaf": deaf, "records": records, "census": drawCensus, "gz": gz, "zst": zst,
			"await": await, "lines": lines, "like": like, "make": makeFile,
		},
		RequireExplicitExec: true,
	})
}

func want(ts *testscript.TestScript, neg bool, args []string, least int, usage string) {
	if neg || len(args) < least {
		ts.Fatalf("usage: %s", usage)
	}
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, "exits CODE assay ARG…")
	code, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != code {
		ts.Fatalf("%s: exit code %d, want %d", strings.Join(args[1:], " "), got, code)
	}
}

func startBroker(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 0, "broker [-at ADDRESS] [TOPIC:PARTITIONS…]")
	o := embedded.Options{}
	if len(args) > 1 && args[0] == "-at" {
		_, port, _ := strings.Cut(args[1], ":")
		n, err := strconv.Atoi(port)
		ts.Check(err)
		o.Port, args = n, args[2:]
	}
	for _, a := range args {
		name, n, _ := strings.Cut(a, ":")
		partitions, err := strconv.Atoi(n)
		ts.Check(err)
		o.Topics = append(o.Topics, embedded.Topic{Name: name, Partitions: int32(partitions)})
	}
	b, err := embedded.Start(o)
	ts.Check(err)
	ts.Defer(b.Close)
	ts.Setenv("BROKER", b.Addr())
}

func freePort(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "port NAME")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], l.Addr().String())
	ts.Check(l.Close())
}

func deaf(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "deaf NAME")
	l, err := net.Listen("tcp", "127.0.0.1:0") // connections wait in the system's queue
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
	ts.Setenv(args[0], l.Addr().String())
}

func records(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "records TOPIC")
	byPartition := map[int32][]string{}
	for _, r := range consume(ts, ts.Getenv("BROKER"), args[0]) {
		byPartition[r.Partition] = append(byPartition[r.Partition], fmt.Sprintf("%d %s %s\n", r.Partition, r.Key, strconv.Quote(string(r.Value))))
	}
	for p := range int32(64) {
		for _, line := range byPartition[p] {
			_, err := io.WriteString(ts.Stdout(), line)
			ts.Check(err)
		}
	}
}

type checker interface{ Check(err error) }

// consume gives all committed records that a topic has now.
func consume(t checker, broker, topic string) (all []*kgo.Record) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	c, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.KeepControlRecords(), kgo.FetchMaxWait(100*time.Millisecond))
	t.Check(err)
	defer c.Close()
	ends, err := kadm.NewClient(c).ListEndOffsets(ctx, topic)
	t.Check(err)
	left := map[int32]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			left[o.Partition] = o.Offset
		}
	})
	for len(left) > 0 {
		fetches := c.PollFetches(ctx)
		t.Check(errors.Join(ctx.Err(), fetches.Err()))
		fetches.EachRecord(func(r *kgo.Record) {
			if r.Offset+1 >= left[r.Partition] {
				delete(left, r.Partition)
			}
			if !r.Attrs.IsControl() {
				all = append(all, r)
			}
		})
	}
	return all
}

func drawCensus(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, "census ROWS FILE [SEED]")
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	seed := uint64(1)
	if len(args) > 2 {
		seed, err = strconv.ParseUint(args[2], 10, 64)
		ts.Check(err)
	}
	g := census.New(seed, census.Options{})
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), g.Append(bytes.Clone(g.Header()), n), 0o644))
}

func gz(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "gz FILE")
	compress(ts, args[0], ".gz", func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil })
}

func zst(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "zst FILE")
	compress(ts, args[0], ".zst", func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) })
}

func compress(ts *testscript.TestScript, name, ending string, with func(io.Writer) (io.WriteCloser, error)) {
	var out bytes.Buffer
	w, err := with(&out)
	ts.Check(err)
	_, err = io.WriteString(w, ts.ReadFile(name))
	ts.Check(err)
	ts.Check(w.Close())
	ts.Check(os.WriteFile(ts.MkAbs(name+ending), out.Bytes(), 0o644))
}

func await(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, "await URL REGEXP")
	wanted := regexp.MustCompile(args[1])
	last := ""
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		r, err := http.Get(args[0])
		if err != nil {
			last = err.Error()
			continue
		}
		body, err := io.ReadAll(r.Body)
		r.Body.Close()
		if last = string(body); err == nil && wanted.MatchString(last) {
			return
		}
	}
	ts.Fatalf("%s does not match %s: %s", args[0], args[1], last)
}

func lines(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, "lines FILE N")
	if got := strings.Count(ts.ReadFile(args[0]), "\n"); strconv.Itoa(got) != args[1] {
		ts.Fatalf("%s has %d lines, want %s", args[0], got, args[1])
	}
}

func like(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, "like FILE TEXT")
	if got, text := ts.ReadFile(args[0]), unescape(ts, args[1]); got != text {
		ts.Fatalf("%s is\n%q, want\n%q", args[0], got, text)
	}
}

func makeFile(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, "make FILE TEXT")
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(unescape(ts, args[1])), 0o644))
}

func unescape(ts *testscript.TestScript, text string) string {
	s, err := strconv.Unquote(`"` + strings.ReplaceAll(text, `"`, `\"`) + `"`)
	ts.Check(err)
	return s
}
