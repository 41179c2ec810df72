package flow

import (
	"math/big"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"pgregory.net/rapid"
)

// The float64 is the nearest one, whatever the digits and the scale.
func TestDecimalFloat(t *testing.T) {
	most := new(big.Int).Exp(big.NewInt(10), big.NewInt(38), nil)
	rapid.Check(t, func(t *rapid.T) {
		n := new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 16).Draw(t, "digits"))
		if n.Rem(n, most); rapid.Bool().Draw(t, "negative") {
			n.Neg(n)
		}
		scale := rapid.IntRange(0, 38).Draw(t, "scale")
		exact := new(big.Rat).SetFrac(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil))
		want, _ := exact.Float64()
		d := decimal128.FromBigInt(n)
		if got := DecimalFloat(d.HighBits(), d.LowBits(), int32(scale)); got != want {
			t.Fatalf("%s at scale %d is %v, want %v", n, scale, got, want)
		}
	})
}
