package engine_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/census"
	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
)

// file runs a file whose bytes come to an end, for the time being, at each of the places ends, which are in order. Effects
// leave after each batch. A window of largest bytes grows no more: what does not end in it goes by in parts.
func file(tb fataler, w *engine.Worker, text string, largest int, ends ...int) *outcome {
	tb.Helper()
	return fileBehind(tb, w, charset.UTF8, "", text, largest, ends...)
}

// fileBehind runs a file of which front is left out. The text was made UTF-8 of a charset.
func fileBehind(tb fataler, w *engine.Worker, set charset.Charset, front, text string, largest int, ends ...int) *outcome {
	tb.Helper()
	c := chunk("")
	c.Value = nil
	fx, o := laneEffects(), &outcome{}
	r := w.Stream(c, origin, fx)
	r.Behind(set, int64(strings.Count(front, "\n")), int64(len(front)))
	leave := func() {
		o.add(tb, fx)
		fx.Reset()
	}
	next := func(step func() (bool, error)) (more bool) {
		more, err := step()
		if err != nil {
			tb.Fatal(err)
		}
		leave()
		return more
	}
	at := 0
	for _, end := range append(ends, len(text)) {
		last := end == len(text)
		for end > at && r.Refused() == nil || last && end == at {
			to := min(end, at+largest)
			window := []byte(text[at:to])
			r.Feed(window, last && to == end)
			for more := true; more; {
				more = next(r.Next)
			}
			if r.Consumed() == 0 && to-at == largest && !(last && to == end) {
				next(r.Giant)
			}
			at += r.Consumed()
			if r.Refused() == nil { // the caller moves what is left over to the beginning
				for i := range window {
					window[i] = 0xdb
				}
			}
			if r.Consumed() == 0 {
				break
			}
		}
	}
	result, err := r.End()
	if err != nil {
		tb.Fatal(err)
	}
	leave()
	o.result, o.refused = string(result), r.Refused()
	o.counts.Add(r.Counts())
	return o
}

// Windows that are cut anywhere give what one chunk of the same bytes gives.
func TestFileIsOneChunk(t *testing.T) {
	texts := []string{
		lines(collapsed, "0"+retired),
		"\ufeff\r\n" + strings.ReplaceAll(string(persons(20, census.Options{ABS: true, Flagged: 0.1, Broken: 0.2})), "\n", "\r\n"),
		strings.TrimSuffix(string(persons(20, census.Options{ABS: true, Flagged: 0.1, Broken: 0.2})), "\n") + "\n\"open\n\n",
		strings.ReplaceAll(string(persons(10, census.Options{Broken: 0.2})), "\n", "\r"),
		collapsed,
	}
	for i, format := range formats[:2] {
		w := newWorker(t, pack(t), engine.Options{Format: format})
		for n, text := range texts {
			want := run(t, w, chunk(text))
			rapid.Check(t, func(t *rapid.T) {
				ends := rapid.SliceOfN(rapid.IntRange(0, len(text)-1), 0, 20).Draw(t, "ends")
				slices.Sort(ends)
				got := file(t, w, text, 1<<20, ends...)
				if err := same(want, got); err != nil {
					t.Fatalf("%s, text %d: %v", names[i], n, err)
				}
				if x, y := fmt.Sprint(want.counts), fmt.Sprint(got.counts); x != y {
					t.Fatalf("%s, text %d: counts %s, want %s", names[i], n, y, x)
				}
			})
		}
	}
}

