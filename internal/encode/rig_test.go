package encode

import (
	"fmt"
	"slices"
	"time"

	"github.com/apache/arrow/go/v17/arrow/decimal128"

	"github.com/assay-dev/assay/internal/csvarrow"
	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/wire"
)

// tb is what a test, a benchmark, a fuzz target and a property have in common.
type tb interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

var noon = time.Date(2026, 5, 25, 12, 0, 0, 123_000_000, time.UTC)

const origin = "/assay/cluster/topic/census-profile"

// rig is a writer with a chunk begun, as a worker of a lane has it. Tests set feed and chunk and then call begin.
type rig struct {
	tb    tb
	feed  Feed
	chunk flow.Chunk
	fx    flow.Effects
	w     *Writer

	// How rows are read.
	csv    csvarrow.Dialect
	fields []flow.Field // input columns that are more than text, by name
	outs   []output
	few    bool                 // only the key and the score columns leave
	order  []string             // the columns that leave; nil for all
	dead   func(row int64) bool // rows that a stage behind the scanner refuses; nil for none
	batch  int                  // rows of a batch; 0 is as many as there can be
}

// output is a score column and its value in each row, by the row's index: an int, float64, bool, decimal, UUID, a label or a text; nil
// is a null.
type output struct {
	flow.Field
	value func(row int64) any
}

func newRig(t tb) *rig {
	return &rig{
		tb:   t,
		feed: Feed{Name: "census-profile", Version: "census-profile@3 model=7", Task: "lane-1", RowsPerCredit: 100, Allowed: []string{"traceparent"}},
		chunk: flow.Chunk{
			Position: flow.Position{Topic: "census.in", Partition: 3, Offset: 42}, Key: []byte("tenant 9"), Value: []byte{}, Time: noon,
			Headers: []flow.Header{{Key: "traceparent", Value: []byte("00-4bf92f35-01")}, {Key: "x-other", Value: []byte("stays here")}},
		},
	}
}

func (r *rig) begin() *Writer {
	r.w = NewWriter(&r.feed)
	r.w.Begin(&r.chunk, origin, &r.fx)
	return r.w
}

// sheet is a table of CSV text on its way through the scanner.
type sheet struct {
	rig     *rig
	scanner *csvarrow.Scanner
	rest    []byte
	layout  *Layout
	batch   flow.Batch
}

// open reads the header of input and binds its columns, as the engine does.
func (r *rig) open(input string) *sheet {
	r.tb.Helper()
	s := &sheet{rig: r, scanner: csvarrow.New(r.csv, csvarrow.Limits{}), rest: []byte(input)}
	s.scanner.Begin(&r.chunk)
	n, h, err := s.scanner.Header(s.rest, true)
	if err != nil {
		r.tb.Fatal(err)
	}
	s.rest = s.rest[n:]
	b, plan := &s.batch, csvarrow.Plan{}
	b.Reset(&r.chunk)
	b.WantCells = true
	if r.batch > 0 {
		b.Cap = r.batch
	}
	s.layout = &Layout{
		Header: h.Raw, EOL: h.EOL, Key: -1,
		Delimiter: r.csv.Delimiter, Quote: r.csv.Quote, Escape: r.csv.Escape,
	}
	if s.layout.Delimiter == 0 {
		s.layout.Delimiter = ','
	}
	if s.layout.Quote == 0 {
		s.layout.Quote = '"'
	}
	for i, name := range h.Names {
		f := &flow.Field{Name: name}
		if k := slices.IndexFunc(r.fields, func(f flow.Field) bool { return f.Name == name }); k >= 0 {
			f = &r.fields[k]
		}
		if f.Key {
			s.layout.Key = i
		}
		c := flow.NewColumn(f, flow.MaxRows, true)
		b.Input = append(b.Input, &c)
		replaced := slices.ContainsFunc(r.outs, func(o output) bool { return o.Name == name })
		if !replaced && (!r.few || f.Key) {
			s.layout.Columns = append(s.layout.Columns, Column{Column: &c, Name: name, Input: i})
		}
		t := csvarrow.Target{Col: &c, Order: i, Empty: csvarrow.EmptyNull, Unknown: csvarrow.UnknownKept, UnknownCode: -1}
		if f.Type == flow.Category {
			t.Vocab = csvarrow.NewVocab(nil, nil)
		}
		plan.Columns = append(plan.Columns, t)
	}
	for i := range r.outs {
		b.Out = append(b.Out, flow.NewColumn(&r.outs[i].Field, flow.MaxRows, false))
	}
	for i := range b.Out {
		s.layout.Columns = append(s.layout.Columns, Column{Column: &b.Out[i], Name: b.Out[i].Name, Input: Added})
	}
	if r.order != nil {
		var chosen []Column
		for _, name := range r.order {
			i := slices.IndexFunc(s.layout.Columns, func(c Column) bool { return c.Name == name })
			chosen = append(chosen, s.layout.Columns[i])
		}
		s.layout.Columns = chosen
	}
	s.scanner.Bind(&plan)
	return s
}

