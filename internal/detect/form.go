package detect

import (
	"bytes"
	"slices"
	"strings"

	"github.com/assay-dev/assay/internal/csvarrow"
)

// form is what a cell looks like at first sight, whether or not the engine can read it: it tells which dialect cuts lines
// into sensible cells and which line is the header.
type form uint8

const (
	blank  form = iota // nothing, only white space, or a word for nothing
	number             // also with thousands separators, a decimal comma, a percent sign or a currency
	moment             // a date, a time, or both, in any usual order
	ident              // a UUID
	truth              // true, false, yes or no
	words              // any other text that could be one cell
	odd                // text that looks like several cells or like half of one
)

var formNames = [...]string{"nothing", "numbers", "dates or times", "UUIDs", "true and false", "text", "text"}

// formOf looks at the text of a cell. Only a cell without quotes can be odd.
func formOf(t []byte, quoted bool) form {
	padded := len(t) > 0 && t[0] == ' '
	t = bytes.TrimSpace(t)
	if len(t) == 0 || isNullWord(t) {
		return blank
	}
	if len(t) <= maxFormed {
		switch first := t[0]; {
		case numeral(t) != noNumeral:
			return number
		case first >= '0' && first <= '9' || isLetter(first):
			if momentPattern(t) >= 0 {
				return moment
			}
			if _, ok := csvarrow.ParseUUID(t); ok {
				return ident
			}
			if isTruth(t) {
				return truth
			}
		}
	}
	if !quoted && isOdd(t, padded) {
		return odd
	}
	return words
}

// maxFormed is the longest text that is looked at as anything but text.
const maxFormed = 64

// nullWords are what people write where there is no value. None and unknown are labels as often as not.
var nullWords = [][]byte{
	[]byte("na"), []byte("n/a"), []byte("#n/a"), []byte("null"), []byte("nil"), []byte("nan"), []byte(`\n`), []byte("-"), []byte("--"), []byte("?"),
}

func isNullWord(t []byte) bool {
	return len(t) <= 4 && slices.ContainsFunc(nullWords, func(w []byte) bool { return bytes.EqualFold(w, t) })
}

func isLetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// isTruth leaves single letters and digits alone: they are codes more often than not.
func isTruth(t []byte) bool {
	switch strings.ToLower(string(t)) {
	case "true", "false", "yes", "no":
		return true
	}
	return false
}

// isOdd reports whether unquoted text holds what usually separates or wraps cells. A comma with a space behind it is prose.
func isOdd(t []byte, padded bool) bool {
	if padded && len(t) > 1 && t[0] == '"' {
		t = bytes.Trim(t, `"`) // quotes with white space in front of them are misused, not cut through
	}
	if len(t) == 0 {
		return false
	}
	if first, last := t[0], t[len(t)-1]; first == '"' || last == '"' || first == '\'' && last == '\'' {
		return true
	}
	for i, b := range t {
		switch b {
		case ';', '\t', '|', '^', '~', 0x01, 0x1f:
			return true
		case ',':
			if i+1 < len(t) && t[i+1] != ' ' {
				return true
			}
		}
	}
	return false
}

// style is how a number is written.
type style uint8

const (
	noNumeral    style = iota
	plainNumeral       // the engine reads it
	grouped            // thousands separated: 1,234 or 1 234.5
	decimalComma       // 1,5
	decorated          // with a percent sign or a currency
)

var styleNotes = [...]string{
	grouped: "thousands separators", decimalComma: "a decimal comma", decorated: "a percent sign or a currency",
}

// numeral says in which style t is a number.
func numeral(t []byte) style {
	if _, ok := csvarrow.ParseFloat64(t, false); ok {
		return plainNumeral
	}
	bare := undecorate(t)
	if len(bare) == 0 || !bytes.ContainsAny(bare, "0123456789") {
		return noNumeral
	}
	var s style
	if _, ok := csvarrow.ParseFloat64(bare, false); ok {
		s = plainNumeral
	} else {
		s = separated(bare)
	}
	if s != noNumeral && len(bare) != len(t) {
		return decorated
	}
	return s
}

// undecorate takes off a percent sign and a currency.
func undecorate(t []byte) []byte {
	sign := []byte(nil)
	if len(t) > 0 && (t[0] == '-' || t[0] == '+') {
		sign, t = t[:1], t[1:]
	}
	for _, c := range []string{"$", "€", "£", "¥"} {
		if rest, ok := bytes.CutPrefix(t, []byte(c)); ok {
			return bytes.TrimLeft(rest, " ")
		}
		if rest, ok := bytes.CutSuffix(t, []byte(c)); ok {
			return bytes.TrimRight(rest, " ")
		}
	}
	if rest, ok := bytes.CutSuffix(t, []byte("%")); ok {
		return bytes.TrimRight(rest, " ")
	}
	if sign != nil {
		return append(sign[:1:1], t...)
	}
	return t
}

// separated recognises digits in groups of three, and a comma before a fraction.
func separated(t []byte) style {
	if t[0] == '-' || t[0] == '+' {
		t = t[1:]
	}
	t = bytes.ReplaceAll(t, []byte("\u00a0"), []byte(" "))
	t = bytes.ReplaceAll(t, []byte("\u202f"), []byte(" "))
	head := digits(t)
	if head == 0 {
		return noNumeral
	}
	if head == len(t) {
		return plainNumeral
	}
	separator, rest, groups := t[head], t[head:], 0
	for head <= 3 && len(rest) >= 4 && rest[0] == separator && strings.IndexByte(",. '", separator) >= 0 && digits(rest[1:4]) == 3 &&
		(len(rest) == 4 || !isDigit(rest[4])) {
		rest, groups = rest[4:], groups+1
	}
	switch {
	case groups > 0 && len(rest) == 0:
		return grouped
	case groups > 0 && rest[0] != separator && (rest[0] == '.' || rest[0] == ',') && digits(rest[1:]) == len(rest)-1:
		return grouped
	case groups == 0 && separator == ',' && len(rest) > 1 && digits(rest[1:]) == len(rest)-1:
		return decimalComma
	}
	return noNumeral
}

// digits counts the decimal digits at the beginning of t.
func digits(t []byte) int {
	for i, b := range t {
		if !isDigit(b) {
			return i
		}
	}
	return len(t)
}
