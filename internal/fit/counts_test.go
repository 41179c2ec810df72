package fit

import (
	"math"
	"testing"

	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/score"
)

func TestBindRefuses(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(flow.Schema) flow.Schema
		want   string
	}{
		{"a missing column", func(s flow.Schema) flow.Schema { return s[:9] }, "a fit needs the column LABOUR_FORCE, which the contract does not have"},
		{"another type", func(s flow.Schema) flow.Schema { s[2].Type = flow.Int64; return s },
			"a fit needs the column SEX as a category, but it is of type int64"},
		{"no Not stated", func(s flow.Schema) flow.Schema { s[2].Labels = []string{"Male"}; return s }, `the column SEX has no label "Not stated"`},
		{"too many labels", func(s flow.Schema) flow.Schema { s[2].Labels = make([]string, 17); return s },
			"the column SEX has 17 labels; a model takes at most 16"},
	} {
		s := schema(t)
		c := NewCounts(variables(s))
		if _, err := c.Bind(test.change(s)); err == nil || err.Error() != test.want {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
}

// Refused rows are not counted; nulls and codes that the column does not have are Not stated.
func TestCounts(t *testing.T) {
	s := schema(t)
	c := counter(t, s)
	b := batch(s)
	b.N = 6
	for i := range b.N {
		for v := range score.Variables {
			b.Cols[1+v].Codes[i] = 1
		}
	}
	b.Dead.Set(0)
	b.Cols[3].Valid.Clear(2)
	b.Cols[3].Codes[3] = -1
	b.Cols[9].Codes[4] = math.MaxInt16
	if err := c.Score(b); err != nil {
		t.Fatal(err)
	}
	all, complete := c.rows()
	if c.Rows != 5 || complete != 1 || len(all) != 3 {
		t.Fatalf("%d rows, %d complete of %d different ones", c.Rows, complete, len(all))
	}
	ones := [score.Variables]uint8{1, 1, 1, 1, 1, 1, 1, 1, 1}
	marital, labour := ones, ones
	marital[2], labour[8] = uint8(c.missing[2]), uint8(c.missing[8])
	want := []row{{ones, 2}, {labour, 1}, {marital, 2}}
	for i := range want {
		if all[i] != want[i] {
			t.Errorf("row %d is %v, want %v", i, all[i], want[i])
		}
	}
}

// Memory does not depend on the input: the limit is told before anything of the batch is counted.
func TestTooManyDifferentRows(t *testing.T) {
	s := schema(t)
	c := counter(t, s)
	c.most = 5
	b := batch(s)
	b.N = 3
	for i := range b.N {
		b.Cols[1].Codes[i] = int16(i)
	}
	if err := c.Score(b); err != nil {
		t.Fatal(err)
	}
	const want = "there are more than 5 different rows: fit fewer of them, a sample drawn by chance"
	if err := c.Score(b); err == nil || err.Error() != want || c.Rows != 3 {
		t.Errorf("%v after %d rows, want %s", err, c.Rows, want)
	}
}
