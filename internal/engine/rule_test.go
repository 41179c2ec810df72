package engine_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/flow"
)

// longMail is a rule as users write them: texts of a column are no longer than so many bytes.
type longMail struct {
	most   int
	column int
	seen   func(b *flow.Batch) error
}

func (r *longMail) Bind(in flow.Schema) error {
	if r.column = in.Index("email"); r.column < 0 {
		return errors.New("it needs the column email")
	}
	return nil
}

func (r *longMail) Check(b *flow.Batch, bad flow.Bitmap) error {
	for i := range b.N {
		if b.Cols[r.column].Text[i].Len() > r.most {
			bad.Set(i)
		}
	}
	if r.seen != nil {
		return r.seen(b)
	}
	return nil
}

// ownRule gives options with the rule short, which is told as text.
func ownRule(warning bool, seen func(b *flow.Batch) error) engine.Options {
	return engine.Options{Rules: []engine.Rule{{
		Name: "short", Text: "must be short", Warning: warning, New: func() flow.Rule { return &longMail{most: 14, seen: seen} },
	}}}
}

// A rule that is written in Go stands behind those of the contract and is told like them.
func TestOwnRule(t *testing.T) {
	in := lines(ordersHeader, "0;a@example.org;1;2026-05-25T10:00:00Z;NL", "1;nobody@example.org;-1;2026-05-25T10:00:00Z;NL", "2;nobody@example.org;1;2026-05-25T10:00:00Z;NL")
	o := run(t, newWorker(t, ordersPack(t), ownRule(false, nil)), chunk(in))
	want := []string{
		"letter 1 at VALIDATE: VALIDATION_ERROR: Invalid field values: positive: must hold: amount > 0",
		"letter 2 at VALIDATE: VALIDATION_ERROR: Invalid field values: short: must be short",
		`event 1: VALIDATION_ERROR of "": null {"errors":{"positive":["must hold: amount > 0"]}}`,
		`event 1: VALIDATION_ERROR of "": null {"errors":{"short":["must be short"]}}`,
		`event 2: VALIDATION_ERROR of "": null {"errors":{"short":["must be short"]}}`,
	}
	if diff := cmp.Diff(want, told(t, o)); diff != "" {
		t.Error(diff)
	}
	o = run(t, newWorker(t, ordersPack(t), ownRule(true, nil)), chunk(in))
	if e := o.quality(t); !cmp.Equal(e.Totals, []total{{"DQ_INVALID_VALUE", "known", 1}, {"DQ_INVALID_VALUE", "short", 1}}) {
		t.Errorf("%+v", e.Totals)
	}
	if n := o.counts; n.RowsScored != 2 || n.RowsDead != 1 || n.FindingsByID[flow.FindingID{Code: "DQ_INVALID_VALUE", Field: "short"}] != 1 ||
		n.FindingsByID[flow.FindingID{Code: "VALIDATION_ERROR", Field: "positive"}] != 1 {
		t.Errorf("%+v", n)
	}
}

// A rule sees the batch as an Arrow record with the columns of reference sets.
func TestOwnRuleSeesAddedColumns(t *testing.T) {
	var own, borrowed []string
	w := newWorker(t, ordersPack(t), ownRule(false, func(b *flow.Batch) error {
		r := b.Record(memory.DefaultAllocator)
		defer r.Release()
		own, borrowed = recordLines(r), recordLines(b.Borrow())
		return nil
	}))
	run(t, w, chunk(twoOrders))
	want := []string{"1|a@example.org|12.5|2026-05-25 10:00:00Z|NL|gold|Netherlands|1", "2|x@example.org|1|2026-05-25 10:00:00Z|(null)|(null)|(null)|(null)"}
	for _, got := range [][]string{own, borrowed} {
		for i := range want {
			if i >= len(got) || !strings.HasPrefix(got[i], want[i]) {
				t.Errorf("%q, want %q", got, want)
			}
		}
	}
}

