package encode

import (
	"math/bits"
	"strconv"
	"time"

	"github.com/apache/arrow/go/v17/arrow/decimal128"

	"github.com/assay-dev/assay/internal/flow"
)

// appendValue appends row i of an added column as text: as a cell of a column of that type is written, so that it reads back
// as the same value. Row i has a value. The labels of categories each encoder keeps in a form of its own.
func appendValue(dst []byte, c *flow.Column, i int) []byte {
	switch c.Type {
	case flow.Int64, flow.Int8:
		return strconv.AppendInt(dst, c.Ints[i], 10)
	case flow.Bool:
		return strconv.AppendBool(dst, c.Ints[i] != 0)
	case flow.Float64:
		return appendNumber(dst, c.Floats[i])
	case flow.Decimal:
		return appendDecimal(dst, c.Decimals[i], int(c.Scale))
	case flow.Date:
		return time.Unix(c.Ints[i]*secondsPerDay, 0).UTC().AppendFormat(dst, time.DateOnly)
	case flow.Timestamp:
		if c.Unit != "" { // the cell is a number, and so is what it became
			return strconv.AppendInt(dst, c.Ints[i], 10)
		}
		return AppendTime(dst, time.Unix(0, c.Ints[i]))
	case flow.UUID:
		return appendUUID(dst, &c.UUIDs[i])
	case flow.Category:
		return c.AppendLabel(dst, i)
	default:
		return append(dst, c.Cell(i)...)
	}
}

const secondsPerDay = 24 * 60 * 60

// appendDecimal appends a decimal with all digits of its scale. It has at most 38 digits, which are two halves of 19.
func appendDecimal(dst []byte, d decimal128.Num, scale int) []byte {
	if d.Sign() < 0 {
		dst, d = append(dst, '-'), d.Negate()
	}
	const half = 1e19
	top, bottom := bits.Div64(uint64(d.HighBits()), d.LowBits(), half)
	var digits [38]byte
	for i := range 19 {
		digits[18-i], top = '0'+byte(top%10), top/10
		digits[37-i], bottom = '0'+byte(bottom%10), bottom/10
	}
	point, from := len(digits)-scale, 0
	for from < point-1 && digits[from] == '0' { // one digit stays before the point
		from++
	}
	if point == 0 { // all digits stand behind it
		dst = append(dst, '0')
	}
	dst = append(dst, digits[from:point]...)
	if scale > 0 {
		dst = append(append(dst, '.'), digits[point:]...)
	}
	return dst
}

func appendUUID(dst []byte, u *[16]byte) []byte {
	const hex = "0123456789abcdef"
	for i, b := range u {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = append(dst, hex[b>>4], hex[b&15])
	}
	return dst
}
