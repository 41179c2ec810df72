package judge_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/assay-dev/assay/internal/embedded"
	"github.com/assay-dev/assay/internal/testkit"
	"github.com/assay-dev/assay/internal/testkit/judge"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// plan has something of everything in little.
func plan() judge.Plan {
	p := judge.Standard("", partitions, 60, 12)
	p.Flagged, p.Dead, p.Bad, p.Odd, p.Phantoms = 0.1, 0.05, 0.1, 0.4, 0.2
	return p
}

func start(t *testing.T) []string {
	t.Helper()
	b, err := embedded.Start(embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b.Addrs()
}

func TestPerfectHistory(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, e testkit.Env) {
		w := newWorld(t, e.Addr, plan())
		w.cut(w.find(w.out.Dead, 2, func(r *kgo.Record) bool { return value(r, "assay-error-row") != "" }))
		w.happen(t)
		v := w.judge(t, judge.Options{Complete: true})
		if err := v.Err(); err != nil {
			t.Fatal(err)
		}
		if v.Chunks != 60 || v.Scored < 400 || v.DeadRows == 0 || v.DeadChunks == 0 || v.Events == 0 {
			t.Errorf("the history is too thin to prove anything: %s", v)
		}
		if !strings.Contains(v.String(), "each has its one fate") {
			t.Errorf("the verdict reads %q", v)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := w.in.Await(ctx, e.Addr, w.group); err != nil {
			t.Errorf("all is committed, yet: %v", err)
		}
	})
}

// Everything again in a transaction that aborts must change nothing, wherever it stands.
func TestAbortedOutputIsNone(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, e testkit.Env) {
		w := newWorld(t, e.Addr, plan())
		c, err := kgo.NewClient(kgo.SeedBrokers(e.Addr...), kgo.TransactionalID(testkit.Unique("txn")), kgo.RecordPartitioner(kgo.ManualPartitioner()))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		write := func(end kgo.TransactionEndTry) {
			t.Helper()
			if err := c.BeginTransaction(); err != nil {
				t.Fatal(err)
			}
			copies := make([]*kgo.Record, len(w.messages))
			for i, r := range w.messages {
				copies[i] = &kgo.Record{Topic: r.Topic, Partition: r.Partition, Key: r.Key, Value: r.Value, Headers: r.Headers}
			}
			if err := c.ProduceSync(t.Context(), copies...).FirstErr(); err != nil {
				t.Fatal(err)
			}
			if err := c.EndTransaction(t.Context(), end); err != nil {
				t.Fatal(err)
			}
		}
		write(kgo.TryAbort)
		write(kgo.TryCommit)
		write(kgo.TryAbort)
		w.commit(t)
		if err := w.judge(t, judge.Options{Complete: true}).Err(); err != nil {
			t.Error(err)
		}
	})
}

