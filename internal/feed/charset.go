package feed

import (
	"maps"
	"slices"
	"strings"
)

// The values of CSV.Charset.
const (
	UTF8   = "utf-8"
	UTF16  = "utf-16" // with a byte order mark
	Latin1 = "latin-1"
)

// Charsets gives the character sets by the names that contracts use.
func Charsets() []string { return []string{UTF8, UTF16, Latin1} }

// otherSpellings are names of character sets that are in use beside those of Charsets.
var otherSpellings = map[string]string{"utf8": UTF8, "utf16": UTF16, "latin1": Latin1, "iso-8859-1": Latin1}

// spellings gives every name of a character set in lower case.
func spellings() []string {
	return append(Charsets(), slices.Sorted(maps.Keys(otherSpellings))...)
}

// ParseCharset gives the character set that s names, without regard to case, and whether there is such.
func ParseCharset(s string) (string, bool) {
	s = strings.ToLower(s)
	for _, c := range Charsets() {
		if c == s {
			return c, true
		}
	}
	c, ok := otherSpellings[s]
	return c, ok
}
