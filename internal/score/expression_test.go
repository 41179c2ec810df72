package score

import (
	"testing"

	"github.com/assay-dev/assay/internal/expr"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
)

func TestExpressions(t *testing.T) {
	env := expr.Env{Columns: numbers, Values: flow.Schema{{Name: "customers.count", Type: flow.Int64}}}
	count := flow.NewColumn(&env.Values[0], flow.MaxRows, false)
	count.Valid.Fill(true)
	c := Config{Add: []string{"twice", "known", "label"}, Values: []*flow.Column{&count}}
	for _, text := range []string{"n * 2", "customers.count > 0 and n is not null", "s"} {
		p, err := expr.Compile(text, env)
		if err != nil {
			t.Fatal(err)
		}
		c.Expressions = append(c.Expressions, p)
	}
	s := newScorer(t, feed.Expression, c)
	b := table(t, s, numbers, 3)
	copy(b.Cols[0].Ints, []int64{21, 5, 1})
	b.Cols[0].Valid.Clear(1)
	copy(count.Ints, []int64{1, 1, 0})
	for i, text := range []string{"a", "b", ""} {
		b.Cols[3].Text[i].SetView([]byte(text), 0, len(text), 0)
	}
	if err := s.Score(b); err != nil {
		t.Fatal(err)
	}
	for k, f := range []flow.Field{{Name: "twice", Type: flow.Int64}, {Name: "known", Type: flow.Bool}, {Name: "label"}} {
		if got := b.Out[k]; got.Name != f.Name || got.Type != f.Type {
			t.Errorf("column %d is %s, a %s", k, got.Name, got.Type)
		}
	}
	if o := &b.Out[0]; o.Ints[0] != 42 || o.Valid.Get(1) || o.Ints[2] != 2 {
		t.Errorf("twice is %v", o.Ints[:3])
	}
	if o := &b.Out[1]; o.Ints[0] != 1 || o.Ints[1] != 0 || o.Ints[2] != 0 || !o.Valid.Get(1) {
		t.Errorf("known is %v", o.Ints[:3])
	}
	if o := &b.Out[2]; string(o.Cell(0)) != "a" || string(o.Cell(1)) != "b" {
		t.Errorf("label is %q, %q", o.Cell(0), o.Cell(1))
	}
}

func TestExpressionsNeedOneForEachColumn(t *testing.T) {
	if _, err := New(feed.Expression, Config{Add: []string{"a"}}); err == nil || err.Error() != "scorer expression: it adds 1 columns and has 0 expressions" {
		t.Error(err)
	}
}
