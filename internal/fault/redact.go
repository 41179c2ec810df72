package fault

import (
	"strings"
	"unicode/utf8"
	"unsafe"
)

// MaxValue is the most characters of an offending value that an event shows.
const MaxValue = 200

// redacted stands where a secret stood.
const redacted = "[redacted]"

// shownKey is the most characters of a prefixed key that are shown. A key whose secret part is not longer than that shows
// its prefix only.
const shownKey = 12

var keyPrefixes = [...]string{"ask_live_", "live_sk_", "test_sk_", "token_"}

var secretHeaders = [...]string{"authorization", "x-api-key"}

// Clean gives an offending value as events and logs show it: secrets redacted, then cut at MaxValue characters. The result
// may hold invalid UTF-8 where v does; AppendJSONString replaces it.
func Clean(v []byte) string { return string(AppendClean(nil, v)) }

// AppendClean appends the same to dst.
func AppendClean(dst, v []byte) []byte {
	// No key and no token header is longer than this, so that what shows is judged whole while a cell of megabytes is not.
	const window = 16 << 10
	v = v[:min(len(v), window)]
	n := len(dst)
	dst = appendRedacted(dst, unsafe.String(unsafe.SliceData(v), len(v)), MaxValue)
	return dst[:n+len(Cut(dst[n:]))]
}

// Cut gives the first MaxValue characters of v, without copying. A byte of invalid UTF-8 is a character.
func Cut(v []byte) []byte {
	if len(v) <= MaxValue {
		return v
	}
	to := 0
	for n := 0; n < MaxValue && to < len(v); n++ {
		_, size := utf8.DecodeRune(v[to:])
		to += size
	}
	return v[:to]
}

// Redact gives text with its secrets replaced: API keys by their prefix, web tokens (JWT) and the values of the headers
// Authorization and x-api-key whole. It rather hides too much than too little.
func Redact(text string) string {
	b := appendRedacted(nil, text, len(text)+1)
	if string(b) == text {
		return text
	}
	return string(b)
}

// appendRedacted appends s redacted and stops once limit characters stand there.
func appendRedacted(dst []byte, s string, limit int) []byte {
	for chars, i := 0, 0; i < len(s) && chars < limit; {
		if shown, size := secret(s[i:]); size > 0 {
			dst = append(dst, s[i:i+shown]...)
			dst = append(dst, redacted...)
			chars += shown + len(redacted)
			i += size
			continue
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		dst = append(dst, s[i:i+size]...)
		chars++
		i += size
	}
	return dst
}

// secret gives the length of the secret that s begins with and how much of it may be shown; 0 when s begins with none.
func secret(s string) (shown, size int) {
	switch s[0] {
	case 'a', 'l', 't', 'A', 'x', 'X':
		for _, p := range keyPrefixes {
			if strings.HasPrefix(s, p) {
				return key(s, len(p))
			}
		}
		for _, h := range secretHeaders {
			if len(s) > len(h) && strings.EqualFold(s[:len(h)], h) {
				return header(s, len(h))
			}
		}
	case 'e':
		return 0, webToken(s)
	}
	return 0, 0
}

func key(s string, prefix int) (shown, size int) {
	size = prefix + span(s[prefix:], isTokenByte)
	switch {
	case size == prefix:
		return 0, 0
	case size-prefix > shownKey:
		return shownKey, size
	}
	return prefix, size
}

// header finds the value after a header's name: as in a request, an assignment or a JSON member. It ends at the quote that
// closes it, else with the line.
func header(s string, name int) (shown, size int) {
	i := name + span(s[name:], isQuoteOrBlank)
	if i == len(s) || s[i] != ':' && s[i] != '=' {
		return 0, 0
	}
	i++
	i += span(s[i:], func(c byte) bool { return c == ' ' || c == '\t' })
	stop := "\r\n"
	if i < len(s) && (s[i] == '"' || s[i] == '\'') {
		stop = s[i:i+1] + stop
		i++
	}
	to := strings.IndexAny(s[i:], stop)
	if to < 0 {
		to = len(s) - i
	}
	if to == 0 {
		return 0, 0
	}
	return i, i + to
}

// webToken gives the length of a JWT: three base64url parts with dots between them, the first an object, the last possibly
// empty.
func webToken(s string) int {
	if !strings.HasPrefix(s, "eyJ") {
		return 0
	}
	at := 0
	for range 2 {
		n := span(s[at:], isTokenByte)
		at += n
		if n == 0 || at == len(s) || s[at] != '.' {
			return 0
		}
		at++
	}
	return at + span(s[at:], isTokenByte)
}

func span(s string, in func(byte) bool) int {
	for i := range len(s) {
		if !in(s[i]) {
			return i
		}
	}
	return len(s)
}

func isTokenByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

func isQuoteOrBlank(c byte) bool { return c == '"' || c == '\'' || c == ' ' || c == '\t' }
