package expr

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// class is what a token is.
type class uint8

const (
	endToken class = iota
	nameToken
	quotedName
	numberToken
	textToken
	wordToken // a word of the language
	signToken
)

// token is a piece of the expression's text.
type token struct {
	class    class
	from, to int
	text     string // the name, the number's digits, the text without its escapes, the word or the sign
}

// is reports whether t is a word or sign of the language.
func (t token) is(s string) bool {
	return t.text == s && (t.class == wordToken || t.class == signToken)
}

var keywords = []string{"or", "and", "not", "in", "between", "is", "null", "matches", "length", "true", "false"}

// signs, longer ones first.
var signs = []string{"==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "(", ")", "[", "]", ",", "/"}

// foreign is how other languages write what this one has, or what it has not.
var foreign = []struct{ sign, hint string }{
	{"&&", "write and"}, {"||", "write or"}, {"<>", "write !="}, {"!", "write not"}, {"=", "write =="},
	{"'", `text stands in double quotes, like "NL"`}, {"“", `text stands in plain double quotes, like "NL"`},
	{"”", `text stands in plain double quotes, like "NL"`}, {"%", "there are + - * only"},
	{".", "a number begins with a digit, like 0.5, and a name has no blanks about its dots"},
	{"{", "a list stands in brackets, like [1, 2]"},
}

// lexer cuts the text into tokens as the parser asks for them: only the parser knows where a pattern may begin.
type lexer struct {
	text string
	at   int
}

func (l *lexer) fail(from, to int, format string, args ...any) *Error {
	return &Error{Offset: from, Length: to - from, Text: fmt.Sprintf(format, args...)}
}

// blanks skips white space.
func (l *lexer) blanks() {
	for l.at < len(l.text) && strings.IndexByte(" \t\r\n", l.text[l.at]) >= 0 {
		l.at++
	}
}

// next gives the next token and goes behind it.
func (l *lexer) next() (token, *Error) {
	l.blanks()
	from := l.at
	if from == len(l.text) {
		return token{endToken, from, from, ""}, nil
	}
	switch r, _ := utf8.DecodeRuneInString(l.text[from:]); {
	case isLetter(r):
		return l.name(), nil
	case isDigit(l.text[from]):
		return l.number()
	case r == '"':
		return l.quotedText()
	case r == '`':
		return l.quotedName()
	}
	rest := l.text[from:]
	for _, f := range foreign {
		if strings.HasPrefix(rest, f.sign) && !strings.HasPrefix(rest, "==") && !strings.HasPrefix(rest, "!=") {
			return token{}, l.fail(from, from+len(f.sign), "%s is not part of the language", f.sign).hint("%s", f.hint)
		}
	}
	for _, s := range signs {
		if strings.HasPrefix(rest, s) {
			l.at += len(s)
			return token{signToken, from, l.at, s}, nil
		}
	}
	r, n := utf8.DecodeRuneInString(rest)
	return token{}, l.fail(from, from+n, "%q is not part of the language", r)
}

func isLetter(r rune) bool { return r == '_' || unicode.IsLetter(r) }

func isDigit(c byte) bool { return c-'0' <= 9 }

// nameEnd gives the end of the word of letters, digits and underscores that begins at t[from].
func nameEnd(t string, from int) int {
	for i, r := range t[from:] {
		if !isLetter(r) && !(i > 0 && (unicode.IsDigit(r) || unicode.IsMark(r))) {
			return from + i
		}
	}
	return len(t)
}

func (l *lexer) name() token {
	from := l.at
	l.at = nameEnd(l.text, from)
	for l.at < len(l.text) && l.text[l.at] == '.' {
		end := nameEnd(l.text, l.at+1)
		if end == l.at+1 {
			break
		}
		l.at = end
	}
	t := token{nameToken, from, l.at, l.text[from:l.at]}
	if slices.Contains(keywords, t.text) {
		t.class = wordToken
	}
	return t
}

// isName reports whether a name needs no backquotes.
func isName(s string) bool {
	l := lexer{text: s}
	if r, _ := utf8.DecodeRuneInString(s); !isLetter(r) {
		return false
	}
	t := l.name()
	return t.class == nameToken && t.to == len(s)
}

func (l *lexer) number() (token, *Error) {
	from := l.at
	digits := func() {
		for l.at < len(l.text) && isDigit(l.text[l.at]) {
			l.at++
		}
	}
	digits()
	if l.at+1 < len(l.text) && l.text[l.at] == '.' && isDigit(l.text[l.at+1]) {
		l.at++
		digits()
	}
	to := l.at
	r, _ := utf8.DecodeRuneInString(l.text[to:])
	if to == len(l.text) || r != '.' && !isLetter(r) {
		return token{numberToken, from, to, l.text[from:to]}, nil
	}
	if r == '.' {
		to++
	}
	to = nameEnd("_"+l.text[to:], 0) - 1 + to
	return token{}, l.fail(from, to, "%s is no number", l.text[from:to]).
		hint("a number is digits with at most one point amid them, like 1000 or 0.5")
}

var escapes = map[byte]byte{'"': '"', '\\': '\\', 'n': '\n', 'r': '\r', 't': '\t'}

func (l *lexer) quotedText() (token, *Error) {
	from := l.at
	var s strings.Builder
	for i := from + 1; i < len(l.text); i++ {
		switch c := l.text[i]; c {
		case '"':
			l.at = i + 1
			return token{textToken, from, l.at, s.String()}, nil
		case '\\':
			if i++; i == len(l.text) {
				continue
			}
			e, ok := escapes[l.text[i]]
			if !ok {
				_, n := utf8.DecodeRuneInString(l.text[i:])
				return token{}, l.fail(i-1, i+n, `%s is no escape`, l.text[i-1:i+n]).hint(`there are \" \\ \n \r \t`)
			}
			s.WriteByte(e)
		default:
			s.WriteByte(c)
		}
	}
	return token{}, l.fail(from, len(l.text), "the text is never closed").hint(`it ends with "`)
}

func (l *lexer) quotedName() (token, *Error) {
	from := l.at
	var s strings.Builder
	for i := from + 1; i < len(l.text); i++ {
		if l.text[i] == '`' {
			if i+1 == len(l.text) || l.text[i+1] != '`' {
				l.at = i + 1
				return token{quotedName, from, l.at, s.String()}, nil
			}
			i++
		}
		s.WriteByte(l.text[i])
	}
	return token{}, l.fail(from, len(l.text), "the name is never closed").hint("it ends with `")
}

// pattern reads what stands in slashes, behind matches.
func (l *lexer) pattern() (token, *Error) {
	l.blanks()
	from := l.at
	if from == len(l.text) || l.text[from] != '/' {
		to := min(from+1, len(l.text))
		if t, err := l.next(); err == nil {
			to = t.to
		}
		return token{}, l.fail(from, to, "matches needs a pattern").hint("a pattern stands in slashes, like /^[0-9]+$/")
	}
	var s strings.Builder
	for i := from + 1; i < len(l.text); i++ {
		switch c := l.text[i]; {
		case c == '/':
			l.at = i + 1
			return token{textToken, from, l.at, s.String()}, nil
		case c == '\\' && i+1 < len(l.text):
			if i++; l.text[i] != '/' {
				s.WriteByte(c)
			}
			s.WriteByte(l.text[i])
		default:
			s.WriteByte(c)
		}
	}
	return token{}, l.fail(from, len(l.text), "the pattern is never closed").hint("it ends with /, and a slash in it is written \\/")
}
