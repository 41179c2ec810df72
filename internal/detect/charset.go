package detect

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Charset is a character encoding, by its lower-case IANA name.
type Charset string

// The encodings that are told apart. UTF-32 is named but not decoded.
const (
	UTF8        Charset = "utf-8"
	UTF16LE     Charset = "utf-16le"
	UTF16BE     Charset = "utf-16be"
	Latin1      Charset = "iso-8859-1"
	Windows1252 Charset = "windows-1252"
	UTF32LE     Charset = "utf-32le"
	UTF32BE     Charset = "utf-32be"
)

var charsetNames = map[string]Charset{
	"utf-8": UTF8, "utf8": UTF8, "us-ascii": UTF8, "ascii": UTF8,
	"utf-16le": UTF16LE, "utf-16be": UTF16BE,
	"iso-8859-1": Latin1, "latin-1": Latin1, "latin1": Latin1,
	"windows-1252": Windows1252, "cp1252": Windows1252,
}

// ParseCharset gives the encoding with a name that people use for it, in any case. It knows those that Decode can read;
// "utf-16" alone is not among them, because it needs a byte order mark, which detection finds by itself.
func ParseCharset(name string) (Charset, bool) {
	c, ok := charsetNames[strings.ToLower(name)]
	return c, ok
}

// marks are the byte order marks, longest first where one begins like another.
var marks = []struct {
	bytes   string
	charset Charset
}{
	{"\xef\xbb\xbf", UTF8},
	{"\xff\xfe\x00\x00", UTF32LE},
	{"\x00\x00\xfe\xff", UTF32BE},
	{"\xff\xfe", UTF16LE},
	{"\xfe\xff", UTF16BE},
}

// byteOrderMark gives the mark at the beginning of sample and its encoding, or nothing.
func byteOrderMark(sample []byte) (string, Charset) {
	for _, m := range marks {
		if bytes.HasPrefix(sample, []byte(m.bytes)) {
			return m.bytes, m.charset
		}
	}
	return "", ""
}

// findCharset finds the encoding of the sample. A byte order mark decides. Without one, zero bytes in every second place are
// UTF-16, since the delimiters and digits of CSV are ASCII. Bytes that are not UTF-8 are a single-byte encoding, unless more
// characters than flaws are well-formed UTF-8: then the file is UTF-8 with damage.
func findCharset(sample []byte) Answer[Charset] {
	if mark, c := byteOrderMark(sample); mark != "" {
		return found(c, "the file begins with the byte order mark % X", mark)
	}
	if c, share := zeroPattern(sample); c != "" {
		return found(c, "%d %% of the bytes in %s places are zero, and there is no byte order mark", share, map[Charset]string{UTF16LE: "odd", UTF16BE: "even"}[c])
	}
	long, bad, control, undefined, first := countUTF8(sample)
	switch {
	case long == 0 && bad == 0:
		return found(UTF8, "all bytes are ASCII")
	case bad == 0:
		return found(UTF8, "%s beyond ASCII, all well-formed UTF-8", plural(long, "character"))
	case long >= bad:
		return found(UTF8, "well-formed UTF-8 in %s, broken in %s", plural(long, "place"), plural(bad, "place"))
	case control > 0 && undefined == 0:
		return found(Windows1252, "%s not UTF-8, first %#02x; %d of them stand for quotes, dashes or € in windows-1252", plural(bad, "byte"), first, control)
	}
	return found(Latin1, "%s not UTF-8, first %#02x, which is %q in ISO 8859-1", plural(bad, "byte"), first, rune(first))
}

// zeroPattern recognises UTF-16 without a mark: many zeros in the places of one parity and nearly none in the others.
func zeroPattern(sample []byte) (Charset, int) {
	sample = sample[:min(len(sample), 64<<10)]
	pairs := len(sample) / 2
	if pairs < 2 {
		return "", 0
	}
	var zeros [2]int
	for i, b := range sample[:2*pairs] {
		if b == 0 {
			zeros[i&1]++
		}
	}
	for parity, c := range []Charset{UTF16BE, UTF16LE} {
		if many, few := zeros[parity], zeros[1-parity]; many >= pairs/2 && few <= pairs/50 {
			return c, 100 * many / pairs
		}
	}
	return "", 0
}

// countUTF8 counts the characters beyond ASCII, the bytes that are no UTF-8, and of these the ones from 0x80 to 0x9f, which
// are control characters in ISO 8859-1 and mostly punctuation in windows-1252, and those that neither uses.
func countUTF8(sample []byte) (long, bad, control, undefined int, first byte) {
	for i := 0; i < len(sample); {
		if sample[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(sample[i:])
		if r != utf8.RuneError || n > 1 {
			long++
			i += n
			continue
		}
		if i+utf8.UTFMax > len(sample) && utf8.RuneStart(sample[i]) && !utf8.FullRune(sample[i:]) && long > 0 {
			bad, i = bad+1, len(sample) // the sample's end cuts a character
			continue
		}
		b := sample[i]
		if bad++; bad == 1 {
			first = b
		}
		if b < 0xa0 {
			control++
			if windows1252[b-0x80] == 0 {
				undefined++
			}
		}
		i++
	}
	return long, bad, control, undefined, first
}

func found[T any](value T, format string, args ...any) Answer[T] {
	return Answer[T]{Value: value, Evidence: fmt.Sprintf(format, args...)}
}

func declared[T any](value T) Answer[T] {
	return Answer[T]{Value: value, Declared: true, Evidence: "declared"}
}

// plural gives "1 row" or "2 rows".
func plural[N int | int64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return count(n) + " " + noun + "s"
}

// count writes a number with commas between its thousands.
func count[N int | int64](n N) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
