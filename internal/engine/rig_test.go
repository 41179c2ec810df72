package engine_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"github.com/assay-dev/assay/internal/census"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/wire"
)

// The tests of this package go through Compile, Worker, Run and Effects, and judge the Kafka records that stand in the
// Effects. Here is what they have in common.

// fataler is a testing.TB or a *rapid.T.
type fataler interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

const origin = "/assay/cluster/topic/census-profile"

var (
	formats = []engine.Format{engine.JSON, engine.CSV, engine.Arrow}
	names   = []string{"json", "csv", "arrow"} // of formats
)

// The header rows of the two name sets.
const (
	collapsed = "id,AGE_GROUP,SEX,MARITAL_STATUS,HOUSEHOLD_ROLE,INCOME,EDUCATION,OCCUPATION,INDUSTRY,LABOUR_FORCE"
	bureau    = "id,AGE5P,SEXP,MSTP,RLHP,INCP,HEAP,OCCP,INDP,LFSP"
)

// retired are the cells behind the id of somebody who is in profile 6, with high confidence.
const retired = ",Senior,Female,Single,Non-family,Low,Year 11 or below,Not in employment,Other / Not employed,Not in labour force"

// pack gives the census-profile contract, a copy for each call.
func pack(tb fataler) *feed.Contract {
	tb.Helper()
	c, err := feed.Pack("census-profile")
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// contract reads a contract of one file.
func contract(tb fataler, yaml string) *feed.Contract {
	tb.Helper()
	c, err := feed.Load(fstest.MapFS{"feed.yaml": {Data: []byte(yaml)}}, "feed.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func compile(tb fataler, c *feed.Contract, o engine.Options) *engine.Program {
	tb.Helper()
	p, err := engine.Compile(c, o)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func worker(tb fataler, p *engine.Program) *engine.Worker {
	tb.Helper()
	w, err := p.NewWorker("0")
	if err != nil {
		tb.Fatal(err)
	}
	return w
}

func newWorker(tb fataler, c *feed.Contract, o engine.Options) *engine.Worker {
	tb.Helper()
	return worker(tb, compile(tb, c, o))
}

// chunk makes a chunk of a value.
func chunk[T string | []byte](value T, headers ...flow.Header) *flow.Chunk {
	return &flow.Chunk{
		Position: flow.Position{Topic: "census.in", Partition: 3, Offset: 42}, Key: []byte("k"), Value: []byte(value),
		Headers: headers, Time: time.Date(2026, 5, 25, 12, 0, 0, 0, time.UTC), Attempt: 1,
	}
}

// persons draws a chunk of so many persons.
func persons(rows int, o census.Options) []byte {
	g := census.New(1, o)
	return g.Append(bytes.Clone(g.Header()), rows)
}

// lines joins rows, each with a line feed.
func lines(rows ...string) string { return strings.Join(rows, "\n") + "\n" }

// lanesLimit is the limit that a lane sets for Kafka's default of max.message.bytes.
const lanesLimit = 1 << 20

func laneEffects() *flow.Effects {
	fx := &flow.Effects{}
	for i := range fx.Limit {
		fx.Limit[i] = lanesLimit
	}
	fx.Limit[flow.Dead] *= 4 // letters of whole chunks are larger than the chunks
	return fx
}

// through takes a run to its end and gives the result document.
func through(tb fataler, r *engine.Run) []byte {
	tb.Helper()
	for more := true; more; {
		var err error
		if more, err = r.Next(); err != nil {
			tb.Fatal(err)
		}
	}
	result, err := r.End()
	if err != nil {
		tb.Fatal(err)
	}
	return result
}

// record is a Kafka record as a consumer sees it.
type record struct {
	Partition int32
	Null      bool // its key is a null
	Key       string
	Value     string
	Headers   []header
}

type header struct{ Name, Value string }

func (r *record) header(name string) string {
	for _, h := range r.Headers {
		if h.Name == name {
			return h.Value
		}
	}
	return ""
}

// outcome is what has come of a chunk.
type outcome struct {
	topics  [flow.Outputs][]record
	result  string // as End gave it
	counts  flow.Counts
	refused *flow.Fault
}

// run runs a chunk on empty Effects.
func run(tb fataler, w *engine.Worker, c *flow.Chunk) *outcome {
	tb.Helper()
	fx := laneEffects()
	r := w.Begin(c, origin, fx)
	o := &outcome{result: string(through(tb, r)), refused: r.Refused()}
	o.add(tb, fx)
	o.counts.Add(r.Counts())
	if fx.Counts.Chunks != 1 || fx.Counts.Rows != o.counts.Rows {
		tb.Errorf("the effects count %d chunks and %d rows, the chunk %d rows", fx.Counts.Chunks, fx.Counts.Rows, o.counts.Rows)
	}
	return o
}

// scored runs one chunk through the pack as it is.
func scored(tb fataler, format engine.Format, input string) *outcome {
	tb.Helper()
	return run(tb, newWorker(tb, pack(tb), engine.Options{Format: format}), chunk(input))
}

// add adds the records of the Effects.
func (o *outcome) add(tb fataler, fx *flow.Effects) {
	tb.Helper()
	for _, f := range fx.Frames() {
		records := wire.FrameRecords(f.Buf, f.Count)
		var r wire.Record
		for n := int64(0); records.Next(&r); n++ {
			if r.Offset != n {
				tb.Errorf("record %d of a batch has offset delta %d", n, r.Offset)
			}
			out := record{Partition: f.Partition, Null: r.Key == nil, Key: string(r.Key), Value: string(r.Value)}
			for _, h := range r.Headers(nil) {
				out.Headers = append(out.Headers, header{strings.Clone(h.Key), string(h.Value)})
			}
			o.topics[f.Output] = append(o.topics[f.Output], out)
		}
		if err := records.Err(); err != nil {
			tb.Fatal(err)
		}
	}
}

// only gives the one record of a topic.
func (o *outcome) only(tb fataler, out flow.Output) *record {
	tb.Helper()
	if n := len(o.topics[out]); n != 1 {
		tb.Fatalf("%d records on the %s topic, want one", n, out)
	}
	return &o.topics[out][0]
}

func (o *outcome) values(out flow.Output) []string {
	var list []string
	for i := range o.topics[out] {
		list = append(list, o.topics[out][i].Value)
	}
	return list
}

// csv gives the scored rows of CSV output as one text under one header, whose record holds no line end.
func (o *outcome) csv() string {
	var b strings.Builder
	for i, v := range o.values(flow.Scored) {
		if i > 0 {
			v = v[strings.IndexByte(v, '\n')+1:]
		}
		b.WriteString(v)
	}
	return b.String()
}

// person is what JSON output tells of a scored row.
type person struct {
	ID         string `json:"id"`
	Profile    int    `json:"profile_id"`
	Name       string `json:"profile_name"`
	Confidence string `json:"profile_confidence"`
}

// people reads the scored rows of JSON output.
func (o *outcome) people(tb fataler) []person {
	tb.Helper()
	list := make([]person, len(o.topics[flow.Scored]))
	for i, v := range o.values(flow.Scored) {
		unmarshal(tb, v, &list[i])
	}
	return list
}

func unmarshal(tb fataler, text string, into any) {
	tb.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		tb.Fatalf("%q: %v", text, err)
	}
}

// event is what the tests ask of error events.
type event struct {
	Code    string `json:"code"`
	JobID   string `json:"job_id"`
	Message string `json:"message"`
	Source  struct {
		Row *int64 `json:"row"`
	} `json:"source"`
	At *struct {
		Line  int64    `json:"line"`
		Bytes [2]int64 `json:"bytes"`
	} `json:"at"`
	Field   string          `json:"field"`
	Value   *string         `json:"value"`
	Details json.RawMessage `json:"details"`
	Body    json.RawMessage `json:"body"`
}

func (o *outcome) events(tb fataler) []event {
	tb.Helper()
	list := make([]event, len(o.topics[flow.Errors]))
	for i, v := range o.values(flow.Errors) {
		unmarshal(tb, v, &list[i])
	}
	return list
}

// refusal checks that a chunk has been refused as a whole and gives its one event: the one letter has the chunk's bytes, and
// nothing else has left but a result document that tells the event's body.
func (o *outcome) refusal(tb fataler, c *flow.Chunk) event {
	tb.Helper()
	if o.refused == nil {
		tb.Fatal("the chunk has not been refused")
	}
	if letter := o.only(tb, flow.Dead); letter.Value != string(c.Value) {
		tb.Errorf("the dead letter has %q, want the chunk as it came", letter.Value)
	}
	if n := len(o.topics[flow.Scored]) + len(o.topics[flow.Quality]); n > 0 {
		tb.Errorf("%d scored rows and quality events of a refused chunk", n)
	}
	o.only(tb, flow.Errors)
	e := o.events(tb)[0]
	if e.Source.Row != nil || e.Code != string(o.refused.Code) {
		tb.Errorf("event %s of row %v, want %s of the chunk", e.Code, e.Source.Row, o.refused.Code)
	}
	var result struct {
		Status  string
		RowsIn  int64 `json:"rows_in"`
		Credits int64 `json:"credits_charged"`
		Error   json.RawMessage
	}
	unmarshal(tb, o.only(tb, flow.Results).Value, &result)
	if result.Status != "failed" || result.RowsIn != 0 || result.Credits != 0 || !bytes.Equal(result.Error, e.Body) {
		tb.Errorf("the result is %s, want a failure that tells %s", o.result, e.Body)
	}
	if n := o.counts; n.ChunksDead != 1 || n.Rows != 0 || n.Letters != 1 || n.Events != 2 || n.BytesIn != int64(len(c.Value)) {
		tb.Errorf("counts %+v", n)
	}
	return e
}

// same compares what two runs have put out, byte for byte, and says where they differ.
func same(a, b *outcome) error {
	for out := range flow.Outputs {
		if x, y := len(a.topics[out]), len(b.topics[out]); x != y {
			return fmt.Errorf("%d and %d records on the %s topic", x, y, out)
		}
		for i := range a.topics[out] {
			x, y := &a.topics[out][i], &b.topics[out][i]
			if x.Partition != y.Partition || x.Null != y.Null || x.Key != y.Key || x.Value != y.Value || !slices.Equal(x.Headers, y.Headers) {
				return fmt.Errorf("record %d on the %s topic differs: %s", i, out, firstDifference(fmt.Sprint(*x), fmt.Sprint(*y)))
			}
		}
	}
	if a.result != b.result {
		return fmt.Errorf("results %s and %s", a.result, b.result)
	}
	return nil
}

// firstDifference shows the place at which two texts differ.
func firstDifference(x, y string) string {
	n := 0
	for n < len(x) && n < len(y) && x[n] == y[n] {
		n++
	}
	from := max(n-60, 0)
	return fmt.Sprintf("at byte %d\n%.120q\n%.120q", n, x[from:], y[from:])
}
