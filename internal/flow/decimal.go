package flow

import (
	"math/bits"
	"strconv"
	"unsafe"
)

// ExactTens are the powers of ten that are float64s without rounding, as are whole numbers up to 2⁵³: their quotient is rounded
// once, and so correctly. Source: W. D. Clinger, "How to Read Floating Point Numbers Accurately", 1990.
var ExactTens = [...]float64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// DecimalFloat gives the float64 that is nearest to a decimal: the words of its unscaled number, which has at most 38 digits,
// divided by ten to the scale.
func DecimalFloat(hi int64, lo uint64, scale int32) float64 {
	const exact = 1 << 53
	if v := int64(lo); hi == v>>63 && v < exact && v > -exact && int(scale) < len(ExactTens) {
		return float64(v) / ExactTens[scale]
	}
	sign := byte('+')
	if hi < 0 {
		var borrow uint64
		sign = '-'
		lo, borrow = bits.Sub64(0, lo, 0)
		hi = -hi - int64(borrow)
	}
	const half, digits = 1e19, 19 // 38 digits are two halves
	top, bottom := bits.Div64(uint64(hi), lo, half)
	var memory [48]byte
	text := memory[:1+2*digits]
	text[0] = sign
	for i := range digits {
		text[digits-i], top = '0'+byte(top%10), top/10
		text[2*digits-i], bottom = '0'+byte(bottom%10), bottom/10
	}
	text = append(text, 'e', '-')
	text = strconv.AppendInt(text, int64(scale), 10)
	f, _ := strconv.ParseFloat(unsafe.String(unsafe.SliceData(text), len(text)), 64) // digits only: it cannot fail
	return f
}
