package csvarrow

import (
	"math"

	"github.com/assay-dev/assay/internal/flow"
)

// The loops in this file read columns of typed values, each as far as the cells are written plainly. What they do not
// understand goes to none.

func (s *Scanner) ints(b *flow.Batch, w []byte, in *input) {
	values, t := in.step.Col.Ints[b.N:][:s.size], start(w)
	for r, p := range s.at[:s.size] {
		q := p
		if w[q] == '-' {
			q++
		}
		v, n := eightDigits(t.word(uint64(q)))
		if n == 8 {
			v, n = longNumber(t, q, v)
		}
		if q += n; n == 0 || n > mostDigits || v > math.MaxInt64 || !s.ends(w, r, q, in) {
			s.none(b, w, r, in)
			continue
		}
		if w[p] == '-' {
			v = -v
		}
		values[r], s.at[r] = int64(v), q+1
	}
}

func (s *Scanner) decimals(b *flow.Batch, w []byte, in *input) {
	col := in.step.Col
	values, scale, t := col.Decimals[b.N:][:s.size], uint32(col.Scale), start(w)
	for r, p := range s.at[:s.size] {
		q := p
		if w[q] == '-' {
			q++
		}
		v, n := eightDigits(t.word(uint64(q)))
		if n == 8 {
			v, n = longNumber(t, q, v)
		}
		q += n
		f, m := uint64(0), uint32(0)
		if w[q] == '.' {
			f, m = eightDigits(t.word(uint64(q) + 1))
			q += 1 + m
		}
		if n+m == 0 || n > mostDigits || m > scale || v >= in.whole || !s.ends(w, r, q, in) {
			s.none(b, w, r, in)
			continue
		}
		values[r], s.at[r] = decimalOf(v*in.unit+f*tens[scale-m], w[p] == '-'), q+1
	}
}

func (s *Scanner) floats(b *flow.Batch, w []byte, in *input) {
	values, t := in.step.Col.Floats[b.N:][:s.size], start(w)
	for r, p := range s.at[:s.size] {
		q := p
		if w[q] == '-' {
			q++
		}
		v, n := eightDigits(t.word(uint64(q)))
		if n == 8 {
			v, n = longNumber(t, q, v)
		}
		q += n
		m := uint32(0)
		if w[q] == '.' {
			var f uint64
			if f, m = eightDigits(t.word(uint64(q) + 1)); m == 8 {
				f, m = longNumber(t, q+1, f)
			}
			q += 1 + m
			if n+m <= mostDigits {
				v = v*tens[m] + f
			}
		}
		if n+m == 0 || n+m > mostDigits || v > 1<<53 || !s.ends(w, r, q, in) {
			s.none(b, w, r, in)
			continue
		}
		x := float64(v) / flow.ExactTens[m]
		if w[p] == '-' {
			x = -x
		}
		values[r], s.at[r] = x, q+1
	}
}

func (s *Scanner) dates(b *flow.Batch, w []byte, in *input) {
	values := in.step.Col.Ints[b.N:][:s.size]
	for r, p := range s.at[:s.size] {
		if v, _, ok := plainDate(w[p:]); ok && s.ends(w, r, p+10, in) {
			values[r], s.at[r] = v, p+11
			continue
		}
		s.none(b, w, r, in)
	}
}

func (s *Scanner) timestamps(b *flow.Batch, w []byte, in *input) {
	values := in.step.Col.Ints[b.N:][:s.size]
	for r, p := range s.at[:s.size] {
		if v, n, ok := plainTime(w[p:]); ok && s.ends(w, r, p+n, in) {
			values[r], s.at[r] = v, p+n+1
			continue
		}
		s.none(b, w, r, in)
	}
}

func (s *Scanner) uuids(b *flow.Batch, w []byte, in *input) {
	values := in.step.Col.UUIDs[b.N:][:s.size]
	for r, p := range s.at[:s.size] {
		if plainUUID(w[p:], &values[r]) && s.ends(w, r, p+36, in) {
			s.at[r] = p + 37
			continue
		}
		s.none(b, w, r, in)
	}
}

func (s *Scanner) bools(b *flow.Batch, w []byte, in *input) {
	values, t := in.step.Col.Ints[b.N:][:s.size], start(w)
	for r, p := range s.at[:s.size] {
		q, _ := s.text(t, p)
		v, ok := ParseBool(w[p:q])
		if !ok || !s.ends(w, r, q, in) {
			s.none(b, w, r, in)
			continue
		}
		values[r] = 0
		if v {
			values[r] = 1
		}
		s.at[r] = q + 1
	}
}

// ends reports whether a cell of row r can end at q.
func (s *Scanner) ends(w []byte, r int, q uint32, in *input) bool {
	if in.last {
		return q == s.stand[r].To
	}
	return w[q] == s.dialect.Delimiter
}

// none reads the cell of row r that is not written plainly. An empty one is null, unless somebody must be told.
func (s *Scanner) none(b *flow.Batch, w []byte, r int, in *input) {
	col := in.step.Col
	if col.Required || !s.ends(w, r, s.at[r], in) {
		s.apart(w, r, in)
		return
	}
	s.at[r]++
	zero(col, in.step.kind, b.N+r)
	col.Valid.Clear(b.N + r)
}

// aparts reads a column cell by cell: the delimiter or the quote is a byte that its values are made of.
func (s *Scanner) aparts(_ *flow.Batch, w []byte, in *input) {
	for r := range s.size {
		s.apart(w, r, in)
	}
}
