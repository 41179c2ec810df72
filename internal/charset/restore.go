package charset

import (
	"encoding/binary"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// Restore appends to dst the bytes that text was, of which Append has made it. It must be whole characters.
func (c Charset) Restore(dst, text []byte) []byte {
	switch c {
	case UTF16LE:
		return restoreUTF16(dst, text, binary.LittleEndian)
	case UTF16BE:
		return restoreUTF16(dst, text, binary.BigEndian)
	case Latin1, Windows1252:
		return restoreSingle(dst, text)
	case UTF8, UTF16, charsets:
	}
	return append(dst, text...)
}

// restoreSingle is for both: no byte above 0x9f is another character in Windows-1252, and none of its own is one of Latin-1's.
func restoreSingle(dst, text []byte) []byte {
	for len(text) > 0 {
		n := ascii(text)
		dst = append(dst, text[:n]...)
		for text = text[n:]; len(text) > 0 && text[0] >= utf8.RuneSelf; {
			r, size := utf8.DecodeRune(text)
			if r > 0xff {
				r = 0x80 + rune(slices.Index(high1252[:], r))
			}
			dst, text = append(dst, byte(r)), text[size:]
		}
	}
	return dst
}

func restoreUTF16(dst, text []byte, order binary.AppendByteOrder) []byte {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r != utf8.RuneError || size > 1:
			if one, two := utf16.EncodeRune(r); one != utf8.RuneError {
				dst = order.AppendUint16(order.AppendUint16(dst, uint16(one)), uint16(two))
			} else {
				dst = order.AppendUint16(dst, uint16(r))
			}
		case text[0] == oddByte:
			size = oddSize
			dst = append(dst, text[1]<<6|text[2]&0x3f)
		default: // a surrogate without its partner
			size = 3
			dst = order.AppendUint16(dst, uint16(text[0])<<12|uint16(text[1]&0x3f)<<6|uint16(text[2]&0x3f))
		}
		text = text[size:]
	}
	return dst
}

// Whole gives how many bytes of a text's beginning, which Append has made, are whole characters.
func Whole(text []byte) int {
	for back := 1; back <= min(utf8.UTFMax-1, len(text)); back++ {
		b := text[len(text)-back]
		if !utf8.RuneStart(b) {
			continue
		}
		size := 1
		switch {
		case b == oddByte:
			size = oddSize
		case b >= 0xf0:
			size = 4
		case b >= 0xe0:
			size = 3
		case b >= 0xc0:
			size = 2
		}
		if size > back {
			return len(text) - back
		}
		break
	}
	return len(text)
}

// Places finds the bytes of a file that text, which Append has made of it, came from. The text is seen through a window that
// moves over it. Looking up a place costs as much as it is away from the one before.
type Places struct {
	charset Charset
	window  []byte
	start   int64 // the file's byte with which the window begins
	at      int   // of the window: the place that was looked up last
	raw     int64 // the file's byte there
}

// NewPlaces begins with an empty window at a byte of a file.
func NewPlaces(c Charset, raw int64) Places { return Places{charset: c, start: raw, raw: raw} }

// Charset gives the file's.
func (p *Places) Charset() Charset { return p.charset }

// Show says what stands in the window, which begins where it did.
func (p *Places) Show(window []byte) { p.window, p.at, p.raw = window, 0, p.start }

// Move moves the beginning of the window n bytes on.
func (p *Places) Move(n int) {
	p.start = p.Of(n)
	p.window, p.at = p.window[n:], 0
}

// Of gives the file's byte for the window's nth.
func (p *Places) Of(n int) int64 {
	if n >= p.at {
		p.raw += int64(p.charset.Size(p.window[p.at:n]))
	} else {
		p.raw -= int64(p.charset.Size(p.window[n:p.at]))
	}
	p.at = n
	return p.raw
}
