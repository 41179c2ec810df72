package encode

import (
	"math"
	"strconv"
)

// appendFloat appends f as a JSON number in its shortest form; NaN and the infinities, which JSON lacks, become null.
func appendFloat(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	return appendNumber(dst, f)
}

// appendNumber appends f in its shortest form, with an exponent only where the digits would be many.
func appendNumber(dst []byte, f float64) []byte {
	format := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(dst, f, format, -1, 64)
}
