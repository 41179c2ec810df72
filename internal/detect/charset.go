package detect

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/assay-dev/assay/internal/charset"
)

// utf32 names the encoding of four bytes a character, which assay does not read, when sample begins with its byte order mark.
func utf32(sample []byte) string {
	switch {
	case bytes.HasPrefix(sample, []byte("\xff\xfe\x00\x00")):
		return "utf-32le"
	case bytes.HasPrefix(sample, []byte("\x00\x00\xfe\xff")):
		return "utf-32be"
	}
	return ""
}

// mark8 is the byte order mark of UTF-8, which charset.Sniff leaves to the scanner.
var mark8 = []byte("\xef\xbb\xbf")

// byteOrderMark gives the mark at the beginning of sample and its encoding, or no bytes.
func byteOrderMark(sample []byte) ([]byte, charset.Charset) {
	if bytes.HasPrefix(sample, mark8) {
		return mark8, charset.UTF8
	}
	c, n := charset.Sniff(sample, charset.UTF8)
	return sample[:n], c
}

// findCharset finds the encoding of the sample. A byte order mark decides. Without one, zero bytes in every second place are
// UTF-16, since the delimiters and digits of CSV are ASCII. Bytes that are not UTF-8 are a single-byte encoding, unless more
// characters than flaws are well-formed UTF-8: then the file is UTF-8 with damage.
func findCharset(sample []byte) Answer[charset.Charset] {
	if mark, c := byteOrderMark(sample); len(mark) > 0 {
		return found(c, "the file begins with the byte order mark % X", mark)
	}
	if c, share := zeroPattern(sample); share > 0 {
		places := map[charset.Charset]string{charset.UTF16LE: "odd", charset.UTF16BE: "even"}[c]
		return found(c, "%d %% of the bytes in %s places are zero, and there is no byte order mark", share, places)
	}
	long, bad, control, undefined, first := countUTF8(sample)
	switch {
	case long == 0 && bad == 0:
		return found(charset.UTF8, "all bytes are ASCII")
	case bad == 0:
		return found(charset.UTF8, "%s beyond ASCII, all well-formed UTF-8", plural(long, "character"))
	case long >= bad:
		return found(charset.UTF8, "well-formed UTF-8 in %s, broken in %s", plural(long, "place"), plural(bad, "place"))
	case control > 0 && undefined == 0:
		return found(charset.Windows1252, "%s not UTF-8, first %#02x; %d of them stand for quotes, dashes or € in windows-1252", plural(bad, "byte"), first, control)
	}
	return found(charset.Latin1, "%s not UTF-8, first %#02x, which is %q in Latin-1", plural(bad, "byte"), first, rune(first))
}

// zeroPattern recognises UTF-16 without a mark: many zeros in the places of one parity and nearly none in the others. share is
// that of the zeros in these places, in percent; 0 is no UTF-16.
func zeroPattern(sample []byte) (c charset.Charset, share int) {
	sample = sample[:min(len(sample), 64<<10)]
	pairs := len(sample) / 2
	if pairs < 2 {
		return charset.UTF8, 0
	}
	var zeros [2]int
	for i, b := range sample[:2*pairs] {
		if b == 0 {
			zeros[i&1]++
		}
	}
	for parity, c := range []charset.Charset{charset.UTF16BE, charset.UTF16LE} {
		if many, few := zeros[parity], zeros[1-parity]; many >= pairs/2 && few <= pairs/50 {
			return c, 100 * many / pairs
		}
	}
	return charset.UTF8, 0
}

// countUTF8 counts the characters beyond ASCII, the bytes that are no UTF-8, and of these the ones from 0x80 to 0x9f, which
// are control characters in Latin-1 and mostly punctuation in windows-1252, and those that neither uses.
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
			switch b {
			case 0x81, 0x8d, 0x8f, 0x90, 0x9d:
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
