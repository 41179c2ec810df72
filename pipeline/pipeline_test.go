package pipeline_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/iotest"
	"unicode/utf16"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-dev/assay/pipeline"
)

const header = "feed: f\nversion: 1\n"

func load(t testing.TB, contract string, opts ...pipeline.Option) *pipeline.Feed {
	t.Helper()
	feed, err := pipeline.LoadFS(fstest.MapFS{"f.yaml": {Data: []byte(contract)}}, "f.yaml", opts...)
	if err != nil {
		t.Fatal(err)
	}
	return feed
}

func process(t testing.TB, feed *pipeline.Feed, in string) *pipeline.Result {
	t.Helper()
	res, err := feed.Process(t.Context(), strings.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// tally is what comes of an input: counts of everything that left.
func tally(r *pipeline.Result) string {
	s := fmt.Sprintf("%d messages, %d letters:", len(r.Rows), len(r.DeadLetters))
	for _, e := range r.Events {
		s += " " + e.Output
	}
	return s
}

func TestProcess(t *testing.T) {
	feed := load(t, header+"columns: {a: {type: int64, required: true}}\nlimits: {rows: 3}\n")
	for _, test := range []struct {
		name, in, tally string
		refused         pipeline.Code
	}{
		{"rows", "a\n1\n2\n", "2 messages, 0 letters: results", ""},
		{"a refused row", "a\n1\nx\n", "1 messages, 1 letters: errors results", ""},
		{"a header alone", "a\n", "0 messages, 0 letters: results", ""},
		{"nothing", "", "0 messages, 1 letters: errors results", "INVALID_FILE"},
		{"another header", "b\n1\n", "0 messages, 1 letters: errors results", "MISSING_COLUMNS"},
		{"more than the contract's limit", "a\n1\n2\n3\n4\n", "0 messages, 1 letters: errors results", "TOO_MANY_ROWS"},
	} {
		res := process(t, feed, test.in)
		if got := tally(res); got != test.tally {
			t.Errorf("%s: %s, want %s", test.name, got, test.tally)
		}
		switch {
		case (res.Refused == nil) != (test.refused == ""):
			t.Errorf("%s: refused for %v, want %q", test.name, res.Refused, test.refused)
		case res.Refused != nil:
			if l := res.DeadLetters[0]; res.Refused.Code != test.refused || l.Code != test.refused || l.Row != -1 || string(l.Value) != test.in {
				t.Errorf("%s: %v, %+v", test.name, res.Refused, l)
			}
		}
	}
	l := process(t, feed, "a\n1\nx\n").DeadLetters[0]
	if l.Row != 1 || l.Line != 3 || l.From != 4 || l.To != 5 || l.Part != 0 || l.Last || string(l.Header) != "a" || l.Code != "INVALID_FORMAT" || l.Message == "" || len(l.Headers) < 10 {
		t.Errorf("%+v", l)
	}
}

func TestProcessTellsWhatCannotBeRead(t *testing.T) {
	broken := errors.New("the disk is gone")
	feed := load(t, header+"columns: {a: {type: int64}}\n")
	if _, err := feed.Process(t.Context(), iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Error(err)
	}
	if _, err := feed.Stream(t.Context(), iotest.ErrReader(broken), pipeline.Handler{}); !errors.Is(err, broken) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := feed.Process(ctx, strings.NewReader("a\n1\n")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := feed.Stream(ctx, strings.NewReader("a\n1\n"), pipeline.Handler{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestWithLeavesTheFeedAsItIs(t *testing.T) {
	feed := load(t, header+"columns: {a: {type: int64}}\n")
	csv, err := feed.With(pipeline.WithFormat(pipeline.CSV))
	if err != nil {
		t.Fatal(err)
	}
	strict, err := feed.With(pipeline.WithRule("even", func() pipeline.Rule { return even{} }))
	if err != nil {
		t.Fatal(err)
	}
	lenient, err := feed.With(pipeline.WithWarning("even", func() pipeline.Rule { return even{} }))
	if err != nil {
		t.Fatal(err)
	}
	const in = "a\n1\n2\n"
	for _, test := range []struct {
		name string
		feed *pipeline.Feed
		want string
	}{{"as it was", feed, `{"a":1}{"a":2}`}, {"CSV", csv, in}, {"a rule", strict, `{"a":2}`}, {"a warning", lenient, `{"a":1}{"a":2}`}} {
		res := process(t, test.feed, in)
		if got := string(bytes.Join(res.Rows, nil)); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
		if flagged := res.Counts.RowsFlagged == 1; flagged != (test.name == "a warning") {
			t.Errorf("%s: %d rows flagged", test.name, res.Counts.RowsFlagged)
		}
	}
	if _, err := feed.With(pipeline.WithFormat("parquet")); err == nil || !strings.Contains(err.Error(), `unknown format "parquet"`) {
		t.Error(err)
	}
}

// even is the rule that the first column is even.
type even struct{}

func (even) Bind(pipeline.Schema) error { return nil }

func (even) Check(b *pipeline.Batch, bad pipeline.Bitmap) error {
	for i, v := range b.Cols[0].Ints[:b.N] {
		if v%2 != 0 {
			bad.Set(i)
		}
	}
	return nil
}

// A rule that says nothing itself is told by its name.
func TestRulesAreToldByName(t *testing.T) {
	feed := load(t, header+"columns: {a: {type: int64}}\n", pipeline.WithRule("even", func() pipeline.Rule { return even{} }))
	if e := process(t, feed, "a\n1\n").Events[0]; e.Output != "errors" || !bytes.Contains(e.JSON, []byte(`"must keep the rule even"`)) {
		t.Errorf("%s: %s", e.Output, e.JSON)
	}
}

func TestExtensionsThatDoNotFit(t *testing.T) {
	contract := fstest.MapFS{"f.yaml": {Data: []byte(header + "columns: {a: {type: int64}}\nscore: {kind: distance}\n")}}
	_, err := pipeline.LoadFS(contract, "f.yaml")
	if err == nil || !strings.Contains(err.Error(), "f.yaml:4:15: unknown kind of scorer distance") {
		t.Errorf("a kind that nobody has added: %v", err)
	}
	_, err = pipeline.LoadFS(contract, "f.yaml", pipeline.WithScorer("distance", func() pipeline.Scorer { return &distance{} }))
	var problems pipeline.Problems
	if !errors.As(err, &problems) || problems[0].Line != 4 || problems[0].Message != "distance needs a column amount of type float64" {
		t.Errorf("a scorer whose column lacks: %v", err)
	}
	own := func() pipeline.Scorer { return &distance{} }
	for _, test := range []struct {
		opt  pipeline.Option
		want string
	}{
		{pipeline.WithScorer("linear", own), "feed f: the scorer linear is built in: one of your own needs another name"},
		{pipeline.WithScorer("", own), "feed f: a scorer needs a kind that contracts can name"},
		{pipeline.WithScorer("distance", nil), "feed f: the scorer distance has no factory: it is nil"},
		{pipeline.WithScorer("distance", func() pipeline.Scorer { return nil }), "f.yaml:4:15: the factory of the scorer distance gives nil"},
		{pipeline.WithRule("r", nil), "feed f: the rule r has no factory: it is nil"},
		{pipeline.WithRule("r", func() pipeline.Rule { return nil }), "feed f: the factory of the rule r gives nil"},
		{pipeline.WithWarning("", func() pipeline.Rule { return even{} }), "feed f: a rule needs a name"},
	} {
		fits := fstest.MapFS{"f.yaml": {Data: []byte(header + "columns: {amount: {type: float64}}\nscore: {kind: distance}\n")}}
		_, err := pipeline.LoadFS(fits, "f.yaml", pipeline.WithScorer("distance", own), test.opt)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, want %s", err, test.want)
		}
	}
	twice := pipeline.WithRule("r", func() pipeline.Rule { return even{} })
	if _, err := pipeline.LoadFS(fstest.MapFS{"f.yaml": {Data: []byte(header + "columns: {a: {type: int64}}\n")}}, "f.yaml", twice, twice); err == nil {
		t.Error("two rules of one name are taken")
	}
}

func TestLoadNamesTheFileAsGiven(t *testing.T) {
	dir := t.TempDir()
	if _, err := pipeline.Load(dir + "/none.yaml"); err == nil {
		t.Error("a file that is not there is loaded")
	}
	feed, err := pipeline.Load("testdata/orders.yaml")
	if err != nil || feed.Name() != "orders" || feed.Version() != "orders@1" || len(feed.Schema()) != 3 {
		t.Errorf("%v, %+v", err, feed)
	}
	_, err = pipeline.Load("testdata/bad.yaml")
	var problems pipeline.Problems
	if !errors.As(err, &problems) || problems[0].File != "testdata/bad.yaml" {
		t.Error(err)
	}
	if _, err := pipeline.Pack("census"); err == nil || !strings.Contains(err.Error(), "there is census-profile") {
		t.Error(err)
	}
}

// A Feed may be used by many goroutines at once: each call has scorers of its own.
func TestProcessFromManyGoroutines(t *testing.T) {
	feed := load(t, header+"columns: {amount: {type: float64}}\nscore: {kind: distance}\n",
		pipeline.WithScorer("distance", func() pipeline.Scorer { return &distance{} }))
	want := `{"amount":8,"distance":8}{"amount":1,"distance":0}`
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			res, err := feed.Process(t.Context(), strings.NewReader("amount\n8\n1\n"))
			if err != nil || string(bytes.Join(res.Rows, nil)) != want {
				t.Errorf("%v, %s", err, res.Rows)
			}
		})
	}
	group.Wait()
}

func TestRecords(t *testing.T) {
	feed := load(t, header+"columns: {a: {type: int64}, b: {type: string}}\n", pipeline.WithFormat(pipeline.Arrow))
	var got []string
	for record, err := range process(t, feed, "a,b\n1,x\n,y\nz,z\n").Records() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(record.Column(0), record.Column(1)))
	}
	if diff := cmp.Diff([]string{`[1 (null)] ["x" "y"]`}, got); diff != "" {
		t.Error(diff)
	}
	for _, err := range pipeline.Records([]byte("no stream")) {
		if err == nil {
			t.Error("a text is read as Arrow")
		}
	}
}

