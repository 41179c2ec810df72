package expr

import (
	"math"
	"math/bits"
)

// A result that its type has no room for is null: the kernels clear its bit of validity, and note the row.

// result sets the validity of block w of a result: known are the rows whose operands have values, fits those whose result has room.
func (e *Eval) result(out *vec, w int, known, fits uint64) {
	out.valid[w] = known & fits
	e.over[w] |= known &^ fits
}

type intArithmetic struct {
	a, b, out int
	op        op
}

func (k *intArithmetic) run(e *Eval, n int) {
	a, b, out := &e.vecs[k.a], &e.vecs[k.b], &e.vecs[k.out]
	for w := range words(n) {
		x, y, to := block(a.ints, w, n), block(b.ints, w, n), block(out.ints, w, n)
		y, to = y[:len(x)], to[:len(x)]
		var over uint64
		switch k.op {
		case opAdd:
			for j := range x {
				s := x[j] + y[j]
				to[j] = s
				over |= uint64((x[j]^s)&(y[j]^s)) >> 63 << (j & 63)
			}
		case opSubtract:
			for j := range x {
				s := x[j] - y[j]
				to[j] = s
				over |= uint64((x[j]^y[j])&(x[j]^s)) >> 63 << (j & 63)
			}
		default:
			for j := range x {
				hi, lo := bits.Mul64(uint64(x[j]), uint64(y[j]))
				high := int64(hi) - (x[j]>>63)&y[j] - (y[j]>>63)&x[j] // of the signed product
				to[j] = int64(lo)
				over |= bit(high != int64(lo)>>63) << (j & 63)
			}
		}
		e.result(out, w, a.valid[w]&b.valid[w], ^over)
	}
}

// decimalArithmetic adds and subtracts numbers of one scale, and multiplies numbers of any.
type decimalArithmetic struct {
	a, b, out int
	op        op
}

func (k *decimalArithmetic) run(e *Eval, n int) {
	a, b, out := &e.vecs[k.a], &e.vecs[k.b], &e.vecs[k.out]
	for w := range words(n) {
		x, y, to := block(a.decimals, w, n), block(b.decimals, w, n), block(out.decimals, w, n)
		y, to = y[:len(x)], to[:len(x)]
		var fits uint64
		switch k.op {
		case opAdd:
			for j := range x {
				to[j] = x[j].plus(y[j])
				fits |= to[j].fits() << (j & 63)
			}
		case opSubtract:
			for j := range x {
				to[j] = x[j].minus(y[j])
				fits |= to[j].fits() << (j & 63)
			}
		default:
			for j := range x {
				p, ok := x[j].multiply(y[j])
				to[j] = p
				fits |= ok << (j & 63)
			}
		}
		e.result(out, w, a.valid[w]&b.valid[w], fits)
	}
}

type floatArithmetic struct {
	a, b, out int
	op        op
}

func (k *floatArithmetic) run(e *Eval, n int) {
	a, b, out := &e.vecs[k.a], &e.vecs[k.b], &e.vecs[k.out]
	for w := range words(n) {
		x, y, to := block(a.floats, w, n), block(b.floats, w, n), block(out.floats, w, n)
		y, to = y[:len(x)], to[:len(x)]
		switch k.op {
		case opAdd:
			for j := range x {
				to[j] = x[j] + y[j]
			}
		case opSubtract:
			for j := range x {
				to[j] = x[j] - y[j]
			}
		default:
			for j := range x {
				to[j] = x[j] * y[j]
			}
		}
		var finite uint64
		for j, v := range to {
			finite |= bit(math.Abs(v) <= math.MaxFloat64) << (j & 63)
		}
		e.result(out, w, a.valid[w]&b.valid[w], finite)
	}
}

// rescale multiplies decimals by ten to the k.
type rescale struct {
	a, out int
	k      int32
}

func (k *rescale) run(e *Eval, n int) {
	a, out, power, limit := &e.vecs[k.a], &e.vecs[k.out], powers[k.k], most[k.k]
	for w := range words(n) {
		to := block(out.decimals, w, n)
		var fits uint64
		for j, v := range block(a.decimals, w, n) {
			to[j] = v.times(power)
			fits |= v.within(limit) << (j & 63)
		}
		e.result(out, w, a.valid[w], fits)
	}
}

type intToDecimal struct{ a, out int }

func (k *intToDecimal) run(e *Eval, n int) {
	a, out := &e.vecs[k.a], &e.vecs[k.out]
	for w := range words(n) {
		to := block(out.decimals, w, n)
		for j, v := range block(a.ints, w, n) {
			to[j] = decimalOf(v)
		}
		out.valid[w] = a.valid[w]
	}
}

type intToFloat struct{ a, out int }

func (k *intToFloat) run(e *Eval, n int) {
	a, out := &e.vecs[k.a], &e.vecs[k.out]
	for w := range words(n) {
		to := block(out.floats, w, n)
		for j, v := range block(a.ints, w, n) {
			to[j] = float64(v)
		}
		out.valid[w] = a.valid[w]
	}
}

// decimalToFloat rounds to the nearest float64.
type decimalToFloat struct {
	a, out int
	scale  int32
}

func (k *decimalToFloat) run(e *Eval, n int) {
	a, out := &e.vecs[k.a], &e.vecs[k.out]
	for w := range words(n) {
		to := block(out.floats, w, n)
		for j, v := range block(a.decimals, w, n) {
			to[j] = v.float(k.scale)
		}
		out.valid[w] = a.valid[w]
	}
}
