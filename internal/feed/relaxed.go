package feed

// AppendRelaxed appends the relaxed key of text to dst: the form in which match: relaxed compares a cell with the labels of
// a vocabulary. ASCII letters are lower case, en and em dashes are hyphens, the marks , : ; ( ) and the quotes ' " ‘ ’ “ ”
// are gone, and white space (blank, tab, CR, LF, U+00A0) is one blank between words and nothing at the ends. Any other byte
// stays as it is, also of invalid UTF-8. The key of valid UTF-8 is its own key. dst and text must not overlap; nothing is allocated where
// dst has room for len(text).
func AppendRelaxed(dst, text []byte) []byte {
	from := len(dst)
	blank := false // white space is due before the next byte
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch c {
		case ' ', '\t', '\r', '\n':
			blank = true
			continue
		case ',', ':', ';', '(', ')', '\'', '"':
			continue
		case 0xC2: // U+00A0
			if i+1 < len(text) && text[i+1] == 0xA0 {
				blank = true
				i++
				continue
			}
		case 0xE2: // U+2013 … U+201D
			if i+2 < len(text) && text[i+1] == 0x80 {
				switch text[i+2] {
				case 0x93, 0x94:
					c = '-'
					i += 2
				case 0x98, 0x99, 0x9C, 0x9D:
					i += 2
					continue
				}
			}
		default:
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
		}
		if blank && len(dst) > from {
			dst = append(dst, ' ')
		}
		blank = false
		dst = append(dst, c)
	}
	return dst
}

// Key gives the relaxed key of text.
func Key(text string) string { return string(AppendRelaxed(nil, []byte(text))) }
