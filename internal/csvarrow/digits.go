package csvarrow

import (
	"encoding/binary"
	"math/bits"

	"github.com/apache/arrow/go/v17/arrow/decimal128"
)

// The readers in this file take bytes of which it is not known where the cell ends; there must be slack of them. They know
// only the plain ways of writing a value, look at eight characters at a time, and leave it to the caller whether the cell ends
// where they have come to.

// zeros are eight digits 0.
const zeros = ones * '0'

// eightDigits gives the number that the digits at the beginning of v make, and how many these are.
func eightDigits(v uint64) (uint64, uint32) {
	t := v ^ zeros
	// A byte above 9, plus 118, has a high bit; what it carries into the next one does not matter, since the first counts.
	n := uint32(bits.TrailingZeros64((t+ones*(128-10)|t)&highs) / 8)
	return digitValue(t << (64 - 8*n)), n // a shift by 64 gives 0
}

// digitValue gives the number that eight bytes of 0 to 9 make, the first of them the highest digit.
func digitValue(t uint64) uint64 {
	t = t*10 + t>>8 // pairs, in every second byte
	const pairs = 0x000000ff000000ff
	return (t&pairs*(100+1000000<<32) + t>>16&pairs*(1+10000<<32)) >> 32
}

// mostDigits is how many digits a number has at most that wholeNumber reads: so many fit into 64 bits.
const mostDigits = 19

// longNumber goes on behind eight digits at t[p] that make v, and gives the number that all digits there make, and how many
// there are. More than mostDigits are told as some more than that, and their number is wrong.
func longNumber(t bytesAt, p uint32, v uint64) (uint64, uint32) {
	low, n := eightDigits(t.word(uint64(p) + 8))
	v = v*tens[n] + low
	if n < 8 {
		return v, 8 + n
	}
	low, n = eightDigits(t.word(uint64(p) + 16))
	return v*tens[n] + low, 16 + n
}

// tens are powers of ten.
var tens = func() (t [20]uint64) {
	t[0] = 1
	for i := 1; i < len(t); i++ {
		t[i] = 10 * t[i-1]
	}
	return t
}()

// decimalBounds gives the bound of the digits before the point and the power of ten that makes room for those behind it, for
// decimals that fit into 63 bits. Of a type with none such the bound is 0.
func decimalBounds(precision, scale int32) (whole, unit uint64) {
	if scale < 0 || scale > 18 || precision < scale {
		return 0, 1
	}
	unit = tens[scale]
	return min(tens[min(precision-scale, 18)], (1<<63-1)/unit), unit
}

func decimalOf(v uint64, negative bool) decimal128.Num {
	d := decimal128.New(0, v)
	if negative {
		return d.Negate()
	}
	return d
}

// digitsAmid reports whether v has digits where pattern has 0, and elsewhere, where others has 127, what pattern has. t is the
// digits' values.
func digitsAmid(v, pattern, others uint64) (t uint64, ok bool) {
	t = v ^ pattern
	return t, (t+(ones*(128-10)|others)|t)&highs == 0
}

// plainDate reads YYYY-MM-DD and gives the days since 1970-01-01 and the year.
func plainDate(b []byte) (day int64, year int, ok bool) {
	c := (*[16]byte)(b)
	const dashes = uint64('-'^'0')<<32 | uint64('-'^'0')<<56
	t, ok := digitsAmid(word(c[:8]), zeros^dashes, 0x7f<<32|0x7f<<56)
	tensOf, onesOf := c[8]-'0', c[9]-'0'
	if !ok || tensOf > 9 || onesOf > 9 {
		return 0, 0, false
	}
	pairs := t*10 + t>>8
	year = int(pairs&0xff*100 + pairs>>16&0xff)
	m, d := int(pairs>>40&0xff), int(tensOf*10+onesOf)
	if m-1 > 11 || m < 1 || d < 1 || d > 28 && d > monthDays(year, m) {
		return 0, 0, false
	}
	// As days does, but without a branch on the month.
	early := year - int(uint32(m-3)>>31) + 400
	century := early / 100
	return int64(early*365+early>>2-century+century>>2+int(beforeMonth[m])+d) - 146097 - 719469, year, true
}