// A file in another charset is what one chunk of the same bytes is, whatever its windows are: letters have the bytes that rows came with,
// at their places in the file.
func TestFileOfAnotherCharset(t *testing.T) {
	c := contract(t, "feed: pairs\nversion: 1\ncolumns:\n  é: {type: int64}\n  b: {type: int64, required: true}\n")
	for _, test := range []struct {
		charset charset.Charset
		text    string
	}{
		{charset.Latin1, "é,b\nü,ß\n1,2\n\n3,\nö\"x,1\nshort\n5,6\nü,ß"},
		{charset.Windows1252, "é,b\r\n€,“\r\n1,2\r\n\u0081,\r\n"},
		{charset.UTF16LE, "\né,b\n😀,ß\n1,2\n\"😀\n\"é,1\n€,\xed\xa0\xbd\nodd\xff\x81\xa9"},
		{charset.UTF16BE, "é,b\n1,2\n\"😀,ß\n1,2\n€,3\n"},
		{charset.UTF16LE, "é,\"b\n"},
		{charset.Latin1, "é,b\r1,é\r2,3\r"},
	} {
		c.CSV.Charset = test.charset
		w := newWorker(t, c, engine.Options{Format: engine.CSV})
		want := run(t, w, chunk(test.charset.Restore(nil, []byte(test.text))))
		rapid.Check(t, func(t *rapid.T) {
			ends := rapid.SliceOfN(rapid.IntRange(0, len(test.text)-1), 0, 10).Draw(t, "ends")
			slices.Sort(ends)
			got := fileBehind(t, w, test.charset, "", test.text, 1<<20, ends...)
			if want.refused != nil { // as a whole: of a file there is no letter then
				want.topics[flow.Dead] = nil
			}
			if err := same(want, got); err != nil {
				t.Fatalf("%q in %v: %v", test.text, test.charset, err)
			}
			if got.counts.BytesIn != want.counts.BytesIn {
				t.Fatalf("%q in %v: %d bytes, want %d", test.text, test.charset, got.counts.BytesIn, want.counts.BytesIn)
			}
		})
	}
}

// The parts of a record that is longer than the largest window make up its bytes, also where a window ends within a character.
func TestGiantOfAnotherCharset(t *testing.T) {
	c := contract(t, "feed: f\nversion: 1\ncolumns: {a: {type: string}}\n")
	for _, set := range []charset.Charset{charset.UTF16LE, charset.Latin1} {
		giant := strings.Repeat("aéü", 1000)
		if set == charset.UTF16LE {
			giant = strings.Repeat("é€😀", 1000)
		}
		raw := string(set.Restore(nil, []byte("a\n"+giant+"\nb\n")))
		o := fileBehind(t, newWorker(t, c, engine.Options{Format: engine.CSV}), set, "", "a\n"+giant+"\nb\n", 100)
		at := int64(len(set.Restore(nil, []byte("a\n"))))
		all := ""
		for _, l := range o.topics[flow.Dead] {
			var from, to int64
			if _, err := fmt.Sscanf(l.header("assay-error-bytes"), "%d-%d", &from, &to); err != nil || from != at || raw[from:to] != l.Value {
				t.Fatalf("%v: a part at %d to %d, want one from %d", set, from, to, at)
			}
			at, all = to, all+l.Value
		}
		if all != string(set.Restore(nil, []byte(giant))) || len(o.topics[flow.Dead]) < 50 || o.csv() != "a\nb\n" || o.counts.BytesIn != int64(len(raw)) {
			t.Errorf("%v: %d bytes in %d parts, rows %q", set, len(all), len(o.topics[flow.Dead]), o.csv())
		}
	}
}

