package encode

import (
	"encoding/hex"
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/csvarrow"
	"github.com/assay-dev/assay/internal/flow"
)

// value makes a column of one value.
func value(f flow.Field, fill func(c *flow.Column)) *flow.Column {
	c := flow.NewColumn(&f, 1, false)
	c.Valid.Fill(true)
	fill(&c)
	return &c
}

func TestValuesAsText(t *testing.T) {
	ints := func(n int64) func(c *flow.Column) { return func(c *flow.Column) { c.Ints[0] = n } }
	decimal := func(digits string) func(c *flow.Column) {
		return func(c *flow.Column) {
			n, ok := new(big.Int).SetString(digits, 10)
			if !ok {
				t.Fatal(digits)
			}
			c.Decimals[0] = decimal128.FromBigInt(n)
		}
	}
	cents := flow.Field{Type: flow.Decimal, Precision: 38, Scale: 2}
	for _, c := range []struct {
		want string
		*flow.Column
	}{
		{"-42", value(flow.Field{Type: flow.Int64}, ints(-42))},
		{"7", value(flow.Field{Type: flow.Int8}, ints(7))},
		{"false", value(flow.Field{Type: flow.Bool}, ints(0))},
		{"1000000", value(flow.Field{Type: flow.Float64}, func(c *flow.Column) { c.Floats[0] = 1e6 })},
		{"1e-07", value(flow.Field{Type: flow.Float64}, func(c *flow.Column) { c.Floats[0] = 1e-7 })},
		{"NaN", value(flow.Field{Type: flow.Float64}, func(c *flow.Column) { c.Floats[0] = math.NaN() })},
		{"0.00", value(cents, decimal("0"))},
		{"-0.05", value(cents, decimal("-5"))},
		{"12.50", value(cents, decimal("1250"))},
		{"-999999999999999999999999999999999999.99", value(cents, decimal("-99999999999999999999999999999999999999"))},
		{"18446744073709551616", value(flow.Field{Type: flow.Decimal, Precision: 20}, decimal("18446744073709551616"))},
		{"0.00000000000000000000000000000000000001", value(flow.Field{Type: flow.Decimal, Precision: 38, Scale: 38}, decimal("1"))},
		{"1970-01-01", value(flow.Field{Type: flow.Date}, ints(0))},
		{"1969-12-31", value(flow.Field{Type: flow.Date}, ints(-1))},
		{"2024-02-29", value(flow.Field{Type: flow.Date}, ints(19782))},
		{"2026-05-25T12:00:00.123Z", value(flow.Field{Type: flow.Timestamp}, ints(noon.UnixNano()))},
		{"1677-09-21T00:12:43.145224193Z", value(flow.Field{Type: flow.Timestamp}, ints(math.MinInt64+1))},
		{"1716638400", value(flow.Field{Type: flow.Timestamp, Unit: "s"}, ints(1716638400))},
		{"00010203-0405-0607-0809-0a0b0c0d0eff", value(flow.Field{Type: flow.UUID}, func(c *flow.Column) {
			if _, err := hex.Decode(c.UUIDs[0][:], []byte("000102030405060708090a0b0c0d0eff")); err != nil {
				t.Fatal(err)
			}
		})},
		{"a, b", value(flow.Field{}, func(c *flow.Column) {
			c.Buffers[0] = []byte("a, b")
			c.Text[0].SetView(c.Buffers[0], 0, 4, 0)
		})},
	} {
		if got := string(appendValue(nil, c.Column, 0)); got != c.want {
			t.Errorf("a value of type %s is %s, want %s", c.Type, got, c.want)
		}
	}
}

// A value that was written as text is read as the same value.
func TestValuesReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := rapid.Int32Range(0, 38).Draw(t, "scale")
		fields := []flow.Field{
			{Name: "d", Type: flow.Decimal, Precision: 38, Scale: scale}, {Name: "f", Type: flow.Float64}, {Name: "t", Type: flow.Timestamp},
			{Name: "day", Type: flow.Date}, {Name: "u", Type: flow.UUID},
		}
		var wrote, read [5]*flow.Column
		input := "d,f,t,day,u\n"
		for i := range fields {
			wrote[i] = value(fields[i], func(c *flow.Column) {
				switch c.Type {
				case flow.Decimal:
					limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(38), nil)
					n := new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 16).Draw(t, "digits"))
					if n.Mod(n, limit); rapid.Bool().Draw(t, "negative") {
						n.Neg(n)
					}
					c.Decimals[0] = decimal128.FromBigInt(n)
				case flow.Float64:
					c.Floats[0] = rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64).Draw(t, "float")
				case flow.Timestamp:
					c.Ints[0] = rapid.Int64Range(time.Date(1678, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano(), time.Date(2261, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()).Draw(t, "time")
				case flow.Date:
					c.Ints[0] = rapid.Int64Range(-700_000, 2_900_000).Draw(t, "day")
				default:
					copy(c.UUIDs[0][:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "uuid"))
				}
			})
			if i > 0 {
				input += ","
			}
			input += string(appendValue(nil, wrote[i], 0))
		}
		s := csvarrow.New(csvarrow.Dialect{}, csvarrow.Limits{})
		s.Begin(&flow.Chunk{})
		n, _, err := s.Header([]byte(input), true)
		if err != nil {
			t.Fatal(err)
		}
		var plan csvarrow.Plan
		for i := range fields {
			c := flow.NewColumn(&fields[i], flow.MaxRows, false)
			read[i], plan.Columns = &c, append(plan.Columns, csvarrow.Target{Col: &c, Order: i})
		}
		s.Bind(&plan)
		var b flow.Batch
		b.Reset(&flow.Chunk{})
		if _, err := s.Next(&b, []byte(input[n:]), true); err != nil || b.N != 1 || len(b.Findings) > 0 {
			t.Fatalf("%q: %v, %d rows, findings %+v", input, err, b.N, b.Findings)
		}
		if read[0].Decimals[0] != wrote[0].Decimals[0] || read[1].Floats[0] != wrote[1].Floats[0] || read[2].Ints[0] != wrote[2].Ints[0] ||
			read[3].Ints[0] != wrote[3].Ints[0] || read[4].UUIDs[0] != wrote[4].UUIDs[0] {
			t.Fatalf("%q is read as something else", input)
		}
	})
}
