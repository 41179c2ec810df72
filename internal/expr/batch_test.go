package expr

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/decimal128"

	"github.com/assay-dev/assay/internal/flow"
)

// testEnv names at least two columns of each type that differ in what belongs to the type.
func testEnv() Env {
	return Env{
		Columns: flow.Schema{
			{Name: "amount", Type: flow.Decimal, Precision: 12, Scale: 2},
			{Name: "total", Type: flow.Decimal, Precision: 38, Scale: 0},
			{Name: "share", Type: flow.Decimal, Precision: 38, Scale: 30},
			{Name: "qty", Type: flow.Int64},
			{Name: "stock", Type: flow.Int64},
			{Name: "grade", Type: flow.Int8},
			{Name: "rate", Type: flow.Float64},
			{Name: "noise", Type: flow.Float64, AllowNaN: true},
			{Name: "name", Type: flow.String},
			{Name: "unit price", Type: flow.String},
			{Name: "country", Type: flow.Category, Labels: []string{"NL", "BE", "DE", "Côte d'Ivoire", "", "not stated"}},
			{Name: "home", Type: flow.Category, Labels: []string{"DE", "FR", "BE"}},
			{Name: "origin", Type: flow.Category, Labels: []string{"NL", "FR"}, Keeps: true},
			{Name: "born", Type: flow.Date},
			{Name: "died", Type: flow.Date},
			{Name: "ordered", Type: flow.Timestamp},
			{Name: "paid", Type: flow.Timestamp, Unit: "s"},
			{Name: "sent", Type: flow.Timestamp, Unit: "ms"},
			{Name: "seen", Type: flow.Timestamp, Unit: "us"},
			{Name: "id", Type: flow.UUID},
			{Name: "parent", Type: flow.UUID},
			{Name: "active", Type: flow.Bool},
			{Name: "in", Type: flow.Bool},
		},
		Values: flow.Schema{{Name: "customers.count", Type: flow.Int64}},
	}
}

// newBatch gives a batch of n rows with columns for the environment, and the columns of its values, all null.
func newBatch(env Env, n int) (*flow.Batch, []*flow.Column) {
	b := &flow.Batch{}
	b.Reset(nil)
	b.N = n
	for i := range env.Columns {
		b.Cols = append(b.Cols, flow.NewColumn(&env.Columns[i], flow.MaxRows, false))
	}
	var values []*flow.Column
	for i := range env.Values {
		c := flow.NewColumn(&env.Values[i], flow.MaxRows, false)
		values = append(values, &c)
	}
	return b, values
}

