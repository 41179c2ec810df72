package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/flow"
)

// A feed of somebody's own: no scorer, values of all kinds, required cells.
const orders = `feed: orders
version: 2
csv: {delimiter: ";"}
columns:
  order:   {type: string, key: true, required: true}
  email:   {type: string, pii: true}
  amount:  {type: "decimal(6,2)", required: true}
  count:   {type: int64, pii: true}
  ordered: {type: date}
  country: {type: category, values: [NL, BE], unknown: keep}
  tier:    {type: category, values: [gold, tin], unknown: reject}
`

// told is what events and letters say of the rows of a chunk, one line each.
func told(t *testing.T, o *outcome) (list []string) {
	t.Helper()
	for i := range o.topics[flow.Dead] {
		l := &o.topics[flow.Dead][i]
		list = append(list, fmt.Sprintf("letter %s at %s: %s: %s", l.header("assay-error-row"), l.header("__connect.errors.stage"),
			l.header("assay-error-code"), l.header("__connect.errors.exception.message")))
	}
	for _, e := range o.events(t) {
		value := "null"
		if e.Value != nil {
			value = fmt.Sprintf("%q", *e.Value)
		}
		list = append(list, fmt.Sprintf("event %d: %s of %q: %s %s", *e.Source.Row, e.Code, e.Field, value, e.Details))
	}
	return list
}

func TestRowFaults(t *testing.T) {
	in := lines("order;email;amount;count;ordered;country;tier",
		"1;a@b.c;12.50;3;2026-05-25;NL;gold",
		";a@b.c;12.50;3;2026-05-25;NL;gold", // row 1
		"3;a@b.c;;x3;2026-05-25;NL;gold",    // two faults
		"4;a@b.c;12.505;;25.5.2026;FR;lead", // three, and a flag that is not told
		"5;a@b.c;1;;;FR;",
		"6;a@b.c;1")
	o := run(t, newWorker(t, contract(t, orders), engine.Options{}), chunk(in))
	want := []string{
		"letter 1 at VALIDATE: MISSING_FIELD: Missing required field: order",
		"letter 2 at VALIDATE: MISSING_FIELD: Missing required field: amount",
		"letter 3 at VALIDATE: INVALID_FORMAT: Field amount has the wrong form; expected a number with at most 6 digits, 2 of them after the point",
		"letter 5 at DECODE: INVALID_FILE: Not valid CSV at line 7: row has 3 cells, the header has 7",
		`event 1: MISSING_FIELD of "order": "" {"field":"order"}`,
		`event 2: MISSING_FIELD of "amount": "" {"field":"amount"}`,
		`event 2: INVALID_FORMAT of "count": "***" {"field":"count","expected":"a whole number","value":"***"}`,
		`event 3: INVALID_FORMAT of "amount": "12.505" {"field":"amount","expected":"a number with at most 6 digits, 2 of them after the point","value":"12.505"}`,
		`event 3: INVALID_FORMAT of "ordered": "25.5.2026" {"field":"ordered","expected":"a date (YYYY-MM-DD)","value":"25.5.2026"}`,
		`event 3: INVALID_FORMAT of "tier": "lead" {"field":"tier","expected":"gold or tin","value":"lead"}`,
		fmt.Sprintf(`event 5: INVALID_FILE of "": null {"line":7,"byte_offset":%d,"reason":"row has 3 cells, the header has 7"}`, len(in)-1),
	}
	if diff := cmp.Diff(want, told(t, o)); diff != "" {
		t.Error(diff)
	}
	rows := []string{
		`{"order":"1","email":"a@b.c","amount":"12.50","count":3,"ordered":"2026-05-25","country":"NL","tier":"gold"}`,
		`{"order":"5","email":"a@b.c","amount":"1","count":null,"ordered":"","country":"FR","tier":""}`,
	}
	if diff := cmp.Diff(rows, o.values(flow.Scored)); diff != "" {
		t.Error(diff)
	}
	e := o.quality(t)
	if diff := cmp.Diff([]total{{"DQ_UNKNOWN_ENUM", "country", 1}}, e.Totals); diff != "" || e.Quality.Details[0].ID != "5" || e.Quality.Details[0].MappedTo != nil {
		t.Errorf("%+v\n%s", e, diff)
	}
	if n := o.counts; n.Rows != 6 || n.RowsScored != 2 || n.RowsDead != 4 || n.RowsFlagged != 1 || n.Letters != 4 ||
		n.FindingsByID[flow.FindingID{Code: "INVALID_FORMAT", Field: "amount"}] != 1 || len(n.FindingsByID) != 8 {
		t.Errorf("counts %+v", n)
	}
}

