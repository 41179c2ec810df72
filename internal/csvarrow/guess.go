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
// Labels that these bytes do not tell apart are told apart by others, at a place of their own. What still goes together is left
// to the vocabulary, as are labels too long or too many.
type guesses struct {
	fork
	first    [1 << rootBits]uint8 // by slot: a prompt
	second   [1 << rootBits]uint8 // or a branch
	branches []branch             // the first one knows nothing
	prompts  [mostGuesses + 1]prompt
	words    int // that the longest prompt has: 2, 4, 7 or promptWords
}

const (
	rootBits, branchBits = 10, 6
	mostGuesses          = 255
	promptWords          = 10
	promptBytes          = 8 * promptWords
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

// prompt is a label as it may stand in a cell, and what comes behind it. The first prompt is no cell: its words have bits that
// its masks have not.
type prompt struct {
	step  uint32 // to the next cell
	code  int16
	words [promptWords]struct{ mask, text uint64 }
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
	g := &guesses{branches: make([]branch, 1), words: 2}
	g.prompts[0].words[0].text = 1
	prompts := 0
	add := func(s spelling) uint8 {
		prompts++
		g.prompts[prompts] = newPrompt(s, len(behind))
		for _, words := range []int{2, 4, 7, promptWords} {
			if g.words = max(g.words, words); len(s.text) <= 8*words {
				break
			}
		}
		return uint8(prompts)
	}
	g.fork = bestFork(all, rootBits)
	for slot, group := range g.split(all, rootBits) {
		if len(group) == 1 {
			g.first[slot] = add(group[0])
			continue
		}
		b := branch{fork: bestFork(group, branchBits)}
		for slot, group := range b.split(group, branchBits) {
			if len(group) == 1 {
				b.slots[slot] = add(group[0])
			}
		}
		g.second[slot] = uint8(len(g.branches))
		g.branches = append(g.branches, b)
	}
	return g
}

func newPrompt(s spelling, behind int) prompt {
	p := prompt{step: uint32(len(s.text)-behind) + 1, code: s.code}
	var text, mask [promptBytes]byte
	for i := range copy(text[:], s.text) {
		mask[i] = 0xff
	}
	for i := range p.words {
		p.words[i].text, p.words[i].mask = word(text[8*i:]), word(mask[8*i:])
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
