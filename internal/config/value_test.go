package config

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseSize(t *testing.T) {
	good := map[string]Size{
		"0": 0, "1": 1, "17B": 17, "1kB": 1000, "1KB": 1000, "2KiB": 2048, "16MiB": 16 << 20, "100MB": 100e6, "1 GiB": 1 << 30,
		"3GB": 3e9, "1_000": 1000, "-1": -1, "8589934591GiB": 8589934591 << 30,
	}
	for in, want := range good {
		if got, err := ParseSize(in); err != nil || got != want {
			t.Errorf("ParseSize(%q) = %d, %v, want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", "B", "MiB", "1.5MiB", "1 M", "1Mib", "0x10", "_1", "1_", "1__0", "8589934592GiB", "9223372036854775808", "1MiBB"} {
		if got, err := ParseSize(in); err == nil {
			t.Errorf("ParseSize(%q) = %d, want an error", in, got)
		}
	}
}

func TestSizeReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Size(rapid.Int64().Draw(t, "bytes"))
		if got, err := ParseSize(s.String()); err != nil || got != s {
			t.Fatalf("%d prints as %q, which reads as %d, %v", int64(s), s, got, err)
		}
	})
}

func TestSizePrintsShort(t *testing.T) {
	for in, want := range map[Size]string{
		0: "0B", 1023: "1023B", 1024: "1KiB", 1000: "1kB", MiB: "1MiB", 100e6: "100MB", 64 * GiB: "64GiB", 1536 * KiB: "1536KiB",
	} {
		if got := in.String(); got != want {
			t.Errorf("%d prints as %q, want %q", int64(in), got, want)
		}
	}
}

func TestDurationReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64().Draw(t, "ns"))
		if rapid.Bool().Draw(t, "whole") {
			d = d.Truncate(time.Minute)
		}
		if got, err := time.ParseDuration(durationText(d)); err != nil || got != d {
			t.Fatalf("%d prints as %q, which reads as %d, %v", d, durationText(d), got, err)
		}
	})
	for in, want := range map[time.Duration]string{
		0: "0s", time.Hour: "1h", 15 * time.Minute: "15m", 90 * time.Second: "1m30s", 10 * time.Second: "10s", 20*time.Hour + 10*time.Minute: "20h10m",
	} {
		if got := durationText(in); got != want {
			t.Errorf("%v prints as %q, want %q", in, got, want)
		}
	}
}

func TestParseStart(t *testing.T) {
	for _, in := range []string{"earliest", "latest", "2026-01-31T00:00:00Z", "2026-01-31T00:00:00.123456789Z"} {
		if s, err := ParseStart(in); err != nil || s.String() != in {
			t.Errorf("ParseStart(%q) = %q, %v", in, s, err)
		}
	}
	for _, in := range []string{"", "Earliest", "2026-01-31", "2026-13-31T00:00:00Z", "0001-01-01T00:00:00Z"} {
		if s, err := ParseStart(in); err == nil {
			t.Errorf("ParseStart(%q) = %q, want an error", in, s)
		}
	}
}
