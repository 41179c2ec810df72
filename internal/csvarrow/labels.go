package csvarrow

import "github.com/assay-dev/assay/internal/flow"

// labels reads a column of labels. The loops guess without asking whether they are right, and note what was wrong: a branch
// that is taken now and then would cost more than all that they do.
func (s *Scanner) labels(b *flow.Batch, w []byte, in *input) {
	g, t, codes := in.known, start(w), in.step.Col.Codes[b.N:][:s.size]
	var bad uint64
	switch g.words {
	case 2:
		bad = s.guess2(g, t, codes)
	case 4:
		bad = s.guess4(g, t, codes)
	case 7:
		bad = s.guess7(g, t, codes)
	default:
		bad = s.guess10(g, t, codes)
	}
	if bad != 0 {
		missed := s.misses()
		if len(g.branches) > 1 {
			missed = s.guessAgain(g, t, codes, missed)
		}
		for _, r := range missed {
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

// misses gives the rows for which something was wrong.
func (s *Scanner) misses() []uint8 {
	n := uint(0)
	for r, wrong := range s.wrong[:s.size] {
		s.missed[n%laneRows] = uint8(r)
		n += count(wrong)
	}
	return s.missed[:n]
}

func (s *Scanner) guess2(g *guesses, t bytesAt, codes []int16) (bad uint64) {
	at, from, wrong, u := s.at[:len(codes)], s.from[:len(codes)], s.wrong[:len(codes)], t.behind(g.place)
	for r, p := range from {
		l := &g.prompts[g.first[g.slot(u.word(uint64(p)), rootBits)]]
		codes[r], at[r] = l.code, p+l.step
		x := l.pair(t, uint64(p), 0)
		wrong[r], bad = x, bad|x
	}
	return bad
}

func (s *Scanner) guess4(g *guesses, t bytesAt, codes []int16) (bad uint64) {
	at, from, wrong, u := s.at[:len(codes)], s.from[:len(codes)], s.wrong[:len(codes)], t.behind(g.place)
	for r, p := range from {
		l := &g.prompts[g.first[g.slot(u.word(uint64(p)), rootBits)]]
		codes[r], at[r] = l.code, p+l.step
		x := l.pair(t, uint64(p), 0) | l.pair(t, uint64(p), 2)
		wrong[r], bad = x, bad|x
	}
	return bad
}

func (s *Scanner) guess7(g *guesses, t bytesAt, codes []int16) (bad uint64) {
	at, from, wrong, u := s.at[:len(codes)], s.from[:len(codes)], s.wrong[:len(codes)], t.behind(g.place)
	for r, p := range from {
		l := &g.prompts[g.first[g.slot(u.word(uint64(p)), rootBits)]]
		codes[r], at[r] = l.code, p+l.step
		x := l.pair(t, uint64(p), 0) | l.pair(t, uint64(p), 2) | l.pair(t, uint64(p), 4) |
			l.one(t, uint64(p), 6)
		wrong[r], bad = x, bad|x
	}
	return bad
}

func (s *Scanner) guess10(g *guesses, t bytesAt, codes []int16) (bad uint64) {
	at, from, wrong, u := s.at[:len(codes)], s.from[:len(codes)], s.wrong[:len(codes)], t.behind(g.place)
	for r, p := range from {
		l := &g.prompts[g.first[g.slot(u.word(uint64(p)), rootBits)]]
		codes[r], at[r] = l.code, p+l.step
		x := l.pair(t, uint64(p), 0) | l.pair(t, uint64(p), 2) | l.pair(t, uint64(p), 4) |
			l.pair(t, uint64(p), 6) | l.pair(t, uint64(p), 8)
		wrong[r], bad = x, bad|x
	}
	return bad
}

// guessAgain guesses the cells of rows for which the root's choice was wrong, by the branches. It gives those for which this
// is wrong too, in the memory of missed.
func (s *Scanner) guessAgain(g *guesses, t bytesAt, codes []int16, missed []uint8) []uint8 {
	n := uint(0)
	for _, r := range missed {
		p := uint64(s.from[r])
		b := &g.branches[g.second[g.slot(t.word(p+g.place), rootBits)]]
		l := &g.prompts[b.slots[b.slot(t.word(p+b.place), branchBits)]]
		codes[r], s.at[r], missed[n] = l.code, uint32(p)+l.step, r
		n += count(l.pair(t, p, 0) | l.pair(t, p, 2) | l.pair(t, p, 4) | l.pair(t, p, 6) | l.pair(t, p, 8))
	}
	return missed[:n]
}

// pair gives a word that is 0 if words i and i+1 of the text from t[p] on are the prompt's.
func (l *prompt) pair(t bytesAt, p, i uint64) uint64 { return l.one(t, p, i) | l.one(t, p, i+1) }

func (l *prompt) one(t bytesAt, p, i uint64) uint64 {
	return t.word(p+8*i)&l.words[i].mask ^ l.words[i].text
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
