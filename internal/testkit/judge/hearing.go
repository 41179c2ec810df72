package judge

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
)

// place names one record of the input.
type place struct {
	partition int32
	offset    int64
}

// dossier is what has been heard of one chunk.
type dossier struct {
	*Chunk
	any     bool // any output at all
	rows    []rowDossier
	letters int // dead letters of the whole chunk
	faults  int // error events of the whole chunk
	quality int
	results int
}

// rowDossier is what has been heard of one row.
type rowDossier struct{ scored, dead, faults int }

// hearing collects what the outputs say of each chunk, and judges it when all has been read.
type hearing struct {
	in      *Input
	options Options
	verdict *Verdict
	chunks  map[place]*dossier
	order   map[lineage]progress
	events  map[string]string // id of an error event → its place
	parts   map[int32]*parts  // of the letter that a partition of the dead letters is in the middle of
}

// lineage is what must keep its order: rows of one input partition within one partition of an output.
type lineage struct {
	topic     string
	partition int32
	source    int32
}

type progress struct{ offset, row int64 }

func newHearing(in *Input, o Options) *hearing {
	h := &hearing{
		in: in, options: o, verdict: &Verdict{}, chunks: map[place]*dossier{}, order: map[lineage]progress{}, events: map[string]string{},
		parts: map[int32]*parts{},
	}
	for _, c := range in.Chunks {
		if c.Offset >= 0 {
			h.chunks[place{c.Partition, c.Offset}] = &dossier{Chunk: c, rows: make([]rowDossier, len(c.Rows))}
		}
	}
	return h
}

// at says where a message stands.
func at(r *kgo.Record) string { return fmt.Sprintf("%s/%d/%d", r.Topic, r.Partition, r.Offset) }

// of says which chunk, or which row of it, is meant.
func (d *dossier) of(row int64) string {
	where := fmt.Sprintf("chunk %s at partition %d offset %d", d.ID, d.Partition, d.Offset)
	if row >= 0 {
		where += fmt.Sprintf(" row %d", row)
	}
	return where
}

// find gives the chunk that a message says it comes from, or nil after noting what is wrong with that. Row is -1 for a
// message about the whole chunk.
func (h *hearing) find(r *kgo.Record, topic string, partition int32, offset, row int64) *dossier {
	if topic != h.in.Plan.Topic {
		h.verdict.add(Phantom, 1, "%s, from topic %s, which is not the input", at(r), topic)
		return nil
	}
	d := h.chunks[place{partition, offset}]
	if d == nil {
		h.verdict.add(Phantom, 1, "%s, from partition %d offset %d, where no chunk was committed", at(r), partition, offset)
		return nil
	}
	if row >= int64(len(d.Rows)) {
		kind := Phantom
		if d.Code != "" {
			kind = WrongFate // it has rows, but is to be refused whole
		}
		h.verdict.add(kind, 1, "%s, from %s, of which %d rows are to be read", at(r), d.of(row), len(d.Rows))
		return nil
	}
	d.any = true
	h.follow(r, d, row)
	return d
}

// follow checks that a message comes after those before it of the same input partition.
func (h *hearing) follow(r *kgo.Record, d *dossier, row int64) {
	k, now := lineage{r.Topic, r.Partition, d.Partition}, progress{d.Offset, row}
	last, seen := h.order[k]
	if seen && (now.offset < last.offset || now.offset == last.offset && now.row < last.row) {
		h.verdict.add(Order, 1, "%s: %s after offset %d row %d", at(r), d.of(row), last.offset, last.row)
		return
	}
	h.order[k] = now
}

// once notes the n-th message of a kind that may exist once.
func (h *hearing) once(r *kgo.Record, d *dossier, row int64, what string, n *int) {
	*n++
	if *n > 1 {
		h.verdict.add(Duplicated, 1, "%s: %s number %d of %s", at(r), what, *n, d.of(row))
	}
}

// parseSource reads the header assay-source: topic/partition/offset/row.
func parseSource(s string) (topic string, partition int32, offset, row int64, err error) {
	parts := strings.Split(s, "/")
	if len(parts) != 4 {
		return "", 0, 0, 0, fmt.Errorf("source %q is not topic/partition/offset/row", s)
	}
	var n [3]int64
	for i, p := range parts[1:] {
		if n[i], err = strconv.ParseInt(p, 10, 64); err != nil || n[i] < 0 {
			return "", 0, 0, 0, fmt.Errorf("source %q: %q is no position", s, p)
		}
	}
	return parts[0], int32(n[0]), n[1], n[2], nil
}

// header gives the value of a header and whether it is there. A header that is there twice counts as absent: a reader could
// take either.
func header(r *kgo.Record, key string) (string, bool) {
	value, n := "", 0
	for _, h := range r.Headers {
		if h.Key == key {
			value = string(h.Value)
			n++
		}
	}
	return value, n == 1
}

// number gives a header's value as a number, or -1.
func number(r *kgo.Record, key string) int64 {
	s, ok := header(r, key)
	n, err := strconv.ParseInt(s, 10, 64)
	if !ok || err != nil {
		return -1
	}
	return n
}
