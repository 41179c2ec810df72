package judge

import (
	"encoding/json"
	"fmt"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
)

// source is where an event says that it comes from; row is null when it is about the whole chunk.
type source struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	Row       *int64 `json:"row"`
}

// quality document, the parts that can be foretold.
type quality struct {
	EventID     string  `json:"event_id"`
	Source      source  `json:"source"`
	Rows        int     `json:"rows"`
	DataQuality *census `json:"data_quality"`
	Totals      []total `json:"totals"`
}

type census struct {
	Rows    int      `json:"rows_with_invalid_values"`
	Details []detail `json:"invalid_value_details"`
}

type detail struct {
	Row      int    `json:"row"`
	ID       string `json:"id"`
	Field    string `json:"field"`
	Value    string `json:"value"`
	MappedTo string `json:"mapped_to"`
}

type total struct {
	Code  string `json:"code"`
	Field string `json:"field"`
	Rows  int    `json:"rows"`
}

// result document, the parts that can be foretold.
type result struct {
	Source      source  `json:"source"`
	Status      string  `json:"status"`
	RowsIn      int     `json:"rows_in"`
	RowsScored  int     `json:"rows_scored"`
	RowsDead    int     `json:"rows_dead"`
	RowsInvalid int     `json:"rows_with_invalid_values"`
	Credits     int     `json:"credits_charged"`
	DataQuality *census `json:"data_quality"`
}

type fault struct {
	EventID string `json:"event_id"`
	Code    string `json:"code"`
	Source  source `json:"source"`
}

// maxDetails is how many flagged values a quality document lists; its counts go on.
const maxDetails = 100

// open decodes a document and finds its chunk.
func open[T any](h *hearing, r *kgo.Record, doc *T, from func(*T) *source) (*dossier, int64) {
	h.verdict.Events++
	if err := json.Unmarshal(r.Value, doc); err != nil {
		h.verdict.add(Malformed, 1, "%s: %v", at(r), err)
		return nil, 0
	}
	s, row := from(doc), int64(-1)
	if s.Row != nil {
		row = *s.Row
	}
	d := h.find(r, s.Topic, s.Partition, s.Offset, row)
	if d != nil && string(r.Key) != d.ID {
		h.verdict.add(Differs, 1, "%s: key %q, want that of its chunk, %q", at(r), r.Key, d.ID)
	}
	return d, row
}

// quality judges the event that a chunk with flagged values has, and no other.
func (h *hearing) quality(r *kgo.Record) {
	var doc quality
	d, row := open(h, r, &doc, func(q *quality) *source { return &q.Source })
	if d == nil {
		return
	}
	h.once(r, d, row, "quality event", &d.quality)
	want, totals := expectQuality(d.Chunk)
	if want == nil {
		h.verdict.add(Quality, 1, "%s: an event for %s, in which nothing is flagged", at(r), d.of(-1))
		return
	}
	got := quality{Rows: doc.Rows, DataQuality: doc.DataQuality}
	if diff := cmp.Diff(quality{Rows: len(d.Rows), DataQuality: want}, got); diff != "" {
		h.verdict.add(Quality, 1, "%s: %s: (-want +got)\n%s", at(r), d.of(-1), diff)
		return
	}
	seen := map[string]int{}
	for _, t := range doc.Totals {
		seen[t.Code+" "+t.Field] += t.Rows
	}
	if diff := cmp.Diff(totals, seen); diff != "" {
		h.verdict.add(Quality, 1, "%s: totals of %s: (-want +got)\n%s", at(r), d.of(-1), diff)
	}
}

// expectQuality gives what a chunk's quality event must say, and its totals by code and field; nil when it must have none.
func expectQuality(c *Chunk) (*census, map[string]int) {
	n := c.flaggedRows()
	if n == 0 {
		return nil, nil
	}
	q, totals := &census{Rows: n}, map[string]int{}
	for i := range c.Rows {
		for _, f := range c.Rows[i].Flags {
			totals[codeUnknown+" "+f.Field]++
			if len(q.Details) < maxDetails {
				q.Details = append(q.Details, detail{i, c.Rows[i].ID, f.Field, f.Value, "Not stated"})
			}
		}
	}
	return q, totals
}

// result judges the one document that every chunk has.
func (h *hearing) result(r *kgo.Record) {
	var doc result
	d, row := open(h, r, &doc, func(x *result) *source { return &x.Source })
	if d == nil {
		return
	}
	h.once(r, d, row, "result", &d.results)
	if d.Tombstone {
		h.verdict.add(Quality, 1, "%s: a result for %s, which is a tombstone", at(r), d.of(-1))
		return
	}
	if d.Code != "" {
		if doc.Status != "failed" {
			h.verdict.add(Quality, 1, "%s: status %s of %s, want failed", at(r), doc.Status, d.of(-1))
		}
		return
	}
	n, dead := len(d.Rows), d.deadRows()
	want := result{
		Status: "complete", RowsIn: n, RowsScored: n - dead, RowsDead: dead, RowsInvalid: d.flaggedRows(),
		Credits: (n + 99) / 100,
	}
	want.DataQuality, _ = expectQuality(d.Chunk)
	doc.Source = source{}
	if diff := cmp.Diff(want, doc); diff != "" {
		h.verdict.add(Quality, 1, "%s: result of %s: (-want +got)\n%s", at(r), d.of(-1), diff)
	}
}

// fault judges an error event: one for each dead row, one for each dead chunk, each with an id of its own.
func (h *hearing) fault(r *kgo.Record) {
	var doc fault
	d, row := open(h, r, &doc, func(f *fault) *source { return &f.Source })
	if d == nil {
		return
	}
	want, n := d.Code, &d.faults
	if row >= 0 {
		want, n = d.Rows[row].Dead, &d.rows[row].faults
	}
	h.once(r, d, row, "error event", n)
	if id, _ := header(r, "ce_id"); id == "" || id != doc.EventID {
		h.verdict.add(Malformed, 1, "%s: ce_id %q, event_id %q", at(r), id, doc.EventID)
	}
	where := fmt.Sprintf("%s %s", d.of(row), doc.Code)
	if other, seen := h.events[doc.EventID]; seen && other != where {
		h.verdict.add(Duplicated, 1, "%s: event id %s of %s, which %s has", at(r), doc.EventID, where, other)
	}
	h.events[doc.EventID] = where
	if doc.Code != want {
		h.verdict.add(WrongFate, 1, "%s: error event %s of %s, want %q", at(r), doc.Code, d.of(row), want)
	}
}
