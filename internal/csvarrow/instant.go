package csvarrow

import (
	"math"
	"math/bits"
)

// ParseDate reads YYYY-MM-DD, years 0000 to 9999 of the Gregorian calendar, and gives the days since 1970-01-01.
func ParseDate(t []byte) (int64, bool) {
	if len(t) != len("YYYY-MM-DD") || t[4] != '-' || t[7] != '-' {
		return 0, false
	}
	y, ok1 := number(t[:4])
	m, ok2 := number(t[5:7])
	d, ok3 := number(t[8:])
	if !ok1 || !ok2 || !ok3 || m < 1 || m > 12 || d < 1 || d > monthDays(y, m) {
		return 0, false
	}
	return days(y, m, d), true
}

// number reads digits only; there are at most nine.
func number(t []byte) (int, bool) {
	n := 0
	for _, c := range t {
		if c-'0' > 9 {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

func monthDays(y, m int) int {
	switch m {
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// days gives the days from 1970-01-01. Years are counted from March, so that the leap day is a year's last.
// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
func days(y, m, d int) int64 {
	if m <= 2 {
		y, m = y-1, m+12
	}
	const cycle = 146097 // days of 400 years: a whole cycle more, since year 0000 counted from March begins in -1
	y += 400
	return int64(y*365+y/4-y/100+y/400+(153*(m-3)+2)/5+d-1) - cycle - 719468
}

// ParseTimestamp reads a time. With a unit (s, ms, us or ns) the text is a whole number of them since 1970-01-01 UTC, which
// is the value. Without one it is RFC 3339 or YYYY-MM-DD HH:MM:SS, then in UTC, both with up to nine digits of a second's
// fraction, and the value is in nanoseconds since 1970-01-01 UTC, which reach from 1677-09-21 to 2262-04-11.
func ParseTimestamp(t []byte, unit string) (int64, bool) {
	if unit != "" {
		return ParseInt64(t)
	}
	const seconds = len("YYYY-MM-DDTHH:MM:SS")
	if len(t) < seconds || t[13] != ':' || t[16] != ':' {
		return 0, false
	}
	day, ok := ParseDate(t[:10])
	if !ok {
		return 0, false
	}
	hour, ok1 := number(t[11:13])
	minute, ok2 := number(t[14:16])
	second, ok3 := number(t[17:19])
	if !ok1 || !ok2 || !ok3 || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	separator := t[10]
	nanos, t, ok := fraction(t[seconds:])
	if !ok {
		return 0, false
	}
	at := day*86400 + int64(hour*3600+minute*60+second)
	switch separator {
	case ' ':
		if len(t) != 0 {
			return 0, false
		}
	case 'T', 't':
		offset, ok := zone(t)
		if !ok {
			return 0, false
		}
		at -= offset
	default:
		return 0, false
	}
	return inNanos(at, nanos)
}

// nearlyTime says what must be of a text that has the form of a time and is none that there is room for: a leap second, or a year
// too far away. Of any other it gives "".
func nearlyTime(t []byte) string {
	const second, year = len("YYYY-MM-DDTHH:MM:"), len("YYYY")
	if len(t) < second+2 || len(t) > len("YYYY-MM-DDTHH:MM:SS.fffffffff+HH:MM") {
		return ""
	}
	is := func(at int, text string) bool {
		var fixed [len("YYYY-MM-DDTHH:MM:SS.fffffffff+HH:MM")]byte
		changed := append(fixed[:0], t...)
		copy(changed[at:], text)
		_, ok := ParseTimestamp(changed, "")
		return ok
	}
	if string(t[second:][:2]) == "60" && is(second, "59") {
		return "a time whose seconds end at 59: leap seconds are not known"
	}
	near := "2001"
	if y, ok := number(t[:year]); ok && monthDays(y, 2) == 29 {
		near = "2000"
	}
	if y, ok := number(t[:year]); ok && (y < 1678 || y > 2261) && is(0, near) {
		return "a time from 1677-09-21T00:12:43.145224192Z to 2262-04-11T23:47:16.854775807Z"
	}
	return ""
}

// fraction reads an optional point and one to nine digits, as nanoseconds, and gives what follows them.
func fraction(t []byte) (int64, []byte, bool) {
	if len(t) == 0 || t[0] != '.' {
		return 0, t, true
	}
	t = t[1:]
	n := digits(t)
	if n < 1 || n > 9 {
		return 0, t, false
	}
	v, _ := number(t[:n])
	for range 9 - n {
		v *= 10
	}
	return int64(v), t[n:], true
}

// zone reads Z or ±HH:MM and gives the seconds to the east.
func zone(t []byte) (int64, bool) {
	if len(t) == 1 {
		return 0, t[0]|0x20 == 'z'
	}
	if len(t) != len("+HH:MM") || t[3] != ':' || t[0] != '+' && t[0] != '-' {
		return 0, false
	}
	hour, ok1 := number(t[1:3])
	minute, ok2 := number(t[4:])
	if !ok1 || !ok2 || hour > 23 || minute > 59 {
		return 0, false
	}
	seconds := int64(hour*3600 + minute*60)
	if t[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}

// inNanos gives seconds and nanoseconds as nanoseconds, if they fit.
func inNanos(seconds, nanos int64) (int64, bool) {
	if seconds < 0 && nanos > 0 {
		seconds, nanos = seconds+1, nanos-1e9 // so that the sum of the two cannot overflow where the result fits
	}
	hi, lo := bits.Mul64(uint64(max(seconds, -seconds)), 1e9)
	if hi != 0 || lo > math.MaxInt64 {
		return 0, false
	}
	v := int64(lo)
	if seconds < 0 {
		v = -v
	}
	sum := v + nanos
	if nanos > 0 && sum < v || nanos < 0 && sum > v {
		return 0, false
	}
	return sum, true
}
