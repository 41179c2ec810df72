package detect

import "bytes"

// acceptable says whether the text can be said to be cut by the delimiter at all, rather than be one column of text with
// some of these characters in it.
func (c *candidate) acceptable(text []byte) bool {
	if c.form < 0.4 {
		return false
	}
	switch c.dialect.Delimiter {
	case ':':
		if isClock(text) {
			return false
		}
		fallthrough
	case ' ':
		return c.share > 0.95 && c.header && c.numeric && c.records > 1 && !isColumnOf(text)
	}
	return c.share >= 0.7 || c.header && c.share >= 0.25 && (c.even > 1 || c.records <= 2)
}

// isClock reports whether most colons stand between digits, as in times of day.
func isClock(text []byte) bool {
	colons, clock := 0, 0
	text = text[:min(len(text), 64<<10)]
	for i, b := range text {
		if b != ':' {
			continue
		}
		colons++
		if i > 0 && i+1 < len(text) && isDigit(text[i-1]) && isDigit(text[i+1]) {
			clock++
		}
	}
	return 2*clock > colons
}

// isColumnOf reports whether the text's lines are each one number or one date, which a space or a colon would cut.
func isColumnOf(text []byte) bool {
	lines, whole := 0, 0
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		if f := formOf(line, false); f == number || f == moment {
			whole++
		}
		if lines++; lines == lookedAt {
			break
		}
	}
	return 2*whole > lines
}
