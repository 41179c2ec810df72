package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
)

// broken are rows that are no valid CSV under the collapsed header, and why.
var broken = []struct{ row, reason string }{
	{`a"b` + retired, "quote inside an unquoted cell"},
	{`"a"b` + retired, "text after a closing quote"},
	{"short,Senior", "row has 2 cells, the header has 10"},
	{"long" + retired + ",more", "row has 11 cells, the header has 10"},
	{"nul\x00" + retired, "NUL byte"},
	{"utf\xff" + retired, "invalid UTF-8"},
}

func TestCP33BrokenRows(t *testing.T) {
	in := collapsed + "\r\n"
	var want []string // a letter each: row, line and place
	for i, b := range broken {
		in += fmt.Sprintf("%d%s\r\n\r\n", 2*i, retired)
		want = append(want, fmt.Sprintf("%d %d %d-%d", 2*i+1, 3*i+4, len(in), len(in)+len(b.row)))
		in += b.row + "\r\n"
	}
	for i, format := range formats[:2] {
		o := scored(t, format, in)
		events := o.events(t)
		if len(events) != len(broken) || len(o.topics[flow.Dead]) != len(broken) {
			t.Fatalf("%s: %d events and %d letters, want %d of each", names[i], len(events), len(o.topics[flow.Dead]), len(broken))
		}
		for n, b := range broken {
			l, e := &o.topics[flow.Dead][n], events[n]
			place := fmt.Sprintf("%s %s %s", l.header("assay-error-row"), l.header("assay-error-line"), l.header("assay-error-bytes"))
			if l.Value != b.row || l.header("assay-header-row") != collapsed || place != want[n] || l.header("__connect.errors.stage") != "DECODE" {
				t.Errorf("%s: letter %+v, want %q at %s", names[i], *l, b.row, want[n])
			}
			place = fmt.Sprintf("%d %d %d-%d", *e.Source.Row, e.At.Line, e.At.Bytes[0], e.At.Bytes[1])
			if e.Code != "INVALID_FILE" || place != want[n] || !strings.Contains(string(e.Details), `"reason":"`+b.reason+`"`) ||
				string(e.Body) != `{"error":"invalid_csv","message":"The uploaded file is not valid CSV."}` {
				t.Errorf("%s: event %+v of %q with %s", names[i], e, b.row, e.Details)
			}
		}
		if n := o.counts; n.Rows != 12 || n.RowsScored != 6 || n.RowsDead != 6 || n.Letters != 6 || n.ChunksDead != 0 ||
			n.FindingsByID[flow.FindingID{Code: "INVALID_FILE"}] != 6 {
			t.Errorf("%s: counts %+v", names[i], n)
		}
	}
	if err := tiled(in, scored(t, engine.CSV, in)); err != nil {
		t.Error(err)
	}
}

func TestCP33UnterminatedQuote(t *testing.T) {
	open := `open,"Senior` + "\n7" + retired + "\n"
	o := scored(t, engine.CSV, lines(collapsed, "6"+retired)+open)
	if l := o.only(t, flow.Dead); l.Value != open || l.header("assay-error-line") != "3" {
		t.Errorf("letter %+v, want the rest of the chunk", *l)
	}
	if o.counts.Rows != 2 || o.counts.RowsScored != 1 {
		t.Errorf("counts %+v", o.counts)
	}
}

// With `malformed: chunk` the first broken row refuses the chunk before anything leaves.
func TestCP33MalformedChunk(t *testing.T) {
	c := pack(t)
	c.Malformed = feed.MalformedChunk
	for i, format := range formats {
		w := newWorker(t, c, engine.Options{Format: format})
		for n, b := range broken {
			head := lines(collapsed, "0"+retired, "1"+strings.Replace(retired, "Senior", "old", 1))
			in := chunk(head + b.row + "\n" + broken[0].row + "\n")
			o := run(t, w, in)
			e := o.refusal(t, in)
			if e.Code != "INVALID_FILE" || e.At == nil || e.At.Line != 4 || e.At.Bytes != [2]int64{int64(len(head)), int64(len(head) + len(b.row))} ||
				!strings.Contains(string(e.Details), `"reason":"`+b.reason+`"`) {
				t.Errorf("%s: event %+v, want %s on line 4", names[i], e, b.reason)
			}
			if l := o.only(t, flow.Dead); l.header("assay-error-row") != "" || l.header("assay-header-row") != "" || l.header("assay-error-line") != "4" {
				t.Errorf("%s: letter %d is %+v, want a chunk's", names[i], n, l.Headers)
			}
		}
		if o := run(t, w, chunk(lines(collapsed, "0"+retired))); o.refused != nil || o.counts.RowsScored != 1 {
			t.Errorf("%s: a chunk without broken rows: %v, %+v", names[i], o.refused, o.counts)
		}
	}
}

