package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Size is a number of bytes. Its text is a whole number, alone or with a unit: B, kB, MB, GB (powers of 1000) or KiB, MiB,
// GiB (powers of 1024).
type Size int64

// Sizes that others are made of.
const (
	KiB Size = 1 << 10
	MiB Size = 1 << 20
	GiB Size = 1 << 30
)

// sizeUnits are tried in this order, both ways: the larger ones first, so that a size prints in the unit that leaves the
// smallest whole number, and B last, because every other unit ends in it.
var sizeUnits = []struct {
	name  string
	bytes Size
}{
	{"GiB", GiB}, {"GB", 1e9}, {"MiB", MiB}, {"MB", 1e6}, {"KiB", KiB}, {"kB", 1e3}, {"KB", 1e3}, {"B", 1},
}

// String gives the size in the largest unit in which it is a whole number.
func (s Size) String() string {
	for _, u := range sizeUnits {
		if s != 0 && s%u.bytes == 0 {
			return strconv.FormatInt(int64(s/u.bytes), 10) + u.name
		}
	}
	return "0B"
}

// ParseSize reads a size.
func ParseSize(text string) (Size, error) {
	digits, unit := text, Size(1)
	for _, u := range sizeUnits {
		if d, ok := strings.CutSuffix(text, u.name); ok {
			digits, unit = strings.TrimRight(d, " "), u.bytes
			break
		}
	}
	n, err := parseInt(digits)
	if err != nil {
		return 0, fmt.Errorf("%q is not a size", text)
	}
	if n > math.MaxInt64/int64(unit) || n < math.MinInt64/int64(unit) {
		return 0, fmt.Errorf("%q is too large for a size", text)
	}
	return Size(n) * unit, nil
}

// Start says where a feed begins to read where its group has no offset yet.
type Start struct {
	Latest bool
	At     time.Time // the first record at or after this time; zero with Latest false means the earliest record
}

// String gives the text that ParseStart reads.
func (s Start) String() string {
	switch {
	case s.Latest:
		return "latest"
	case s.At.IsZero():
		return "earliest"
	}
	return s.At.Format(time.RFC3339Nano)
}

// ParseStart reads earliest, latest or an RFC 3339 time.
func ParseStart(text string) (Start, error) {
	switch text {
	case "earliest":
		return Start{}, nil
	case "latest":
		return Start{Latest: true}, nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || at.IsZero() {
		return Start{}, fmt.Errorf("%q is not earliest, latest or an RFC 3339 time", text)
	}
	return Start{At: at.UTC()}, nil
}

// parseInt reads a whole number in decimal, with underscores between digits as YAML files like to have them.
func parseInt(text string) (int64, error) {
	plain := text
	if strings.Contains(text, "_") {
		if strings.HasPrefix(text, "_") || strings.HasSuffix(text, "_") || strings.Contains(text, "__") {
			return 0, strconv.ErrSyntax
		}
		plain = strings.ReplaceAll(text, "_", "")
	}
	return strconv.ParseInt(plain, 10, 64)
}

// assign sets the setting that to points at from its text. A list is given with commas between its items.
func assign(to any, text string) error {
	switch to := to.(type) {
	case *string:
		*to = text
	case *[]string:
		*to = splitList(text)
	case *int:
		n, err := parseInt(text)
		if err != nil || n > math.MaxInt32 || n < math.MinInt32 {
			return fmt.Errorf("%q is not a whole number", text)
		}
		*to = int(n)
	case *time.Duration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("%q is not a duration", text)
		}
		*to = d
	case *Size:
		n, err := ParseSize(text)
		if err != nil {
			return err
		}
		*to = n
	case *Start:
		s, err := ParseStart(text)
		if err != nil {
			return err
		}
		*to = s
	default:
		panic(fmt.Sprintf("config: a setting of type %T has no parser", to))
	}
	return nil
}

// text gives the text from which assign makes the value that from points at.
func text(from any) string {
	switch from := from.(type) {
	case *string:
		return *from
	case *[]string:
		return strings.Join(*from, ",")
	case *int:
		return strconv.Itoa(*from)
	case *time.Duration:
		return durationText(*from)
	case *Size:
		return from.String()
	case *Start:
		return from.String()
	}
	panic(fmt.Sprintf("config: a setting of type %T has no text", from))
}

// durationText gives a duration without the zero minutes and seconds that time.Duration prints after whole hours and
// minutes.
func durationText(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

// splitList splits at commas and drops the spaces around items. An empty text is an empty list.
func splitList(text string) []string {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	items := strings.Split(text, ",")
	for i := range items {
		items[i] = strings.TrimSpace(items[i])
	}
	return items
}
