// Package charset turns text of other character sets into UTF-8, the only one that the scanner reads, and finds the way back
// from a place in the UTF-8 to the byte that it came from: a refused row leaves with the bytes it came with.
package charset

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Charset is a character set that CSV comes in.
type Charset uint8

// The character sets. Windows1252 is what browsers and spreadsheets mean by Latin-1; its five undefined bytes become the
// control characters of the same number (as in the WHATWG Encoding Standard).
const (
	UTF8  Charset = iota
	UTF16         // a byte order mark says which of the two; without one it is little-endian, as Windows writes it
	UTF16LE
	UTF16BE
	Latin1
	Windows1252
	charsets
)

var names = [charsets]string{"utf-8", "utf-16", "utf-16le", "utf-16be", "latin-1", "windows-1252"}

var aliases = map[string]Charset{
	"utf8": UTF8, "us-ascii": UTF8, "ascii": UTF8, "utf16": UTF16, "latin1": Latin1, "iso-8859-1": Latin1, "iso8859-1": Latin1,
	"l1": Latin1, "cp1252": Windows1252,
}

// Names gives the names that contracts use.
func Names() []string { return names[:] }

// Spellings gives every name that Parse knows, in lower case.
func Spellings() []string {
	return append(Names()[:charsets:charsets], slices.Sorted(maps.Keys(aliases))...)
}

// String gives the name that contracts use.
func (c Charset) String() string { return names[c] }

// Parse gives the charset with a name, in any case, as contracts and content types write it.
func Parse(name string) (Charset, bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	for i, n := range names {
		if n == name {
			return Charset(i), true
		}
	}
	c, ok := aliases[name]
	return c, ok
}

var (
	markLE = []byte("\xff\xfe")
	markBE = []byte("\xfe\xff")
	mark8  = []byte("\xef\xbb\xbf")
)

// Sniff gives the charset of a text from its first bytes, and how many of them are a byte order mark that is to be left out.
// A mark says more than any declaration. The scanner drops that of UTF-8 itself.
func Sniff(head []byte, declared Charset) (c Charset, mark int) {
	switch {
	case bytes.HasPrefix(head, mark8):
		return UTF8, 0
	case bytes.HasPrefix(head, markLE):
		return UTF16LE, len(markLE)
	case bytes.HasPrefix(head, markBE):
		return UTF16BE, len(markBE)
	case declared == UTF16:
		return UTF16LE, 0
	}
	return declared, 0
}

// Mark gives the byte order mark by which Sniff knows the charset, or nothing.
func (c Charset) Mark() []byte {
	switch c {
	case UTF8:
		return mark8
	case UTF16, UTF16LE:
		return markLE
	case UTF16BE:
		return markBE
	case Latin1, Windows1252, charsets:
	}
	return nil
}

// Append appends src as UTF-8 to dst and says how much of src it has taken: all but the beginning of a character that more
// bytes may complete, and all when last says that none follow. The charset must be one that Sniff gives.
//
// What is no character stays recognisable as broken: a surrogate without its partner becomes the three bytes that are
// invalid in UTF-8 for it, an odd byte at the end becomes 0xFF and two more. So the scanner refuses just the row that it stands
// in, and Restore finds its bytes.
func (c Charset) Append(dst, src []byte, last bool) (out []byte, used int) {
	switch c {
	case UTF16LE:
		return appendUTF16(dst, src, last, binary.LittleEndian)
	case UTF16BE:
		return appendUTF16(dst, src, last, binary.BigEndian)
	case Latin1:
		return appendSingle(dst, src, nil), len(src)
	case Windows1252:
		return appendSingle(dst, src, &high1252), len(src)
	case UTF8, UTF16, charsets:
	}
	return append(dst, src...), len(src)
}

// Size gives how many bytes of the original the text, made by Append from whole characters, was.
func (c Charset) Size(text []byte) int {
	n := 0
	switch c {
	case UTF16LE, UTF16BE:
		for _, b := range text {
			switch {
			case b == oddByte:
				n++
			case b >= 0xf0: // a pair of surrogates
				n += 4
			case utf8.RuneStart(b):
				n += 2
			}
		}
	case Latin1, Windows1252:
		for _, b := range text {
			if utf8.RuneStart(b) {
				n++
			}
		}
	case UTF8, UTF16, charsets:
		return len(text)
	}
	return n
}
