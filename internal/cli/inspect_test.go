package cli

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/assay-dev/assay/internal/flow"
)

// produce writes one message in a transaction of its own. An argument without = is the key; the file null is none.
func produce(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, "produce [-abort] TOPIC/PARTITION FILE [KEY] [HEADER=VALUE…]")
	end := kgo.TryCommit
	if args[0] == "-abort" {
		end, args = kgo.TryAbort, args[1:]
	}
	topic, number, _ := strings.Cut(args[0], "/")
	partition, err := strconv.Atoi(number)
	ts.Check(err)
	n, _ := strconv.Atoi(ts.Getenv("PRODUCED")) // how many there are
	ts.Setenv("PRODUCED", strconv.Itoa(n+1))
	r := &kgo.Record{Topic: topic, Partition: int32(partition), Timestamp: time.Date(2026, 5, 25, 12, 0, n, 0, time.UTC)}
	if args[1] != "null" {
		r.Value = []byte(ts.ReadFile(args[1]))
	}
	for _, a := range args[2:] {
		if name, value, ok := strings.Cut(a, "="); ok {
			r.Headers = append(r.Headers, kgo.RecordHeader{Key: name, Value: []byte(value)})
		} else {
			r.Key = []byte(a)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	c, err := kgo.NewClient(kgo.SeedBrokers(ts.Getenv("BROKER")), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.TransactionalID(ts.Name()))
	ts.Check(err)
	defer c.Close()
	ts.Check(c.BeginTransaction())
	ts.Check(c.ProduceSync(ctx, r).FirstErr())
	ts.Check(c.EndTransaction(ctx, end))
}

func TestMessagesTellTheirFormat(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = io.WriteString(z, "a,b") // into memory
	z.Close()
	gzipped := packed.Bytes()
	header := func(name, value string) []flow.Header { return []flow.Header{{Key: name, Value: []byte(value)}} }
	for _, test := range []struct {
		name    string
		value   []byte
		headers []flow.Header
		format  string
		value2  string // as JSON
	}{
		{"null", nil, nil, "null", "null"},
		{"empty", []byte{}, nil, "text", `""`},
		{"JSON", []byte(` {"a": [1]}`), nil, "json", `{"a":[1]}`},
		{"a CSV of one number", []byte("1"), nil, "json", "1"},
		{"CSV", []byte("a,b\n1,é\n"), header("content-type", "text/csv"), "csv", `"a,b\n1,é\n"`},
		{"CSV with broken text", []byte("a\xff"), header("Content-Type", "text/csv"), "bytes", `"Yf8="`},
		{"Latin-1", []byte("caf\xe9"), header("content-type", "text/csv; charset=latin-1"), "csv", `"café"`},
		{"UTF-16 by its mark", []byte("\xff\xfea\x00"), nil, "text", `"a"`},
		{"bytes", []byte{0xff, 0}, nil, "bytes", `"/wA="`},
		{"gzip", gzipped, header("content-encoding", "gzip"), "text", `"a,b"`},
		{"gzip by another name", gzipped, header("Content-Encoding", " X-GZIP"), "text", `"a,b"`},
		{"not compressed", []byte("a,b"), header("content-encoding", "Identity"), "text", `"a,b"`},
		{"not whole gzip", []byte("x"), header("content-encoding", "gzip"), "bytes", `"eA=="`},
		{"no Arrow", []byte("\xff\xff\xff\xff\x01"), nil, "bytes", `"/////wE="`},
	} {
		m := &message{value: test.value, headers: test.headers}
		var got struct {
			Format string
			Value  json.RawMessage
		}
		line := m.json()
		if err := json.Unmarshal([]byte(line), &got); err != nil || strings.Count(line, "\n") != 1 {
			t.Fatalf("%s: %v in %q", test.name, err, line)
		}
		if got.Format != test.format || string(got.Value) != test.value2 {
			t.Errorf("%s: %s %s, want %s %s", test.name, got.Format, got.Value, test.format, test.value2)
		}
		if text := m.text(); !strings.HasSuffix(text, "\n") || !utf8.ValidString(text) || strings.Contains(text, "\x00") {
			t.Errorf("%s: %q", test.name, text)
		}
	}
}

// Nothing that a message holds does anything to the terminal.
func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"plain é 😀\t|": "plain é 😀\t|", "\x1b[31mred": `\x1b[31mred`, "a\x00\r\n": `a\x00\r\n`, "\xff�": `\xff�`, "\u202eabc": `\u202eabc`, "": "",
	} {
		if got := printable(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
