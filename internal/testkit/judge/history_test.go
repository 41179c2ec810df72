package judge_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/assay-dev/assay/internal/testkit"
	"github.com/assay-dev/assay/internal/testkit/judge"
)

// history is what a feed would have made of an input: its messages in order, and the offsets it committed. Tests break it.
type history struct {
	in        *judge.Input
	out       judge.Topics
	group     string
	messages  []*kgo.Record
	begin     map[*judge.Chunk]int // index of a chunk's first message; holds until the first change
	committed map[int32]int64
}

// world is a history and the broker on which it happens.
type world struct {
	*history
	bootstrap []string
	client    *kgo.Client
	admin     *kadm.Client
}

const partitions = 3

func newWorld(t *testing.T, bootstrap []string, plan judge.Plan) *world {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(bootstrap...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	plan.Topic, plan.Partitions = testkit.Unique("in"), partitions
	h := &history{
		in: judge.New(plan), group: testkit.Unique("group"), committed: map[int32]int64{}, begin: map[*judge.Chunk]int{},
		out: judge.Topics{
			Scored: testkit.Unique("scored"), Dead: testkit.Unique("dead"), Quality: testkit.Unique("quality"),
			Errors: testkit.Unique("errors"), Results: testkit.Unique("results"),
		},
	}
	testkit.CreateTopics(t, bootstrap, partitions, plan.Topic, h.out.Scored, h.out.Dead, h.out.Quality, h.out.Errors, h.out.Results)
	w := &world{history: h, bootstrap: bootstrap, client: client, admin: kadm.NewClient(client)}
	if err := h.in.Produce(t.Context(), bootstrap); err != nil {
		t.Fatal(err)
	}
	ends, err := w.admin.ListEndOffsets(t.Context(), plan.Topic)
	if err != nil {
		t.Fatal(err)
	}
	ends.Each(func(o kadm.ListedOffset) { h.committed[o.Partition] = o.Offset })
	for _, c := range h.in.Chunks {
		h.process(c)
	}
	return w
}

// happen writes the history to the broker.
func (w *world) happen(t *testing.T) {
	t.Helper()
	if err := w.client.ProduceSync(t.Context(), w.messages...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	w.commit(t)
}

func (w *world) commit(t *testing.T) {
	t.Helper()
	offsets := kadm.Offsets{}
	for p, o := range w.committed {
		offsets.AddOffset(w.in.Plan.Topic, p, o, -1)
	}
	if err := w.admin.CommitAllOffsets(t.Context(), w.group, offsets); err != nil {
		t.Fatal(err)
	}
}

func (w *world) judge(t *testing.T, o judge.Options) *judge.Verdict {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	v, err := judge.Check(ctx, w.bootstrap, w.in, w.out, w.group, o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (h *history) say(topic string, c *judge.Chunk, key string, value []byte, headers ...string) {
	r := &kgo.Record{Topic: topic, Partition: c.Partition, Key: []byte(key), Value: value}
	for i := 0; i < len(headers); i += 2 {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: headers[i], Value: []byte(headers[i+1])})
	}
	h.messages = append(h.messages, r)
}

// process does what a perfect feed does with one chunk.
func (h *history) process(c *judge.Chunk) {
	h.begin[c] = len(h.messages)
	if c.Tombstone {
		return
	}
	if c.Code != "" {
		h.letter(c, -1, c.Code, c.Value)
		h.fault(c, -1, c.Code)
		h.document(h.out.Results, c, map[string]any{"status": "failed", "source": h.source(c, -1)})
		return
	}
	var details []any
	totals, flagged, dead := map[string]int{}, 0, 0
	for i, row := range c.Rows {
		if row.Dead != "" {
			dead++
			h.letter(c, i, row.Dead, row.Text)
			h.fault(c, i, row.Dead)
			continue
		}
		h.scored(c, i)
		if len(row.Flags) > 0 {
			flagged++
		}
		for _, f := range row.Flags {
			totals[f.Field]++
			if len(details) < 100 {
				details = append(details, map[string]any{"row": i, "id": row.ID, "field": f.Field, "value": f.Value, "mapped_to": "Not stated"})
			}
		}
	}
	result := map[string]any{
		"status": "complete", "source": h.source(c, -1), "rows_in": len(c.Rows), "rows_scored": len(c.Rows) - dead, "rows_dead": dead,
		"rows_with_invalid_values": flagged, "credits_charged": (len(c.Rows) + 99) / 100,
	}
	if flagged > 0 {
		quality := map[string]any{"rows_with_invalid_values": flagged, "invalid_value_details": details}
		var sums []any
		for field, n := range totals {
			sums = append(sums, map[string]any{"code": "DQ_INVALID_VALUE", "field": field, "rows": n})
		}
		result["data_quality"] = quality
		h.document(h.out.Quality, c, map[string]any{
			"event_id": "q" + c.ID, "source": h.source(c, -1), "rows": len(c.Rows), "data_quality": quality, "totals": sums,
		})
	}
	h.document(h.out.Results, c, result)
}

func (h *history) source(c *judge.Chunk, row int) map[string]any {
	s := map[string]any{"topic": h.in.Plan.Topic, "partition": c.Partition, "offset": c.Offset, "row": nil}
	if row >= 0 {
		s["row"] = row
	}
	return s
}

func (h *history) document(topic string, c *judge.Chunk, doc map[string]any, headers ...string) {
	b, err := json.Marshal(doc)
	if err != nil {
		panic(err) // maps of strings and numbers
	}
	h.say(topic, c, c.ID, b, headers...)
}

func (h *history) fault(c *judge.Chunk, row int, code string) {
	id := fmt.Sprintf("%s.%d", c.ID, row)
	h.document(h.out.Errors, c, map[string]any{"event_id": id, "code": code, "source": h.source(c, row)}, "ce_id", id)
}

func (h *history) scored(c *judge.Chunk, i int) {
	row := c.Rows[i]
	doc := map[string]any{"profile_id": 3, "profile_name": "Non-earning dependants", "profile_confidence": "high"}
	if row.Low {
		doc["profile_confidence"] = "low"
	}
	for k, name := range c.Names {
		doc[name] = row.Cells[k]
	}
	b, err := json.Marshal(doc)
	if err != nil {
		panic(err) // maps of strings and numbers
	}
	h.say(h.out.Scored, c, row.ID, b, "assay-source", fmt.Sprintf("%s/%d/%d/%d", h.in.Plan.Topic, c.Partition, c.Offset, i))
}

func (h *history) letter(c *judge.Chunk, i int, code string, value []byte) {
	headers := []string{
		"x-judge-origin", c.ID, "__connect.errors.topic", h.in.Plan.Topic,
		"__connect.errors.partition", strconv.Itoa(int(c.Partition)), "__connect.errors.offset", strconv.FormatInt(c.Offset, 10),
		"assay-error-code", code, "assay-error-class", "R0", "assay-error-feed", "census-profile", "assay-error-version", "v",
		"assay-error-attempt", "1",
	}
	if i >= 0 {
		row := c.Rows[i]
		headers = append(headers, "assay-error-row", strconv.Itoa(i), "assay-error-line", strconv.Itoa(row.Line),
			"assay-error-bytes", fmt.Sprintf("%d-%d", row.From, row.To), "assay-header-row", string(c.Header))
	}
	h.say(h.out.Dead, c, c.ID, value, headers...)
}

// find gives the index of the n-th message, from 0, on a topic for which ok gives true.
func (h *history) find(topic string, n int, ok func(r *kgo.Record) bool) int {
	for i, r := range h.messages {
		if r.Topic != topic || ok != nil && !ok(r) {
			continue
		}
		if n == 0 {
			return i
		}
		n--
	}
	panic("the input has too little of " + topic)
}

func (h *history) drop(i int) { h.messages = slices.Delete(h.messages, i, i+1) }

// again puts a copy of message i behind it and gives the copy.
func (h *history) again(i int) *kgo.Record {
	r := *h.messages[i]
	r.Headers = slices.Clone(r.Headers)
	h.messages = slices.Insert(h.messages, i+1, &r)
	return &r
}

// cut puts message i, a letter of a row, into three parts: the first has the beginning of its header row, the second the rest of
// that and the beginning of its value.
func (h *history) cut(i int) {
	r := h.messages[i]
	row, text := value(r, "assay-header-row"), r.Value
	span := value(r, "assay-error-bytes")
	from, err := strconv.Atoi(span[:strings.IndexByte(span, '-')])
	if err != nil {
		panic(err)
	}
	for k, part := range []struct{ header, value string }{{row[:4], ""}, {row[4:], string(text[:1])}, {"", string(text[1:])}} {
		p := h.messages[i+k]
		if k < 2 {
			h.again(i + k)
		}
		p.Value = []byte(part.value)
		set(p, "assay-part", fmt.Sprintf("%d/3", k+1))
		set(p, "assay-error-bytes", fmt.Sprintf("%d-%d", from, from+len(part.value)))
		if set(p, "assay-header-row", part.header); part.header == "" {
			p.Headers = slices.DeleteFunc(p.Headers, func(x kgo.RecordHeader) bool { return x.Key == "assay-header-row" })
		}
		from += len(part.value)
	}
}

func set(r *kgo.Record, key, value string) {
	for i := range r.Headers {
		if r.Headers[i].Key == key {
			r.Headers[i].Value = []byte(value)
			return
		}
	}
	r.Headers = append(r.Headers, kgo.RecordHeader{Key: key, Value: []byte(value)})
}

// rewrite changes members of a JSON message.
func rewrite(r *kgo.Record, change func(doc map[string]any)) {
	var doc map[string]any
	if err := json.Unmarshal(r.Value, &doc); err != nil {
		panic(err)
	}
	change(doc)
	r.Value, _ = json.Marshal(doc) // it has just been unmarshalled
}

// last gives the last chunk of a partition of which something comes.
func (h *history) last(partition int32) *judge.Chunk {
	for _, c := range slices.Backward(h.in.Chunks) {
		if c.Partition == partition && !c.Tombstone {
			return c
		}
	}
	panic("an empty partition")
}

// forget drops everything that came of the last chunk of a partition, which is at the end of its partition's messages.
func (h *history) forget(c *judge.Chunk) {
	mark := fmt.Sprintf("/%d/%d/", c.Partition, c.Offset)
	h.messages = slices.DeleteFunc(h.messages, func(r *kgo.Record) bool {
		for _, x := range r.Headers {
			if x.Key == "assay-source" && strings.Contains(string(x.Value), mark) {
				return true
			}
		}
		return string(r.Key) == c.ID
	})
}

// insert puts what f says before everything that came of a chunk.
func (h *history) insert(c *judge.Chunk, f func()) {
	i, n := h.begin[c], len(h.messages)
	f()
	said := slices.Clone(h.messages[n:])
	h.messages = slices.Insert(h.messages[:n], i, said...)
}

// good gives a chunk in which nothing is dead or flagged.
func (h *history) good() *judge.Chunk {
	for _, c := range h.in.Chunks {
		clean := func(r judge.Row) bool { return r.Dead == "" && len(r.Flags) == 0 }
		if len(c.Rows) > 0 && !slices.ContainsFunc(c.Rows, func(r judge.Row) bool { return !clean(r) }) {
			return c
		}
	}
	panic("no good chunk")
}

// hole gives an offset of a partition at which no chunk was committed: an aborted one's, or a marker's.
func (h *history) hole(partition int32) int64 {
	for o := range h.committed[partition] {
		if !slices.ContainsFunc(h.in.Chunks, func(c *judge.Chunk) bool { return c.Partition == partition && c.Offset == o }) {
			return o
		}
	}
	panic("no hole")
}

// tail gives a partition that ends in something other than a chunk.
func (h *history) tail() int32 {
	for p, end := range h.committed {
		if !slices.ContainsFunc(h.in.Chunks, func(c *judge.Chunk) bool { return c.Partition == p && c.Offset == end-1 }) {
			return p
		}
	}
	panic("every partition ends in a chunk")
}

// rowOf finds the row that a letter is about.
func (h *history) rowOf(letter *kgo.Record) (*judge.Chunk, int) {
	i, err := strconv.Atoi(value(letter, "assay-error-row"))
	if err != nil {
		panic(err)
	}
	for _, c := range h.in.Chunks {
		if c.ID == string(letter.Key) {
			return c, i
		}
	}
	panic("a letter of no chunk")
}

func value(r *kgo.Record, key string) string {
	for _, h := range r.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}