// A record that is longer than the largest window leaves in parts; the rows around it are as they were.
func TestFileWithAGiantRecord(t *testing.T) {
	const window = 4096
	giant := `"` + strings.Repeat("long, \"\"and\"\"\nlonger ", 1000) + `"` + retired
	text := lines(collapsed, "0"+retired, giant, "2"+retired, "short")
	w := newWorker(t, pack(t), engine.Options{Format: engine.CSV})
	got := file(t, w, text, window)
	want := run(t, w, chunk(lines(collapsed, "0"+retired, "broken", "2"+retired, "short")))
	if got.csv() != want.csv() {
		t.Errorf("%q\n%q", got.csv(), want.csv())
	}
	letters := got.topics[flow.Dead]
	parts, all := letters[:len(letters)-1], ""
	for i, l := range parts {
		all += l.Value
		last := ""
		if i == len(parts)-1 {
			last = "1"
		}
		if l.header("assay-part") != fmt.Sprint(i+1) || l.header("assay-part-last") != last || l.header("assay-error-row") != "1" || l.header("assay-error-line") != "3" {
			t.Errorf("part %d of %d: %v", i, len(parts), l.Headers)
		}
	}
	if len(parts) < len(giant)/window || all != giant {
		t.Errorf("%d parts that do not make up the record", len(parts))
	}
	if l := letters[len(parts)]; l.Value != "short" || l.header("assay-part") != "" || l.header("assay-error-row") != "3" || l.header("assay-error-line") != "1005" {
		t.Errorf("the letter behind it: %+v", l)
	}
	if e := got.events(t); len(e) != 2 || *e[0].Source.Row != 1 || e[0].Code != "INVALID_FILE" || !strings.Contains(string(e[0].Details), "row is longer than 4096 bytes") {
		t.Errorf("events %+v", e)
	}
	if n := got.counts; n.Rows != 4 || n.RowsScored != 2 || n.RowsDead != 2 || n.BytesIn != int64(len(text)) {
		t.Errorf("counts %+v", n)
	}
}

// A refused file is refused where it stands: what has left stays, nothing goes to the dead letters, and the result fails.
func TestRefusedFile(t *testing.T) {
	old := strings.Replace(retired, "Senior", "old", 1)
	chunkWise := func(c *feed.Contract) { c.Malformed = feed.MalformedChunk }
	for _, test := range []struct {
		name, text string
		amend      func(*feed.Contract)
		largest    int
		code       string
		scored     int
	}{
		{"columns", "a,b\n1,2\n", nil, 1000, "MISSING_COLUMNS", 0},
		{"header", "a,\"b\n", nil, 1000, "INVALID_FILE", 0},
		{"a header without end", strings.Repeat("a", 200), nil, 100, "INVALID_FILE", 0},
		{"rows", lines(collapsed, "0"+retired, "1"+retired, "2"+retired), func(c *feed.Contract) { c.Limits.Rows = 2 }, 330, "TOO_MANY_ROWS", 2},
		{"size", lines(collapsed, "0"+retired, "1"+retired, "2"+retired), func(c *feed.Contract) { c.Limits.Bytes = 300 }, 240, "FILE_TOO_LARGE", 1},
		{"a broken row", lines(collapsed, "0"+retired, "1"+retired, "short"), chunkWise, 330, "INVALID_FILE", 2},
		{"a broken row behind a flagged one", lines(collapsed, "0"+old, "short", "2"+retired), chunkWise, 1000, "INVALID_FILE", 0},
		{"a giant", lines(collapsed, "0"+retired, strings.Repeat("a", 2000)), chunkWise, 240, "INVALID_FILE", 1},
		{"a broken row behind too many", lines(collapsed, "0"+retired, "1"+retired, "short"),
			func(c *feed.Contract) { chunkWise(c); c.Limits.Rows = 2 }, 1000, "TOO_MANY_ROWS", 0},
	} {
		c := pack(t)
		if test.amend != nil {
			test.amend(c)
		}
		o := file(t, newWorker(t, c, engine.Options{}), test.text, test.largest)
		if o.refused == nil || string(o.refused.Code) != test.code || len(o.topics[flow.Scored]) != test.scored {
			t.Errorf("%s: %v with %d rows scored, want %s and %d", test.name, o.refused, len(o.topics[flow.Scored]), test.code, test.scored)
			continue
		}
		if n := len(o.topics[flow.Dead]); n > 0 {
			t.Errorf("%s: %d letters; the file still is where it came from", test.name, n)
		}
		if e := o.events(t); len(e) != 1 || e[0].Code != test.code || e[0].Source.Row != nil {
			t.Errorf("%s: events %+v", test.name, e)
		} else if test.code == "FILE_TOO_LARGE" && string(e[0].Details) != `{"max_size_mb":0.0003}` {
			t.Errorf("%s: details %s of a file whose size nobody knows yet", test.name, e[0].Details)
		}
		if !strings.HasPrefix(o.result, `{"status":"failed"`) || o.counts.ChunksDead != 1 || engine.Message(o.refused) == "" {
			t.Errorf("%s: %s, %+v", test.name, o.result, o.counts)
		}
	}
}