// next reads, scores and refuses the rows of a batch. It gives false at the end.
func (s *sheet) next() bool {
	b := &s.batch
	n, err := s.scanner.Next(b, s.rest, true)
	if err != nil {
		s.rig.tb.Fatal(err)
	}
	if n == 0 && b.N == 0 && len(b.Findings) == 0 {
		return false
	}
	s.rest = s.rest[n:]
	for k := range b.Out {
		c := &b.Out[k]
		c.Valid.Fill(true)
		for i := range b.N {
			put(c, i, s.rig.outs[k].value(b.Index(i)))
		}
	}
	for i := range b.N {
		if s.rig.dead != nil && s.rig.dead(b.Index(i)) {
			b.Find(i, fault.MissingField, nil, true)
		}
	}
	return true
}

func put(c *flow.Column, i int, value any) {
	switch v := value.(type) {
	case nil:
		c.Valid.Clear(i)
		if c.Type == flow.Category {
			c.Codes[i] = 0
		}
		if c.Text != nil {
			c.Text[i].SetView(nil, 0, 0, 0)
		}
	case int:
		c.Ints[i] = int64(v)
	case float64:
		c.Floats[i] = v
	case decimal128.Num:
		c.Decimals[i] = v
	case [16]byte:
		c.UUIDs[i] = v
	case bool:
		c.Ints[i] = 0
		if v {
			c.Ints[i] = 1
		}
	case string:
		if c.Type == flow.Category {
			c.Codes[i] = int16(slices.Index(c.Labels, v))
			return
		}
		at := len(c.Buffers[0])
		c.Buffers[0] = append(c.Buffers[0], v...)
		c.Text[i].SetView(c.Buffers[0], at, len(c.Buffers[0]), 0)
	default:
		panic(fmt.Sprintf("%T is no value of a column", value))
	}
}

// encode takes a table through rows, batch by batch, and gives what the encoder has refused.
func (r *rig) encode(rows Rows, input string) (refused []flow.Finding) {
	r.tb.Helper()
	s := r.open(input)
	if err := rows.Begin(s.layout, &s.batch); err != nil {
		r.tb.Fatal(err)
	}
	for s.next() {
		if err := rows.Batch(&s.batch); err != nil {
			r.tb.Fatal(err)
		}
		for _, f := range s.batch.Findings {
			if f.Code == fault.FileTooLarge {
				refused = append(refused, f)
			}
		}
	}
	if err := rows.End(); err != nil {
		r.tb.Fatal(err)
	}
	return refused
}

// message is one record as it left.
type message struct {
	out        flow.Output
	partition  int32
	key, value []byte
	headers    []flow.Header
}

// header gives the one header called name; one that is not there, or twice, fails the test.
func (m *message) header(t tb, name string) string {
	t.Helper()
	var found []flow.Header
	for _, h := range m.headers {
		if h.Key == name {
			found = append(found, h)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d headers %s", len(found), name)
	}
	return string(found[0].Value)
}

// sent reads back what has left so far, and fails where a record batch is larger than its topic takes.
func (r *rig) sent() (all []message) {
	r.tb.Helper()
	for _, f := range r.fx.Frames() {
		if limit := r.fx.Limit[f.Output]; limit > 0 && len(f.Buf) > limit {
			r.tb.Errorf("a batch of %d bytes for the %s topic, which takes %d", len(f.Buf), f.Output, limit)
		}
		records, rec := wire.FrameRecords(f.Buf, f.Count), wire.Record{}
		for records.Next(&rec) {
			all = append(all, message{f.Output, f.Partition, rec.Key, rec.Value, rec.Headers(nil)})
		}
		if err := records.Err(); err != nil {
			r.tb.Fatal(err)
		}
	}
	return all
}
