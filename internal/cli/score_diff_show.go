package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// jsonSide is one of two contracts, for machines.
type jsonSide struct {
	*side
	Refused int64 `json:"messages_refused"`
	Rows    int64 `json:"rows_in"`
	Scored  int64 `json:"rows_scored"`
	Dead    int64 `json:"rows_dead"`
	Flagged int64 `json:"rows_with_invalid_values"`
}

func (sd *side) json() jsonSide {
	n := &sd.counts
	return jsonSide{sd, n.ChunksDead, n.Rows, n.RowsScored, n.RowsDead, n.RowsFlagged}
}

// jsonFate is the fate of a row, for machines.
type jsonFate struct {
	Fate    string `json:"fate"` // scored, dead, refused (with its message), no row
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
}

type jsonChange struct {
	Topic     string        `json:"topic"`
	Partition int32         `json:"partition"`
	Offset    int64         `json:"offset"`
	Row       int           `json:"row"`
	Old       jsonFate      `json:"old"`
	New       jsonFate      `json:"new"`
	Scores    []scoreChange `json:"scores,omitempty"`
}

type jsonTransition struct {
	Old  string `json:"old"`
	New  string `json:"new"`
	Rows int64  `json:"rows"`
}

func (d *difference) json(w io.Writer) error {
	changes := []jsonChange{}
	for _, c := range d.first {
		changes = append(changes, jsonChange{
			c.at.Topic, c.at.Partition, c.at.Offset, c.row, jsonFate{c.old.fate, c.old.code, c.old.message}, jsonFate{c.new.fate, c.new.code, c.new.message}, c.scores,
		})
	}
	moves := []jsonTransition{}
	for _, t := range d.transitions() {
		moves = append(moves, jsonTransition{t.old, t.new, d.moved[t]})
	}
	return encodeLine(w, map[string]any{
		"topic": d.topic, "messages": d.messages, "old": d.old.json(), "new": d.new.json(), "changed": d.changed, "rescored": d.rescored,
		"fates": moves, "findings": d.findings(), "first": changes,
	})
}

// transitions gives the changes of fate, the most frequent first.
func (d *difference) transitions() []transition {
	return slices.SortedFunc(maps.Keys(d.moved), func(a, b transition) int {
		return cmp.Or(cmp.Compare(d.moved[b], d.moved[a]), cmp.Compare(a.old, b.old), cmp.Compare(a.new, b.new))
	})
}

// show prints the difference for people.
func (d *difference) show(p *page, w io.Writer) error {
	p.line(p.in(bold, fmt.Sprintf("the last %s of %s", count(d.messages, "message"), d.topic)))
	p.line(indent + "old  " + d.old.Version + p.in(dim, "  "+d.old.Contract))
	p.line(indent + "new  " + d.new.Version + p.in(dim, "  "+d.new.Contract))
	p.line("")
	p.grid(d.table())
	if d.changed == 0 {
		p.line("\nno row changes its fate or its scores")
		_, err := io.WriteString(w, p.String())
		return err
	}
	p.section(fmt.Sprintf("%s would change", count(d.changed, "row")))
	g := &grid{titles: []string{"OLD", "NEW", "ROWS"}, right: []bool{false, false, true}}
	if d.rescored > 0 {
		g.rows = append(g.rows, []string{fateScored, "other scores", thousands(d.rescored)})
	}
	for _, t := range d.transitions() {
		g.rows = append(g.rows, []string{t.old, t.new, thousands(d.moved[t])})
	}
	p.grid(g)
	p.section("the first of them")
	for i := range d.first {
		c := &d.first[i]
		p.line(fmt.Sprintf("%s%s row %d: %s", indent, where(c.at), c.row, c.text()))
	}
	_, err := io.WriteString(w, p.String())
	return err
}

// table compares the counts by fate and code.
func (d *difference) table() *grid {
	g := &grid{titles: []string{"", "OLD", "NEW", "DIFFERENCE"}, right: []bool{false, true, true, true}}
	add := func(what string, before, after int64) {
		change := "-"
		if after != before {
			change = fmt.Sprintf("%+d", after-before)
		}
		g.rows = append(g.rows, []string{what, thousands(before), thousands(after), change})
	}
	was, is := &d.old.counts, &d.new.counts
	add("messages refused", was.ChunksDead, is.ChunksDead)
	add("rows in", was.Rows, is.Rows)
	add("rows scored", was.RowsScored, is.RowsScored)
	add("  with values not recognised", was.RowsFlagged, is.RowsFlagged)
	add("rows refused", was.RowsDead, is.RowsDead)
	for _, f := range d.findings() {
		add(strings.TrimSpace(f.Code+" "+f.Field), f.Old, f.New)
	}
	return g
}

// text says what changes of a row.
func (c *change) text() string {
	if len(c.scores) == 0 {
		return printable(short(fmt.Sprintf("%s → %s", c.old.text(), c.new.text()), shownLine))
	}
	var parts []string
	for _, s := range c.scores {
		value := func(v json.RawMessage) string { return cmp.Or(string(v), "none") }
		parts = append(parts, fmt.Sprintf("%s %s → %s", s.Column, value(s.Old), value(s.New)))
	}
	return printable(short(strings.Join(parts, ", "), shownLine))
}

// text says what becomes of a row, and why.
func (f *rowFate) text() string {
	text := f.name()
	if f.message != "" {
		text += " (" + f.message + ")"
	}
	return text
}
