package feed

import (
	"strings"
	"unicode/utf8"
)

// source is the text of a contract with the places of its lines.
type source struct {
	text  string
	lines []int // where each line begins
	// The place that from was asked for last, and where it is in its line: the next one is mostly behind it, and lines may be long.
	last   Pos
	offset int
}

// newSource takes the contract's bytes without byte order mark. Line ends become LF: the YAML library loses count of CRLF.
func newSource(data string) source {
	s := source{text: strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(data), lines: []int{0}}
	for i := range len(s.text) {
		if s.text[i] == '\n' {
			s.lines = append(s.lines, i+1)
		}
	}
	return s
}

// line gives a line without its end, or "" where there is none.
func (s *source) line(n int) string {
	if n < 1 || n > len(s.lines) {
		return ""
	}
	line, _, _ := strings.Cut(s.text[s.lines[n-1]:], "\n")
	return line
}

// from gives the text from a place on.
func (s *source) from(p Pos) string {
	if p.Line < 1 || p.Line > len(s.lines) {
		return ""
	}
	if p.Line != s.last.Line || p.Column < s.last.Column {
		s.last, s.offset = Pos{p.Line, 1}, 0
	}
	line := s.text[s.lines[p.Line-1]:]
	for ; s.last.Column < p.Column; s.last.Column++ {
		_, width := utf8.DecodeRuneInString(line[s.offset:])
		s.offset += width
	}
	return line[s.offset:]
}
