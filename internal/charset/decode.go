package charset

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// oddByte and two bytes with its value stand for a byte that is half a UTF-16 unit. It occurs nowhere in UTF-8.
const (
	oddByte = 0xff
	oddSize = 3
)

// high1252 are the characters of the bytes 0x80 to 0x9f.
var high1252 = [32]rune{
	0x20ac, 0x81, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d, 0x017d, 0x8f,
	0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d, 0x017e, 0x0178,
}

// appendSingle appends text of which each byte is a character; high says what 0x80 to 0x9f are, nil that they are themselves.
func appendSingle(dst, src []byte, high *[32]rune) []byte {
	for len(src) > 0 {
		n := ascii(src)
		dst = append(dst, src[:n]...)
		for src = src[n:]; len(src) > 0 && src[0] >= utf8.RuneSelf; src = src[1:] {
			r := rune(src[0])
			if high != nil && r < 0xa0 {
				r = high[r-0x80]
			}
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

// ascii gives how many bytes at the start of b are ASCII.
func ascii(b []byte) int {
	n := 0
	for len(b)-n >= 8 && binary.LittleEndian.Uint64(b[n:])&0x8080808080808080 == 0 {
		n += 8
	}
	for n < len(b) && b[n] < utf8.RuneSelf {
		n++
	}
	return n
}

func appendUTF16(dst, src []byte, last bool, order binary.ByteOrder) (out []byte, used int) {
	i := 0
	for ; i+1 < len(src); i += 2 {
		u := rune(order.Uint16(src[i:]))
		switch {
		case u < utf8.RuneSelf:
			dst = append(dst, byte(u))
		case !utf16.IsSurrogate(u):
			dst = utf8.AppendRune(dst, u)
		case i+3 < len(src):
			if r := utf16.DecodeRune(u, rune(order.Uint16(src[i+2:]))); r != utf8.RuneError {
				dst = utf8.AppendRune(dst, r)
				i += 2
				continue
			}
			dst = appendSurrogate(dst, u)
		case last:
			dst = appendSurrogate(dst, u)
		default:
			return dst, i
		}
	}
	if last && i < len(src) {
		return append(dst, oddByte, 0x80|src[i]>>6, 0x80|src[i]&0x3f), len(src)
	}
	return dst, i
}

// appendSurrogate appends what UTF-8 would be for a surrogate if it were a character.
func appendSurrogate(dst []byte, u rune) []byte {
	return append(dst, 0xe0|byte(u>>12), 0x80|byte(u>>6)&0x3f, 0x80|byte(u)&0x3f)
}
