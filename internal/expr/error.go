package expr

import (
	"fmt"

	"github.com/assay-dev/assay/internal/suggest"
)

// Error is why an expression is refused.
type Error struct {
	// Offset and Length are the bytes at fault in the expression. At the end of the text Length is 0.
	Offset, Length int
	Text           string // what is wrong
	Hint           string // what to write instead, or ""
}

// Error gives the text and the hint.
func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Text
	}
	return e.Text + "; " + e.Hint
}

// hint adds advice, if there is any.
func (e *Error) hint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// didYouMean names the nearest known word, in the form in which the expression would have it.
func didYouMean(word string, known []string, form func(string) string) string {
	if s := suggest.Nearest(word, known); s != "" {
		return "did you mean " + form(s) + "?"
	}
	return ""
}
