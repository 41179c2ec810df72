package expr

import (
	"math"
	"math/big"
	"testing"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/flow"
)

func (a decimal) big() *big.Int {
	v := new(big.Int).Lsh(big.NewInt(a.hi), 64)
	return v.Add(v, new(big.Int).SetUint64(a.lo))
}

// anyDecimal draws numbers of any length up to 38 digits.
func anyDecimal() *rapid.Generator[decimal] {
	return rapid.Custom(func(t *rapid.T) decimal {
		v := wholeNumber(rapid.StringMatching(`-?[0-9]{1,19}|-?[0-9]{20,38}|-?9{1,38}|-?10{1,37}`).Draw(t, "number"))
		return decimalOfBig(v)
	})
}

// The kernels write into decimal columns as if they were their own.
func TestDecimalHasTheLayoutOfFlows(t *testing.T) {
	if unsafe.Sizeof(decimal{}) != unsafe.Sizeof(decimal128.Num{}) {
		t.Fatal("the sizes differ")
	}
	c := flow.Column{Decimals: []decimal128.Num{decimal128.New(-3, 5), decimal128.New(math.MaxInt64, math.MaxUint64)}}
	d := decimalsOf(&c)
	if d[0] != (decimal{5, -3}) || d[1] != (decimal{math.MaxUint64, math.MaxInt64}) {
		t.Errorf("read as %v", d)
	}
	d[1] = decimal{7, -8}
	if c.Decimals[1] != decimal128.New(-8, 7) {
		t.Errorf("written as %v", c.Decimals[1])
	}
	if decimalsOf(&flow.Column{}) != nil {
		t.Error("a column without decimals has some")
	}
}

func TestDecimalAgainstBigNumbers(t *testing.T) {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(38), nil)
	fits := func(v *big.Int) uint64 { return bit(v.CmpAbs(limit) < 0) }
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyDecimal().Draw(t, "a"), anyDecimal().Draw(t, "b")
		x, y := a.big(), b.big()
		if got, want := a.compare(b), x.Cmp(y); got != want {
			t.Fatalf("compare: %d, want %d", got, want)
		}
		sum, difference, product := new(big.Int).Add(x, y), new(big.Int).Sub(x, y), new(big.Int).Mul(x, y)
		for _, c := range []struct {
			got  decimal
			want *big.Int
		}{{a.plus(b), sum}, {a.minus(b), difference}} {
			if c.got.fits() != fits(c.want) || c.got.fits() == 1 && c.got.big().Cmp(c.want) != 0 {
				t.Fatalf("%v of %v and %v is %v, fits %d", c.want, x, y, c.got.big(), c.got.fits())
			}
		}
		got, ok := a.multiply(b)
		if ok != fits(product) || ok == 1 && got.big().Cmp(product) != 0 {
			t.Fatalf("%v * %v = %v, %d", x, y, got.big(), ok)
		}
		k := rapid.Int32Range(0, maxDigits).Draw(t, "power")
		scaled := new(big.Int).Mul(x, powerOfTen(k))
		if a.within(most[k]) != fits(scaled) || fits(scaled) == 1 && a.times(powers[k]).big().Cmp(scaled) != 0 {
			t.Fatalf("%v with %d zeros is %v", x, k, a.times(powers[k]).big())
		}
		if got, want := compareScaled(a, b, k, 0), scaled.Cmp(y); got != want {
			t.Fatalf("%v with %d zeros and %v: %d, want %d", x, k, y, got, want)
		}
		if got, want := compareScaled(b, a, 0, k), y.Cmp(scaled); got != want {
			t.Fatalf("%v and %v with %d zeros: %d, want %d", y, x, k, got, want)
		}
		nearest, _ := new(big.Rat).SetFrac(x, powerOfTen(k)).Float64()
		if got := a.float(k); got != nearest {
			t.Fatalf("%v with scale %d is the float64 %v, want %v", x, k, got, nearest)
		}
		if n := (number{x, k}); n.float() != nearest || n.decimal() != a {
			t.Fatalf("number %v with scale %d: %v, %v", x, k, n.float(), n.decimal().big())
		}
	})
}

func TestDecimalOfInt(t *testing.T) {
	for _, v := range someInts {
		if got := decimalOf(v).big(); got.Int64() != v || !got.IsInt64() {
			t.Errorf("%d is %v", v, got)
		}
	}
}
