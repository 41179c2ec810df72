package engine_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/assay-dev/assay/internal/encode"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
)

// ordersPack gives the contract in testdata/orders with its reference sets, its text changed by old and new pairs.
func ordersPack(tb fataler, changes ...string) *feed.Contract {
	tb.Helper()
	files := fstest.MapFS{}
	for _, name := range []string{"feed.yaml", "customers.csv", "countries.csv"} {
		data, err := os.ReadFile("testdata/orders/" + name)
		if err != nil {
			tb.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	text := string(files["feed.yaml"].Data)
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(text, changes[i]) {
			tb.Fatalf("the contract has no %q", changes[i])
		}
		text = strings.ReplaceAll(text, changes[i], changes[i+1])
	}
	files["feed.yaml"].Data = []byte(text)
	c, err := feed.Load(files, "feed.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// expressions replaces the linear score of the orders.
func expressions(add string) []string {
	return []string{"{kind: linear, weights: {amount: 0.002}, intercept: 0.5, add: [risk]}", "{kind: expression, add: {" + add + "}}"}
}

const ordersHeader = "order_id;email;amount;ordered;country"

// twoOrders are an order that all sets know and one that none does.
var twoOrders = lines(ordersHeader, "1;a@example.org;12.50;2026-05-25T10:00:00Z;NL", "2;x@example.org;1;2026-05-25T10:00:00Z;")

// arrowLines gives the one Arrow stream that has left: a line of names and types, then a line a row.
func arrowLines(t *testing.T, o *outcome) []string {
	t.Helper()
	r, err := ipc.NewReader(strings.NewReader(o.only(t, flow.Scored).Value))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	var header []string
	for _, f := range r.Schema().Fields() {
		header = append(header, f.Name+" "+f.Type.String())
	}
	all := []string{strings.Join(header, "|")}
	for r.Next() {
		all = append(all, recordLines(r.Record())...)
	}
	return all
}

func recordLines(r arrow.Record) (all []string) {
	for i := range int(r.NumRows()) {
		var cells []string
		for _, c := range r.Columns() {
			cell := c.ValueStr(i)
			if d, ok := c.(*array.Dictionary); ok && !d.IsNull(i) {
				cell = d.Dictionary().ValueStr(d.GetValueIndex(i))
			}
			cells = append(cells, cell)
		}
		all = append(all, strings.Join(cells, "|"))
	}
	return all
}

// Added columns have their own names and types: a number is a number, what a set does not know is null.
func TestAddedColumns(t *testing.T) {
	c := ordersPack(t)
	want := []string{
		`{"order_id":"1","email":"a@example.org","amount":"12.50","ordered":"2026-05-25T10:00:00Z","country":"NL","tier":"gold","name":"Netherlands","zone":"1","risk":0.525}`,
		`{"order_id":"2","email":"x@example.org","amount":"1","ordered":"2026-05-25T10:00:00Z","country":"","tier":null,"name":null,"zone":null,"risk":0.502}`,
	}
	o := run(t, newWorker(t, c, engine.Options{}), chunk(twoOrders))
	if diff := cmp.Diff(want, o.values(flow.Scored)); diff != "" {
		t.Error(diff)
	}
	o = run(t, newWorker(t, c, engine.Options{Format: engine.Arrow}), chunk(twoOrders))
	want = []string{
		"order_id utf8|email utf8|amount utf8|ordered utf8|country utf8|tier utf8|name utf8|zone utf8|risk float64",
		"1|a@example.org|12.50|2026-05-25T10:00:00Z|NL|gold|Netherlands|1|0.525",
		"2|x@example.org|1|2026-05-25T10:00:00Z||(null)|(null)|(null)|0.502",
	}
	if diff := cmp.Diff(want, arrowLines(t, o)); diff != "" {
		t.Error(diff)
	}
}

// The type of a score column is that of its expression, and its values leave as such, or as the text of a cell of that type.
func TestExpressionScorer(t *testing.T) {
	c := ordersPack(t, expressions(`double: amount * 2, cheap: amount < 5, when: ordered, where: country, seen: customers.count, length: length(email), who: email`)...)
	want := []string{
		`"double":"25.00","cheap":false,"when":"2026-05-25T10:00:00Z","where":"NL","seen":1,"length":13,"who":"a@example.org"}`,
		`"double":"2.00","cheap":true,"when":"2026-05-25T10:00:00Z","where":null,"seen":0,"length":13,"who":"x@example.org"}`,
	}
	o := run(t, newWorker(t, c, engine.Options{}), chunk(twoOrders))
	for i, v := range o.values(flow.Scored) {
		if !strings.HasSuffix(v, want[i]) {
			t.Errorf("%s, want %s", v, want[i])
		}
	}
	o = run(t, newWorker(t, c, engine.Options{Format: engine.CSV, ColumnsOnly: true}), chunk(twoOrders))
	text := lines("order_id;double;cheap;when;where;seen;length;who", "1;25.00;false;2026-05-25T10:00:00Z;NL;1;13;a@example.org", "2;2.00;true;2026-05-25T10:00:00Z;;0;13;x@example.org")
	if o.csv() != text {
		t.Errorf("%s, want %s", o.csv(), text)
	}
	o = run(t, newWorker(t, c, engine.Options{Format: engine.Arrow, ColumnsOnly: true}), chunk(twoOrders))
	want = []string{
		"order_id utf8|double utf8|cheap bool|when utf8|where utf8|seen int64|length int64|who utf8",
		"1|25.00|false|2026-05-25T10:00:00Z|NL|1|13|a@example.org",
		"2|2.00|true|2026-05-25T10:00:00Z|(null)|0|13|x@example.org",
	}
	if diff := cmp.Diff(want, arrowLines(t, o)); diff != "" {
		t.Error(diff)
	}
}

// The columns that output names leave, in its order, whatever else the input has; the key need not be among them.
func TestOutputColumns(t *testing.T) {
	c := ordersPack(t, "dialect: problem", "output: {columns: [risk, amount, zone, email]}\ndialect: problem")
	in := chunk(lines("amount;order_id;note;email;ordered;country;zone",
		`+12.50;1;n;"a@example.org";2026-05-25T10:00:00Z;NL;z`, `"1";2;;"c, d@example.org";2026-05-25T10:00:00Z;;`))
	for i, want := range [][]string{
		{`{"risk":0.525,"amount":"+12.50","zone":"1","email":"a@example.org"}`, `{"risk":0.502,"amount":"1","zone":null,"email":"c, d@example.org"}`},
		{lines("risk;amount;zone;email", `0.525;+12.50;1;"a@example.org"`, `0.502;"1";;"c, d@example.org"`)},
		{"risk float64|amount utf8|zone utf8|email utf8", "0.525|+12.50|1|a@example.org", "0.502|1|(null)|c, d@example.org"},
	} {
		o := run(t, newWorker(t, c, engine.Options{Format: formats[i]}), in)
		got := o.values(flow.Scored)
		if formats[i] == engine.Arrow {
			got = arrowLines(t, o)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", names[i], diff)
		}
		if formats[i] == engine.JSON && (o.topics[flow.Scored][0].Key != "1" || o.topics[flow.Scored][1].Key != "2") {
			t.Errorf("%+v", o.topics[flow.Scored])
		}
	}
	o := run(t, newWorker(t, c, engine.Options{ColumnsOnly: true}), in) // the settings want less than the contract
	if got := o.values(flow.Scored)[0]; got != `{"order_id":"1","risk":0.525}` {
		t.Error(got)
	}
	headless := ordersPack(t, `csv: {delimiter: ";"}`, `csv: {delimiter: ";", header: never}`, "dialect: problem", "output: {columns: [risk, amount]}\ndialect: problem")
	o = run(t, newWorker(t, headless, engine.Options{Format: engine.CSV}), chunk("1;a@example.org;12.50;2026-05-25T10:00:00Z;NL\n"))
	if o.csv() != "0.525;12.50\n" {
		t.Errorf("%q", o.csv())
	}
}

// A column that output names by the contract's name leaves under the name that the header gives it.
func TestOutputColumnsUnderAliases(t *testing.T) {
	c := contract(t, "feed: f\nversion: 1\ncolumns:\n  id: {type: string, alias: {other: ID}}\n  age: {type: int64, alias: {other: Alter}}\noutput: {columns: [age, id]}\n")
	w := newWorker(t, c, engine.Options{})
	for in, want := range map[string]string{"id,age\na,1\n": `{"age":1,"id":"a"}`, "ID, Alter\na,1\n": `{"Alter":1,"ID":"a"}`} {
		if got := run(t, w, chunk(in)).only(t, flow.Scored).Value; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// CP-20 and messages: everything that leaves names the versions of the contract and of each reference set.
func TestEverythingNamesItsVersions(t *testing.T) {
	c := ordersPack(t)
	version := "orders@3 customers=" + c.Refs[0].Version + " countries=" + c.Refs[1].Version
	for i, format := range formats {
		p := compile(t, c, engine.Options{Format: format, Headers: encode.HeadersAll})
		if p.Version() != version {
			t.Fatalf("%s, want %s", p.Version(), version)
		}
		w := worker(t, p)
		o := run(t, w, chunk(twoOrders+"3;;-1;;\n4;;6000;2026-05-25T10:00:00Z;\nragged\n"))
		refused := run(t, w, chunk("a;b\n"))
		for out := range flow.Outputs {
			all := append(o.topics[out], refused.topics[out]...)
			if len(all) == 0 {
				t.Errorf("%s: nothing on the %s topic", names[i], out)
			}
			for _, r := range all {
				if r.header("assay-version") != version {
					t.Errorf("%s: a record on the %s topic has the version %q", names[i], out, r.header("assay-version"))
				}
				if (out == flow.Errors || out == flow.Quality) && !strings.Contains(r.Value, `"version":"`+version+`"`) {
					t.Errorf("%s: %s", names[i], r.Value)
				}
			}
		}
	}
	other := ordersPack(t)
	other.Refs[0].Data = append(other.Refs[0].Data, "e@example.org,2026,gold\n"...)
	other.Refs[0].Version = feed.Digest(other.Refs[0].Data)
	if p := compile(t, other, engine.Options{}); p.Version() == version {
		t.Error("another file of a set is the same version")
	}
}

// The counts say of each set how many rows had a key that it has, or does not have, over all batches of a chunk. A refused
// chunk has looked nothing up.
func TestLookUpsAreCounted(t *testing.T) {
	w := newWorker(t, ordersPack(t), engine.Options{})
	rows := lines("1;a@example.org;1;2026-05-25T10:00:00Z;NL", "2;x@example.org;1;2026-05-25T10:00:00Z;", "3;;1;2026-05-25T10:00:00Z;BE", "ragged")
	o := run(t, w, chunk(lines(ordersHeader)+strings.Repeat(rows, flow.MaxRows)))
	want := []flow.SetCount{
		{Set: "customers", Matched: flow.MaxRows, Unmatched: flow.MaxRows}, {Set: "countries", Matched: flow.MaxRows, Unmatched: flow.MaxRows},
	}
	if diff := cmp.Diff(want, o.counts.Sets); diff != "" {
		t.Errorf("look-ups differ (-want +got):\n%s", diff)
	}
	c := ordersPack(t, "dialect: problem", "malformed: chunk\ndialect: problem")
	if o := run(t, newWorker(t, c, engine.Options{}), chunk(lines(ordersHeader)+rows)); o.refused == nil || len(o.counts.Sets) > 0 {
		t.Errorf("refused %v, look-ups %v", o.refused, o.counts.Sets)
	}
}

func TestSetsOfAProgram(t *testing.T) {
	c := ordersPack(t)
	sets := compile(t, c, engine.Options{}).Sets()
	if len(sets) != 2 {
		t.Fatalf("%d sets", len(sets))
	}
	for i, rows := range []int{strings.Count(string(c.Refs[0].Data), "\n") - 1, strings.Count(string(c.Refs[1].Data), "\n") - 1} {
		if s := sets[i]; s.Name != c.Refs[i].Name || s.Version != c.Refs[i].Version || s.Rows != rows || s.Bytes == 0 {
			t.Errorf("%+v, want %s of version %s with %d rows", s, c.Refs[i].Name, c.Refs[i].Version, rows)
		}
	}
}

// Keys of all types are found, and by several sets at once.
func TestLookUpByType(t *testing.T) {
	for _, test := range []struct{ kind, file, hit, miss string }{
		{"string", "a b", "a b", "A b"}, {"int64", "007", "+7", "8"}, {`"decimal(6,2)"`, "1.5", "01.50", "1.51"}, {"bool", "yes", "1", "no"},
		{"date", "2026-05-25", "2026-05-25", "2026-05-26"}, {"timestamp", "2026-05-25T10:00:00Z", "2026-05-25T12:00:00+02:00", ""},
		{"uuid", "00000000-0000-0000-0000-0000000000AB", "00000000-0000-0000-0000-0000000000ab", "00000000-0000-0000-0000-0000000000ac"},
		{"category, values: [a, b, c]", "b", "b", "a"}, {"category, values: [a], unknown: keep", "z", "a", "z"}, // kept as it is
	} {
		c, err := feed.Load(fstest.MapFS{
			"feed.yaml": {Data: []byte("feed: f\nversion: 1\ncolumns:\n  k: {type: " + test.kind + "}\n  l: {type: string}\n" +
				"refs:\n  set: {file: set.csv, key: code, on: k, add: [word]}\n  bare: {file: set.csv, key: word, on: l}\n" +
				"score: {kind: expression, add: {n: set.count, m: bare.count}}\n")},
			"set.csv": {Data: []byte("word,code\nfound," + test.file + "\n")},
		}, "feed.yaml")
		if err != nil {
			t.Fatal(err)
		}
		o := run(t, newWorker(t, c, engine.Options{Format: engine.CSV}), chunk(lines("k,l", test.hit+",found", test.miss+",lost", ",")))
		want := lines("k,l,word,n,m", test.hit+",found,found,1,1", test.miss+",lost,,0,0", ",,,0,0")
		if test.file == "z" {
			want = lines("k,l,word,n,m", test.hit+",found,,0,1", test.miss+",lost,found,1,0", ",,,0,0")
		}
		if o.csv() != want {
			t.Errorf("%s: %q, want %q", test.kind, o.csv(), want)
		}
	}
}

// A set can add its own key: the text that stands in its file.
func TestKeyThatIsAdded(t *testing.T) {
	for _, test := range []struct{ kind, file, cell, want string }{
		{"string", "NL", "NL", "NL"}, {"int64", "007", "+7", "007"},
	} {
		c, err := feed.Load(fstest.MapFS{
			"feed.yaml": {Data: []byte("feed: f\nversion: 1\ncolumns:\n  id: {type: int64}\n  country: {type: " + test.kind + "}\n" +
				"refs: {c: {file: c.csv, key: code, on: country, add: [name, code]}}\n")},
			"c.csv": {Data: []byte("code,name\n" + test.file + ",Seven\n1,One\n")},
		}, "feed.yaml")
		if err != nil {
			t.Fatal(err)
		}
		o := run(t, newWorker(t, c, engine.Options{Format: engine.CSV}), chunk("id,country\n1,"+test.cell+"\n2,8\n"))
		if want := lines("id,country,name,code", "1,"+test.cell+",Seven,"+test.want, "2,8,,"); o.csv() != want {
			t.Errorf("%s: %q, want %q", test.kind, o.csv(), want)
		}
	}
}

// What is too large to calculate with passes no rule, and leaves no score without a word.
func TestOverflow(t *testing.T) {
	c := contract(t, `feed: f
version: 1
columns:
  a: {type: int64}
  x: {type: float64}
rules:
  small:   a * 100 <= 5000
  guarded: {must: a > 100 or a * 100 <= 5000, severity: warning}
  plain:   {must: a < 100 and a * 100 <= 5000, severity: warning}
score: {kind: expression, add: {cents: a * 100, y: x * x}}
`)
	o := run(t, newWorker(t, c, engine.Options{Format: engine.CSV}), chunk("a,x\n9223372036854775807,1\n7,1e300\n,2\n-9223372036854775807,1\n51,1\n"))
	if want := lines("a,x,cents,y", "7,1e300,700,", ",2,,4"); o.csv() != want {
		t.Errorf("%q, want %q", o.csv(), want)
	}
	const large = "a number is too large to calculate with: a * 100 <= 5000"
	want := []string{
		"letter 0 at VALIDATE: VALIDATION_ERROR: Invalid field values: small: " + large,
		"letter 3 at VALIDATE: VALIDATION_ERROR: Invalid field values: small: " + large,
		"letter 4 at VALIDATE: VALIDATION_ERROR: Invalid field values: small: must hold: a * 100 <= 5000",
		`event 0: VALIDATION_ERROR of "": null {"errors":{"small":["` + large + `"]}}`,
		`event 3: VALIDATION_ERROR of "": null {"errors":{"small":["` + large + `"]}}`,
		`event 4: VALIDATION_ERROR of "": null {"errors":{"small":["must hold: a * 100 <= 5000"]}}`,
	}
	if diff := cmp.Diff(want, told(t, o)); diff != "" {
		t.Error(diff)
	}
	if d := o.quality(t).Quality.Details; len(d) != 1 || d[0].Row != 1 || d[0].Field != "y" {
		t.Errorf("%+v", d)
	}
}

// A value that is kept is one: no null, no label, and its text for look-ups, patterns and whatever copies it, in all formats.
func TestKeptValues(t *testing.T) {
	const unknown = "a country of more than twelve bytes"
	text := `feed: f
version: 1
columns:
  n: {type: int64}
  c: {type: category, values: [NL, BE], unknown: keep}
refs: {set: {file: c.csv, key: code, on: c, add: [word]}}
rules:
  there:  {must: c is not null, severity: warning}
  dutch:  {must: 'c == "NL"', severity: warning}
  others: {must: 'c != "NL" and not c in ["NL", "BE"]', severity: warning}
  short:  {must: 'length(c) <= 2 and c matches /^[A-Z]/', severity: warning}
score: {kind: expression, add: {u: c, same: c == c}}
`
	c, err := feed.Load(fstest.MapFS{
		"feed.yaml": {Data: []byte(text)}, "c.csv": {Data: []byte("code,word\nXX,found\nNL,Dutch\n" + unknown + ",long\n")},
	}, "feed.yaml")
	if err != nil {
		t.Fatal(err)
	}
	in := lines("n,c", "0,NL", "1,XX", "2,", "3,"+unknown, "4,\"x,\"\"y\"", "5,BE")
	o := run(t, newWorker(t, c, engine.Options{Format: engine.CSV}), chunk(in))
	want := lines("n,c,word,u,same", "0,NL,Dutch,NL,true", "1,XX,found,XX,true", "2,,,,", "3,"+unknown+",long,"+unknown+",true",
		"4,\"x,\"\"y\",,\"x,\"\"y\",true", "5,BE,,BE,true")
	if o.csv() != want {
		t.Errorf("got\n%swant\n%s", o.csv(), want)
	}
	broken := map[string]string{}
	for _, d := range o.quality(t).Quality.Details {
		broken[d.Field] += fmt.Sprint(d.Row)
	}
	if diff := cmp.Diff(map[string]string{"there": "2", "dutch": "1345", "others": "05", "short": "34", "c": "134"}, broken); diff != "" {
		t.Error(diff)
	}
	o = run(t, newWorker(t, c, engine.Options{}), chunk(in))
	for i, u := range []string{`"NL"`, `"XX"`, "null", `"` + unknown + `"`, `"x,\"y"`, `"BE"`} {
		if row := o.values(flow.Scored)[i]; !strings.Contains(row, `"u":`+u+",") {
			t.Errorf("%s has no %s", row, u)
		}
	}
	o = run(t, newWorker(t, c, engine.Options{Format: engine.Arrow}), chunk(in))
	if rows := fmt.Sprint(arrowRows(t, o.only(t, flow.Scored).Value)); !strings.Contains(rows, "[1 XX found XX true]") || !strings.Contains(rows, "[2  (null) (null) (null)]") {
		t.Error(rows)
	}
}

// A set that has no rows adds nothing but nulls.
func TestEmptyReferenceSet(t *testing.T) {
	c := ordersPack(t)
	c.Refs[0].Data = []byte("email,tier")
	o := run(t, newWorker(t, c, engine.Options{}), chunk(twoOrders))
	for _, v := range o.values(flow.Scored) {
		if !strings.Contains(v, `"tier":null`) {
			t.Error(v)
		}
	}
	if d := o.quality(t).Quality.Details; len(d) != 2 || d[0].Field != "known" {
		t.Errorf("%+v", d)
	}
}

// Sets are shared by workers; each has its own counts.
func TestWorkersShareSets(t *testing.T) {
	p := compile(t, ordersPack(t), engine.Options{})
	want := run(t, worker(t, p), chunk(manyOrders(3000)))
	var group errgroup.Group
	for range 4 {
		w := worker(t, p)
		group.Go(func() error {
			for range 3 {
				r, more := w.Begin(chunk(manyOrders(3000)), origin, laneEffects()), true
				for more {
					var err error
					if more, err = r.Next(); err != nil {
						return err
					}
				}
				result, err := r.End()
				if err != nil {
					return err
				}
				if string(result) != want.result {
					return fmt.Errorf("%s, want %s", result, want.result)
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}

// CP-18: what becomes of a row does not depend on those that stand beside it, in its batch or in the batch before.
func TestOrdersOneByOne(t *testing.T) {
	c := ordersPack(t, expressions("risk: amount * 2, where: country, mail: email")...)
	rows := strings.SplitAfter(strings.TrimSuffix(manyOrders(6000), "\n"), "\n")
	for i, format := range formats[:2] {
		w := newWorker(t, c, engine.Options{Format: format})
		whole := run(t, w, chunk(strings.Join(rows, "")))
		var dead, scored int
		for at := 1; at < len(rows); at += 61 {
			o := run(t, w, chunk(rows[0]+strings.TrimSuffix(rows[at], "\n")+"\n"))
			row := fmt.Sprint(at - 1)
			for _, r := range whole.topics[flow.Scored] {
				if format == engine.CSV || !strings.HasSuffix(r.header("assay-source"), "/"+row) {
					continue
				}
				if scored++; o.only(t, flow.Scored).Value != r.Value {
					t.Errorf("%s: row %s is %s alone, %s among others", names[i], row, o.topics[flow.Scored][0].Value, r.Value)
				}
			}
			if format == engine.CSV {
				if alone := strings.SplitAfter(o.csv(), "\n"); len(alone) > 1 {
					if scored++; !strings.Contains(whole.csv(), "\n"+alone[1]) {
						t.Errorf("%s: %s is not among the others", names[i], alone[1])
					}
				}
			}
			dead += len(o.topics[flow.Dead])
		}
		if scored+dead != 99 || dead == 0 {
			t.Errorf("%s: %d rows scored, %d dead", names[i], scored, dead)
		}
	}
}

// What leaves is the same, byte for byte, whatever the worker has done before: nulls of all types hold nothing of other batches.
func TestNullsHoldNothing(t *testing.T) {
	c := contract(t, "feed: f\nversion: 1\ncolumns:\n  n: {type: int64}\n  x: {type: float64}\n  b: {type: bool}\n  d: {type: \"decimal(9,2)\"}\n  s: {type: string}\n"+
		"score: {kind: expression, add: {m: n + 1, y: x * 2, c: b, e: d, t: s, f: n > 1 and b}}\n")
	lin := contract(t, "feed: f\nversion: 1\ncolumns:\n  n: {type: int64}\n  x: {type: float64}\n  b: {type: bool}\n  d: {type: \"decimal(9,2)\"}\n  s: {type: string}\n"+
		"score: {kind: linear, weights: {n: 1, x: 2, d: 3}, add: [sum]}\n")
	in := chunk("n,x,b,d,s\n1,,,,\n,2,,,\n,,yes,,\n,,,3.5,\n,,,,a text that is longer than a view\n,,,,\n")
	for _, c := range []*feed.Contract{c, lin} {
		for i, format := range formats {
			p := compile(t, c, engine.Options{Format: format})
			used := worker(t, p)
			run(t, used, chunk("n,x,b,d,s\n"+strings.Repeat("77,8.5,yes,99.99,another text of more than twelve\n", 10)))
			if err := same(run(t, worker(t, p), in), run(t, used, in)); err != nil {
				t.Errorf("%s, %s: %v", c.Score.Kind, names[i], err)
			}
		}
	}
}

// cleanOrders makes so many orders that break no rule.
func cleanOrders(rows int) string {
	var b strings.Builder
	b.WriteString(ordersHeader + "\n")
	for i := range rows {
		fmt.Fprintf(&b, "%d;%s;%d.%02d;2026-05-25T10:00:00Z;%s\n", i, []string{"a@example.org", "b@example.org"}[i%2], i%5000+1, i%100, []string{"NL", "BE", "DE"}[i%3])
	}
	return strings.ReplaceAll(b.String(), ";5000.99;", ";5000.00;")
}

// manyOrders makes so many orders. One in 50 breaks a rule, one in 10 is flagged.
func manyOrders(rows int) string {
	var b strings.Builder
	b.WriteString(ordersHeader + "\n")
	for i := range rows {
		email, amount := "a@example.org", i%5000+1
		switch {
		case i%50 == 0:
			amount = -1
		case i%10 == 0:
			email = "nobody@example.org"
		}
		fmt.Fprintf(&b, "%d;%s;%d.%02d;2026-05-25T10:00:00Z;%s\n", i, email, amount, i%100, []string{"NL", "BE", "DE"}[i%3])
	}
	return b.String()
}

// Under other options a program works as one that was compiled with them, with the sets that have been read once: the contract
// has their bytes no more.
func TestOtherOptions(t *testing.T) {
	p := compile(t, ordersPack(t), engine.Options{Format: engine.CSV})
	want := run(t, worker(t, p), chunk(twoOrders))
	c := ordersPack(t)
	first := compile(t, c, engine.Options{})
	c.DropSets()
	if _, err := engine.Compile(c, engine.Options{}); err == nil {
		t.Error("the sets are still in the contract")
	}
	p, err := first.With(engine.Options{Format: engine.CSV})
	if err != nil {
		t.Fatal(err)
	}
	if err := same(want, run(t, worker(t, p), chunk(twoOrders))); err != nil {
		t.Error(err)
	}
	if _, err := first.With(engine.Options{Rules: []engine.Rule{{Name: "positive", New: nil}}}); err == nil {
		t.Error("a rule that the contract has already is taken")
	}
}
