package csvarrow

import (
	"math/bits"
	"slices"

	"github.com/assay-dev/assay/internal/flow"
)

// settle makes the block's rows the next ones of the batch, except for those that are refused, and gives the number of
// records. It ends the block in front of a row that reference reads in another way, and leaves that one to it.
func (s *Scanner) settle(b *flow.Batch, w []byte) int {
	slices.Sort(s.places)
	base, row, odds := b.N, s.row, s.places
	at := s.nextDead(0)
	odds = s.keep(b, w, base, 0, at, odds)
	for at < s.size {
		p := s.stand[at]
		s.row, s.line = b.FirstRow+int64(p.Index), b.FirstLine+int64(p.Line)
		if !s.refused(b, w, int(p.From), int(p.To)) {
			s.next, s.wary = int(p.From), true
			s.restore(b, base)
			return at
		}
		for len(odds) > 0 && odds[0].row() == at {
			odds = odds[1:]
		}
		from := at + 1
		at = s.nextDead(from)
		odds = s.keep(b, w, base, from, at, odds)
	}
	if b.N < base+s.size {
		s.restore(b, base)
	}
	s.row, s.line = row+int64(s.size), s.endLine
	return s.size
}

// refused adds the finding of the row w[from:to], if reference refuses it and nothing else, and finds one line in it.
func (s *Scanner) refused(b *flow.Batch, w []byte, from, to int) bool {
	if end, _ := s.record(w, from, false); end != to || s.lines > 0 {
		return false
	}
	s.validate(w, from, to)
	s.count(to)
	if s.flaw.reason == "" {
		return false
	}
	s.refuse(b, from, to)
	return true
}

// nextDead gives the first dead row from row r on, or the number of rows.
func (s *Scanner) nextDead(r int) int {
	for ; r < s.size; r = (r/64 + 1) * 64 {
		if m := s.dead[r/64] >> (r % 64); m != 0 {
			return min(r+bits.TrailingZeros64(m), s.size)
		}
	}
	return s.size
}

// keep makes rows [from, to) of the block the next ones of the batch, and the values of their odd cells. It gives the odd
// cells that are left.
func (s *Scanner) keep(b *flow.Batch, w []byte, base, from, to int, odds []oddPlace) []oddPlace {
	if from >= to {
		return odds
	}
	shift := base + from - b.N // how far refused rows let them come forward
	if shift > 0 {
		copy(b.Rows[b.N:], s.stand[from:to])
		for i := range s.steps {
			forward(s.steps[i].Col, b.N, base+from, to-from)
		}
	}
	if b.WantCells {
		s.appendCells(b, from, to)
	}
	b.N += to - from
	for len(odds) > 0 && odds[0].row() < to {
		s.finish(b, w, odds[0], base+odds[0].row()-shift)
		odds = odds[1:]
	}
	return odds
}

// forward moves n values of a column from row from to row to, which is in front of it.
func forward(c *flow.Column, to, from, n int) {
	move(c.Text, to, from, n)
	move(c.Codes, to, from, n)
	move(c.Ints, to, from, n)
	move(c.Floats, to, from, n)
	move(c.Decimals, to, from, n)
	move(c.UUIDs, to, from, n)
	for i := range n {
		if c.Valid.Get(from + i) {
			c.Valid.Set(to + i)
		} else {
			c.Valid.Clear(to + i)
		}
	}
}

func move[T any](v []T, to, from, n int) {
	if v != nil {
		copy(v[to:], v[from:from+n])
	}
}

// restore sets the validity of the block's places that have got no row, as whoever fills them next expects it.
func (s *Scanner) restore(b *flow.Batch, base int) {
	for i := range s.steps {
		for at := b.N; at < base+s.size; at++ {
			s.steps[i].Col.Valid.Set(at)
		}
	}
}

// appendCells gives the batch the places of the cells of rows [from, to).
func (s *Scanner) appendCells(b *flow.Batch, from, to int) {
	rows := b.Rows[b.N:]
	for r := from; r < to; r++ {
		at := s.starts[r]
		for k := s.size + r; k < len(s.starts); k += s.size {
			next := s.starts[k]
			b.Cells = append(b.Cells, flow.Span{From: at, To: next - 1})
			at = next
		}
		b.Cells = append(b.Cells, flow.Span{From: at, To: rows[r-from].To})
	}
}

// finish makes the value of an odd cell, in row i of the batch.
func (s *Scanner) finish(b *flow.Batch, w []byte, o oddPlace, i int) {
	st, c := &s.steps[o.step()], &s.odds[o.odd()]
	s.unwrap(b, w, c)
	buf, number := w, int32(0)
	if c.form == inArena {
		buf, number = b.Arena, 1
	}
	t := buf[c.from:c.to]
	if st.Col.Text != nil {
		st.Col.Text[i].SetView(buf, int(c.from), int(c.to), number)
	}
	switch st.kind {
	case flow.Category:
		if code, ok := st.Vocab.exact(buf, int(c.from), int(c.to)); ok && len(t) > 0 {
			st.Col.Codes[i] = code
		} else {
			s.category(b, i, st, c, t)
		}
	case flow.String:
		if len(t) == 0 && st.Col.Required {
			s.missing(b, i, st, c)
		}
	default:
		s.value(b, i, st, c, t)
	}
}