// In the dialect that has one body for several faults a row has one event with an entry a field.
func TestSeveralFaultsInOneEvent(t *testing.T) {
	w := newWorker(t, contract(t, orders+"dialect: scriptix\n"), engine.Options{Findings: 2})
	in := lines("order;email;amount;count;ordered;country;tier",
		"1;;x;y;z;NL;gold", "2;;x;1;;NL;gold", "3;;1;1;1;NL;lead", ";;;;;;")
	o := run(t, w, chunk(in))
	got := told(t, &outcome{topics: [flow.Outputs][]record{flow.Errors: o.topics[flow.Errors][:2]}})
	want := []string{
		`event 0: VALIDATION_ERROR of "": null {"errors":{"amount":["must be a number with at most 6 digits, 2 of them after the point"],"count":["must be a whole number"],"ordered":["must be a date (YYYY-MM-DD)"]}}`,
		`event 1: INVALID_FORMAT of "amount": "x" {"field":"amount","expected":"a number with at most 6 digits, 2 of them after the point","value":"x"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	summary := o.events(t)[2]
	if !strings.Contains(string(summary.Details), `{"code":"INVALID_FORMAT","field":"amount","rows":2}`) || len(o.topics[flow.Dead]) != 4 {
		t.Errorf("summary %s, %d letters", summary.Details, len(o.topics[flow.Dead]))
	}
}

// An id that is a person's is masked where flagged values are told.
func TestMaskedIDs(t *testing.T) {
	c := contract(t, strings.Replace(orders, "key: true,", "key: true, pii: true,", 1))
	o := run(t, newWorker(t, c, engine.Options{}), chunk(lines("order;email;amount;count;ordered;country;tier", "secret;;1;;;FR;")))
	if d := o.quality(t).Quality.Details; len(d) != 1 || d[0].ID != "***" || d[0].Value != "FR" {
		t.Errorf("%+v", d)
	}
	if strings.Contains(o.result, "secret") || o.topics[flow.Scored][0].Key != "secret" {
		t.Errorf("%s, row %+v", o.result, o.topics[flow.Scored][0])
	}
}

// The key is the cell as it is written, whatever its type.
func TestKeyThatIsANumber(t *testing.T) {
	c := contract(t, "feed: f\nversion: 1\ncolumns:\n  n: {type: int64, key: true}\n  c: {type: category, values: [a], unknown: keep}\n")
	for i, format := range formats[:2] {
		o := run(t, newWorker(t, c, engine.Options{Format: format}), chunk("n,c\n+007,b\n"))
		if d := o.quality(t).Quality.Details; len(d) != 1 || d[0].ID != "+007" {
			t.Errorf("%s: %+v", names[i], d)
		}
		if r := o.only(t, flow.Scored); format == engine.JSON && (r.Key != "+007" || r.Value != `{"n":7,"c":"b"}`) {
			t.Errorf("%+v", *r)
		}
	}
}

// A feed without header rows has the contract's columns, and neither output nor letters have a header.
func TestFeedWithoutHeader(t *testing.T) {
	c := contract(t, strings.Replace(orders, `";"}`, `";", header: never}`, 1))
	in := chunk(lines("1;;1;;;NL;", "2", "3;;1;;;NL;"))
	o := run(t, newWorker(t, c, engine.Options{Format: engine.CSV}), in)
	if got, want := o.values(flow.Scored), []string{lines("1;;1;;;NL;", "3;;1;;;NL;")}; !cmp.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if l := o.only(t, flow.Dead); l.Value != "2" || l.header("assay-header-row") != "" || l.header("assay-error-line") != "2" {
		t.Errorf("letter %+v", *l)
	}
	if o := run(t, newWorker(t, c, engine.Options{}), in); o.topics[flow.Scored][1].Value !=
		`{"order":"3","email":"","amount":"1","count":null,"ordered":"","country":"NL","tier":""}` {
		t.Error(o.topics[flow.Scored][1].Value)
	}
}

// Headers of one worker's chunks come and go, with few columns and with so many that a batch holds fewer rows.
func TestHeadersThatChange(t *testing.T) {
	wide := collapsed
	cells := ""
	for i := range 3000 {
		wide += fmt.Sprintf(",x%d", i)
		cells += ",y"
	}
	var rows []string
	for i := range 100 { // more than the 43 that a batch of so many columns holds
		rows = append(rows, fmt.Sprint(i)+retired+cells)
	}
	noted := "note," + collapsed + "\n" + strings.Repeat("n,0"+retired+"\n", 100)
	inputs := []string{
		lines(collapsed, "0"+retired), lines(append([]string{wide}, rows...)...), noted, "a,b\n",
		lines(collapsed+",note", "0"+retired+",n"), lines(append([]string{wide}, rows...)...), lines(collapsed, "0"+retired), "\n" + lines(collapsed, "0"+retired),
	}
	for i, format := range formats {
		for _, few := range []bool{false, true} {
			o := engine.Options{Format: format, ColumnsOnly: few}
			w := newWorker(t, pack(t), o)
			for n, in := range inputs {
				if err := same(run(t, newWorker(t, pack(t), o), chunk(in)), run(t, w, chunk(in))); err != nil {
					t.Errorf("%s, input %d: %v", names[i], n, err)
				}
			}
		}
	}
}

// With columns: scores a row is its key and its scores.
func TestScoresOnly(t *testing.T) {
	in := chunk(lines("note,"+collapsed, `a,"0"`+retired, `"b, c",""`+retired))
	o := run(t, newWorker(t, pack(t), engine.Options{ColumnsOnly: true}), in)
	want := []string{
		`{"id":"0","profile_id":6,"profile_name":"Retired and semi-retired","profile_confidence":"high"}`,
		`{"id":"","profile_id":6,"profile_name":"Retired and semi-retired","profile_confidence":"high"}`,
	}
	if diff := cmp.Diff(want, o.values(flow.Scored)); diff != "" {
		t.Error(diff)
	}
	o = run(t, newWorker(t, pack(t), engine.Options{ColumnsOnly: true, Format: engine.CSV}), in)
	text := lines("id"+newNames, `"0",6,Retired and semi-retired,high`, `"",6,Retired and semi-retired,high`)
	if got := o.csv(); got != text {
		t.Errorf("%q, want %q", got, text)
	}
}
