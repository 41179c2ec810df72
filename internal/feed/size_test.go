package feed

import (
	"math"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func TestParseSize(t *testing.T) {
	for _, c := range []struct {
		text string
		want int64 // -1: refused
	}{
		{"0", 0}, {"1", 1}, {"1_000_000", 1e6}, {"7B", 7},
		{"100MB", 100_000_000}, {"100 MB", 100_000_000}, {"1kB", 1000}, {"1KB", 1000}, {"2GB", 2e9}, {"1TB", 1e12},
		{"1KiB", 1024}, {"16MiB", 16 << 20}, {"1_0GiB", 10 << 30}, {"1TiB", 1 << 40},
		{"9223372036854775807", math.MaxInt64}, {"8388607TiB", 8388607 << 40},
		{"", -1}, {"MB", -1}, {"1.5MB", -1}, {"-1MB", -1}, {"1Mb", -1}, {"1mb", -1}, {"1M", -1}, {"1iB", -1}, {"1e6", -1}, {"0x10", -1},
		{"9223372036854775808", -1}, {"8388608TiB", -1}, {"1 M B", -1}, {" 1", -1}, {"1_", -1}, {"_1", -1}, {"1__0", -1},
	} {
		got, err := ParseSize(c.text)
		if err != nil {
			got = -1
		}
		if got != c.want {
			t.Errorf("ParseSize(%q) = %d, %v, want %d", c.text, got, err, c.want)
		}
	}
}

func TestParseCountReadsWhatIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Min(0).Draw(t, "n")
		if got, err := ParseCount(strconv.FormatInt(n, 10)); err != nil || got != n {
			t.Fatalf("%d is read as %d, %v", n, got, err)
		}
	})
}
