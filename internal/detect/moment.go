package detect

import (
	"bytes"
	"strings"
)

// momentPatterns are the usual ways to write dates and times, the ones that the engine reads first. YYYY is four digits, YY
// two, MMM a month's name or its first letters, N one or two digits that are a day or a month, any other letter pair one or
// two digits. A fraction of a second and a zone may follow SS, and AM or PM a time.
var momentPatterns = makePatterns()

func makePatterns() []string {
	var all []string
	for _, date := range []string{
		"YYYY-MM-DD", "YYYY/MM/DD", "YYYY.MM.DD", "N/N/YYYY", "N.N.YYYY", "N-N-YYYY", "N/N/YY", "N.N.YY",
		"DD MMM YYYY", "DD-MMM-YYYY", "DD-MMM-YY", "MMM DD YYYY", "MMM DD, YYYY", "YYYY-MM",
	} {
		all = append(all, date)
		if date == "YYYY-MM" {
			continue
		}
		for _, time := range []string{" HH:MM:SS", "THH:MM:SS", " HH:MM", "THH:MM"} {
			all = append(all, date+time)
		}
	}
	return append(all, "HH:MM:SS", "HH:MM")
}

// momentPattern gives the index of the pattern that t is written in, or -1.
func momentPattern(t []byte) int {
	if len(t) < len("0:00") || len(t) > 40 || !bytes.ContainsAny(t, "-/.: ") {
		return -1
	}
	for i, p := range momentPatterns {
		if matchMoment(t, p) {
			return i
		}
	}
	return -1
}

// matchMoment reports whether t is written in the pattern. Values are not checked beyond their number of digits: what is
// checked is whether a person would say that it is a date.
func matchMoment(t []byte, pattern string) bool {
	for p := 0; p < len(pattern); {
		switch rest := pattern[p:]; {
		case strings.HasPrefix(rest, "YYYY"):
			if digits(t) != 4 {
				return false
			}
			t, p = t[4:], p+4
		case strings.HasPrefix(rest, "YY"):
			if digits(t) != 2 {
				return false
			}
			t, p = t[2:], p+2
		case strings.HasPrefix(rest, "MMM"):
			n := month(t)
			if n == 0 {
				return false
			}
			t, p = t[n:], p+3
		case rest[0] == 'N' || len(rest) > 1 && rest[0] == rest[1] && isLetter(rest[0]):
			n := digits(t)
			if n == 0 || n > 2 {
				return false
			}
			t = t[n:]
			if p++; rest[0] != 'N' {
				p++
			}
		default:
			if len(t) == 0 || t[0] != rest[0] {
				return false
			}
			t, p = t[1:], p+1
		}
	}
	return len(t) == 0 || strings.HasSuffix(pattern, ":SS") && isSecondsTail(t) || strings.HasSuffix(pattern, ":MM") && isHalf(t)
}

// month gives the length of the month's name at the beginning of t, or 0.
func month(t []byte) int {
	n := 0
	for n < len(t) && isLetter(t[n]) {
		n++
	}
	if n < 3 {
		return 0
	}
	name := strings.ToLower(string(t[:n]))
	for _, m := range []string{
		"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
	} {
		if strings.HasPrefix(m, name) || name == "sept" {
			return n
		}
	}
	return 0
}

// isSecondsTail recognises a fraction, a zone, and AM or PM.
func isSecondsTail(t []byte) bool {
	if len(t) > 1 && (t[0] == '.' || t[0] == ',') {
		n := digits(t[1:])
		if n == 0 {
			return false
		}
		t = t[1+n:]
	}
	t = bytes.TrimLeft(t, " ")
	switch s := strings.ToUpper(string(t)); s {
	case "", "Z", "UTC", "GMT", "AM", "PM":
		return true
	default:
		if s[0] != '+' && s[0] != '-' {
			return false
		}
		zone := strings.Replace(s[1:], ":", "", 1)
		return len(zone) >= 2 && len(zone) <= 4 && digits([]byte(zone)) == len(zone)
	}
}

func isHalf(t []byte) bool {
	s := strings.ToUpper(strings.TrimSpace(string(t)))
	return s == "AM" || s == "PM"
}