// With the option for files the header stands once before the rows of all files.
func TestOneHeaderForAllFiles(t *testing.T) {
	w := newWorker(t, pack(t), engine.Options{Format: engine.CSV, Stream: true})
	var all strings.Builder
	for _, text := range []string{lines(collapsed, "0"+retired), lines(collapsed, "1"+retired, "2"+retired)} {
		for _, v := range file(t, w, text, 1000).values(flow.Scored) {
			all.WriteString(v)
		}
	}
	rest, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	want := collapsed + newNames + "\n"
	for i := range 3 {
		want += fmt.Sprint(i) + retired + ",6,Retired and semi-retired,high\n"
	}
	if got := all.String() + string(rest); got != want {
		t.Errorf("%q\n%q", got, want)
	}
}

// Arrow files are one stream together, which Close ends; a file of other columns does not belong to it.
func TestOneArrowStreamForAllFiles(t *testing.T) {
	w := newWorker(t, pack(t), engine.Options{Format: engine.Arrow, Stream: true})
	all, want := "", [][]string{strings.Split(collapsed+newNames, ",")}
	for _, id := range []string{"0", "1"} {
		for _, v := range file(t, w, lines(collapsed, id+retired), 1000).values(flow.Scored) {
			all += v
		}
		want = append(want, strings.Split(id+retired+",6,Retired and semi-retired,high", ","))
	}
	if o := file(t, w, lines(collapsed+",note", "2"+retired+",n"), 1000); o.refused == nil || !strings.Contains(fmt.Sprint(o.refused), "differ from those of the file before") {
		t.Errorf("other columns: %v", o.refused)
	}
	rest, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, arrowRows(t, all+string(rest))); diff != "" {
		t.Error(diff)
	}
}

// The first failure of the engine ends a file: part of it has left and cannot be taken back. A scorer has its second try.
func TestFailureInAFile(t *testing.T) {
	p := compile(t, pack(t), engine.Options{})
	text := string(persons(5000, census.Options{}))
	o := file(t, moodyWorker(t, p, ways[codeOutOfRange], 2), text, len(text))
	if o.refused == nil || o.refused.Code != "INTERNAL_ERROR" || o.counts.RowsScored != 4096 {
		t.Errorf("%v after %d rows", o.refused, o.counts.RowsScored)
	}
	want := run(t, worker(t, p), chunk(text))
	if err := same(want, file(t, moodyWorker(t, p, ways["panic"], 2), text, len(text))); err != nil {
		t.Error(err)
	}
}

