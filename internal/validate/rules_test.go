package validate

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/expr"
	"github.com/assay-dev/assay/internal/flow"
)

// batch makes a batch of an int64 column; a nil is a null.
func batch(values ...any) *flow.Batch {
	b := &flow.Batch{}
	b.Reset(&flow.Chunk{})
	b.N, b.FirstRow, b.FirstLine = len(values), 100, 102
	b.Cols = []flow.Column{flow.NewColumn(&flow.Field{Name: "n", Type: flow.Int64}, flow.MaxRows, false)}
	for i, v := range values {
		b.Rows[i].Index, b.Rows[i].Line = uint32(i), uint32(i)
		if n, ok := v.(int); ok {
			b.Cols[0].Ints[i] = int64(n)
			b.Cols[0].Valid.Set(i)
		}
	}
	return b
}

func condition(t interface{ Fatal(...any) }, text string, values ...*flow.Column) Check {
	env := expr.Env{Columns: flow.Schema{{Name: "n", Type: flow.Int64}}}
	for _, v := range values {
		env.Values = append(env.Values, *v.Field)
	}
	p, err := expr.Compile(text, env)
	if err != nil {
		t.Fatal(err)
	}
	check, _ := Condition(p, values)
	return check
}

// found gives the findings of a batch, a line each.
func found(b *flow.Batch) string {
	var s strings.Builder
	for _, f := range b.Findings {
		fmt.Fprintf(&s, "%d line %d %s %s dead %v: %s\n", f.Row, f.Line, f.Code, f.Rule, f.Dead, f.Reason)
	}
	return s.String()
}

func TestRules(t *testing.T) {
	count := flow.NewColumn(&flow.Field{Name: "refs.count", Type: flow.Int64}, flow.MaxRows, false)
	count.Valid.Fill(true)
	copy(count.Ints, []int64{1, 1, 0, 0})
	r := NewRules([]Rule{
		{Name: "positive", Text: "must hold: n > 0", Check: condition(t, "n > 0")},
		{Name: "small", Text: "must hold: n < 10", Warning: true, Check: condition(t, "n < 10")},
		{Name: "known", Text: "must hold: refs.count > 0", Check: condition(t, "refs.count > 0", &count)},
	})
	b := batch(5, -1, 12, nil)
	b.Find(0, "EARLIER", nil, true)
	if err := r.Check(b); err != nil {
		t.Fatal(err)
	}
	want := `100 line 102 EARLIER  dead true: 
101 line 103 VALIDATION_ERROR positive dead true: must hold: n > 0
102 line 104 DQ_INVALID_VALUE small dead false: must hold: n < 10
102 line 104 VALIDATION_ERROR known dead true: must hold: refs.count > 0
103 line 105 VALIDATION_ERROR known dead true: must hold: refs.count > 0
`
	if got := found(b); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	for i, dead := range []bool{true, true, true, true} {
		if b.Dead.Get(i) != dead || b.Flagged.Get(i) != (i == 2) {
			t.Errorf("row %d: dead %v, flagged %v", i, b.Dead.Get(i), b.Flagged.Get(i))
		}
	}
}

func TestRuleThatFails(t *testing.T) {
	away := errors.New("away")
	r := NewRules([]Rule{{Name: "own", Check: func(*flow.Batch, flow.Bitmap) error { return away }}})
	if err := r.Check(batch(1)); !errors.Is(err, away) || err.Error() != "rule own: away" {
		t.Error(err)
	}
}

// A rule is told of the rows of the batch and of no others, whatever bits it sets.
func TestRulesTellRowsOfTheBatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 200).Draw(t, "rows")
		set := rapid.SliceOf(rapid.IntRange(0, 255)).Draw(t, "set")
		var want []int64
		for i := range n {
			for _, s := range set {
				if s == i {
					want = append(want, 100+int64(i))
					break
				}
			}
		}
		b := batch(make([]any, n)...)
		r := NewRules([]Rule{
			{Name: "all", Warning: true, Check: func(_ *flow.Batch, bad flow.Bitmap) error { bad.Fill(true); return nil }},
			{Name: "some", Check: func(_ *flow.Batch, bad flow.Bitmap) error {
				for _, s := range set {
					bad.Set(s)
				}
				return nil
			}},
		})
		if err := r.Check(b); err != nil {
			t.Fatal(err)
		}
		var got []int64
		for _, f := range b.Findings[n:] {
			got = append(got, f.Row)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("rows %v, want %v", got, want)
		}
	})
}

func TestRulesAllocateNothing(t *testing.T) {
	r := NewRules([]Rule{{Name: "positive", Check: condition(t, "n > 0 and n between 1 and 100")}})
	b := batch(1, 2, 3, nil)
	if n := testing.AllocsPerRun(10, func() {
		if err := r.Check(b); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v objects a batch", n)
	}
}
