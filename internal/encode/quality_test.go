package encode

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

var (
	income = flow.Field{Name: "INCOME", Type: flow.Category}
	email  = flow.Field{Name: "email", PII: true}
	id     = flow.Field{Name: "id", Key: true}
	hidden = flow.Field{Name: "id", Key: true, PII: true}
)

func invalid(row int64, column *flow.Field, value string) *flow.Finding {
	return &flow.Finding{Code: fault.DQInvalidValue, Row: row, Column: column, Value: []byte(value), MappedTo: "Not stated"}
}

func TestQualityEvent(t *testing.T) {
	kept := &flow.Finding{Code: fault.DQUnknownEnum, Row: 3, Column: &income, Value: []byte("a \"new\" one")}
	rule := &flow.Finding{Code: fault.DQInvalidValue, Row: 4, Rule: "big_new"}
	totals := []Total{{fault.DQInvalidValue, "INCOME", 2}, {fault.DQUnknownEnum, "INCOME", 1}, {fault.DQInvalidValue, "big_new", 1}}
	for name, c := range map[string]struct {
		limit int
		key   *flow.Field
		found []*flow.Finding
	}{
		"all":   {100, &id, []*flow.Finding{invalid(1, &income, "$5K-$10K"), invalid(1, &email, "a@b.example"), kept, rule}},
		"limit": {2, &id, []*flow.Finding{invalid(1, &income, "$5K-$10K"), kept, rule}},
		"pii":   {100, &hidden, []*flow.Finding{invalid(1, &email, "a@b.example")}},
		"none":  {0, &id, []*flow.Finding{kept}},
		// No column is the key; a value is cut at 200 characters and shows no key.
		"shown": {100, nil, []*flow.Finding{invalid(0, &income, "ask_live_0123456789abcdef "+strings.Repeat("é", 300))}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			w := r.begin()
			var q Quality
			q.Reset(c.limit, w.DetailRoom())
			for _, f := range c.found {
				q.Add(f, c.key, []byte("CUST_1000"))
			}
			q.Rows = int64(len(c.found))
			if err := w.QualityEvent(&q, 512, totals); err != nil {
				t.Fatal(err)
			}
			r.golden(t, "quality_"+name)
		})
	}
}

// Details stop before they fill a topic's record, the first ones stay, and no smaller one is let in behind one that is left out.
func TestQualityDetailsHaveRoom(t *testing.T) {
	r := newRig(t)
	r.fx.Limit[flow.Quality], r.fx.Limit[flow.Results] = 8000, 4000
	w := r.begin()
	var q Quality
	q.Reset(100, w.DetailRoom())
	for row := range int64(99) {
		size := 100
		if row == 10 {
			size = 3000
		}
		q.Add(invalid(row, &income, "x"), &id, []byte(strings.Repeat("k", size)))
	}
	q.Rows = 99
	if err := w.QualityEvent(&q, 99, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Result(&Result{Rows: 99, Quality: &q}); err != nil {
		t.Fatal(err)
	}
	for _, m := range r.sent() {
		var doc struct {
			Quality struct {
				Rows    int64               `json:"rows_with_invalid_values"`
				Details []struct{ Row int } `json:"invalid_value_details"`
			} `json:"data_quality"`
		}
		if err := json.Unmarshal(m.value, &doc); err != nil {
			t.Fatal(err)
		}
		if doc.Quality.Rows != 99 || len(doc.Quality.Details) != 10 {
			t.Errorf("%s: %d rows, %d details, want 99 and 10", m.out, doc.Quality.Rows, len(doc.Quality.Details))
		}
		for i, d := range doc.Quality.Details {
			if d.Row != i {
				t.Errorf("%s: detail %d is of row %d", m.out, i, d.Row)
			}
		}
	}
}

func TestDetailRoom(t *testing.T) {
	r := newRig(t)
	if room := r.begin().DetailRoom(); room < math.MaxInt/4 {
		t.Errorf("without limits there is room for %d bytes", room)
	}
	r.fx.Limit[flow.Results] = 10
	if room := r.begin().DetailRoom(); room > 0 {
		t.Errorf("a topic that takes 10 bytes has room for %d", room)
	}
}

// A Quality is used for one chunk after the other.
func TestQualityReset(t *testing.T) {
	var q Quality
	q.Reset(1, 1000)
	q.Rows = 5
	q.Add(invalid(1, &income, "x"), nil, nil)
	q.Add(invalid(2, &income, "x"), nil, nil)
	q.Reset(2, 1000)
	if got, want := string(q.append(nil)), `{"rows_with_invalid_values":0,"invalid_value_details":[]}`; got != want {
		t.Errorf("got %s", got)
	}
	q.Add(invalid(3, &income, "y"), nil, nil)
	q.Rows = 1
	want := fmt.Sprintf(`{"rows_with_invalid_values":1,"invalid_value_details":[%s]}`,
		`{"row":3,"id":"","field":"INCOME","value":"y","mapped_to":"Not stated"}`)
	if got := string(q.append(nil)); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestNobodyReadsQuality(t *testing.T) {
	r := newRig(t)
	r.feed.Disabled[flow.Quality] = true
	if err := r.begin().QualityEvent(&Quality{}, 0, nil); err != nil || len(r.sent()) > 0 {
		t.Errorf("%d messages, %v", len(r.sent()), err)
	}
}