// A rule that fails once is asked again, as a scorer is; one that fails twice refuses the chunk.
func TestOwnRuleThatFails(t *testing.T) {
	in := chunk(manyOrders(9000))
	want := run(t, newWorker(t, ordersPack(t), ownRule(true, nil)), in)
	for _, way := range []func(b *flow.Batch) error{
		func(*flow.Batch) error { return errMood },
		func(*flow.Batch) error { panic(errMood) },
		func(b *flow.Batch) error { b.Find(0, "ODD", nil, true); return errMood },
	} {
		for _, fails := range []int{1, 2} {
			calls := 0
			w := newWorker(t, ordersPack(t), ownRule(true, func(b *flow.Batch) error {
				if calls++; calls > 1 && calls <= 1+fails {
					return way(b)
				}
				return nil
			}))
			o := run(t, w, in)
			if fails == 1 {
				if err := same(want, o); err != nil {
					t.Error(err)
				}
				continue
			}
			if e := o.refusal(t, in); e.Code != "INTERNAL_ERROR" || o.only(t, flow.Dead).header("__connect.errors.stage") != "VALIDATE" {
				t.Errorf("%+v", e)
			}
			if !strings.Contains(o.refused.Cause.Error(), "mood: not today") {
				t.Errorf("the cause is %v", o.refused.Cause)
			}
			if err := same(want, run(t, w, in)); err != nil {
				t.Errorf("the chunk behind it: %v", err)
			}
		}
	}
}

func TestOwnRulesThatCannotBe(t *testing.T) {
	o := ownRule(false, nil)
	c := contract(t, "feed: f\nversion: 1\ncolumns:\n  id: {type: string}\n")
	if _, err := engine.Compile(c, o); err == nil || err.Error() != "feed f: rule short: it needs the column email" {
		t.Error(err)
	}
	o.Rules[0].Name = "known"
	if _, err := engine.Compile(ordersPack(t), o); err == nil || err.Error() != "feed orders: two rules are called known" {
		t.Error(err)
	}
}

// In the dialect that has one body for several faults a broken rule is an entry of its own name.
func TestSeveralRulesInOneEvent(t *testing.T) {
	c := ordersPack(t, "dialect: problem", "dialect: scriptix")
	o := run(t, newWorker(t, c, engine.Options{}), chunk(lines(ordersHeader, "0;;-1;x;DE", "1;;-1;2026-05-25T10:00:00Z;DE")))
	want := []string{
		`event 0: VALIDATION_ERROR of "": null {"errors":{"ordered":["must be an RFC 3339 time or YYYY-MM-DD HH:MM:SS"],"positive":["must hold: amount > 0"],` +
			`"settled":["must hold: ordered is not null or country == \"NL\""]}}`,
		`event 1: VALIDATION_ERROR of "": null {"errors":{"positive":["must hold: amount > 0"]}}`,
	}
	if diff := cmp.Diff(want, told(t, o)[2:]); diff != "" {
		t.Error(diff)
	}
}

// A long condition is cut where it is told, as values are.
func TestLongRule(t *testing.T) {
	long := "amount > 0"
	for i := range 100 {
		long += fmt.Sprintf(" and amount != %d", i)
	}
	c := ordersPack(t, "positive: amount > 0", "positive: "+long)
	o := run(t, newWorker(t, c, engine.Options{}), chunk(lines(ordersHeader, "0;;-1;2026-05-25T10:00:00Z;DE")))
	var errors struct{ Errors map[string][]string }
	unmarshal(t, string(o.events(t)[0].Details), &errors)
	if m := errors.Errors["positive"]; len(m) != 1 || len(m[0]) != 200 || !strings.HasPrefix(m[0], "must hold: amount > 0 and amount != 0") {
		t.Errorf("%q", m)
	}
}

// What a user's kind of scorer adds is bound, named and written like the columns of the house's own.
func TestOwnScorer(t *testing.T) {
	c := ordersPack(t, expressions("x: 1")[0], "{kind: own, add: [risk]}")
	o := run(t, newWorker(t, c, own()), chunk(twoOrders))
	if v := o.values(flow.Scored); len(v) != 2 || !strings.HasSuffix(v[0], `"zone":"1","risk":1}`) {
		t.Errorf("%q", v)
	}
}
