package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/wire"
)

// How much of each output the demo shows, in lines that fit a terminal.
const (
	demoScored  = 3
	demoLetters = 12
	demoWidth   = 80
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
	return readTopic(ctx, d.svc.Client, "census.scored", func(_ int32, r *wire.Record) (bool, error) {
		shown++
		_, err := fmt.Fprint(d.out, scoredText(string(r.Value)))
		return shown < demoScored, err
	})
}

// scoredText gives the beginning of a scored row, which tells who it is, and its scores.
func scoredText(row string) string {
	input, scores, ok := strings.Cut(row, `,"profile_id":`)
	if !ok {
		return "  " + short(row, demoWidth-3) + "\n"
	}
	name := strings.LastIndex(scores, `,"`) + 1 // the last member goes to a line of its own
	return fmt.Sprintf("  %s\n   \"profile_id\":%s\n   %s\n", short(input, demoWidth-3), scores[:name], scores[name:])
}

func (d *demo) showQuality(ctx context.Context) error {
	byField := map[string]int64{}
	err := readTopic(ctx, d.svc.Client, "census.quality", func(_ int32, r *wire.Record) (bool, error) {
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

// showDead shows the first letters of rows, and those of whole chunks wherever they stand.
func (d *demo) showDead(ctx context.Context) error {
	fmt.Fprintln(d.out, "\ndead letters (census.dead):")
	rows, more := 0, int64(0)
	var headers []flow.Header
	err := readTopic(ctx, d.svc.Client, "census.dead", func(_ int32, r *wire.Record) (bool, error) {
		headers = r.Headers(headers[:0])
		message, what := "", "chunk"
		for _, h := range headers {
			switch h.Key {
			case "__connect.errors.exception.message":
				message = string(h.Value)
			case "assay-error-row":
				what = "row " + string(h.Value)
				rows++
			}
		}
		if what != "chunk" && rows > demoLetters {
			more++
			return true, nil
		}
		first, _, _ := strings.Cut(string(r.Value), "\n")
		const indent = 12
		_, err := fmt.Fprintf(d.out, "  %-9s %s\n            %s\n", what, short(message, demoWidth-indent-1), short(first, demoWidth-indent-1))
		return true, err
	})
	if more > 0 {
		fmt.Fprintf(d.out, "  … and %s more\n", thousands(more))
	}
	return err
}
