package cli

import (
	"fmt"
	"time"

	"github.com/assay-dev/assay/internal/broker"
)

// parseWhen reads a place in a topic as people say it: start, end, a time (RFC 3339, or a day, which begins at midnight UTC), or
// how long ago, such as 2h. It comes back as broker.ListOffsets takes it.
func parseWhen(text string, now time.Time) (int64, error) {
	switch text {
	case "start":
		return broker.Earliest, nil
	case "end":
		return broker.Latest, nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return max(at.UnixMilli(), 0), nil
		}
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return max(now.Add(-ago).UnixMilli(), 0), nil
	}
	return 0, fmt.Errorf("want start, end, a time such as 2026-05-25T12:00:00Z, a day, or how long ago, such as 90m")
}
