package expr

import (
	"math"
	"math/bits"
	"unsafe"

	"github.com/assay-dev/assay/internal/flow"
)

// maxDigits is the most digits of a decimal.
const maxDigits = 38

// decimal is an unscaled 128-bit integer in the layout of flow's decimals, which are Arrow's: the low word first. Values in
// columns and registers have at most 38 digits, which is 127 bits with the sign, so that sums of two need no care in
// between.
type decimal struct {
	lo uint64
	hi int64
}

// decimalsOf gives the memory of a decimal column. A test holds the two layouts together.
func decimalsOf(c *flow.Column) []decimal {
	return unsafe.Slice((*decimal)(unsafe.Pointer(unsafe.SliceData(c.Decimals))), len(c.Decimals))
}

func decimalOf(v int64) decimal { return decimal{uint64(v), v >> 63} }

// powers are the powers of ten that a decimal holds; most[k] is the largest number that stays within 38 digits when it is
// multiplied by powers[k].
var powers, most = func() (p, m [maxDigits + 1]decimal) {
	p[0] = decimal{lo: 1}
	for k := range maxDigits {
		p[k+1] = p[k].times(decimal{lo: 10})
	}
	for k := range m {
		m[k] = p[maxDigits-k].minus(decimal{lo: 1})
	}
	return p, m
}()

// plus, minus and times work modulo 2^128.

func (a decimal) plus(b decimal) decimal {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	hi, _ := bits.Add64(uint64(a.hi), uint64(b.hi), carry)
	return decimal{lo, int64(hi)}
}

func (a decimal) minus(b decimal) decimal {
	lo, borrow := bits.Sub64(a.lo, b.lo, 0)
	hi, _ := bits.Sub64(uint64(a.hi), uint64(b.hi), borrow)
	return decimal{lo, int64(hi)}
}

func (a decimal) times(b decimal) decimal {
	hi, lo := bits.Mul64(a.lo, b.lo)
	return decimal{lo, int64(hi) + int64(a.lo)*b.hi + a.hi*int64(b.lo)}
}

// below reports whether a < b as unsigned numbers, as 1 or 0: comparisons without a branch are what kernels are made of.
func (a decimal) below(b decimal) uint64 {
	_, borrow := bits.Sub64(a.lo, b.lo, 0)
	_, borrow = bits.Sub64(uint64(a.hi), uint64(b.hi), borrow)
	return borrow
}

// within reports whether -limit <= a <= limit, as 1 or 0.
func (a decimal) within(limit decimal) uint64 {
	return 1 - limit.plus(limit).below(a.plus(limit))
}

// fits reports whether a has at most 38 digits, as 1 or 0. It is right also for the sum of two that have.
func (a decimal) fits() uint64 { return a.within(most[0]) }

// compare gives -1, 0 or 1, without a branch: the order of signed numbers is that of unsigned ones with the sign turned over.
func (a decimal) compare(b decimal) int {
	a.hi, b.hi = a.hi^math.MinInt64, b.hi^math.MinInt64
	return int(b.below(a)) - int(a.below(b))
}

// compareScaled compares a times ten to the ka with b times ten to the kb, of which one is 0. A number that leaves 38 digits
// on the way is further from zero than the other.
func compareScaled(a, b decimal, ka, kb int32) int {
	if a.within(most[ka]) == 0 {
		return int(a.hi>>63) | 1
	}
	if b.within(most[kb]) == 0 {
		return -int(b.hi>>63 | 1)
	}
	return a.times(powers[ka]).compare(b.times(powers[kb]))
}

// magnitude gives the absolute value as two unsigned words.
func (a decimal) magnitude() (hi, lo uint64) {
	if a.hi < 0 {
		a = decimal{}.minus(a)
	}
	return uint64(a.hi), a.lo
}

// multiply gives the product and whether it has at most 38 digits, as 1 or 0.
func (a decimal) multiply(b decimal) (decimal, uint64) {
	ahi, alo := a.magnitude()
	bhi, blo := b.magnitude()
	if ahi != 0 {
		ahi, alo, bhi, blo = bhi, blo, ahi, alo
	}
	if ahi != 0 {
		return decimal{}, 0
	}
	hi, lo := bits.Mul64(alo, blo)
	over, more := bits.Mul64(alo, bhi)
	hi, carry := bits.Add64(hi, more, 0)
	if over|carry != 0 || most[0].below(decimal{lo, int64(hi)}) != 0 {
		return decimal{}, 0
	}
	p := decimal{lo, int64(hi)}
	if (a.hi^b.hi)>>63 != 0 {
		p = decimal{}.minus(p)
	}
	return p, 1
}

// float gives the float64 nearest to a divided by ten to the scale.
func (a decimal) float(scale int32) float64 { return flow.DecimalFloat(a.hi, a.lo, scale) }
