package cli

import (
	"strings"
	"unicode"
)

// wide are the characters that take two places on a terminal: East Asian scripts and pictures.
// Source: Unicode Standard Annex 11, classes W and F, with the blocks taken whole.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x115f, Stride: 1}, {Lo: 0x2e80, Hi: 0x303e, Stride: 1}, {Lo: 0x3041, Hi: 0xa4cf, Stride: 1},
		{Lo: 0xac00, Hi: 0xd7a3, Stride: 1}, {Lo: 0xf900, Hi: 0xfaff, Stride: 1}, {Lo: 0xfe30, Hi: 0xfe6f, Stride: 1},
		{Lo: 0xff00, Hi: 0xff60, Stride: 1}, {Lo: 0xffe0, Hi: 0xffe6, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x1f300, Hi: 0x1f64f, Stride: 1}, {Lo: 0x1f900, Hi: 0x1f9ff, Stride: 1}, {Lo: 0x20000, Hi: 0x3fffd, Stride: 1},
	},
}

// runeWidth gives how many places a character takes on a terminal.
func runeWidth(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}

// textWidth gives how many places a text takes on a terminal.
func textWidth(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

// cutWidth cuts text that takes more than n places, and says so with an ellipsis.
func cutWidth(s string, n int) string {
	if len(s) <= n || textWidth(s) <= n {
		return s
	}
	room := n - 1
	for i, r := range s {
		if room -= runeWidth(r); room < 0 {
			return s[:i] + "…"
		}
	}
	return s
}

// padded gives s with blanks behind it, or in front of it, that make it n places wide.
func padded(s string, n int, right bool) string {
	blanks := strings.Repeat(" ", max(0, n-textWidth(s)))
	if right {
		return blanks + s
	}
	return s + blanks
}

// wrapped breaks text at blanks into lines of at most n places. A longer word has a line of its own.
func wrapped(s string, n int) []string {
	var lines []string
	line, width := "", 0
	for _, word := range strings.Fields(s) {
		w := textWidth(word)
		if width > 0 && width+1+w > n {
			lines = append(lines, line)
			line, width = "", 0
		}
		if width > 0 {
			line += " "
			width++
		}
		line += word
		width += w
	}
	if width > 0 {
		lines = append(lines, line)
	}
	return lines
}
