package feed

import (
	"fmt"
	"math"
	"strings"
)

var units = []struct {
	name  string
	bytes int64
}{
	{"", 1}, {"B", 1},
	{"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12},
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
}

// ParseSize gives the bytes that a text like 100MB (100,000,000), 16MiB (16,777,216) or 1_000_000 names.
func ParseSize(s string) (int64, error) {
	digits := strings.TrimRight(s, "BKMGTkib ")
	unit := strings.TrimLeft(s[len(digits):], " ")
	n, err := ParseCount(digits)
	if err != nil {
		return 0, fmt.Errorf("%q is no size like 64KiB, 16MiB or 100MB", s)
	}
	for _, u := range units {
		if u.name != unit {
			continue
		}
		if n > math.MaxInt64/u.bytes {
			return 0, fmt.Errorf("%q is too large", s)
		}
		return n * u.bytes, nil
	}
	return 0, fmt.Errorf("%q has no unit like KiB, MiB, GiB, kB, MB or GB", s)
}

// ParseCount gives a whole number of digits, which single underscores may group.
func ParseCount(s string) (int64, error) {
	n, grouped := int64(0), true // grouped: the last byte was no digit
	for i := range len(s) {
		c := s[i]
		if c == '_' && !grouped {
			grouped = true
			continue
		}
		if c < '0' || c > '9' {
			return 0, fmt.Errorf("%q is no whole number", s)
		}
		d := int64(c - '0')
		if n > (math.MaxInt64-d)/10 {
			return 0, fmt.Errorf("%q is too large", s)
		}
		n, grouped = n*10+d, false
	}
	if grouped {
		return 0, fmt.Errorf("%q is no whole number", s)
	}
	return n, nil
}
