package judge

import (
	"context"
	"slices"
	"time"
)

// close judges one input partition when everything has been read. Whatever lies below the offset committed before reading
// must be in the output; whatever is in the output must lie below the offset committed after it. end is the end of the
// partition's log.
func (h *hearing) close(partition int32, before, after, end int64, out Topics) {
	var here []*dossier
	for _, d := range h.chunks {
		if d.Partition == partition {
			here = append(here, d)
		}
	}
	slices.SortFunc(here, func(a, b *dossier) int { return int(a.Offset - b.Offset) })

	if after > end {
		h.verdict.add(OffsetAhead, 1, "partition %d, committed to %d, ends at %d", partition, after, end)
	}
	if h.options.Complete && after < end {
		h.incomplete(partition, after, end, here)
	}
	due := here[:below(here, before)]
	for _, d := range here[below(here, after):] {
		if d.any {
			h.verdict.add(OffsetBehind, 1, "%s has output, but %d is committed", d.of(-1), after)
		}
	}

	// Output that ends before the offset is an offset that went ahead; a gap is a loss.
	last := len(due)
	for last > 0 && !due[last-1].any {
		last--
	}
	for i, d := range due {
		h.verdict.Chunks++
		h.verdict.Rows += len(d.Rows)
		if i >= last {
			if d.silent(out) {
				continue
			}
			h.verdict.add(OffsetAhead, 1, "%s has no output, but %d is committed", d.of(-1), before)
			continue
		}
		h.missing(d, out)
	}
}

// below gives how many of the chunks, sorted by offset, lie below an offset.
func below(chunks []*dossier, offset int64) int {
	n, _ := slices.BinarySearchFunc(chunks, offset, func(d *dossier, o int64) int { return int(d.Offset - o) })
	return n
}

// silent says that nothing needs to come of a chunk on the topics that are judged.
func (d *dossier) silent(out Topics) bool {
	return d.Tombstone || out.Results == "" && d.Code == "" && len(d.Rows) == 0
}

func (h *hearing) incomplete(partition int32, after, end int64, here []*dossier) {
	left := here[below(here, after):]
	if len(left) == 0 {
		h.verdict.add(Incomplete, 1, "partition %d is committed to %d and ends at %d: all chunks are done, the lag is not 0", partition, after, end)
		return
	}
	h.verdict.add(Incomplete, len(left), "%s is left: committed to %d", left[0].of(-1), after)
}

// missing notes what a processed chunk lacks. Too much of something has been noted when it was read.
func (h *hearing) missing(d *dossier, out Topics) {
	if d.Tombstone {
		return
	}
	if d.Code != "" && d.letters == 0 {
		h.verdict.add(Lost, 1, "letter of %s", d.of(-1))
	}
	if d.Code != "" && d.faults == 0 && out.Errors != "" {
		h.verdict.add(Lost, 1, "error event of %s", d.of(-1))
	}
	if d.results == 0 && out.Results != "" {
		h.verdict.add(Lost, 1, "result of %s", d.of(-1))
	}
	if d.quality == 0 && out.Quality != "" && d.flaggedRows() > 0 {
		h.verdict.add(Lost, 1, "quality event of %s", d.of(-1))
	}
	for i := range d.rows {
		r := &d.rows[i]
		switch {
		case r.scored+r.dead == 0:
			h.verdict.add(Lost, 1, "%s, %s", d.of(int64(i)), d.Rows[i].ID)
		case r.scored > 0 && r.dead > 0:
			h.verdict.add(Duplicated, 1, "%s is both scored and dead", d.of(int64(i)))
		}
		if d.Rows[i].Dead != "" && r.faults == 0 && out.Errors != "" {
			h.verdict.add(Lost, 1, "error event of %s", d.of(int64(i)))
		}
	}
}

// sleep waits a moment, or gives the context's error.
func sleep(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(pause):
		return nil
	}
}
