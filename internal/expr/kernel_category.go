package expr

import (
	"bytes"
	"unicode/utf8"

	"github.com/assay-dev/assay/internal/flow"
)

// Whatever is asked of a category is answered for each label when the expression is compiled; the kernels look the answers
// up by code. Codes of null rows are within the dictionary. A value that a category keeps has the code behind the labels'; what
// cannot be answered by it alone is asked of its text.

// codeIn asks for a condition on the label: ==, !=, in and matches.
type codeIn struct {
	a, out int
	holds  []uint8                // by code, 1 or 0
	kept   func(text []byte) bool // of a value that is kept; nil where the code tells
}

func (k *codeIn) run(e *Eval, n int) {
	a, out := &e.vecs[k.a], &e.conds[k.out]
	for w := range words(n) {
		var truth uint64
		for j, c := range block(a.column.Codes, w, n) {
			truth |= uint64(k.holds[c]) << (j & 63)
		}
		known := a.valid[w]
		if k.kept != nil {
			for rows := known & within(w, n); rows != 0; rows &= rows - 1 {
				if i := place(w, rows); a.column.Kept(i) {
					truth |= bit(k.kept(a.column.Cell(i))) << (i & 63)
				}
			}
		}
		out.truth[w], out.known[w] = truth&known, known
	}
}

// sameLabel compares two categories.
type sameLabel struct {
	a, b, out int
	codes     []int16 // of b, by the code of a; -1 where b has no such label
	negate    uint64
	keeps     bool // one of them keeps values
}

func (k *sameLabel) run(e *Eval, n int) {
	a, b, out := &e.vecs[k.a], &e.vecs[k.b], &e.conds[k.out]
	for w := range words(n) {
		right := block(b.column.Codes, w, n)
		var truth uint64
		for j, c := range block(a.column.Codes, w, n) {
			truth |= bit(k.codes[c] == right[j]) << (j & 63)
		}
		known := a.valid[w] & b.valid[w]
		if k.keeps {
			for rows := known & within(w, n); rows != 0; rows &= rows - 1 {
				i := place(w, rows)
				truth |= bit(sameKept(a.column, b.column, i)) << (i & 63)
			}
		}
		out.truth[w], out.known[w] = (truth^k.negate)&known, known
	}
}

// sameKept reports whether two categories, one of which at least keeps its value in row i, have the same text there.
func sameKept(a, b *flow.Column, i int) bool {
	switch {
	case a.Kept(i) && b.Kept(i):
		return bytes.Equal(a.Cell(i), b.Cell(i))
	case a.Kept(i):
		return string(a.Cell(i)) == b.Labels[b.Codes[i]]
	case b.Kept(i):
		return a.Labels[a.Codes[i]] == string(b.Cell(i))
	}
	return false
}

// codeLength gives the label's length.
type codeLength struct {
	a, out  int
	lengths []int64 // by code
	keeps   bool
}

func (k *codeLength) run(e *Eval, n int) {
	a, out := &e.vecs[k.a], &e.vecs[k.out]
	for w := range words(n) {
		to := block(out.ints, w, n)
		for j, c := range block(a.column.Codes, w, n) {
			to[j] = k.lengths[c]
		}
		if k.keeps {
			for rows := a.valid[w] & within(w, n); rows != 0; rows &= rows - 1 {
				if i := place(w, rows); a.column.Kept(i) {
					out.ints[i] = int64(utf8.RuneCount(a.column.Cell(i)))
				}
			}
		}
		out.valid[w] = a.valid[w]
	}
}

// sameUUID compares two columns.
type sameUUID struct {
	a, b, out int
	negate    uint64
}

func (k *sameUUID) run(e *Eval, n int) {
	a, b, out := &e.vecs[k.a], &e.vecs[k.b], &e.conds[k.out]
	for w := range words(n) {
		right := block(b.column.UUIDs, w, n)
		var truth uint64
		for j, v := range block(a.column.UUIDs, w, n) {
			truth |= bit(v == right[j]) << (j & 63)
		}
		known := a.valid[w] & b.valid[w]
		out.truth[w], out.known[w] = (truth^k.negate)&known, known
	}
}
