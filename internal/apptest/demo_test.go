package apptest

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// totals is the last line of assay demo --json.
type totals struct {
	Rows    int64   `json:"rows_in"`
	Scored  int64   `json:"rows_scored"`
	Dead    int64   `json:"rows_dead"`
	Flagged int64   `json:"rows_with_invalid_values"`
	Seconds float64 `json:"seconds"`
}

// lastLine gives the totals that stand in the last line of an output, and nothing else in it.
func lastLine(t *testing.T, out string) (sum totals) {
	t.Helper()
	out = strings.TrimRight(out, "\n")
	line := out[strings.LastIndexByte(out, '\n')+1:]
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(line), &members); err != nil {
		t.Fatalf("the last line is %q: %v", line, err)
	}
	names := []string{"rows_dead", "rows_in", "rows_scored", "rows_with_invalid_values", "seconds"}
	for _, name := range names {
		delete(members, name)
	}
	if err := json.Unmarshal([]byte(line), &sum); err != nil || len(members) > 0 || strings.Count(line, ":") != len(names) {
		t.Fatalf("the last line is %q, want the members %q: %v", line, names, err)
	}
	return sum
}

// TestDemoKeeps looks at the demo while it is left running, with a consumer of its own: what the demo tells is what stands on
// the topics. Ctrl-C ends it.
func TestDemoKeeps(t *testing.T) {
	p := Start(t, exec.Command(Binary(t), "demo", "--rows", "30000", "--keep", "--json"))
	p.UntilLogged("--topic census.in")
	address := regexp.MustCompile(`embedded broker on ([0-9.:]+)`).FindStringSubmatch(p.Log())
	status := regexp.MustCompile(`status +(http://[0-9.:]+)/status`).FindStringSubmatch(p.Log())
	if address == nil || status == nil {
		t.Fatalf("it does not say where it is:\n%s", p.Log())
	}
	scored, letters := committed(t, address[1], "census.scored"), committed(t, address[1], "census.dead")
	p.admin = status[1]
	for _, path := range []string{"/", "/page.js", "/feeds", "/livez", "/startupz", "/readyz", "/metrics", "/status"} {
		if code, body, err := p.Get(path); code != http.StatusOK || err != nil {
			t.Errorf("%s: %d %s %v", path, code, body, err)
		}
	}
	// What the page shows of findings came with the transactions: each code with its last examples.
	var state struct {
		Feeds []struct {
			Findings []struct {
				Code     string
				Rows     int64
				Examples []struct{ Topic, Message string }
			}
			LastSeconds float64 `json:"last_transaction_seconds"`
		}
	}
	_, body, err := p.Get("/status")
	if err := errors.Join(err, json.Unmarshal([]byte(body), &state)); err != nil {
		t.Fatal(err)
	}
	examples := map[string]int{}
	for _, f := range state.Feeds[0].Findings {
		for _, e := range f.Examples {
			if e.Topic == "census.in" && e.Message != "" && f.Rows > 0 {
				examples[f.Code]++
			}
		}
	}
	if examples["DQ_INVALID_VALUE"] != 5 || examples["MISSING_COLUMNS"] != 1 || examples["INVALID_FILE"] == 0 || state.Feeds[0].LastSeconds <= 0 {
		t.Errorf("the status has these examples: %v\n%s", examples, body)
	}
	p.Signal(os.Interrupt)
	if code := p.Exit(StopLimit); code != 0 {
		t.Errorf("exit code %d\n%s", code, p.Log())
	}
	sum := lastLine(t, p.Log())
	if sum.Rows != 30000 || sum.Scored+sum.Dead != sum.Rows || sum.Scored != int64(len(scored)) {
		t.Errorf("the demo tells %+v, there are %d scored rows", sum, len(scored))
	}
	rows := int64(0)
	for _, r := range letters {
		if slices.ContainsFunc(r.Headers, func(h kgo.RecordHeader) bool { return h.Key == "assay-error-row" }) {
			rows++
		}
	}
	if rows != sum.Dead || len(letters) != int(rows)+1 {
		t.Errorf("the demo tells of %d refused rows and one chunk; there are %d letters, %d of rows", sum.Dead, len(letters), rows)
	}
}

// committed gives all committed records that a topic has now.
func committed(t *testing.T, broker, topic string) (all []*kgo.Record) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.KeepControlRecords())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ends, err := kadm.NewClient(c).ListCommittedOffsets(ctx, topic)
	if err != nil {
		t.Fatal(err)
	}
	left := map[int32]bool{}
	ends.Each(func(o kadm.ListedOffset) { left[o.Partition] = o.Offset > 0 })
	for slices.Contains(slices.Collect(maps.Values(left)), true) {
		f := c.PollFetches(ctx)
		if err := errors.Join(ctx.Err(), f.Err()); err != nil {
			t.Fatal(err)
		}
		f.EachRecord(func(r *kgo.Record) {
			left[r.Partition] = r.Offset+1 < ends[topic][r.Partition].Offset
			if !r.Attrs.IsControl() {
				all = append(all, r)
			}
		})
	}
	return all
}
