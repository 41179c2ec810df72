package encode

import (
	"fmt"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// steady gives a function that takes the same batch of so many rows through rows, as a chunk of its own, into Effects that are
// emptied first. What grows once has grown.
func steady(t testing.TB, r *rig, rows func(*Writer) Rows, n int) func() {
	var b strings.Builder
	b.WriteString("id,AGE_GROUP,INCOME,note\r\n")
	for i := range n {
		fmt.Fprintf(&b, "CUST_%06d,Early career,$400-$499,\"quoted, of \"\"row\"\" %d\"\r\n", i, i)
	}
	r.fx.Limit[flow.Scored] = 1 << 20
	e := rows(r.begin())
	s := r.open(b.String())
	if !s.next() {
		t.Fatal("no rows")
	}
	run := func() {
		r.fx.Reset()
		r.w.Begin(&r.chunk, origin, &r.fx)
		err := e.Begin(s.layout, &s.batch)
		if err == nil {
			err = e.Batch(&s.batch)
		}
		if err == nil {
			err = e.End()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	run()
	run()
	return run
}

func TestNoAllocationPerRow(t *testing.T) {
	csv := func(w *Writer) Rows { return NewCSVRows(w, false) }
	typed := func(r *rig) {
		chosen(r)
		r.order = nil
	}
	for name, c := range map[string]struct {
		rows func(*Writer) Rows
		set  func(*rig)
	}{
		"json":         {NewJSONRows, func(*rig) {}},
		"json, all":    {NewJSONRows, func(r *rig) { r.feed.Headers = HeadersAll }},
		"json, by key": {NewJSONRows, func(r *rig) { r.feed.ByKey, r.feed.Partitions[flow.Scored] = true, 12 }},
		"csv":          {csv, func(*rig) {}},
		"csv, columns": {csv, func(r *rig) { r.few = true }},
		"json, typed":  {NewJSONRows, typed},
		"csv, typed":   {csv, typed},
	} {
		r := profile(t)
		c.set(r)
		if n := testing.AllocsPerRun(5, steady(t, r, c.rows, 4000)); n > 0 {
			t.Errorf("%s: %v objects for 4,000 rows", name, n)
		}
	}
}

// Arrow's own builders and messages take objects for each message, but none for a row.
func TestArrowAllocatesPerMessage(t *testing.T) {
	arrow := func(w *Writer) Rows { return NewArrowRows(w, false) }
	few, many := profile(t), profile(t)
	a, b := testing.AllocsPerRun(5, steady(t, few, arrow, 100)), testing.AllocsPerRun(5, steady(t, many, arrow, 4000))
	if len(few.sent()) != 1 || len(many.sent()) != 1 {
		t.Fatalf("%d and %d messages, want one each", len(few.sent()), len(many.sent()))
	}
	if b > a+10 {
		t.Errorf("%v objects for 100 rows, %v for 4,000", a, b)
	}
}

func TestLettersAllocateNothing(t *testing.T) {
	r := newRig(t)
	w := r.begin()
	if n := testing.AllocsPerRun(100, func() {
		r.fx.Reset()
		if err := w.DeadLetter(&rowLetter); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v objects for a letter", n)
	}
}

// An event takes a few objects, for its message and what the dialect fills in, however many a chunk has.
func TestEventsAllocateLittle(t *testing.T) {
	r := newRig(t)
	w := r.begin()
	event := &ErrorEvent{
		Code: fault.InvalidFile, Row: 1, Line: 3, From: 40, To: 45,
		Details: []flow.Detail{{Name: "line", Value: int64(3)}, {Name: "reason", Value: "NUL byte"}},
	}
	if n := testing.AllocsPerRun(100, func() {
		r.fx.Reset()
		if _, err := w.Error(event); err != nil {
			t.Fatal(err)
		}
	}); n > 8 {
		t.Errorf("%v objects for an event", n)
	}
	var q Quality
	if n := testing.AllocsPerRun(100, func() {
		r.fx.Reset()
		q.Reset(100, 10_000)
		for row := range int64(50) {
			f := flow.Finding{Row: row, Column: &income, Value: []byte("x"), MappedTo: "Not stated"}
			q.Add(&f, &id, []byte("CUST_1000"))
		}
		if err := w.QualityEvent(&q, 50, nil); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v objects for a quality event of 50 details", n)
	}
}
