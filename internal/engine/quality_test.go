package engine_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/census"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/flow"
)

// flagged is a flagged value as it is told.
type flagged struct {
	Row      int64
	ID       string
	Field    string
	Value    string
	MappedTo *string `json:"mapped_to"`
}

// quality is the data_quality object of a chunk.
type quality struct {
	Rows    int64     `json:"rows_with_invalid_values"`
	Details []flagged `json:"invalid_value_details"`
}

// qualityEvent is what the tests ask of a quality event.
type qualityEvent struct {
	Rows    int64           // of the chunk
	Raw     json.RawMessage `json:"data_quality"`
	Totals  []total
	Quality quality `json:"-"` // what Raw says
}

type total struct {
	Code, Field string
	Rows        int64
}

// quality reads the chunk's quality event, if there is one, and checks that the result document has the same.
func (o *outcome) quality(tb fataler) (e qualityEvent) {
	tb.Helper()
	var result struct {
		Raw  json.RawMessage `json:"data_quality"`
		Rows int64           `json:"rows_with_invalid_values"`
	}
	unmarshal(tb, o.result, &result)
	if len(o.topics[flow.Quality]) > 0 {
		unmarshal(tb, o.only(tb, flow.Quality).Value, &e)
		unmarshal(tb, string(e.Raw), &e.Quality)
	}
	if n := e.Quality.Rows; string(result.Raw) != string(e.Raw) || result.Rows != n || o.counts.RowsFlagged != n {
		tb.Errorf("the event has %s, the result is %s, %d rows are counted", e.Raw, o.result, o.counts.RowsFlagged)
	}
	return e
}

func TestCP28QualityIsTheGoldenObject(t *testing.T) {
	rows := []string{collapsed}
	for i := range 50 {
		rows = append(rows, fmt.Sprintf("CUST_%d%s", 1000+i, retired))
	}
	rows[1+12] = strings.Replace(rows[1+12], ",Low,", ",$5K-$10K,", 1)
	rows[1+38] = strings.Replace(rows[1+38], ",Senior,", ",thirty,", 1)
	e := scored(t, engine.JSON, lines(rows...)).quality(t)
	if got, want := fmt.Sprintf(`{"data_quality":%s}`, e.Raw), string(golden(t, "data_quality.json")); got != want {
		t.Errorf("%s\n%s", got, want)
	}
	want := []total{{"DQ_INVALID_VALUE", "INCOME", 1}, {"DQ_INVALID_VALUE", "AGE_GROUP", 1}}
	if e.Rows != 50 || !slices.Equal(e.Totals, want) {
		t.Errorf("%d rows, totals %v, want 50 and %v", e.Rows, e.Totals, want)
	}
}

func TestCP28CleanChunkHasNoQualityEvent(t *testing.T) {
	for _, rows := range []int{0, 1, 5000} {
		if e := scored(t, engine.CSV, string(persons(rows, census.Options{}))).quality(t); e.Rows != 0 {
			t.Errorf("%d rows: %+v", rows, e)
		}
	}
}

// With 250 flagged rows the count is exact and the details are the first hundred, in the order of rows and columns.
func TestCP28DetailsEndAtAHundred(t *testing.T) {
	rows := []string{collapsed}
	for i := range 1000 {
		row := fmt.Sprint(i) + retired
		if i%4 == 3 {
			row = strings.Replace(strings.Replace(row, "Not in labour force", "L", 1), ",Senior,", ",A,", 1)
		}
		rows = append(rows, row)
	}
	e := scored(t, engine.CSV, lines(rows...)).quality(t)
	if e.Quality.Rows != 250 || len(e.Quality.Details) != 100 {
		t.Errorf("%d rows and %d details, want 250 and 100", e.Quality.Rows, len(e.Quality.Details))
	}
	for i, d := range e.Quality.Details {
		want := [2]string{"AGE_GROUP", "LABOUR_FORCE"}[i%2]
		if d.Row != int64(4*(i/2)+3) || d.Field != want || d.ID != fmt.Sprint(d.Row) {
			t.Errorf("detail %d: %+v, want %s of row %d", i, d, want, 4*(i/2)+3)
		}
	}
	want := []total{{"DQ_INVALID_VALUE", "AGE_GROUP", 250}, {"DQ_INVALID_VALUE", "LABOUR_FORCE", 250}}
	if !slices.Equal(e.Totals, want) {
		t.Errorf("totals %v, want %v", e.Totals, want)
	}
}

// Rows are counted from 0 over all data records of the chunk, refused ones and those of other batches included.
func TestCP29RowsCountFromZero(t *testing.T) {
	rows := []string{collapsed}
	flagged := []int64{0, 2, 4095, 4096, 4097, 8192, 9999}
	for i := range int64(10_000) {
		row := fmt.Sprint(i) + retired
		switch {
		case slices.Contains(flagged, i):
			row = strings.Replace(row, "Senior", "old", 1)
		case i%100 == 1:
			row = "short"
		}
		rows = append(rows, row)
	}
	o := scored(t, engine.JSON, lines(rows...))
	var got []int64
	for _, d := range o.quality(t).Quality.Details {
		got = append(got, d.Row)
		if d.ID != fmt.Sprint(d.Row) {
			t.Errorf("row %d has the id %s", d.Row, d.ID)
		}
	}
	if !slices.Equal(got, flagged) {
		t.Errorf("rows %v are flagged, want %v", got, flagged)
	}
	for i := range o.topics[flow.Scored] {
		r := &o.topics[flow.Scored][i]
		if want := "census.in/3/42/" + r.Key; r.header("assay-source") != want {
			t.Fatalf("a scored row comes from %s, want %s", r.header("assay-source"), want)
		}
	}
	for i, e := range o.events(t) {
		if *e.Source.Row != int64(100*i+1) || e.At.Line != *e.Source.Row+2 {
			t.Errorf("event %d is of row %d on line %d", i, *e.Source.Row, e.At.Line)
		}
	}
	if n := len(o.topics[flow.Errors]); n != 100 {
		t.Errorf("%d error events, want one for each of the hundred broken rows", n)
	}
}
