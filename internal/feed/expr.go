package feed

import (
	"strings"
	"unicode/utf8"
)

// Expr is an expression as it stands in the contract. Another room reads it; whatever it finds wrong at a byte of Text
// stands at At of that byte.
type Expr struct {
	Text string
	Pos  Pos // where the YAML text begins: its quote, where it has quotes
	// source is the contract from Pos on, or "" when Text was not read from one.
	source string
}

// At gives the place in the contract of Text[offset:], or of the end of Text. It is exact for every way in which YAML writes
// text: plain, quoted, on several lines, in blocks.
func (e Expr) At(offset int) Pos {
	c := cursor{rest: e.source, at: e.Pos}
	c.open()
	for i, r := range e.Text {
		if i >= offset {
			if !isBlank(r) {
				c.skip()
			}
			break
		}
		c.match(r)
	}
	return c.at
}

// cursor walks over the source of a YAML text in step with its value.
type cursor struct {
	rest  string
	at    Pos
	quote byte // '\'', '"', or 0
}

// open goes to the first character of the value: behind the quote, or behind the header of a block.
func (c *cursor) open() {
	if c.rest == "" {
		return
	}
	switch c.rest[0] {
	case '"', '\'':
		c.quote = c.rest[0]
		c.step(1)
	case '|', '>':
		c.step(strings.IndexByte(c.rest+"\n", '\n'))
		c.step(1)
	}
}

// match goes over what stands for the next character of the value. White space stands for white space, though there may be
// more of it: YAML cuts off indentation and folds lines. Anything else stands for itself, or is escaped.
func (c *cursor) match(r rune) {
	if isBlank(r) {
		if c.rest == "" || isBlank(rune(c.rest[0])) || c.escaped() {
			c.one()
		}
		return
	}
	c.skip()
	c.one()
}

func (c *cursor) escaped() bool { return c.quote == '"' && strings.HasPrefix(c.rest, `\`) }

// one goes over one character, however it is written.
func (c *cursor) one() {
	switch {
	case c.rest == "":
		c.at.Column++ // an expression without a source is on one line
	case c.escaped() && len(c.rest) > 1:
		n := 2
		switch c.rest[1] {
		case 'x':
			n = 4
		case 'u':
			n = 6
		case 'U':
			n = 10
		}
		c.step(n)
	case c.quote == '\'' && strings.HasPrefix(c.rest, "''"):
		c.step(2)
	default:
		c.step(1)
	}
}

// skip goes over white space that is no part of the value, and over the escaped line ends of double quotes.
func (c *cursor) skip() {
	for c.rest != "" {
		switch {
		case c.escaped() && strings.HasPrefix(c.rest[1:], "\n"):
			c.step(2)
		case isBlank(rune(c.rest[0])):
			c.step(1)
		default:
			return
		}
	}
}

// step goes over n characters.
func (c *cursor) step(n int) {
	for ; n > 0 && c.rest != ""; n-- {
		r, width := utf8.DecodeRuneInString(c.rest)
		c.rest = c.rest[width:]
		c.at.Column++
		if r == '\n' {
			c.at = Pos{c.at.Line + 1, 1}
		}
	}
}

func isBlank(r rune) bool { return r == ' ' || r == '\t' || r == '\n' }
