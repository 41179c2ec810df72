package csvarrow

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// guesses finds out which label a cell is before it is known where the cell ends. A few bytes, at a place where all labels
// have some, choose a prompt; its bytes are compared with the cell's, the delimiter behind it included. A cell that is not the
// label that it was taken for may still be another: that is for the vocabulary to say.
//
// Where these bytes do not tell all labels apart, each group of labels has a branch, which looks at others, at a place of its
// own. What still goes together is left to the vocabulary, as are labels too long or too many.
type guesses struct {
	fork
	first    [1 << rootBits]uint8     // by slot: a prompt, or a branch where there are some
	branches *[mostGuesses + 1]branch // the first one knows nothing
	prompts  [mostGuesses + 1]prompt
	longest  int // prompt, in bytes
}

const (
	rootBits, branchBits = 10, 6
	mostGuesses          = 255
	promptBytes          = slack
	// lastPlace is how far into a cell a fork may look: within the slack behind the last row.
	lastPlace = slack - 8
)

// fork chooses by some of eight bytes of the cell.
type fork struct {
	mask, factor uint64
	place        uint64 // of the bytes, in the cell
}

// slot gives one of so many bits for eight bytes.
func (f *fork) slot(v uint64, bits int) uint64 { return v & f.mask * f.factor >> (64 - bits) }

// branch is a fork below the root.
type branch struct {
	fork
	slots [1 << branchBits]uint8 // prompts
}

// prompt is a label as it may stand in a cell, and what comes behind it. The first prompt is no cell.
type prompt struct {
	text  [promptBytes]byte
	bytes [2]uint64 // a bit for each byte of the text that counts, 64 in the first word
	never uint64    // 1 in the first prompt, or else 0
	step  uint32    // to the next cell
	code  int16
	size  uint8 // in bytes
}

// spelling is a label as it may stand in a cell, with the delimiter.
type spelling struct {
	text string
	code int16
}

// spellings gives the ways in which a vocabulary's labels are written plainly: as they are, and between quotes. Those that
// take escapes or that trimming would change are left out. A label that is never written without quotes goes before the quoted
// form of one that is.
func (s *Scanner) spellings(v *Vocab, behind string) []spelling {
	var all, more []spelling
	d, q, seen := s.dialect, string(rune(s.dialect.Quote)), map[string]bool{"": true}
	special := string([]byte{d.Quote, d.Escape, '\r', '\n', 0})
	for _, e := range v.entries {
		t := e.Text
		if seen[t] {
			continue
		}
		seen[t] = true
		if strings.ContainsAny(t, special) || !utf8.ValidString(t) || d.Trim && strings.Trim(t, " \t") != t {
			continue
		}
		quoted := spelling{q + t + q + behind, e.Code}
		if strings.IndexByte(t, d.Delimiter) >= 0 {
			all = append(all, quoted)
		} else {
			all, more = append(all, spelling{t + behind, e.Code}), append(more, quoted)
		}
	}
	all = slices.DeleteFunc(append(all, more...), func(s spelling) bool { return len(s.text) > promptBytes })
	return all[:min(len(all), mostGuesses)]
}

// newGuesses makes the guesses for a column. behind is what stands behind each of its cells.
func newGuesses(all []spelling, behind string) *guesses {
	g := &guesses{fork: bestFork(all, rootBits)}
	g.prompts[0].never = 1
	prompts := 0
	add := func(s spelling) uint8 {
		prompts++
		g.prompts[prompts] = newPrompt(s, len(behind))
		g.longest = max(g.longest, len(s.text))
		return uint8(prompts)
	}
	groups := g.split(all, rootBits)
	if len(groups) == len(all) {
		for slot, group := range groups {
			g.first[slot] = add(group[0])
		}
		return g
	}
	g.branches = new([mostGuesses + 1]branch)
	branches := 0
	for slot, group := range groups {
		b := branch{fork: bestFork(group, branchBits)}
		for slot, group := range b.split(group, branchBits) {
			if len(group) == 1 {
				b.slots[slot] = add(group[0])
			}
		}
		branches++
		g.first[slot], g.branches[branches] = uint8(branches), b
	}
	return g
}

func newPrompt(s spelling, behind int) prompt {
	n := len(s.text)
	p := prompt{step: uint32(n-behind) + 1, code: s.code, size: uint8(n)}
	copy(p.text[:], s.text)
	for i := range n {
		p.bytes[i/64] |= 1 << (i % 64)
	}
	return p
}

// split gives the groups of texts that a fork does not tell apart, by slot.
func (f *fork) split(all []spelling, bits int) map[uint64][]spelling {
	groups := map[uint64][]spelling{}
	for _, s := range all {
		slot := f.slot(f.key(s), bits)
		groups[slot] = append(groups[slot], s)
	}
	return groups
}

// key gives the bytes of a text that a fork looks at.
func (f *fork) key(s spelling) uint64 {
	var b [8]byte
	copy(b[:], s.text[f.place:])
	return word(b[:]) & f.mask
}

// bestFork gives a fork at the place where a group of texts has the most different bytes, with a factor that puts as few of
// them as possible into one slot.
func bestFork(group []spelling, bits int) (best fork) {
	shortest := lastPlace + 8
	for _, s := range group {
		shortest = min(shortest, len(s.text))
	}
	most, keys := 0, make([]uint64, len(group))
	for place := 0; place < min(shortest, lastPlace+1) && most < len(group); place++ {
		f := fork{place: uint64(place), mask: ^uint64(0)}
		if n := shortest - place; n < 8 {
			f.mask = 1<<(8*n) - 1
		}
		for i, s := range group {
			keys[i] = f.key(s)
		}
		slices.Sort(keys)
		if n := len(slices.Compact(keys)); n > most {
			best, most = f, n
		}
	}
	const tries = 64
	f, slots := best, 0
	for i := uint64(1); i <= tries && slots < most; i++ {
		f.factor = (2*i + 1) * 0x9e3779b97f4a7c15
		if n := len(f.split(group, bits)); n > slots {
			best, slots = f, n
		}
	}
	return best
}