// beforeMonth is how many days of a year that begins in March stand in front of a month.
var beforeMonth = [16]uint16{3: 0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 1: 306, 337}

// plainTime reads YYYY-MM-DDTHH:MM:SSZ or YYYY-MM-DD HH:MM:SS, with or without a fraction of a second, and gives the
// nanoseconds since 1970-01-01 UTC and its length. It knows the years whose days all fit.
func plainTime(b []byte) (nanos int64, n uint32, ok bool) {
	day, year, ok := plainDate(b)
	const colons = uint64(':'^'0')<<16 | uint64(':'^'0')<<40
	t, ok2 := digitsAmid(binary.LittleEndian.Uint64(b[11:]), zeros^colons, 0x7f<<16|0x7f<<40)
	if !ok || !ok2 || year < 1678 || year > 2261 {
		return 0, 0, false
	}
	pairs := t*10 + t>>8
	hour, minute, second := pairs&0xff, pairs>>24&0xff, pairs>>48&0xff
	if hour > 23 || minute > 59 || second > 59 {
		return 0, 0, false
	}
	n = 19
	fraction := uint64(0)
	if b[n] == '.' {
		v, digits := eightDigits(word(b[n+1:]))
		if digits == 8 {
			v, digits = longNumber(start(b), n+1, v)
		}
		if fraction = v; digits == 0 || digits > 9 {
			return 0, 0, false
		}
		fraction *= tens[9-digits]
		n += 1 + digits
	}
	switch b[10] {
	case 'T', 't':
		if b[n]|0x20 != 'z' {
			return 0, 0, false
		}
		n++
	case ' ':
	default:
		return 0, 0, false
	}
	return (day*86400+int64(hour*3600+minute*60+second))*1e9 + int64(fraction), n, true
}

// plainUUID reads a UUID into id.
func plainUUID(b []byte, id *[16]byte) bool {
	c := (*[36]byte)(b)
	v0, v3 := word(c[0:8]), word(c[28:36])
	v1 := uint64(binary.LittleEndian.Uint32(c[9:])) | uint64(binary.LittleEndian.Uint32(c[14:]))<<32
	v2 := uint64(binary.LittleEndian.Uint32(c[19:])) | uint64(binary.LittleEndian.Uint32(c[24:]))<<32
	if hexDigitsIn(v0)&hexDigitsIn(v1)&hexDigitsIn(v2)&hexDigitsIn(v3) != highs || c[8] != '-' || c[13] != '-' || c[18] != '-' || c[23] != '-' {
		return false
	}
	binary.LittleEndian.PutUint64(id[:8], hexValue(v0)|hexValue(v1)<<32)
	binary.LittleEndian.PutUint64(id[8:], hexValue(v2)|hexValue(v3)<<32)
	return true
}

// hexDigitsIn gives a word whose high bits stand where v has hexadecimal digits.
func hexDigitsIn(v uint64) uint64 {
	digit := (v ^ zeros) & lows                    // 0 to 9
	letter := ((v | ones*0x20) ^ ones*0x60) & lows // 1 to 6
	return (^(digit + ones*(128-10)) | ^(letter+ones*(128-7))&(letter+lows)) &^ v & highs
}

// hexValue gives the four bytes that eight hexadecimal digits make.
func hexValue(v uint64) uint64 {
	x := v&(ones*0x0f) + (v>>6&ones)*9
	x = (x<<4 | x>>8) & 0x00ff00ff00ff00ff // pairs, in every second byte
	x = (x | x>>8) & 0x0000ffff0000ffff
	return (x | x>>16) & 0xffffffff
}

// lows are the bytes' bits that ASCII uses.
const lows = ones * 0x7f