// Places are those of the file, with the lines in front that were left out: of refused rows, one of them in parts, of cells of the wrong
// form, of headers. All else is as it is without these lines.
func TestPlacesBehindSkippedLines(t *testing.T) {
	const front = "made by nobody\n\"on\n\nMonday\n"
	c := contract(t, "feed: f\nversion: 1\ncolumns: {id: {type: string}, n: {type: int64, required: true}}\n")
	w := newWorker(t, c, engine.Options{Format: engine.CSV})
	for _, text := range []string{
		"id,n\na,1\nshort\nb,x\n\nc,\n\"long\n" + strings.Repeat("and\nlonger\n", 1000) + "\",1,2\nd,4\ne\"e,5\nf,\n",
		"\n\nid,m\n1,2\n", "id,\x00\n", "i\"d,n\n", "id,n,n\n", "\n\n", "",
	} {
		whole, want := front+text, file(t, w, text, 4096)
		got := fileBehind(t, w, charset.UTF8, front, text, 4096)
		if got.csv() != want.csv() || !slices.Equal(got.values(flow.Dead), want.values(flow.Dead)) {
			t.Errorf("%.20q: the rows or the letters differ", text)
		}
		if len(got.topics[flow.Errors]) == 0 || len(got.topics[flow.Errors]) != len(want.topics[flow.Errors]) || got.counts.BytesIn != want.counts.BytesIn+int64(len(front)) {
			t.Fatalf("%.20q: %d events and %d, %d bytes", text, len(got.topics[flow.Errors]), len(want.topics[flow.Errors]), got.counts.BytesIn)
		}
		for _, l := range got.topics[flow.Dead] {
			var from, to int
			if _, err := fmt.Sscanf(l.header("assay-error-bytes"), "%d-%d", &from, &to); err != nil {
				t.Fatal(err)
			}
			if whole[from:to] != l.Value {
				t.Errorf("bytes %d to %d of the file are %.40q, the letter has %.40q", from, to, whole[from:to], l.Value)
			}
		}
		for i, value := range got.values(flow.Errors) {
			e, plain := placesOf(t, value), placesOf(t, want.values(flow.Errors)[i])
			if e.At.Bytes[0] != plain.At.Bytes[0]+len(front) || e.At.Bytes[1] != plain.At.Bytes[1]+len(front) || e.At.Line != plain.At.Line+4 {
				t.Errorf("%.20q: at %+v, %+v without the lines in front", text, e.At, plain.At)
			}
			if d, p := e.Details, plain.Details; p.Line != nil && *d.Line != *p.Line+4 || p.Place != nil && *d.Place != *p.Place+len(front) {
				t.Errorf("%.20q: %s", text, value)
			}
			if p := plain.Details.Line; p != nil && !strings.Contains(e.Message, fmt.Sprintf("line %d:", *p+4)) {
				t.Errorf("%.20q: %s", text, e.Message)
			}
		}
	}
}

// places is what an error event says of places.
type places struct {
	Message string
	At      struct {
		Line  int
		Bytes [2]int
	}
	Details struct {
		Line  *int
		Place *int `json:"byte_offset"`
	}
}

func placesOf(t *testing.T, event string) (p places) {
	t.Helper()
	if err := json.Unmarshal([]byte(event), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestHeaderOfAFile(t *testing.T) {
	p := compile(t, pack(t), engine.Options{})
	for _, test := range []struct {
		window    string
		last      bool
		delimiter byte
		want      string
		err       string
	}{
		{"\ufeff\n" + collapsed + "\r\n0,", false, 0, collapsed, ""},
		{"a,b", true, 0, "a,b", "MISSING_COLUMNS"},
		{"a,b", false, 0, "", "the header is longer than 3 bytes"},
		{"", true, 0, "", "INVALID_FILE"},
		{strings.ReplaceAll(collapsed, ",", ";"), true, ';', strings.ReplaceAll(collapsed, ",", ";"), ""},
		{collapsed, true, '"', "", "delimiter"},
	} {
		got := ""
		h, err := p.Header([]byte(test.window), test.last, test.delimiter)
		if h != nil {
			got = string(h.Raw)
		}
		if got != test.want || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%q: %q, %v", test.window, got, err)
		}
	}
}

// Rows of a file that were scored before it is refused have left in every format: the result counts them.
func TestRefusedFileKeepsItsRows(t *testing.T) {
	c := pack(t)
	c.Limits.Rows = 4500
	text := string(persons(5000, census.Options{}))
	for i, format := range formats {
		o := file(t, newWorker(t, c, engine.Options{Format: format, Stream: true}), text, 1<<20)
		if o.refused == nil || o.counts.RowsScored != 4096 || len(o.topics[flow.Scored]) == 0 {
			t.Errorf("%s: %v, %d rows scored in %d records", names[i], o.refused, o.counts.RowsScored, len(o.topics[flow.Scored]))
		}
		if rows := strings.Count(strings.Join(o.values(flow.Scored), ""), "\n") - 1; format == engine.CSV && rows != 4096 {
			t.Errorf("%d rows have left, 4096 are counted", rows)
		}
	}
}
