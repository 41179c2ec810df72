package csvarrow

import (
	"bytes"
	"slices"

	"github.com/assay-dev/assay/internal/flow"
)

// blockCells is how many cells are cut before they are made into values, rounded up to whole rows: so few that they and
// their bytes are still in the first-level cache, so many that a loop over one column of them is worth its while. With a
// block for each row, scanning 64 KiB of census rows takes three quarters longer; from 256 cells on there is no difference.
const blockCells = 1024

// flush makes the cells of the block into values, column by column, and puts the block's findings in order.
func (s *reference) flush(b *flow.Batch) {
	if b.N > s.first {
		for k := range s.steps {
			s.fill(b, &s.steps[k])
		}
		s.sort(b)
	}
	s.used, s.first, s.mark, s.odd = 0, b.N, len(b.Findings), false
}

// column is one column's cells in the block.
type column struct {
	cells  []cell // the column's first cell and all that follow
	stride int    // from one row's cell to the next row's
	window []byte
	arena  []byte
}

// buffer gives the bytes amid which the text of a cell stands.
func (c *column) buffer(i *cell) []byte {
	if i.form == inArena {
		return c.arena
	}
	return c.window
}

// fill puts one column's cells of the block into the column. All validity bits have been set before.
func (s *reference) fill(b *flow.Batch, st *step) {
	c := column{cells: s.cells[st.input:s.used], stride: s.columns, window: b.Bytes}
	if s.odd || s.dialect.Trim {
		s.resolve(b, c)
	}
	c.arena = b.Arena
	if st.Col.Text != nil {
		views(st.Col.Text[s.first:b.N], c)
	}
	switch st.kind {
	case flow.Category:
		s.categories(b, st, c)
	case flow.String:
		if st.Col.Required {
			s.strings(b, st, c)
		}
	default:
		s.values(b, st, c)
	}
}

// resolve makes the column's cells stand for their texts.
func (s *reference) resolve(b *flow.Batch, c column) {
	for at := 0; at < len(c.cells); at += c.stride {
		s.unwrap(b, c.window, &c.cells[at])
	}
}

// unwrap makes a cell stand for its text: without quotes, escapes, and spaces where the dialect trims.
func (s *reference) unwrap(b *flow.Batch, window []byte, c *cell) {
	buf := window
	switch c.form {
	case wrapped:
		c.from, c.to, c.form = c.from+1, c.to-1, bare
	case escaped:
		from := len(b.Arena)
		b.Arena = s.unescape(b.Arena, window[c.from+1:c.to-1])
		c.from, c.to, c.form = uint32(from), uint32(len(b.Arena)), inArena
		buf = b.Arena
	}
	if s.dialect.Trim {
		c.from, c.to = trim(buf, c.from, c.to)
	}
}

// unescape appends the text between two quotes to dst, without its escapes.
func (s *reference) unescape(dst, t []byte) []byte {
	for {
		i := bytes.IndexByte(t, s.dialect.Escape)
		if i < 0 {
			return append(dst, t...)
		}
		dst = append(dst, t[:i]...)
		dst = append(dst, t[i+1])
		t = t[i+2:]
	}
}

func trim(buf []byte, from, to uint32) (uint32, uint32) {
	for from < to && (buf[from] == ' ' || buf[from] == '\t') {
		from++
	}
	for to > from && (buf[to-1] == ' ' || buf[to-1] == '\t') {
		to--
	}
	return from, to
}

func views(dst []flow.View, c column) {
	at := 0
	for r := range dst {
		i := &c.cells[at]
		if i.form != inArena {
			dst[r].SetView(c.window, int(i.from), int(i.to), 0)
		} else {
			dst[r].SetView(c.arena, int(i.from), int(i.to), 1)
		}
		at += c.stride
	}
}

// find adds a finding about cell c, whose text is t, in row i of the batch. Its place is where the cell begins.
func (s *reference) find(b *flow.Batch, i int, code flow.Code, st *step, c *cell, t []byte, dead bool) *flow.Finding {
	f := b.Find(i, code, nil, dead)
	f.Column, f.Value, f.Place = st.Col.Field, t, b.Offset+int64(c.at)
	return f
}

// sort brings the block's findings into the order of the rows. Those of one row already have the order of the contract,
// because that is the order of the steps.
func (s *reference) sort(b *flow.Batch) {
	found := b.Findings[s.mark:]
	if slices.IsSortedFunc(found, func(a, b flow.Finding) int { return int(a.Row - b.Row) }) {
		return
	}
	s.order = s.order[:0]
	for i := range found {
		s.order = append(s.order, uint64(found[i].Row-b.FirstRow)<<32|uint64(i))
	}
	slices.Sort(s.order)
	s.sorted = s.sorted[:0]
	for _, o := range s.order {
		s.sorted = append(s.sorted, found[uint32(o)])
	}
	copy(found, s.sorted)
}
