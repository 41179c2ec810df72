package csvarrow

import "github.com/assay-dev/assay/internal/flow"

// labels reads a column of labels. The loops guess without asking whether they are right, and note what was wrong: a branch
// that is taken now and then would cost more than all that they do.
func (s *Scanner) labels(b *flow.Batch, w []byte, in *input) {
	t, codes := start(w), in.step.Col.Codes[b.N:][:s.size]
	s.pick(in.known, t)
	verify := (*Scanner).verifyWords
	if s.vectors {
		verify = (*Scanner).verifyVectors
	}
	if verify(s, in.known, t, codes) != 0 {
		for _, r := range s.misses() {
			s.at[r] = s.from[r]
			s.label(b, w, int(r), in)
		}
	}
	if in.last {
		for r := range codes {
			if s.at[r] != s.stand[r].To+1 && !s.isDead(r) {
				s.at[r] = s.from[r]
				s.apart(w, r, in)
			}
		}
	}
}

// pick chooses each row's prompt.
func (s *Scanner) pick(g *guesses, t bytesAt) {
	from, picked, u := s.from[:s.size], s.picked[:s.size], t.behind(g.place)
	if g.branches == nil {
		for r, p := range from {
			picked[r] = g.first[g.slot(u.word(uint64(p)), rootBits)]
		}
		return
	}
	for r, p := range from {
		b := &g.branches[g.first[g.slot(u.word(uint64(p)), rootBits)]]
		picked[r] = b.slots[b.slot(t.word(uint64(p)+b.place), branchBits)]
	}
}

// verifyWords compares the rows' cells with the prompts that were picked for them, sets their codes and cursors as if all were
// right, and sets wrong to something other than 0 for those that are not. It gives something other than 0 if there are some.
func (s *Scanner) verifyWords(g *guesses, t bytesAt, codes []int16) (bad uint64) {
	at, from, wrong, picked := s.at[:len(codes)], s.from[:len(codes)], s.wrong[:len(codes)], s.picked[:len(codes)]
	masks, end := start(promptMasks[:]), uint64(g.longest)
	for r, p := range from {
		l := &g.prompts[picked[r]]
		u, text, mask, x := t.behind(uint64(p)), start(l.text[:]), masks.behind(promptBytes-uint64(l.size)), l.never
		for i := uint64(0); i < end; i += 16 {
			x |= (u.word(i)^text.word(i))&mask.word(i) | (u.word(i+8)^text.word(i+8))&mask.word(i+8)
		}
		codes[r], at[r], wrong[r] = l.code, p+l.step, x
		bad |= x
	}
	return bad
}

// promptMasks holds, at promptBytes - n, a mask for the first n bytes of a text.
var promptMasks = func() (m [2 * promptBytes]byte) {
	for i := range promptBytes {
		m[i] = 0xff
	}
	return m
}()

// misses gives the rows for which something was wrong.
func (s *Scanner) misses() []uint8 {
	n := uint(0)
	for r, wrong := range s.wrong[:s.size] {
		s.missed[n%laneRows] = uint8(r)
		n += count(wrong)
	}
	return s.missed[:n]
}

// count gives 0 for 0, or else 1.
func count(wrong uint64) uint { return uint((wrong | -wrong) >> 63) }

// label reads the cell of row r, which was not guessed: an empty one, or else an odd one.
func (s *Scanner) label(b *flow.Batch, w []byte, r int, in *input) {
	col, i := in.step.Col, b.N+r
	if !s.ends(w, r, s.at[r], in) || in.step.Empty < EmptyNull || in.step.Empty == EmptyNull && col.Required {
		s.apart(w, r, in)
		return
	}
	s.at[r]++
	if in.step.Empty >= 0 {
		col.Codes[i] = in.step.Empty
	} else {
		setNull(col, i)
	}
}
