package expr

import "slices"

// Comparisons with constants are ranges, both ends included: one kernel a lane does all of them.

type intRange struct {
	a, out int
	lo, hi int64
	negate uint64 // all ones for outside
}

func (k *intRange) run(e *Eval, n int) {
	a, out, lo, span := &e.vecs[k.a], &e.conds[k.out], k.lo, uint64(k.hi-k.lo)
	for w := range words(n) {
		var truth uint64
		for j, v := range block(a.ints, w, n) {
			truth |= bit(uint64(v-lo) <= span) << (j & 63)
		}
		known := a.valid[w]
		out.truth[w], out.known[w] = (truth^k.negate)&known, known
	}
}

type decimalRange struct {
	a, out   int
	lo, span decimal // span is unsigned
	negate   uint64
}

func (k *decimalRange) run(e *Eval, n int) {
	a, out, lo, span := &e.vecs[k.a], &e.conds[k.out], k.lo, k.span
	for w := range words(n) {
		var truth uint64
		for j, v := range block(a.decimals, w, n) {
			truth |= (1 - span.below(v.minus(lo))) << (j & 63)
		}
		known := a.valid[w]
		out.truth[w], out.known[w] = (truth^k.negate)&known, known
	}
}

type floatRange struct {
	a, out int
	lo, hi float64
	negate uint64
}

func (k *floatRange) run(e *Eval, n int) {
	a, out, lo, hi := &e.vecs[k.a], &e.conds[k.out], k.lo, k.hi
	for w := range words(n) {
		var truth uint64
		for j, v := range block(a.floats, w, n) {
			truth |= bit(v >= lo) & bit(v <= hi) << (j & 63)
		}
		known := a.valid[w]
		out.truth[w], out.known[w] = (truth^k.negate)&known, known
	}
}

// Comparisons of two vectors are <, <= or ==; > and >= swap the sides, != negates.

type compareInts struct {
	a, b, out int
	op        op
	negate    uint64
}

func (k *compareInts) run(e *Eval, n int) {
	a, b, out := &e.vecs[k.a], &e.vecs[k.b], &e.conds[k.out]
	for w := range words(n) {
		truth := compareBlock(block(a.ints, w, n), block(b.ints, w, n), k.op)
		known := a.valid[w] & b.valid[w]
		out.truth[w], out.known[w] = (truth^k.negate)&known, known
	}
}

type compareFloats struct {
	a, b, out int
	op        op
	negate    uint64
}

func (k *compareFloats) run(e *Eval, n int) {
	a, b, out := &e.vecs[k.a], &e.vecs[k.b], &e.conds[k.out]
	for w := range words(n) {
		truth := compareBlock(block(a.floats, w, n), block(b.floats, w, n), k.op)
		known := a.valid[w] & b.valid[w]
		out.truth[w], out.known[w] = (truth^k.negate)&known, known
	}
}

func compareBlock[T int64 | float64](a, b []T, o op) (truth uint64) {
	b = b[:len(a)]
	switch o {
	case opLess:
		for j := range a {
			truth |= bit(a[j] < b[j]) << (j & 63)
		}
	case opLessEqual:
		for j := range a {
			truth |= bit(a[j] <= b[j]) << (j & 63)
		}
	default:
		for j := range a {
			truth |= bit(a[j] == b[j]) << (j & 63)
		}
	}
	return truth
}

// outcomes are the results of a three-way comparison at which an operator holds: bit 0 less, bit 1 equal, bit 2 greater.
var outcomes = [...]uint64{opEqual: 2, opNotEqual: 5, opLess: 1, opLessEqual: 3, opGreater: 4, opGreaterEqual: 6}

// compareDecimals compares exactly, whatever the scales: ka and kb, one of them 0, are what the sides lack to a common one.
type compareDecimals struct {
	a, b, out int
	ka, kb    int32
	holds     uint64 // outcomes
}

func (k *compareDecimals) run(e *Eval, n int) {
	a, b, out := &e.vecs[k.a], &e.vecs[k.b], &e.conds[k.out]
	for w := range words(n) {
		left, right := block(a.decimals, w, n), block(b.decimals, w, n)
		var truth uint64
		for j := range left {
			truth |= k.holds >> (compareScaled(left[j], right[j], k.ka, k.kb) + 1) & 1 << (j & 63)
		}
		known := a.valid[w] & b.valid[w]
		out.truth[w], out.known[w] = truth&known, known
	}
}

// oneOf looks values up in a sorted list without repetitions; lists of text have a kernel of their own.
type oneOf[T comparable] struct {
	a, out  int
	set     []T // floats: without NaN, so that NaN is not found
	values  func(v *vec) []T
	compare func(a, b T) int
	negate  uint64
}

// fewListed is the longest list that is walked through for each row: without a branch that is faster than searching.
const fewListed = 16

func (k *oneOf[T]) run(e *Eval, n int) {
	a, out, set := &e.vecs[k.a], &e.conds[k.out], k.set
	values := k.values(a)
	for w := range words(n) {
		var truth uint64
		if len(set) <= fewListed {
			for j, v := range block(values, w, n) {
				var found uint64
				for i := range set {
					found |= bit(set[i] == v)
				}
				truth |= found << (j & 63)
			}
		} else {
			for j, v := range block(values, w, n) {
				_, found := slices.BinarySearchFunc(set, v, k.compare)
				truth |= bit(found) << (j & 63)
			}
		}
		known := a.valid[w]
		out.truth[w], out.known[w] = (truth^k.negate)&known, known
	}
}

func newOneOf[T comparable](a, out int, set []T, values func(v *vec) []T, compare func(a, b T) int) *oneOf[T] {
	slices.SortFunc(set, compare)
	return &oneOf[T]{a: a, out: out, set: slices.Compact(set), values: values, compare: compare}
}
