package cli

import (
	"testing"
	"time"

	"github.com/assay-dev/assay/internal/broker"
)

func TestProgressText(t *testing.T) {
	for _, c := range []struct {
		rows, read, total int64
		took              time.Duration
		want              string
	}{
		{0, 0, 1000, time.Second, "0 rows, 0 rows/s, 0 MB/s"},
		{1, 500_000, 2_000_000, time.Second, "1 row, 1 rows/s, 0 MB/s, 25 %, 3s left"},
		{3_000_000, 600e6, 5e9, 2 * time.Second, "3,000,000 rows, 1,500,000 rows/s, 300 MB/s, 12 %, 15s left"},
		{3_000_000, 600e6, 600e6, 2 * time.Second, "3,000,000 rows, 1,500,000 rows/s, 300 MB/s, 100 %, 0s left"},
		{5, 700, 600, time.Second, "5 rows, 5 rows/s, 0 MB/s, 100 %, 0s left"}, // the file grows
		{3_000_000, 600e6, 0, 2 * time.Second, "3,000,000 rows, 1,500,000 rows/s, 300 MB/s"},
		{100, 1e9, 1e12, 10 * time.Second, "100 rows, 10 rows/s, 100 MB/s, 0 %, 2h46m30s left"},
	} {
		if got := progressText(c.rows, c.read, c.total, c.took); got != c.want {
			t.Errorf("%d rows, %d of %d bytes: %q, want %q", c.rows, c.read, c.total, got, c.want)
		}
	}
}

func TestParseWhen(t *testing.T) {
	now := time.Date(2026, 5, 25, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]int64{
		"start": broker.Earliest, "end": broker.Latest, "2h": now.Add(-2 * time.Hour).UnixMilli(), "0s": now.UnixMilli(), "2026-05-25": now.Add(-12 * time.Hour).UnixMilli(),
		"2026-05-25T14:00:00.25+02:00": now.UnixMilli() + 250, "1960-01-01": 0, "1000000h": 0,
	} {
		if at, err := parseWhen(text, now); err != nil || at != want {
			t.Errorf("%s: %d, %v, want %d", text, at, err, want)
		}
	}
	for _, text := range []string{"", "yesterday", "-2h", "12", "2026-13-01"} {
		if at, err := parseWhen(text, now); err == nil {
			t.Errorf("%q is taken for %d", text, at)
		}
	}
}

func TestNumbersForPeople(t *testing.T) {
	for _, c := range []struct {
		n    int64
		want string
	}{{0, "0 rows"}, {1, "1 row"}, {999, "999 rows"}, {1000, "1,000 rows"}, {1234567, "1,234,567 rows"}, {-1, "-1 rows"}, {-123456, "-123,456 rows"}} {
		if got := count(c.n, "row"); got != c.want {
			t.Errorf("%d: %q, want %q", c.n, got, c.want)
		}
	}
	for _, c := range []struct {
		seconds float64
		want    string
	}{{0.0421, "42ms"}, {1.26, "1.3s"}, {61.4, "1m1s"}, {3600, "1h0m0s"}} {
		if got := duration(c.seconds); got != c.want {
			t.Errorf("%v s: %q, want %q", c.seconds, got, c.want)
		}
	}
	for _, c := range []struct {
		text string
		n    int
		want string
	}{{"short", 5, "short"}, {"longer", 5, "longe…"}, {"aé", 2, "a…"}, {"日本", 3, "日…"}, {"日本", 2, "…"}} {
		if got := short(c.text, c.n); got != c.want {
			t.Errorf("%q in %d bytes: %q, want %q", c.text, c.n, got, c.want)
		}
	}
}

// A row that is no census row is shown too, if only by its beginning.
func TestScoredText(t *testing.T) {
	for _, c := range []struct{ row, want string }{
		{`{"id":"1","profile_id":3,"profile_name":"x","profile_confidence":"low"}`,
			"  {\"id\":\"1\"\n   \"profile_id\":3,\"profile_name\":\"x\",\n   \"profile_confidence\":\"low\"}\n"},
		{`{"id":"1"}`, "  {\"id\":\"1\"}\n"},
		{`{"id":"1","profile_id":3}`, "  {\"id\":\"1\"\n   \"profile_id\":\n   3}\n"},
	} {
		if got := scoredText(c.row); got != c.want {
			t.Errorf("%s is shown as\n%s, want\n%s", c.row, got, c.want)
		}
	}
}
