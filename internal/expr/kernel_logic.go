package expr

import "math/bits"

// Kernels go through a batch in blocks of 64 rows, a word of the bitmaps each.

// blockRows is how many rows a block has.
const blockRows = 64

// words gives how many blocks n rows have.
func words(n int) int { return (n + blockRows - 1) / blockRows }

// block gives the values of block w of n rows. A register of one block is a constant, which is the same in every block.
func block[T any](values []T, w, n int) []T {
	from := w * blockRows
	to := min(from+blockRows, n)
	if len(values) == blockRows {
		return values[:to-from]
	}
	return values[from:to]
}

// within gives the bits of the rows of block w that are among n.
func within(w, n int) uint64 {
	if left := n - w*64; left < 64 {
		return 1<<left - 1
	}
	return ^uint64(0)
}

// place gives the row of the lowest bit of a word of block w.
func place(w int, word uint64) int { return w*64 + bits.TrailingZeros64(word) }

// bit gives a condition as 0 or 1; the compiler makes no branch of it.
func bit(b bool) uint64 {
	var v uint64
	if b {
		v = 1
	}
	return v
}

// and is known where both sides are, and where one is false.
type and struct{ a, b, out int }

func (k *and) run(e *Eval, n int) {
	a, b, out := &e.conds[k.a], &e.conds[k.b], &e.conds[k.out]
	for w := range words(n) {
		at, ak, bt, bk := a.truth[w], a.known[w], b.truth[w], b.known[w]
		out.truth[w] = at & bt
		out.known[w] = ak&bk | ak&^at | bk&^bt
	}
}

// or is known where both sides are, and where one is true.
type or struct{ a, b, out int }

func (k *or) run(e *Eval, n int) {
	a, b, out := &e.conds[k.a], &e.conds[k.b], &e.conds[k.out]
	for w := range words(n) {
		at, bt := a.truth[w], b.truth[w]
		out.truth[w] = at | bt
		out.known[w] = a.known[w]&b.known[w] | at | bt
	}
}

type not struct{ a, out int }

func (k *not) run(e *Eval, n int) {
	a, out := &e.conds[k.a], &e.conds[k.out]
	for w := range words(n) {
		known := a.known[w]
		out.truth[w], out.known[w] = known&^a.truth[w], known
	}
}

// same compares two conditions.
type same struct {
	a, b, out int
	negate    uint64 // all ones for !=
}

func (k *same) run(e *Eval, n int) {
	a, b, out := &e.conds[k.a], &e.conds[k.b], &e.conds[k.out]
	for w := range words(n) {
		known := a.known[w] & b.known[w]
		out.truth[w], out.known[w] = (^(a.truth[w]^b.truth[w])^k.negate)&known, known
	}
}

// isNull looks at the validity of a vector.
type isNull struct {
	a, out int
	negate uint64 // all ones for is not null
}

func (k *isNull) run(e *Eval, n int) {
	valid, out := e.vecs[k.a].valid, &e.conds[k.out]
	for w := range words(n) {
		out.truth[w], out.known[w] = ^valid[w]^k.negate, ^uint64(0)
	}
}

// isUnknown looks at the validity of a condition.
type isUnknown struct {
	a, out int
	negate uint64 // all ones for is not null
}

func (k *isUnknown) run(e *Eval, n int) {
	known, out := e.conds[k.a].known, &e.conds[k.out]
	for w := range words(n) {
		out.truth[w], out.known[w] = ^known[w]^k.negate, ^uint64(0)
	}
}

// flag makes a condition of a bool column.
type flag struct{ a, out int }

func (k *flag) run(e *Eval, n int) {
	a, out := &e.vecs[k.a], &e.conds[k.out]
	for w := range words(n) {
		var truth uint64
		for j, v := range block(a.ints, w, n) {
			truth |= uint64(v&1) << (j & 63)
		}
		known := a.valid[w]
		out.truth[w], out.known[w] = truth&known, known
	}
}

// fixed is a comparison whose outcome is known for all rows that have a value, like that of an int64 with 0.5.
type fixed struct {
	a, out int
	truth  uint64
}

func (k *fixed) run(e *Eval, n int) {
	valid, out := e.vecs[k.a].valid, &e.conds[k.out]
	for w := range words(n) {
		out.truth[w], out.known[w] = k.truth&valid[w], valid[w]
	}
}