func TestCP33ChunksWithoutHeader(t *testing.T) {
	for _, in := range []string{"", "\ufeff", "\n\r\n\n", "id,\"AGE_GROUP\n", "id\x00," + collapsed + "\n", "id,\xff\n", `i"d` + "\n"} {
		c := chunk(in)
		if e := run(t, newWorker(t, pack(t), engine.Options{}), c).refusal(t, c); e.Code != "INVALID_FILE" || e.At == nil {
			t.Errorf("%q: %+v", in, e)
		}
	}
}

func TestCP33MarkAndLineEndsPass(t *testing.T) {
	rows := []string{collapsed, "0" + retired, "1" + retired}
	for _, in := range []string{
		"\ufeff" + lines(rows...), strings.Join(rows, "\r\n") + "\r\n", strings.Join(rows, "\r") + "\r", strings.Join(rows, "\n"),
		"\n\n" + lines(rows...) + "\n", strings.Join(rows, "\r\n\r\n"),
	} {
		o := scored(t, engine.JSON, in)
		if got := o.people(t); len(got) != 2 || got[1] != (person{"1", 6, "Retired and semi-retired", "high"}) || len(o.topics[flow.Dead]) > 0 {
			t.Errorf("%q: %+v", in, got)
		}
		if err := tiled(in, scored(t, engine.CSV, in)); err != nil {
			t.Errorf("%q: %v", in, err)
		}
	}
}

// A header alone is a chunk of no rows: no letter, no event but the result.
func TestHeaderAlone(t *testing.T) {
	for _, format := range formats {
		o := scored(t, format, collapsed)
		if o.refused != nil || o.counts.Rows != 0 || o.counts.Events != 1 || o.counts.BytesIn != int64(len(collapsed)) {
			t.Errorf("%v, counts %+v", o.refused, o.counts)
		}
		if n := slices.IndexFunc(o.topics[:], func(r []record) bool { return len(r) > 0 }); n != int(flow.Results) {
			t.Errorf("topics %+v", o.topics)
		}
		if !strings.HasPrefix(o.result, `{"status":"complete",`) || !strings.Contains(o.result, `"credits_charged":0`) {
			t.Error(o.result)
		}
	}
}

// Beyond a hundred events the summary has the totals, and every row has its letter still.
func TestEventsEndInASummary(t *testing.T) {
	for _, test := range []struct {
		rows, limit, events int
		summary             bool
	}{{100, 0, 100, false}, {101, 0, 101, true}, {5000, 0, 101, true}, {5, 2, 3, true}, {2, 2, 2, false}} {
		rows := []string{collapsed}
		for i := range test.rows {
			rows = append(rows, fmt.Sprintf("%d,short", i))
		}
		o := run(t, newWorker(t, pack(t), engine.Options{Findings: test.limit}), chunk(lines(rows...)))
		events := o.events(t)
		if len(events) != test.events || len(o.topics[flow.Dead]) != test.rows || o.counts.Events != int64(test.events)+1 {
			t.Fatalf("%d broken rows: %d events and %d letters", test.rows, len(events), len(o.topics[flow.Dead]))
		}
		last := events[len(events)-1]
		if !test.summary {
			if last.Source.Row == nil {
				t.Errorf("%d broken rows have a summary", test.rows)
			}
			continue
		}
		want := fmt.Sprintf(`{"errors":{},"totals":[{"code":"INVALID_FILE","field":null,"rows":%d}]}`, test.rows)
		if last.Code != "VALIDATION_ERROR" || last.Source.Row != nil || string(last.Details) != want {
			t.Errorf("the summary is %s %s, want %s", last.Code, last.Details, want)
		}
	}
}
