package csvarrow

import (
	"math/bits"
	"unicode/utf8"

	"github.com/assay-dev/assay/internal/flow"
)

// texts reads a column of text.
func (s *Scanner) texts(b *flow.Batch, w []byte, in *input) {
	col, t := in.step.Col, start(w)
	views := col.Text[b.N:][:s.size]
	for r, p := range s.at[:s.size] {
		q, ok := s.text(t, p)
		if !ok || !s.ends(w, r, q, in) || q == p && col.Required || s.dialect.Trim && q > p && (isBlank(w[p]) || isBlank(w[q-1])) {
			s.apart(w, r, in)
			continue
		}
		setView(&views[r], t, p, q)
		s.at[r] = q + 1
	}
}

// skip reads a column of which only the structure counts.
func (s *Scanner) skip(_ *flow.Batch, w []byte, in *input) {
	t := start(w)
	for r, p := range s.at[:s.size] {
		if q, ok := s.text(t, p); ok && s.ends(w, r, q, in) {
			s.at[r] = q + 1
			continue
		}
		s.apart(w, r, in)
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// text gives the first byte from t[p] on that is not plain text: at the latest the row's end. It reports whether what stands
// in front of it is valid. Of the first sixteen bytes there is no telling which of the two words has the end; so there is no
// branch on it.
func (s *Scanner) text(t bytesAt, p uint32) (end uint32, ok bool) {
	x, y := t.word(uint64(p)), t.word(uint64(p)+8)
	m, n := s.special(x), s.special(y)
	high, q := x|y, p+8
	if m != 0 {
		n, q = m, p
	}
	for n == 0 {
		q += 8
		x = t.word(uint64(q))
		n, high = s.special(x), high|x
	}
	q += uint32(bits.TrailingZeros64(n) / 8)
	return q, high&highs == 0 || utf8.Valid(t.slice(p, q))
}

// special gives a word whose first high bit stands at the first byte of x that may be more than text.
func (s *Scanner) special(x uint64) uint64 {
	d, e := x^s.delimiters, x^s.quotes
	return ((d-ones)&^d | (e-ones)&^e | (x-controls)&^x) & highs
}

// views fills the texts of the cells that begin at s.from and end in front of the cursors. Those of odd cells are made again.
func (s *Scanner) views(dst []flow.View, w []byte) {
	t := start(w)
	for r, from := range s.from[:s.size] {
		to := s.at[r] - 1
		if from > to { // the row is dead
			continue
		}
		if w[from] == s.dialect.Quote && to-from >= 2 {
			from, to = from+1, to-1
		}
		setView(&dst[r], t, from, to)
	}
}
