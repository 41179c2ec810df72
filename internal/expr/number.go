package expr

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/assay-dev/assay/internal/flow"
)

// number is an exact number known when the expression is compiled: unscaled divided by ten to the scale.
type number struct {
	unscaled *big.Int
	scale    int32
}

func whole(v int64) number { return number{big.NewInt(v), 0} }

// parseNumber reads the text of an opNumber.
func parseNumber(text string) number {
	point := strings.IndexByte(text, '.')
	n := number{new(big.Int), 0}
	if point >= 0 {
		n.scale = int32(len(text) - point - 1)
		text = text[:point] + text[point+1:]
	}
	n.unscaled.SetString(text, 10) // digits and a sign: the lexer has seen to it
	return n
}

func powerOfTen(k int32) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(k)), nil) }

// digits counts the digits, those behind the point included even where the number is smaller.
func (n number) digits() int32 {
	digits := int32(len(new(big.Int).Abs(n.unscaled).String()))
	return max(digits, n.scale)
}

func (n number) fits() bool { return n.digits() <= maxDigits }

// at gives the unscaled number for a scale that is not smaller than its own.
func (n number) at(scale int32) number {
	return number{new(big.Int).Mul(n.unscaled, powerOfTen(scale-n.scale)), scale}
}

// floor gives the number at any scale, rounded down where that cuts digits, and whether nothing but zeros was cut.
func (n number) floor(scale int32) (*big.Int, bool) {
	if scale >= n.scale {
		return n.at(scale).unscaled, true
	}
	q, r := new(big.Int).DivMod(n.unscaled, powerOfTen(n.scale-scale), new(big.Int))
	return q, r.Sign() == 0
}

func (n number) compare(m number) int {
	scale := max(n.scale, m.scale)
	return n.at(scale).unscaled.Cmp(m.at(scale).unscaled)
}

// apply gives the sum, difference or product.
func (n number) apply(o op, m number) number {
	if o == opMultiply {
		return number{new(big.Int).Mul(n.unscaled, m.unscaled), n.scale + m.scale}
	}
	scale := max(n.scale, m.scale)
	a, b := n.at(scale).unscaled, m.at(scale).unscaled
	if o == opSubtract {
		return number{new(big.Int).Sub(a, b), scale}
	}
	return number{new(big.Int).Add(a, b), scale}
}

// field gives the type of the number: int64 where it is a whole number of 64 bits written as such.
func (n number) field() flow.Field {
	if n.scale == 0 && n.unscaled.IsInt64() {
		return flow.Field{Type: flow.Int64}
	}
	return flow.Field{Type: flow.Decimal, Precision: n.digits(), Scale: n.scale}
}

// decimal gives the unscaled number, which has at most 38 digits.
func (n number) decimal() decimal { return decimalOfBig(n.unscaled) }

func (n number) float() float64 {
	f, _ := strconv.ParseFloat(n.unscaled.String()+"e-"+strconv.Itoa(int(n.scale)), 64) // digits only: it cannot fail
	return f
}

// decimalOfBig gives the low 128 bits.
func decimalOfBig(v *big.Int) decimal {
	var words [16]byte
	new(big.Int).And(v, maxUnsigned).FillBytes(words[:])
	var d decimal
	for i, b := range words {
		if i < 8 {
			d.hi = d.hi<<8 | int64(b)
		} else {
			d.lo = d.lo<<8 | uint64(b)
		}
	}
	return d
}

var maxUnsigned = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 128), big.NewInt(1))

// bound is an end of a range of values; an open one is not part of it.
type bound struct {
	number
	open bool
}

// limits gives the range from lo to hi, of which either may be nil, as whole numbers at a scale: of those that have at most
// so many bits, sign included. ok is false where there is none.
func limits(lo, hi *bound, scale int32, bits uint) (from, to *big.Int, ok bool) {
	end := new(big.Int).Lsh(big.NewInt(1), bits-1)
	from, to = new(big.Int).Neg(end), new(big.Int).Sub(end, big.NewInt(1))
	if lo != nil {
		v, exact := lo.floor(scale)
		if lo.open || !exact {
			v = new(big.Int).Add(v, big.NewInt(1))
		}
		if v.Cmp(from) > 0 {
			from = v
		}
	}
	if hi != nil {
		v, exact := hi.floor(scale)
		if hi.open && exact {
			v = new(big.Int).Sub(v, big.NewInt(1))
		}
		if v.Cmp(to) < 0 {
			to = v
		}
	}
	return from, to, from.Cmp(to) <= 0
}

// floatLimits gives the range from lo to hi as float64s, both part of it. Bounds are rounded first: values compare as float64s.
func floatLimits(lo, hi *bound) (from, to float64) {
	from, to = math.Inf(-1), math.Inf(1)
	if lo != nil {
		if from = lo.float(); lo.open {
			from = math.Nextafter(from, math.Inf(1))
		}
	}
	if hi != nil {
		if to = hi.float(); hi.open {
			to = math.Nextafter(to, math.Inf(-1))
		}
	}
	return from, to
}
