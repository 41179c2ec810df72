package detect

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Kind is what sort of problem it is, as a stable word.
type Kind string

// The kinds of problems.
const (
	KindNotCSV        Kind = "not-csv"
	KindEmpty         Kind = "empty"
	KindCharset       Kind = "charset"
	KindMojibake      Kind = "mojibake"
	KindLineEnds      Kind = "line-ends"
	KindLoneCR        Kind = "lone-cr"
	KindDialect       Kind = "dialect"
	KindFixedWidth    Kind = "fixed-width"
	KindPreamble      Kind = "preamble"
	KindHeader        Kind = "header"
	KindNames         Kind = "names"
	KindManyColumns   Kind = "many-columns"
	KindMultiHeader   Kind = "multi-row-header"
	KindSecondHeader  Kind = "second-header"
	KindRagged        Kind = "ragged"
	KindUnclosedQuote Kind = "unclosed-quote"
	KindAfterQuote    Kind = "text-after-quote"
	KindBareQuote     Kind = "bare-quote"
	KindNUL           Kind = "nul"
	KindUTF8          Kind = "utf-8"
	KindLong          Kind = "long-cell"
	KindWide          Kind = "wide-row"
	KindMisfit        Kind = "misfit"
)

var flawKinds = [...]Kind{neverClosed: KindUnclosedQuote, afterQuote: KindAfterQuote, bareQuote: KindBareQuote, hasNUL: KindNUL}

// Level is what a problem costs.
type Level uint8

// The levels of problems.
const (
	Note Level = iota // nothing, but somebody should know
	Row               // the row is refused
	File              // the file cannot be read as it is, or only most of it
)

// String gives the level as a word.
func (l Level) String() string { return [...]string{"note", "row", "file"}[l] }

// Problem is something odd about the file, with the place and a guess at the cause. Places are in the text as UTF-8.
type Problem struct {
	Kind   Kind
	Level  Level
	Text   string // what is wrong
	Guess  string // what may be the cause, and what to do; may be empty
	Line   int64  // of the file, from 1; 0 for the whole file
	Column int    // in characters from the line's beginning, from 1
	Source string // the line, cut to fit around the place, one character wide for each character of it
	Caret  string // stands below Source
	More   int64  // so many more of this kind are not listed, when this is the last that is
}

// What is told of problems.
const (
	shownEach = 3  // of a kind
	shownWide = 76 // characters of a line
)

// add adds a problem at a place of the table's text.
func (p *pass) add(x Problem, place int) { p.Reading.add(x, p.start+place) }

// note adds a note on a row, unless enough of its kind are listed; then it is counted with them.
func (p *pass) note(kind Kind, place int64, text, guess string) {
	if p.kinds[kind]++; p.kinds[kind] <= shownEach {
		p.add(Problem{Kind: kind, Text: text, Guess: guess}, int(place))
		return
	}
	for i := range p.Problems {
		if x := &p.Problems[i]; x.Kind == kind {
			x.More = 0
			if i+1 == len(p.Problems) || p.Problems[i+1].Kind != kind {
				x.More = p.kinds[kind] - shownEach
			}
		}
	}
}

// add adds a problem at a place of the text, which gives the line, the column and the caret.
func (r *Reading) add(x Problem, place int) {
	x.Line, x.Column, x.Source, x.Caret = r.show(place)
	r.Problems = append(r.Problems, x)
}

// whole adds a problem of the file as a whole.
func (r *Reading) whole(kind Kind, level Level, text, guess string) {
	r.Problems = append(r.Problems, Problem{Kind: kind, Level: level, Text: text, Guess: guess})
}

// show gives line and column of a place in the text, the line cut around it, and a caret below.
func (r *Reading) show(place int) (line int64, column int, source, caret string) {
	t := r.text
	place = min(max(place, 0), len(t))
	lone := r.loneCR
	from, to := place, place
	for from > 0 && t[from-1] != '\n' && !(lone && t[from-1] == '\r') {
		from--
	}
	for to < len(t) && t[to] != '\n' && !(t[to] == '\r' && (lone || bytes.HasPrefix(t[to:], []byte("\r\n")))) {
		to++
	}
	if to < from {
		to = from
	}
	line = 1 + int64(lineCount(t[:from], lone))
	before, after := t[from:place], t[place:max(to, place)]
	column = utf8.RuneCount(before) + 1
	left, cutLeft := tail(before, max(shownWide/2, shownWide-utf8.RuneCount(after)))
	right, cutRight := head(after, shownWide-utf8.RuneCount(left))
	source = Visible(string(left)) + Visible(string(right))
	caret = string(bytes.Repeat([]byte(" "), utf8.RuneCountInString(Visible(string(left))))) + "^"
	if cutLeft {
		source, caret = "…"+source, " "+caret
	}
	if cutRight {
		source += "…"
	}
	return line, column, source, caret
}

// lineCount counts the line ends in t.
func lineCount(t []byte, lone bool) int {
	n := bytes.Count(t, []byte("\n"))
	if lone {
		n += bytes.Count(t, []byte("\r")) - bytes.Count(t, []byte("\r\n"))
	}
	return n
}

// tail gives the last n characters of t, and whether there are more.
func tail(t []byte, n int) ([]byte, bool) {
	i := len(t)
	for ; i > 0 && n > 0; n-- {
		_, size := utf8.DecodeLastRune(t[:i])
		i -= size
	}
	return t[i:], i > 0
}

// head gives the first n characters of t, and whether there are more.
func head(t []byte, n int) ([]byte, bool) {
	i := 0
	for ; i < len(t) && n > 0; n-- {
		_, size := utf8.DecodeRune(t[i:])
		i += size
	}
	return t[:i], i < len(t)
}

// Visible makes each character of t one that can be seen and that takes its own place: control characters become their
// pictures; invalid bytes, marks that turn the direction of writing and other line ends U+FFFD. Text for people goes through
// it, as names and cells may hold anything.
func Visible(t string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c < ' ':
			return c + 0x2400
		case c == 0x7f:
			return 0x2421
		case c == 0xfeff || c >= 0x80 && c < 0xa0 || c >= 0x2028 && c <= 0x202e || c >= 0x2066 && c <= 0x2069:
			return utf8.RuneError
		}
		return c
	}, t)
}