func compile(t testing.TB, text string) *Program {
	t.Helper()
	p, err := Compile(text, testEnv())
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

// Values that random columns are made of: few enough to meet each other, and the extreme ones.
var (
	someInts  = []int64{0, 1, -1, 2, 3, 5, 10, -7, 1000, math.MaxInt64, math.MaxInt64 - 1, math.MinInt64, math.MinInt64 + 1, 1 << 32, -3037000500, 1 << 53, 1<<53 + 1}
	someDays  = []int64{0, 1, -1, 19782, 19783, 2932896, -719528}
	someTimes = []int64{0, 1, -1, 1709208000, 1709208000000, 1709208000000000000, 1709208000500, math.MaxInt64, math.MinInt64}
	someFloat = []float64{0, math.Copysign(0, -1), 0.1, 0.3, 1, -1, 2.5, 1e300, -1e300, 1 << 53, math.SmallestNonzeroFloat64, math.MaxFloat64}
	notFinite = []float64{math.NaN(), math.Inf(1), math.Inf(-1)}
	someTexts = []string{"", "NL", "BE", "a", "abc", "abcdefghijkl", "abcdefghijklm", "äöü", "x/y\\z \"quoted\"\n", "12", "the quick brown fox", strings.Repeat("long", 16), strings.Repeat("long", 17)}
	someKept  = []string{"XX", "BE", "Côte d'Ivoire", "not stated"} // no labels of origin, but of others
	someUUIDs = []string{"00000000-0000-0000-0000-000000000000", "123e4567-e89b-12d3-a456-426614174000", "ffffffff-ffff-ffff-ffff-ffffffffffff"}
	someWhole = []string{"0", "1", "-1", "5", "100", "150", "99999999999999999999", "-99999999999999999999999999999999999999", "99999999999999999999999999999999999999", "50000000000000000000000000000000000000", "1000000000000000000000000000000", "9007199254740993"}
)

// fill puts random values into all rows of the batch; nulls are common, and what stands behind them is random too.
func fill(r *rand.Rand, b *flow.Batch, values []*flow.Column) {
	for i := range b.Cols {
		fillColumn(r, &b.Cols[i], b.N)
	}
	for _, c := range values {
		fillColumn(r, c, b.N)
	}
}

func one[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func fillColumn(r *rand.Rand, c *flow.Column, n int) {
	nulls := r.IntN(4) // of 4: columns without nulls, and with nothing but almost nulls
	c.Buffers[0] = c.Buffers[0][:0]
	for i := range n {
		c.Valid.Set(i)
		if r.IntN(4) < nulls {
			c.Valid.Clear(i)
		}
		switch c.Type {
		case flow.Int64:
			c.Ints[i] = one(r, someInts)
			if r.IntN(2) == 0 {
				c.Ints[i] = r.Int64N(20) - 10
			}
		case flow.Int8:
			c.Ints[i] = r.Int64N(9) - 4
		case flow.Bool:
			c.Ints[i] = r.Int64N(2)
		case flow.Date:
			c.Ints[i] = one(r, someDays)
		case flow.Timestamp:
			c.Ints[i] = one(r, someTimes)
		case flow.Float64:
			c.Floats[i] = one(r, someFloat)
			if c.AllowNaN && r.IntN(4) == 0 {
				c.Floats[i] = one(r, notFinite)
			}
		case flow.Category:
			c.Codes[i] = int16(r.IntN(len(c.Labels)))
			if c.Keeps && r.IntN(2) == 0 {
				c.Codes[i] = int16(len(c.Labels))
				setText(c, i, one(r, someKept))
			}
		case flow.UUID:
			id, _ := parseUUID(one(r, someUUIDs))
			c.UUIDs[i] = id
		case flow.Decimal:
			v := wholeNumber(one(r, someWhole))
			c.Decimals[i] = decimal128.FromBigInt(v.Rem(v, powerOfTen(c.Precision)))
		case flow.String:
			setText(c, i, one(r, someTexts))
			if !c.Valid.Get(i) && r.IntN(2) == 0 { // a view into the batch before
				c.Text[i].SetView(make([]byte, 1<<12), 1<<11, 1<<12, 1)
			}
		}
	}
}

func setText(c *flow.Column, i int, text string) {
	from := len(c.Buffers[0])
	c.Buffers[0] = append(c.Buffers[0], text...)
	c.Text[i].SetView(c.Buffers[0], from, len(c.Buffers[0]), 0)
}

func wholeNumber(s string) *big.Int {
	v, ok := new(big.Int).SetString(s, 10)
	if !ok {
		panic(s)
	}
	return v
}

// show gives a condition as a word of a row.
func show(truth, known flow.Bitmap, i int) string {
	switch {
	case !known.Get(i):
		return "null"
	case truth.Get(i):
		return "true"
	}
	return "false"
}

// evaluate gives the results of an expression as text, for either kind.
func evaluate(e *Eval, b *flow.Batch) []string {
	f := e.p.Field()
	rows := make([]string, b.N)
	if f.Type == flow.Bool {
		truth, known := flow.NewBitmap(flow.MaxRows), flow.NewBitmap(flow.MaxRows)
		e.Bool(b, truth, known)
		for i := range rows {
			rows[i] = show(truth, known, i)
		}
		return rows
	}
	out := flow.NewColumn(&f, flow.MaxRows, false)
	e.Column(b, &out)
	for i := range rows {
		rows[i] = "null"
		if out.Valid.Get(i) {
			rows[i] = cell(&out, i)
		}
	}
	return rows
}

// cell gives a value as text.
func cell(c *flow.Column, i int) string {
	switch c.Type {
	case flow.Float64:
		return fmt.Sprint(c.Floats[i])
	case flow.Decimal:
		return fmt.Sprint(c.Decimals[i].BigInt(), "e-", c.Scale)
	case flow.Category:
		return c.Label(i)
	case flow.UUID:
		return fmt.Sprintf("%x", c.UUIDs[i])
	case flow.String:
		return string(c.Cell(i))
	}
	return fmt.Sprint(c.Ints[i])
}
