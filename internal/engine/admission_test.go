package engine_test

import (
	"bytes"
	"testing"

	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/wire"
)

func TestSizeLimits(t *testing.T) {
	in := chunk(lines(collapsed, "0"+retired))
	size := int64(len(in.Value))
	for _, test := range []struct {
		name            string
		chunk, contract int64
		noLimits        bool
		refused         int64 // the limit told, or 0
	}{
		{"none", 0, 0, false, 0},
		{"just as long", size, size, false, 0},
		{"longer than a chunk", size - 1, size, false, size - 1},
		{"longer than the contract's", size, size - 2, false, size - 2},
		{"longer than both", size - 1, size - 2, false, size - 2},
		{"longer than the contract's, by hand", 0, 1, true, 0},
		{"longer than a chunk, by hand", 1, 1, true, 1},
	} {
		c := pack(t)
		c.Limits.Bytes = test.contract
		o := run(t, newWorker(t, c, engine.Options{ChunkBytes: test.chunk, NoLimits: test.noLimits}), in)
		if test.refused == 0 {
			if o.refused != nil {
				t.Errorf("%s: %v", test.name, o.refused)
			}
			continue
		}
		var details struct {
			Limit float64 `json:"max_size_mb"`
			Size  float64 `json:"file_size_mb"`
		}
		e := o.refusal(t, in)
		unmarshal(t, string(e.Details), &details)
		if e.Code != "FILE_TOO_LARGE" || details.Limit != float64(test.refused)/1e6 || details.Size != float64(size)/1e6 || e.At != nil {
			t.Errorf("%s: %+v %s", test.name, e, e.Details)
		}
	}
}

func TestRowLimit(t *testing.T) {
	row, bad := "0"+retired, "short"
	for _, test := range []struct {
		name   string
		amend  func(*feed.Contract)
		hand   bool
		rows   []string
		code   string
		scored int64
	}{
		{"as many", nil, false, []string{row, row, row}, "", 3},
		{"one more", nil, false, []string{row, row, row, row}, "TOO_MANY_ROWS", 0},
		{"refused ones count", nil, false, []string{row, bad, bad, row}, "TOO_MANY_ROWS", 0},
		{"the last is refused", nil, false, []string{row, row, row, bad}, "TOO_MANY_ROWS", 0},
		{"by hand", nil, true, []string{row, row, row, row}, "", 4},
		{"broken before", func(c *feed.Contract) { c.Malformed = feed.MalformedChunk }, false, []string{row, row, bad, row}, "INVALID_FILE", 0},
		{"broken behind", func(c *feed.Contract) { c.Malformed = feed.MalformedChunk }, false, []string{row, row, row, bad}, "TOO_MANY_ROWS", 0},
	} {
		c := pack(t)
		c.Limits.Rows = 3
		if test.amend != nil {
			test.amend(c)
		}
		in := chunk(lines(append([]string{collapsed}, test.rows...)...))
		o := run(t, newWorker(t, c, engine.Options{NoLimits: test.hand}), in)
		if test.code == "" {
			if o.refused != nil || o.counts.RowsScored != test.scored {
				t.Errorf("%s: %v, %d rows scored", test.name, o.refused, o.counts.RowsScored)
			}
			continue
		}
		e := o.refusal(t, in)
		if e.Code != test.code || test.code == "TOO_MANY_ROWS" && string(e.Details) != `{"max_rows":3,"rows":4,"max_size_mb":100}` {
			t.Errorf("%s: %s %s", test.name, e.Code, e.Details)
		}
	}
}

// runLarge runs a chunk for topics that take everything.
func runLarge(t *testing.T, w *engine.Worker, value []byte) *engine.Run {
	t.Helper()
	r := w.Begin(chunk(value), origin, &flow.Effects{})
	through(t, r)
	return r
}

// The limits of the pack at their very places: 100,000,000 bytes, most of them blank lines, and 1,000,000 rows.
func TestCP27Size(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second")
	}
	w := newWorker(t, pack(t), engine.Options{Format: engine.CSV})
	head := lines(collapsed, "0"+retired)
	value := append([]byte(head), bytes.Repeat([]byte("\n"), 100_000_001-len(head))...)
	if r := runLarge(t, w, value[:100_000_000]); r.Refused() != nil || r.Counts().RowsScored != 1 {
		t.Errorf("100,000,000 bytes: %v", r.Refused())
	}
	o := &outcome{}
	fx := &flow.Effects{}
	r := w.Begin(chunk(value), origin, fx)
	through(t, r)
	o.add(t, fx)
	if f := r.Refused(); f == nil || f.Code != "FILE_TOO_LARGE" {
		t.Errorf("one byte more: %v", f)
	} else if got, want := o.events(t)[0].Body, golden(t, "file_too_large.json"); !bytes.Equal(got, want) {
		t.Errorf("body %s, want %s", got, want)
	}
	rows := append([]byte(collapsed+"\n"), bytes.Repeat([]byte(",,,,,,,,,\n"), 1_000_001)...)
	if r := runLarge(t, w, rows[:len(rows)-10]); r.Refused() != nil || r.Counts().RowsScored != 1_000_000 {
		t.Errorf("1,000,000 rows: %v", r.Refused())
	}
	if f := runLarge(t, w, rows).Refused(); f == nil || f.Code != "TOO_MANY_ROWS" {
		t.Errorf("one row more: %v", f)
	}
}

