package csvarrow

import (
	"math"
	"math/bits"
	"strconv"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow/decimal128"
)

// The parsers in this file and in instant.go and word.go take the whole of a cell's text, keep nothing of it and do not
// allocate. false means that the text has another form or does not fit; the value is then zero.

// ParseInt64 reads an optional sign and decimal digits.
func ParseInt64(t []byte) (int64, bool) {
	neg, t := sign(t)
	if len(t) == 0 {
		return 0, false
	}
	var n uint64
	for i, c := range t {
		d := uint64(c - '0')
		if d > 9 {
			return 0, false
		}
		if i >= 18 && n > (math.MaxUint64-9)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	if neg {
		return -int64(n), n <= 1<<63
	}
	return int64(n), n <= math.MaxInt64
}

// sign takes an optional sign off t.
func sign(t []byte) (neg bool, rest []byte) {
	if len(t) > 0 && (t[0] == '-' || t[0] == '+') {
		return t[0] == '-', t[1:]
	}
	return false, t
}

// ParseFloat64 reads what strconv.ParseFloat takes for decimal notation: no hexadecimal, no underscores, nothing that
// overflows. NaN and infinities, spelled as there, only with allowNaN.
func ParseFloat64(t []byte, allowNaN bool) (float64, bool) {
	if !decimalNotation(t) && !(allowNaN && notFinite(t)) {
		return 0, false
	}
	// strconv keeps no reference to its argument; the string lives as long as the call.
	v, err := strconv.ParseFloat(unsafe.String(unsafe.SliceData(t), len(t)), 64)
	if err != nil {
		return 0, false
	}
	return v, true
}

// decimalNotation reports whether t is [sign] digits [. digits] [e [sign] digits], with a digit before or behind the point.
// Looking first keeps strconv from making an error for each cell of the wrong form.
func decimalNotation(t []byte) bool {
	_, t = sign(t)
	whole := digits(t)
	t = t[whole:]
	if len(t) > 0 && t[0] == '.' {
		t = t[1:]
		n := digits(t)
		whole, t = whole+n, t[n:]
	}
	if whole == 0 {
		return false
	}
	if len(t) > 0 && t[0]|0x20 == 'e' {
		_, t = sign(t[1:])
		n := digits(t)
		return n > 0 && n == len(t)
	}
	return len(t) == 0
}

// digits counts the decimal digits at the beginning of t.
func digits(t []byte) int {
	for i, c := range t {
		if c-'0' > 9 {
			return i
		}
	}
	return len(t)
}

// notFinite reports whether t is nan, or inf or infinity with an optional sign, in any case.
func notFinite(t []byte) bool {
	_, u := sign(t)
	return equalFold(u, "inf") || equalFold(u, "infinity") || equalFold(t, "nan")
}

// ParseDecimal reads an optional sign and digits with at most one point, and gives the number times ten to the scale. The
// result is exact: a number that has not room in precision digits, scale of them behind the point, is refused. Zeros that
// carry no value, in front and at the end, do not count.
func ParseDecimal(t []byte, precision, scale int32) (decimal128.Num, bool) {
	neg, t := sign(t)
	whole := digits(t)
	fraction := t[whole:]
	if len(fraction) > 0 {
		if fraction[0] != '.' {
			return decimal128.Num{}, false
		}
		fraction = fraction[1:]
		if digits(fraction) != len(fraction) {
			return decimal128.Num{}, false
		}
	}
	if whole+len(fraction) == 0 {
		return decimal128.Num{}, false
	}
	t = t[:whole]
	for len(t) > 0 && t[0] == '0' {
		t = t[1:]
	}
	for len(fraction) > 0 && fraction[len(fraction)-1] == '0' {
		fraction = fraction[:len(fraction)-1]
	}
	if len(t) > int(precision-scale) || len(fraction) > int(scale) {
		return decimal128.Num{}, false
	}
	var n uint128
	for _, c := range t {
		n.push(uint64(c - '0'))
	}
	for _, c := range fraction {
		n.push(uint64(c - '0'))
	}
	for range int(scale) - len(fraction) {
		n.push(0)
	}
	v := decimal128.New(int64(n.hi), n.lo)
	if neg {
		v = v.Negate()
	}
	return v, true
}

// uint128 is an unsigned number in the making. 38 digits, the most that a decimal has, fit into 127 bits.
type uint128 struct{ hi, lo uint64 }

// push appends a decimal digit.
func (n *uint128) push(d uint64) {
	carry, lo := bits.Mul64(n.lo, 10)
	lo, c := bits.Add64(lo, d, 0)
	n.hi, n.lo = n.hi*10+carry+c, lo
}