func utf16LE(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

// Dates and the like leave as text that Arrow reads as their types, also where cells are empty.
func TestTypedText(t *testing.T) {
	feed := load(t, header+"columns: {d: {type: date}, t: {type: timestamp}, n: {type: \"decimal(6,2)\"}, u: {type: uuid}, s: {type: string}}\n",
		pipeline.WithFormat(pipeline.Arrow))
	res := process(t, feed, "d,t,n,u,s\n2026-01-31,2026-01-31T10:20:30Z,12.50,5f0c0e8a-0000-4000-8000-000000000001,x\n,,,,\n")
	var got []string
	for record, err := range res.Records() {
		if err != nil || record.NumRows() != 2 {
			t.Fatalf("%v, %d rows", err, record.NumRows())
		}
		for i, name := range []string{"d", "t", "n", "u"} {
			if c := record.Column(i); c.IsNull(0) || !c.IsNull(1) || c.NullN() != 1 {
				t.Errorf("%s: %v", name, c)
			}
		}
		if c := record.Column(4); c.NullN() != 0 {
			t.Errorf("a text: %v", c)
		}
		for i, to := range []arrow.DataType{
			arrow.FixedWidthTypes.Date32, &arrow.TimestampType{Unit: arrow.Second, TimeZone: "UTC"}, &arrow.Decimal128Type{Precision: 6, Scale: 2},
		} {
			cast := array.NewBuilder(memory.DefaultAllocator, to)
			for row := range 2 {
				if record.Column(i).IsNull(row) {
					cast.AppendNull()
				} else if err := cast.AppendValueFromString(record.Column(i).ValueStr(row)); err != nil {
					t.Errorf("column %d to %s: %v", i, to, err)
				}
			}
			got = append(got, fmt.Sprint(cast.NewArray()))
			cast.Release()
		}
	}
	if want := []string{"[20484 (null)]", "[1769854830 (null)]", "[{1250 0} (null)]"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// gather is a handler that keeps all it is given.
type gather struct {
	rows, letters string
	events        int
}

func (g *gather) handler() pipeline.Handler {
	return pipeline.Handler{
		Rows:       func(rows []byte) error { g.rows += string(rows); return nil },
		DeadLetter: func(l pipeline.DeadLetter) error { g.letters += string(l.Value) + "\n"; return nil },
		Event:      func(pipeline.Event) error { g.events++; return nil },
	}
}

func TestStream(t *testing.T) {
	contract := header + "columns: {a: {type: int64}, b: {type: string}}\nlimits: {rows: 3}\n"
	var in, rows, dead strings.Builder
	in.WriteString("a,b\n")
	rows.WriteString("a,b\n")
	for i := range 20_000 {
		row := fmt.Sprintf("%d,%s\n", i, strings.Repeat("é", i%80))
		if i%1000 == 999 {
			row = "x" + row
			dead.WriteString(row)
		} else {
			rows.WriteString(row)
		}
		in.WriteString(row)
	}
	feed := load(t, contract, pipeline.WithFormat(pipeline.CSV))
	for name, encoded := range map[string]func(string) string{"UTF-8": func(s string) string { return s }, "UTF-16": utf16LE} {
		var g gather
		input := encoded("\ufeff" + in.String())
		counts, err := feed.Stream(t.Context(), iotest.HalfReader(strings.NewReader(input)), g.handler())
		if err != nil || counts.Rows != 20_000 || counts.RowsScored != 19_980 || counts.RowsDead != 20 {
			t.Errorf("%s: %v, %+v", name, err, counts)
		}
		letters := strings.ReplaceAll(encoded(dead.String()), encoded("\n"), "\n") // as gather has them
		if g.rows != rows.String() || g.letters != letters || g.events != 21 || counts.BytesIn != int64(len(input)) {
			t.Errorf("%s: other rows, other letters, %d events, or %d bytes", name, g.events, counts.BytesIn)
		}
	}
	// As records, the same values.
	n, sum := int64(0), 0
	_, err := feed.Stream(t.Context(), strings.NewReader(in.String()), pipeline.Handler{Record: func(r arrow.Record) error {
		n += r.NumRows()
		for i := range int(r.NumRows()) {
			sum += len(r.Column(1).ValueStr(i))
		}
		return nil
	}})
	want := 0
	for line := range strings.Lines(rows.String()[4:]) {
		_, b, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ",")
		want += len(b)
	}
	if err != nil || n != 19_980 || sum != want {
		t.Errorf("%v, %d rows with %d bytes of text, want %d", err, n, sum, want)
	}
}

// The pieces of an Arrow stream are one stream, its end included.
func TestStreamGivesOneArrowStream(t *testing.T) {
	feed := load(t, header+"columns: {a: {type: int64}}\n", pipeline.WithFormat(pipeline.Arrow))
	var g gather
	if _, err := feed.Stream(t.Context(), strings.NewReader("a\n1\n2\n"), g.handler()); err != nil {
		t.Fatal(err)
	}
	rows := int64(0)
	for r, err := range pipeline.Records([]byte(g.rows)) {
		if err != nil {
			t.Fatal(err)
		}
		rows += r.NumRows()
	}
	if rows != 2 {
		t.Errorf("%d rows", rows)
	}
}

func TestStreamEndsEarly(t *testing.T) {
	feed := load(t, header+"columns: {a: {type: int64}}\n")
	full := errors.New("the disk is full")
	for name, h := range map[string]pipeline.Handler{
		"rows":    {Rows: func([]byte) error { return full }},
		"records": {Record: func(arrow.Record) error { return full }},
		"events":  {Event: func(pipeline.Event) error { return full }},
		"letters": {DeadLetter: func(pipeline.DeadLetter) error { return full }},
	} {
		if _, err := feed.Stream(t.Context(), strings.NewReader("a\n1\nx\n"), h); !errors.Is(err, full) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var fault *pipeline.Fault
	if _, err := feed.Stream(t.Context(), strings.NewReader("b\n1\n"), pipeline.Handler{}); !errors.As(err, &fault) || fault.Code != "MISSING_COLUMNS" {
		t.Errorf("a refused file: %v", err)
	}
	both := pipeline.Handler{Rows: func([]byte) error { return nil }, Record: func(arrow.Record) error { return nil }}
	if _, err := feed.Stream(t.Context(), strings.NewReader("a\n"), both); err == nil {
		t.Error("a handler of rows and records is taken")
	}
}

// A row that is longer than the greatest window comes in parts that say so, and where they stand; of Process it is whole.
func TestLongRowsComeInParts(t *testing.T) {
	feed := load(t, header+"columns: {a: {type: string}}\n")
	row := strings.Repeat("long row ", 4<<20)
	in := "a\n" + row + "\nb\n"
	var parts []pipeline.DeadLetter
	var joined strings.Builder
	_, err := feed.Stream(t.Context(), strings.NewReader(in), pipeline.Handler{DeadLetter: func(l pipeline.DeadLetter) error {
		if in[l.From:l.To] != string(l.Value) || l.Row != 0 || l.Line != 2 || l.Part != len(parts)+1 {
			t.Errorf("part %d has %d bytes at %d to %d of row %d", l.Part, len(l.Value), l.From, l.To, l.Row)
		}
		joined.Write(l.Value)
		l.Value = nil // a view
		parts = append(parts, l)
		return nil
	}})
	if err != nil || len(parts) < 2 || joined.String() != row {
		t.Fatalf("%v, %d bytes in %d parts", err, joined.Len(), len(parts))
	}
	for i, l := range parts {
		if l.Last != (i == len(parts)-1) {
			t.Errorf("part %d of %d: last is %t", i+1, len(parts), l.Last)
		}
	}
	letters := process(t, feed, in).DeadLetters
	if len(letters) != 1 || string(letters[0].Value) != row || letters[0].Part != 0 || letters[0].To != int64(len(row)+2) {
		t.Errorf("%d letters", len(letters))
	}
}

// picky is a scorer that adds nothing and finds fault: it flags a 1 and refuses a 2.
type picky struct{}

func (picky) Version() string { return "p7" }

func (picky) Bind(pipeline.Schema) (pipeline.Schema, error) { return nil, nil }

func (picky) Score(b *pipeline.Batch) error {
	for i, v := range b.Cols[0].Ints[:b.N] {
		switch v {
		case 1:
			b.Find(i, pipeline.InvalidValue, &b.Cols[0], false).Rule = "picky"
		case 2:
			b.Find(i, pipeline.ValidationError, &b.Cols[0], true).Rule = "picky"
		case 3:
			return errors.New("three is too much")
		}
	}
	return nil
}

func TestScorersFindFaults(t *testing.T) {
	feed := load(t, header+"columns: {a: {type: int64}}\nscore: {kind: picky}\n", pipeline.WithScorer("picky", func() pipeline.Scorer { return picky{} }))
	if v := feed.Version(); v != "f@1 model=p7" {
		t.Error(v)
	}
	res := process(t, feed, "a\n0\n1\n2\n")
	if got := string(bytes.Join(res.Rows, nil)); got != `{"a":0}{"a":1}` || tally(res) != "2 messages, 1 letters: errors quality results" {
		t.Errorf("%s, %s", got, tally(res))
	}
	if c := res.Counts; c.RowsFlagged != 1 || c.RowsDead != 1 {
		t.Errorf("%+v", c)
	}
	if l := res.DeadLetters[0]; string(l.Value) != "2" || l.Code != pipeline.ValidationError || l.Row != 2 {
		t.Errorf("%+v", l)
	}
	// A scorer that fails refuses the chunk, and is told why.
	res = process(t, feed, "a\n3\n")
	if res.Refused == nil || res.Refused.Code != "SCORING_FAILED" || !strings.Contains(res.Refused.Error(), "three is too much") || len(res.DeadLetters) != 1 {
		t.Errorf("%v", res.Refused)
	}
}
