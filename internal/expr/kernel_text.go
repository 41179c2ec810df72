package expr

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/assay-dev/assay/internal/flow"
)

// Kernels over texts look at rows with a value only: a view of a null row may point anywhere.

// textIn looks texts up in a list, which also == and != are.
type textIn struct {
	a, out int
	set    textSet
	negate uint64
}

func (k *textIn) run(e *Eval, n int) {
	a, out := &e.vecs[k.a], &e.conds[k.out]
	for w := range words(n) {
		known := a.valid[w]
		var truth uint64
		if len(k.set.views) > 0 {
			for j := range block(a.column.Text, w, n) {
				v := a.column.Text[w*64+j]
				for i := range k.set.views {
					truth |= bit(v == k.set.views[i]) << (j & 63)
				}
			}
		} else {
			for rows := known & within(w, n); rows != 0; rows &= rows - 1 {
				i := place(w, rows)
				truth |= bit(k.set.has(a.column.Cell(i))) << (i & 63)
			}
		}
		out.truth[w], out.known[w] = (truth^k.negate)&known, known
	}
}

// textSet is a sorted set of texts, by length first. A few short ones are looked for as views, which are equal where the
// texts are, since short texts stand in their views.
type textSet struct {
	sorted  []string
	lengths uint64 // bit i: there is one with i bytes, or with 63 and more
	views   []flow.View
}

// Most texts and bytes that are looked for as views.
const (
	maxViews    = 8
	maxViewText = 12
)

func newTextSet(list []string) textSet {
	var s textSet
	s.sorted = slices.Compact(slices.SortedFunc(slices.Values(list), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	}))
	for _, t := range s.sorted {
		s.lengths |= 1 << min(len(t), 63)
	}
	if len(s.sorted) <= maxViews && len(s.sorted[len(s.sorted)-1]) <= maxViewText {
		s.views = make([]flow.View, len(s.sorted))
		for i, t := range s.sorted {
			s.views[i].SetView([]byte(t), 0, len(t), 0)
		}
	}
	return s
}

func (s *textSet) has(t []byte) bool {
	if s.lengths>>min(len(t), 63)&1 == 0 {
		return false
	}
	lo, hi := 0, len(s.sorted)
	for lo < hi {
		switch m := int(uint(lo+hi) / 2); {
		case len(s.sorted[m]) == len(t) && s.sorted[m] == string(t):
			return true
		case len(s.sorted[m]) < len(t) || len(s.sorted[m]) == len(t) && s.sorted[m] < string(t):
			lo = m + 1
		default:
			hi = m
		}
	}
	return false
}

// compareText compares texts by their bytes: with those of column b or, where b is below 0, with one text.
type compareText struct {
	a, b, out int
	text      []byte
	holds     uint64 // outcomes
}

func (k *compareText) run(e *Eval, n int) {
	a, out := &e.vecs[k.a], &e.conds[k.out]
	b := a // for its validity only, when there is one text
	if k.b >= 0 {
		b = &e.vecs[k.b]
	}
	for w := range words(n) {
		known := a.valid[w] & b.valid[w]
		var truth uint64
		for rows := known & within(w, n); rows != 0; rows &= rows - 1 {
			i := place(w, rows)
			right := k.text
			if k.b >= 0 {
				right = b.column.Cell(i)
			}
			truth |= k.holds >> (bytes.Compare(a.column.Cell(i), right) + 1) & 1 << (i & 63)
		}
		out.truth[w], out.known[w] = truth, known
	}
}

// textLength counts characters.
type textLength struct{ a, out int }

func (k *textLength) run(e *Eval, n int) {
	a, out := &e.vecs[k.a], &e.vecs[k.out]
	for w := range words(n) {
		valid := a.valid[w]
		for rows := valid & within(w, n); rows != 0; rows &= rows - 1 {
			i := place(w, rows)
			out.ints[i] = int64(utf8.RuneCount(a.column.Cell(i)))
		}
		out.valid[w] = valid
	}
}

type textMatches struct {
	a, out  int
	pattern *regexp.Regexp
}

func (k *textMatches) run(e *Eval, n int) {
	a, out := &e.vecs[k.a], &e.conds[k.out]
	for w := range words(n) {
		known := a.valid[w]
		var truth uint64
		for rows := known & within(w, n); rows != 0; rows &= rows - 1 {
			i := place(w, rows)
			truth |= bit(k.pattern.Match(a.column.Cell(i))) << (i & 63)
		}
		out.truth[w], out.known[w] = truth, known
	}
}
