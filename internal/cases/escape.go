package cases

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// escape gives text for an escaped section: bytes that do not show in print as escapes, each line end as it is.
func escape(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		body, ended := strings.CutSuffix(line, "\n")
		if _, begins := title(body); begins {
			b.WriteString(`\x2d`)
			body = body[1:]
		}
		b.WriteString(escapeLine(body))
		if !ended {
			b.WriteByte('\\')
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// escapeLine escapes a line without its end.
func escapeLine(line string) string {
	var b strings.Builder
	for line != "" {
		r, size := utf8.DecodeRuneInString(line)
		switch {
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\\':
			b.WriteString(`\\`)
		case shows(r, size):
			b.WriteRune(r)
		case size == 1 || r < 0x80:
			hex(&b, 'x', 2, uint32(line[0]))
		case r > 0xFFFF:
			hex(&b, 'U', 8, uint32(r))
		default:
			hex(&b, 'u', 4, uint32(r))
		}
		line = line[size:]
	}
	return b.String()
}

// shows reports whether a reader sees what a character is.
func shows(r rune, size int) bool {
	return r == ' ' || unicode.IsGraphic(r) && !unicode.IsSpace(r) && (r != utf8.RuneError || size > 1)
}

func hex(b *strings.Builder, kind byte, digits int, v uint32) {
	b.WriteByte('\\')
	b.WriteByte(kind)
	for i := digits - 1; i >= 0; i-- {
		b.WriteByte("0123456789abcdef"[v>>(4*i)&15])
	}
}

// plain reports whether text can stand in a section that is not escaped: whole lines that show in print and begin no section.
func plain(text string) bool {
	for line := range strings.Lines(text) {
		body, ended := strings.CutSuffix(line, "\n")
		if _, begins := title(body); begins || !ended {
			return false
		}
		for body != "" {
			r, size := utf8.DecodeRuneInString(body)
			if r != '\t' && !shows(r, size) {
				return false
			}
			body = body[size:]
		}
	}
	return true
}
