package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/wire"
)

// How much of each output the demo shows.
const (
	demoScored  = 3
	demoLetters = 12
)

// show prints some of what now stands on the output topics, as a consumer reads it.
func (d *demo) show(ctx context.Context) error {
	if err := d.showScored(ctx); err != nil {
		return err
	}
	if err := d.showQuality(ctx); err != nil {
		return err
	}
	return d.showDead(ctx)
}

func (d *demo) showScored(ctx context.Context) error {
	fmt.Fprintln(d.out, "\nscored rows (census.scored):")
	shown := 0
	return readTopic(ctx, d.svc.client, "census.scored", func(_ int32, r *wire.Record) (bool, error) {
		shown++
		_, err := fmt.Fprintf(d.out, "  %s\n", ends(string(r.Value), 160, 120))
		return shown < demoScored, err
	})
}

func (d *demo) showQuality(ctx context.Context) error {
	byField := map[string]int64{}
	err := readTopic(ctx, d.svc.client, "census.quality", func(_ int32, r *wire.Record) (bool, error) {
		var e struct {
			Totals []struct {
				Field string
				Rows  int64
			}
		}
		if err := json.Unmarshal(r.Value, &e); err != nil {
			return false, fmt.Errorf("reading a quality event: %w", err)
		}
		for _, t := range e.Totals {
			byField[t.Field] += t.Rows
		}
		return true, nil
	})
	if err != nil || len(byField) == 0 {
		return err
	}
	fields := make([]string, 0, len(byField))
	for f := range byField {
		fields = append(fields, f)
	}
	slices.SortFunc(fields, func(a, b string) int { return cmp.Or(cmp.Compare(byField[b], byField[a]), cmp.Compare(a, b)) })
	fmt.Fprintln(d.out, "\nvalues not recognised, scored as Not stated (census.quality):")
	for _, f := range fields {
		fmt.Fprintf(d.out, "  %-16s %9s\n", f, thousands(byField[f]))
	}
	return nil
}

func (d *demo) showDead(ctx context.Context) error {
	fmt.Fprintln(d.out, "\ndead letters (census.dead):")
	n := 0
	var headers []flow.Header
	err := readTopic(ctx, d.svc.client, "census.dead", func(_ int32, r *wire.Record) (bool, error) {
		if n++; n > demoLetters {
			return true, nil
		}
		headers = r.Headers(headers[:0])
		message, what := "", "chunk"
		for _, h := range headers {
			switch h.Key {
			case "__connect.errors.exception.message":
				message = string(h.Value)
			case "assay-error-row":
				what = "row " + string(h.Value)
			}
		}
		first, _, _ := strings.Cut(string(r.Value), "\n")
		_, err := fmt.Fprintf(d.out, "  %-9s %s\n            %s\n", what, message, short(first, 100))
		return true, err
	})
	if n > demoLetters {
		fmt.Fprintf(d.out, "  … and %s more\n", thousands(int64(n-demoLetters)))
	}
	return err
}

// ends leaves out the middle of a text that is longer than its ends together: what a scored row is known by stands in front,
// its scores stand behind.
func ends(text string, front, back int) string {
	if len(text) <= front+back {
		return text
	}
	from := len(text) - back
	for from < len(text) && !utf8.RuneStart(text[from]) {
		from++
	}
	return short(text, front) + text[from:]
}