func TestContentHeaders(t *testing.T) {
	w := newWorker(t, pack(t), engine.Options{})
	for _, test := range []struct{ name, value, code, details string }{
		{"content-type", "text/csv", "", ""},
		{"content-type", "", "", ""},
		{"content-type", `TEXT/CSV; charset="UTF-8"; header=present`, "", ""},
		{"content-type", "text/plain; charset=us-ascii", "", ""},
		{"content-type", "application/vnd.ms-excel", "", ""},
		{"content-type", "application/json", "UNSUPPORTED_FORMAT", `{"supported_formats":["text/csv"],"value":"application/json"}`},
		{"content-type", "text/", "UNSUPPORTED_FORMAT", `{"supported_formats":["text/csv"],"value":"text/"}`},
		{"content-type", "text/csv; charset=latin1", "", ""},
		{"Content-Type", "text/csv; charset=koi8-r", "UNSUPPORTED_CODEC", `{"codec":"charset koi8-r","supported_codecs":["utf-8","utf-16","utf-16le","utf-16be","latin-1","windows-1252"]}`},
		{"content-encoding", "Identity", "", ""},
		{"content-encoding", "", "", ""},
		{"content-encoding", "br", "UNSUPPORTED_CODEC", `{"codec":"content-encoding br","supported_codecs":["identity","gzip","zstd"]}`},
		{"content-language", "en", "", ""},
	} {
		for range 2 { // the second time it is known
			in := chunk(lines(collapsed, "0"+retired), flow.Header{Key: test.name, Value: []byte(test.value)})
			o := run(t, w, in)
			if test.code == "" {
				if o.refused != nil || o.counts.RowsScored != 1 {
					t.Errorf("%s %q: %v", test.name, test.value, o.refused)
				}
				continue
			}
			e := o.refusal(t, in)
			if stage := o.only(t, flow.Dead).header("__connect.errors.stage"); e.Code != test.code || string(e.Details) != test.details || stage != "ADMISSION" {
				t.Errorf("%s %q: %s %s at %s, want %s %s", test.name, test.value, e.Code, e.Details, stage, test.code, test.details)
			}
		}
	}
}

// Of several faults the first in the order of admission counts.
func TestAdmissionOrder(t *testing.T) {
	c := pack(t)
	c.Limits.Bytes = 10
	w := newWorker(t, c, engine.Options{})
	picture, brotli := flow.Header{Key: "content-type", Value: []byte("image/png")}, flow.Header{Key: "content-encoding", Value: []byte("br")}
	for _, test := range []struct {
		in   *flow.Chunk
		want string
	}{
		{chunk("a,\"b\nc,d,e\n", brotli, picture), "FILE_TOO_LARGE"},
		{chunk("a,\"b\nc\n", brotli, picture), "UNSUPPORTED_FORMAT"},
		{chunk("a,\"b\nc\n", brotli), "UNSUPPORTED_CODEC"},
		{chunk("a,\"b\nc\n"), "INVALID_FILE"},
		{chunk("a,b\n\"c\n"), "MISSING_COLUMNS"},
	} {
		if e := run(t, w, test.in).refusal(t, test.in); e.Code != test.want {
			t.Errorf("%q with %v: %s, want %s", test.in.Value, test.in.Headers, e.Code, test.want)
		}
	}
}

// A null value is the lane's to skip. If it comes here all the same it is not lost: the letter has a null, too.
func TestNullValue(t *testing.T) {
	for _, value := range [][]byte{nil, {}} {
		c := chunk(value)
		c.Value = value
		fx := laneEffects()
		r := newWorker(t, pack(t), engine.Options{}).Begin(c, origin, fx)
		through(t, r)
		if f := r.Refused(); f == nil || f.Code != "INVALID_FILE" {
			t.Errorf("value %v: %v", value, f)
		}
		for _, f := range fx.Frames() {
			records := wire.FrameRecords(f.Buf, f.Count)
			var letter wire.Record
			if f.Output == flow.Dead && (!records.Next(&letter) || len(letter.Value) > 0 || (letter.Value == nil) != (value == nil)) {
				t.Errorf("the letter of %v has the value %v", value, letter.Value)
			}
		}
	}
}
