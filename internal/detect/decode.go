package detect

import (
	"bytes"
	"unicode/utf8"

	"github.com/assay-dev/assay/internal/charset"
)

// decode gives the text of sample, which is in c, as UTF-8 without a byte order mark. What is no character stays invalid
// UTF-8, so that it is found in its place. A character that the end of the sample cuts is left out unless the sample is
// complete. The result may be a view into the sample.
func decode(c charset.Charset, sample []byte, complete bool) []byte {
	if c != charset.UTF8 {
		_, mark := charset.Sniff(sample, c)
		text, _ := c.Append(make([]byte, 0, len(sample)), sample[mark:], complete)
		return text
	}
	sample = bytes.TrimPrefix(sample, mark8)
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
