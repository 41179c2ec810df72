package expr

// Whatever is asked of a category is answered for each label when the expression is compiled; the kernels look the answers
// up by code. Codes of null rows are within the dictionary.

// codeIn asks for a condition on the label: ==, !=, in and matches.
type codeIn struct {
	a, out int
	holds  []uint8 // by code, 1 or 0
}

func (k *codeIn) run(e *Eval, n int) {
	a, out := &e.vecs[k.a], &e.conds[k.out]
	for w := range words(n) {
		var truth uint64
		for j, c := range block(a.column.Codes, w, n) {
			truth |= uint64(k.holds[c]) << (j & 63)
		}
		known := a.valid[w]
		out.truth[w], out.known[w] = truth&known, known
	}
}

// sameLabel compares two categories.
type sameLabel struct {
	a, b, out int
	codes     []int16 // of b, by the code of a; -1 where b has no such label
	negate    uint64
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
		out.truth[w], out.known[w] = (truth^k.negate)&known, known
	}
}

// codeLength gives the label's length.
type codeLength struct {
	a, out  int
	lengths []int64 // by code
}

func (k *codeLength) run(e *Eval, n int) {
	a, out := &e.vecs[k.a], &e.vecs[k.out]
	for w := range words(n) {
		to := block(out.ints, w, n)
		for j, c := range block(a.column.Codes, w, n) {
			to[j] = k.lengths[c]
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
