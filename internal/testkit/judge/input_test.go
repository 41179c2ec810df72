package judge_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/assay-dev/assay/internal/testkit"
	"github.com/assay-dev/assay/internal/testkit/judge"
)

// The input must be what it says it is, by the reading of somebody else: encoding/csv.
func TestInput(t *testing.T) {
	in := judge.New(judge.Standard("in", 4, 400, 30))
	seen := map[string]int{}
	ids := map[string]bool{}
	for i, c := range in.Chunks {
		if c.Partition != int32(i%4) {
			t.Fatalf("chunk %d is for partition %d", i, c.Partition)
		}
		switch {
		case c.Tombstone:
			seen["tombstone"]++
			if c.Value != nil {
				t.Errorf("%s: a tombstone has a value", c.ID)
			}
			continue
		case c.Code != "":
			seen[c.Code]++
			continue
		case len(c.Rows) == 0:
			seen["header alone"]++
		case bytes.HasPrefix(c.Value, []byte("\uFEFF")):
			seen["byte order mark"]++
		case bytes.Contains(c.Value, []byte("\r\n")):
			seen["CRLF"]++
		case bytes.Contains(c.Value, []byte("\n\n")):
			seen["blank line"]++
		}
		for _, row := range c.Rows {
			if ids[row.ID] || !strings.HasPrefix(row.ID, c.ID+"-r") {
				t.Fatalf("%s: id %s", c.ID, row.ID)
			}
			ids[row.ID] = true
			if got := c.Value[row.From:row.To]; !bytes.Equal(got, row.Text) {
				t.Fatalf("%s: its place holds %q, its text is %q", row.ID, got, row.Text)
			}
			if line := 1 + bytes.Count(c.Value[:row.From], []byte("\n")); line != row.Line {
				t.Errorf("%s: stands on line %d, not %d", row.ID, line, row.Line)
			}
			checkRow(t, c, row, seen)
		}
	}
	for _, what := range []string{
		"tombstone", "MISSING_COLUMNS", "INVALID_FILE", "header alone", "byte order mark", "CRLF", "blank line",
		"dead", "flagged", "low", "quoted line end",
	} {
		if seen[what] == 0 {
			t.Errorf("the input has nothing of: %s", what)
		}
	}
}

func checkRow(t *testing.T, c *judge.Chunk, row judge.Row, seen map[string]int) {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(row.Text))
	r.FieldsPerRecord = len(c.Names)
	cells, err := r.Read()
	if row.Dead != "" {
		seen["dead"]++
		if err == nil && !bytes.ContainsRune(row.Text, 0) {
			t.Errorf("%s is to die and reads well: %q", row.ID, row.Text)
		}
		return
	}
	if err != nil || strings.Join(cells, "|") != strings.Join(row.Cells, "|") {
		t.Errorf("%s: reads %q, %v; want %q", row.ID, cells, err, row.Cells)
	}
	if len(row.Flags) > 0 {
		seen["flagged"]++
	}
	if row.Low {
		seen["low"]++
	}
	if bytes.Contains(row.Text, []byte("\n")) {
		seen["quoted line end"]++
	}
}

func TestInputIsItsPlans(t *testing.T) {
	p := judge.Standard("in", 4, 50, 10)
	a, b := judge.New(p), judge.New(p)
	p.Seed++
	other := judge.New(p)
	same := true
	for i := range a.Chunks {
		if !bytes.Equal(a.Chunks[i].Value, b.Chunks[i].Value) {
			t.Fatalf("chunk %d differs between two inputs of one plan", i)
		}
		same = same && bytes.Equal(a.Chunks[i].Value, other.Chunks[i].Value)
	}
	if same {
		t.Error("the seed makes no difference")
	}
}

// What a read-committed consumer sees of the input is the chunks and nothing else; a careless one sees more.
func TestFeed(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, e testkit.Env) {
		p := judge.Standard(testkit.Unique("fed"), 2, 40, 3)
		p.Phantoms = 0.3
		testkit.CreateTopics(t, e.Addr, p.Partitions, p.Topic)
		in := judge.New(p)
		f, err := in.Feed(e.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		writes := 1
		for more := true; more; writes++ {
			if more, err = f.Write(t.Context(), 7); err != nil {
				t.Fatal(err)
			}
		}
		if writes != 7 {
			t.Errorf("%d writes of 7 chunks for 40", writes-1)
		}
		if n := len(read(t, e.Addr, p.Topic, kgo.ReadUncommitted(), 40+8)); n < 40+8 {
			t.Errorf("%d records are there, aborted ones included", n)
		}
		got := read(t, e.Addr, p.Topic, kgo.ReadCommitted(), 40)
		byID := map[string]*kgo.Record{}
		for _, r := range got {
			byID[string(r.Key)] = r
		}
		if len(got) != 40 || len(byID) != 40 {
			t.Errorf("%d chunks, %d of them different", len(got), len(byID))
		}
		for _, c := range in.Chunks {
			r := byID[c.ID]
			if r == nil || r.Offset != c.Offset || r.Partition != c.Partition || !bytes.Equal(r.Value, c.Value) || c.Tombstone != (r.Value == nil) {
				t.Errorf("chunk %s at %d/%d: read %+v", c.ID, c.Partition, c.Offset, r)
			}
		}
	})
}

// read gives at least n records of a topic, and whatever comes with the last of them.
func read(t *testing.T, bootstrap []string, topic string, level kgo.IsolationLevel, n int) []*kgo.Record {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(bootstrap...), kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(level),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var all []*kgo.Record
	for len(all) < n {
		f := c.PollFetches(t.Context())
		if err := f.Err(); err != nil {
			t.Fatal(err)
		}
		all = append(all, f.Records()...)
	}
	return all
}
