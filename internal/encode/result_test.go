package encode

import (
	"testing"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

func TestResult(t *testing.T) {
	var none, two Quality
	two.Reset(100, 1000)
	two.Rows = 2
	two.Add(invalid(12, &income, "$5K-$10K"), &id, []byte("CUST_1000"))
	for name, result := range map[string]*Result{
		"clean":   {Rows: 512, Scored: 512, Quality: &none},
		"ok":      {Rows: 512, Scored: 510, Dead: 2, Quality: &two},
		"failed":  {Failed: true, Body: []byte(`{"error":"missing_columns","missing":["INCOME"]}`), Rows: 300, Quality: &none},
		"no_rows": {Quality: &none},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			doc, err := r.begin().Result(result)
			if err != nil {
				t.Fatal(err)
			}
			if m := r.sent()[0]; string(m.value) != string(doc) {
				t.Errorf("sent %s\ngiven %s", m.value, doc)
			}
			r.golden(t, "result_"+name)
		})
	}
}

// The document is given even where nobody reads the topic: a command shows it.
func TestNobodyReadsResults(t *testing.T) {
	r := newRig(t)
	r.feed.Disabled[flow.Results] = true
	doc, err := r.begin().Result(&Result{Quality: &Quality{}})
	if err != nil || len(doc) == 0 || len(r.sent()) > 0 {
		t.Errorf("%s, %d messages, %v", doc, len(r.sent()), err)
	}
}

// So is the body of a chunk's fault, which the result document holds; of a row's fault nobody asks.
func TestNobodyReadsErrors(t *testing.T) {
	r := newRig(t)
	r.feed.Disabled[flow.Errors] = true
	w := r.begin()
	if body, err := w.Error(&ErrorEvent{Code: fault.InvalidFile, Row: -1}); err != nil || len(body) == 0 {
		t.Errorf("%s, %v", body, err)
	}
	if body, err := w.Error(&ErrorEvent{Code: fault.InvalidFile, Row: 0}); err != nil || body != nil {
		t.Errorf("%s, %v", body, err)
	}
	if len(r.sent()) > 0 {
		t.Errorf("%d messages", len(r.sent()))
	}
}

// CP-23: a credit for each started hundred rows.
func TestCredits(t *testing.T) {
	for _, c := range []struct{ rows, per, want int64 }{
		{0, 100, 0}, {1, 100, 1}, {100, 100, 1}, {101, 100, 2}, {1_000_000, 100, 10_000}, {5, 1, 5}, {5, 0, 0},
	} {
		if got := Credits(c.rows, c.per); got != c.want {
			t.Errorf("%d rows at %d a credit: %d, want %d", c.rows, c.per, got, c.want)
		}
	}
}
