package detect

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// windows1252 are the characters 0x80 to 0x9f, in which alone windows-1252 differs from ISO 8859-1; 0 is undefined.
// Source: Unicode mapping table CP1252.TXT.
var windows1252 = [32]rune{
	'€', 0, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0, 'Ž', 0,
	0, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0, 'ž', 'Ÿ',
}

// Decode gives the text of sample, which is in c, as UTF-8 without a byte order mark. UTF-8 is given as it is, flaws
// included, so that they are found in their place; what cannot be decoded in another encoding becomes U+FFFD. A character
// that the end of the sample cuts is left out unless the sample is complete. The result may be a view into the sample.
func Decode(c Charset, sample []byte, complete bool) []byte {
	for _, m := range marks {
		if m.charset == c {
			sample = bytes.TrimPrefix(sample, []byte(m.bytes))
		}
	}
	switch c {
	case UTF16LE:
		return decodeUTF16(sample, binary.LittleEndian, complete)
	case UTF16BE:
		return decodeUTF16(sample, binary.BigEndian, complete)
	case Latin1, Windows1252:
		return decodeBytes(sample, c == Windows1252)
	}
	if complete {
		return sample
	}
	return wholeRunes(sample)
}

// wholeRunes leaves out a character whose last bytes lie behind the end.
func wholeRunes(t []byte) []byte {
	for n := 1; n < utf8.UTFMax && n <= len(t); n++ {
		if b := t[len(t)-n]; utf8.RuneStart(b) {
			if !utf8.FullRune(t[len(t)-n:]) {
				return t[:len(t)-n]
			}
			return t
		}
	}
	return t
}

func decodeUTF16(t []byte, order binary.ByteOrder, complete bool) []byte {
	out := make([]byte, 0, len(t)/2+len(t)/8)
	for len(t) >= 2 {
		r := rune(order.Uint16(t))
		t = t[2:]
		if !utf16.IsSurrogate(r) {
			out = utf8.AppendRune(out, r)
			continue
		}
		if len(t) < 2 {
			if complete {
				out = utf8.AppendRune(out, utf8.RuneError)
			}
			return out
		}
		pair := utf16.DecodeRune(r, rune(order.Uint16(t)))
		if pair != utf8.RuneError {
			t = t[2:]
		}
		out = utf8.AppendRune(out, pair)
	}
	if len(t) == 1 && complete {
		out = utf8.AppendRune(out, utf8.RuneError)
	}
	return out
}

func decodeBytes(t []byte, windows bool) []byte {
	out := make([]byte, 0, len(t)+len(t)/8)
	for _, b := range t {
		r := rune(b)
		if windows && b >= 0x80 && b < 0xa0 {
			if r = windows1252[b-0x80]; r == 0 {
				r = utf8.RuneError
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}