// An input is written when nothing more will come of it, markers of aborts included: until then its end is not known.
func TestInputIsSettled(t *testing.T) {
	bootstrap := start(t)
	p := plan()
	p.Topic, p.Partitions = testkit.Unique("in"), partitions
	testkit.CreateTopics(t, bootstrap, partitions, p.Topic)
	c, err := kgo.NewClient(kgo.SeedBrokers(bootstrap...), kgo.TransactionalID("late"), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := c.ProduceSync(t.Context(), &kgo.Record{Topic: p.Topic, Partition: 1}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	early, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := judge.New(p).Produce(early, bootstrap); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("written while a transaction is open: %v", err)
	}
	if err := c.EndTransaction(t.Context(), kgo.TryAbort); err != nil {
		t.Fatal(err)
	}
	if err := judge.New(p).Produce(t.Context(), bootstrap); err != nil {
		t.Error(err)
	}
}

// A group's offsets can be stable while a marker of the same transaction is still on its way to an output: the judge waits.
func TestOpenTransactionIsWaitedFor(t *testing.T) {
	bootstrap := start(t)
	w := newWorld(t, bootstrap, plan())
	c, err := kgo.NewClient(kgo.SeedBrokers(bootstrap...), kgo.TransactionalID("late"), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := c.ProduceSync(t.Context(), w.messages...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	w.commit(t)
	early, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if v, err := judge.Check(early, bootstrap, w.in, w.out, w.group, judge.Options{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("judged before the transaction ended: %v, %v", v, err)
	}
	if err := c.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
	if err := w.judge(t, judge.Options{}).Err(); err != nil {
		t.Error(err)
	}
}

func TestPartOfTheWay(t *testing.T) {
	w := newWorld(t, start(t), plan())
	half := w.in.Chunks[30:]
	w.messages = nil
	for _, c := range w.in.Chunks[:30] {
		w.process(c)
	}
	for p := range w.committed {
		i := slices.IndexFunc(half, func(c *judge.Chunk) bool { return c.Partition == p })
		w.committed[p] = half[i].Offset
	}
	w.happen(t)
	v := w.judge(t, judge.Options{})
	if err := v.Err(); err != nil || v.Chunks != 30 {
		t.Errorf("half of the input: %d chunks, %v", v.Chunks, err)
	}
	v = w.judge(t, judge.Options{Complete: true})
	if v.Count(judge.Incomplete) != 30 || len(v.Anomalies()) != 1 {
		t.Errorf("half of the input, where all is asked for: %s", v)
	}
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := w.in.Await(short, w.bootstrap, w.group); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("half of the input was awaited: %v", err)
	}
}

func TestUnknownGroup(t *testing.T) {
	w := newWorld(t, start(t), plan())
	v := w.judge(t, judge.Options{})
	if v.Err() != nil || v.Chunks != 0 {
		t.Errorf("nothing has happened: %s", v)
	}
}

func TestBrokenHistories(t *testing.T) {
	bootstrap := start(t)
	profile := func(r *kgo.Record) bool { return !strings.Contains(string(r.Value), "low") }
	ofRow := func(r *kgo.Record) bool {
		return slices.ContainsFunc(r.Headers, func(h kgo.RecordHeader) bool { return h.Key == "assay-error-row" })
	}
	ofChunk := func(r *kgo.Record) bool { return !ofRow(r) }
	complete := func(r *kgo.Record) bool { return strings.Contains(string(r.Value), `"complete"`) }

	for _, c := range []struct {
		name string
		do   func(h *history)
		want map[judge.Kind]int
	}{
		{"a scored row is missing", func(h *history) { h.drop(h.find(h.out.Scored, 5, nil)) }, one(judge.Lost)},
		{"a row letter is missing", func(h *history) { h.drop(h.find(h.out.Dead, 0, ofRow)) }, one(judge.Lost)},
		{"a chunk letter is missing", func(h *history) { h.drop(h.find(h.out.Dead, 0, ofChunk)) }, one(judge.Lost)},
		{"a quality event is missing", func(h *history) { h.drop(h.find(h.out.Quality, 1, nil)) }, one(judge.Lost)},
		{"a result is missing", func(h *history) { h.drop(h.find(h.out.Results, 1, nil)) }, one(judge.Lost)},
		{"an error event is missing", func(h *history) { h.drop(h.find(h.out.Errors, 1, nil)) }, one(judge.Lost)},

		{"a scored row is there twice", func(h *history) { h.again(h.find(h.out.Scored, 5, nil)) }, one(judge.Duplicated)},
		{"a row letter is there twice", func(h *history) { h.again(h.find(h.out.Dead, 0, ofRow)) }, one(judge.Duplicated)},
		{"a chunk letter is there twice", func(h *history) { h.again(h.find(h.out.Dead, 0, ofChunk)) }, one(judge.Duplicated)},
		{"a quality event is there twice", func(h *history) { h.again(h.find(h.out.Quality, 1, nil)) }, one(judge.Duplicated)},
		{"a result is there twice", func(h *history) { h.again(h.find(h.out.Results, 1, nil)) }, one(judge.Duplicated)},
		{"an error event is there twice", func(h *history) { h.again(h.find(h.out.Errors, 1, nil)) }, one(judge.Duplicated)},
		{"two events have one id", func(h *history) {
			a, b := h.messages[h.find(h.out.Errors, 0, nil)], h.messages[h.find(h.out.Errors, 1, nil)]
			rewrite(a, func(first map[string]any) {
				rewrite(b, func(second map[string]any) { second["event_id"] = first["event_id"] })
				set(b, "ce_id", first["event_id"].(string))
			})
		}, one(judge.Duplicated)},
		{"all that came of a chunk is there twice", func(h *history) {
			c := h.good()
			i := h.begin[c]
			said := slices.Clone(h.messages[i : i+len(c.Rows)+1])
			h.messages = slices.Insert(h.messages, i, said...)
		}, map[judge.Kind]int{judge.Duplicated: -1, judge.Order: -1}},

		{"a row of an aborted chunk", func(h *history) {
			r := h.again(h.find(h.out.Scored, 0, nil))
			set(r, "assay-source", fmt.Sprintf("%s/%d/%d/0", h.in.Plan.Topic, r.Partition, h.hole(r.Partition)))
		}, one(judge.Phantom)},
		{"a letter of an aborted chunk", func(h *history) {
			r := h.again(h.find(h.out.Dead, 0, ofChunk))
			set(r, "__connect.errors.offset", fmt.Sprint(h.hole(r.Partition)))
		}, one(judge.Phantom)},
		{"a row past the chunk's end", func(h *history) {
			r := h.again(h.find(h.out.Scored, 0, nil))
			set(r, "assay-source", fmt.Sprintf("%s/%d/0/9999", h.in.Plan.Topic, r.Partition))
		}, one(judge.Phantom)},
		{"a row of another topic", func(h *history) {
			r := h.again(h.find(h.out.Scored, 0, nil))
			set(r, "assay-source", "elsewhere/0/0/0")
		}, one(judge.Phantom)},

		{"a dead row is scored", func(h *history) {
			i := h.find(h.out.Dead, 0, ofRow)
			c, row := h.rowOf(h.messages[i])
			h.scored(c, row)
			said := h.messages[len(h.messages)-1]
			h.messages = h.messages[:len(h.messages)-1]
			h.messages[i] = said
		}, one(judge.WrongFate)},
		{"a good row is dead", func(h *history) {
			c := h.good()
			h.insert(c, func() { h.letter(c, 0, "INVALID_FILE", c.Rows[0].Text) })
			h.drop(h.find(h.out.Scored, 0, func(r *kgo.Record) bool { return string(r.Key) == c.Rows[0].ID }))
		}, one(judge.WrongFate)},
		{"a row is scored and dead", func(h *history) {
			c := h.good()
			h.insert(c, func() { h.letter(c, 0, "INVALID_FILE", c.Rows[0].Text) })
		}, map[judge.Kind]int{judge.WrongFate: 1, judge.Duplicated: 1}},
		{"a row of a dead chunk is scored", func(h *history) {
			r := h.again(h.find(h.out.Scored, 0, nil))
			d := h.messages[h.find(h.out.Dead, 0, ofChunk)]
			set(r, "assay-source", fmt.Sprintf("%s/%d/%s/0", h.in.Plan.Topic, d.Partition, value(d, "__connect.errors.offset")))
		}, one(judge.WrongFate)},
		{"a letter has another code", func(h *history) {
			set(h.messages[h.find(h.out.Dead, 0, ofRow)], "assay-error-code", "MISSING_FIELD")
		}, one(judge.WrongFate)},
		{"an error event has another code", func(h *history) {
			rewrite(h.messages[h.find(h.out.Errors, 0, nil)], func(doc map[string]any) { doc["code"] = "TIMEOUT" })
		}, one(judge.WrongFate)},

		{"a part of a letter is missing", func(h *history) {
			i := h.find(h.out.Dead, 0, ofRow)
			h.cut(i)
			h.drop(i + 1)
		}, map[judge.Kind]int{judge.Lost: 1, judge.Malformed: -1}},
		{"the first part of a letter is missing", func(h *history) {
			i := h.find(h.out.Dead, 0, ofRow)
			h.cut(i)
			h.drop(i)
		}, map[judge.Kind]int{judge.Lost: 1, judge.Malformed: 2}},
		{"a part of a letter is there twice", func(h *history) {
			i := h.find(h.out.Dead, 0, ofRow)
			h.cut(i)
			h.again(i + 2)
		}, one(judge.Malformed)},
		{"a part of a letter lost a byte", func(h *history) {
			i := h.find(h.out.Dead, 0, ofRow)
			h.cut(i)
			h.messages[i+2].Value = h.messages[i+2].Value[1:]
		}, one(judge.Differs)},
		{"a letter lost its last byte", func(h *history) {
			r := h.messages[h.find(h.out.Dead, 0, ofRow)]
			r.Value = r.Value[:len(r.Value)-1]
		}, one(judge.Differs)},
		{"a letter lost the input's header", func(h *history) {
			set(h.messages[h.find(h.out.Dead, 0, nil)], "x-judge-origin", "")
		}, one(judge.Differs)},
		{"a letter names another line", func(h *history) {
			set(h.messages[h.find(h.out.Dead, 0, ofRow)], "assay-error-line", "1")
		}, one(judge.Differs)},
		{"a letter names another place", func(h *history) {
			set(h.messages[h.find(h.out.Dead, 0, ofRow)], "assay-error-bytes", "0-1")
		}, one(judge.Differs)},
		{"a letter names another header", func(h *history) {
			set(h.messages[h.find(h.out.Dead, 0, ofRow)], "assay-header-row", "id")
		}, one(judge.Differs)},
		{"a letter has no class", func(h *history) {
			set(h.messages[h.find(h.out.Dead, 0, nil)], "assay-error-class", "")
		}, one(judge.Differs)},
		{"a letter has another key", func(h *history) { h.messages[h.find(h.out.Dead, 0, nil)].Key = nil }, one(judge.Differs)},
		{"a row has another row's id", func(h *history) {
			rewrite(h.messages[h.find(h.out.Scored, 3, nil)], func(doc map[string]any) { doc["id"] = "c000000-r9999" })
		}, one(judge.Differs)},
		{"a cell has changed", func(h *history) {
			rewrite(h.messages[h.find(h.out.Scored, 3, nil)], func(doc map[string]any) { doc["NOTE"] = "changed" })
		}, one(judge.Differs)},
		{"a row has no profile", func(h *history) {
			rewrite(h.messages[h.find(h.out.Scored, 3, nil)], func(doc map[string]any) { delete(doc, "profile_id") })
		}, one(judge.Differs)},
		{"a row has no profile name", func(h *history) {
			rewrite(h.messages[h.find(h.out.Scored, 3, nil)], func(doc map[string]any) { doc["profile_name"] = "" })
		}, one(judge.Differs)},
		{"a row has too little confidence", func(h *history) {
			rewrite(h.messages[h.find(h.out.Scored, 3, profile)], func(doc map[string]any) { doc["profile_confidence"] = "low" })
		}, one(judge.Differs)},
		{"a row has a member too many", func(h *history) {
			rewrite(h.messages[h.find(h.out.Scored, 3, nil)], func(doc map[string]any) { doc["more"] = 1 })
		}, one(judge.Differs)},
		{"a row has another key", func(h *history) { h.messages[h.find(h.out.Scored, 3, nil)].Key = []byte("x") }, one(judge.Differs)},
		{"a row is no JSON", func(h *history) { h.messages[h.find(h.out.Scored, 3, nil)].Value = []byte("{") }, one(judge.Differs)},
		{"an event has another key", func(h *history) { h.messages[h.find(h.out.Results, 0, nil)].Key = []byte("x") }, one(judge.Differs)},

		{"two rows have changed places", func(h *history) {
			i := h.find(h.out.Scored, 0, nil)
			j := i + 1 + slices.IndexFunc(h.messages[i+1:], func(r *kgo.Record) bool {
				return r.Topic == h.out.Scored && r.Partition == h.messages[i].Partition
			})
			h.messages[i], h.messages[j] = h.messages[j], h.messages[i]
		}, one(judge.Order)},
		{"two results have changed places", func(h *history) {
			same := func(r *kgo.Record) bool { return r.Partition == 1 }
			i, j := h.find(h.out.Results, 0, same), h.find(h.out.Results, 1, same)
			h.messages[i], h.messages[j] = h.messages[j], h.messages[i]
		}, one(judge.Order)},
		{"a row stands in another partition", func(h *history) {
			r := h.messages[h.find(h.out.Scored, 3, nil)]
			r.Partition = (r.Partition + 1) % partitions
		}, one(judge.Misplaced)},

		{"a quality event counts wrongly", func(h *history) {
			rewrite(h.messages[h.find(h.out.Quality, 0, nil)], func(doc map[string]any) {
				doc["totals"].([]any)[0].(map[string]any)["rows"] = 77
			})
		}, one(judge.Quality)},
		{"a quality event lists too little", func(h *history) {
			rewrite(h.messages[h.find(h.out.Quality, 0, nil)], func(doc map[string]any) {
				doc["data_quality"].(map[string]any)["invalid_value_details"] = []any{}
			})
		}, one(judge.Quality)},
		{"a quality event without cause", func(h *history) {
			c := h.good()
			h.insert(c, func() { h.document(h.out.Quality, c, map[string]any{"source": h.source(c, -1), "rows": len(c.Rows)}) })
		}, one(judge.Quality)},
		{"a result counts wrongly", func(h *history) {
			rewrite(h.messages[h.find(h.out.Results, 0, complete)], func(doc map[string]any) { doc["rows_scored"] = 1e6 })
		}, one(judge.Quality)},
		{"a refused chunk is complete", func(h *history) {
			i := h.find(h.out.Results, 0, func(r *kgo.Record) bool { return !complete(r) })
			rewrite(h.messages[i], func(doc map[string]any) { doc["status"] = "complete" })
		}, one(judge.Quality)},
		{"a tombstone has a result", func(h *history) {
			i := slices.IndexFunc(h.in.Chunks, func(c *judge.Chunk) bool { return c.Tombstone })
			c := h.in.Chunks[i]
			h.insert(c, func() { h.document(h.out.Results, c, map[string]any{"status": "complete", "source": h.source(c, -1)}) })
		}, one(judge.Quality)},

		{"the offset went ahead", func(h *history) { h.forget(h.last(1)) }, one(judge.OffsetAhead)},
		{"the offset is past the end", func(h *history) { h.committed[1] += 5 }, one(judge.OffsetAhead)},
		{"the offset stayed behind", func(h *history) { h.committed[1] = h.last(1).Offset },
			map[judge.Kind]int{judge.OffsetBehind: 1, judge.Incomplete: -1}},
		{"a chunk is left", func(h *history) {
			h.forget(h.last(1))
			h.committed[1] = h.last(1).Offset
		}, map[judge.Kind]int{judge.Incomplete: -1}},
		{"all is done, the lag is not 0", func(h *history) { h.committed[h.tail()]-- }, one(judge.Incomplete)},

		{"a row names no source", func(h *history) {
			h.again(h.find(h.out.Scored, 3, nil)).Headers = nil
		}, one(judge.Malformed)},
		{"a row names half a source", func(h *history) {
			set(h.again(h.find(h.out.Scored, 3, nil)), "assay-source", h.in.Plan.Topic+"/0/0")
		}, one(judge.Malformed)},
		{"a row names nonsense", func(h *history) {
			set(h.again(h.find(h.out.Scored, 3, nil)), "assay-source", h.in.Plan.Topic+"/0/-1/0")
		}, one(judge.Malformed)},
		{"a letter names no source", func(h *history) { h.again(h.find(h.out.Dead, 0, nil)).Headers = nil }, one(judge.Malformed)},
		{"an event is no JSON", func(h *history) { h.again(h.find(h.out.Results, 0, nil)).Value = []byte("{") }, one(judge.Malformed)},
		{"an event has two ids", func(h *history) {
			set(h.messages[h.find(h.out.Errors, 0, nil)], "ce_id", "other")
		}, one(judge.Malformed)},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, bootstrap, plan())
			c.do(w.history)
			w.happen(t)
			v := w.judge(t, judge.Options{Complete: true})
			got := map[judge.Kind]int{}
			for _, a := range v.Anomalies() {
				got[a.Kind] = a.Count
				if c.want[a.Kind] < 0 {
					got[a.Kind] = -1 // any number
				}
			}
			if !maps.Equal(got, c.want) {
				t.Errorf("found %v, want %v\n%s", got, c.want, v)
			}
			if v.Err() == nil || !strings.Contains(v.String(), v.Anomalies()[0].Kind.String()+": ") {
				t.Errorf("the verdict reads %q", v)
			}
		})
	}
}

func one(k judge.Kind) map[judge.Kind]int { return map[judge.Kind]int{k: 1} }
