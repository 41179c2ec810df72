package expr

import (
	"slices"

	"github.com/assay-dev/assay/internal/flow"
)

// Eval evaluates a Program for one goroutine at a time. It owns the registers, so that evaluating allocates nothing.
type Eval struct {
	p      *Program
	values []*flow.Column
	vecs   []vec
	conds  []cond
	over   flow.Bitmap // rows with a result that its type has no room for; nil where nothing is calculated
}

// vec is a vector register. Values of null rows are of no meaning; texts of null rows must not be looked at.
type vec struct {
	valid    flow.Bitmap
	ints     []int64
	decimals []decimal
	floats   []float64
	column   *flow.Column // nil for a register with memory of its own
}

// cond is a condition: where known is clear it is null, and truth is clear too.
type cond struct{ truth, known flow.Bitmap }

// kernel is one node's work on the first n rows of the registers.
type kernel interface{ run(e *Eval, n int) }

// NewEval makes an evaluator; values are the columns of Env.Values, in that order, which the caller fills before each
// evaluation. Those that the expression does not name may be missing at the end, or nil.
func (p *Program) NewEval(values ...*flow.Column) *Eval {
	e := &Eval{p: p, values: slices.Clone(values), vecs: make([]vec, len(p.vectors)), conds: make([]cond, p.conds)}
	for i := range e.vecs {
		if d := &p.vectors[i]; !d.column {
			e.vecs[i] = newVec(d)
		}
	}
	for i := range e.conds {
		e.conds[i] = cond{flow.NewBitmap(flow.MaxRows), flow.NewBitmap(flow.MaxRows)}
	}
	if p.calculates {
		e.over = flow.NewBitmap(flow.MaxRows)
	}
	return e
}

func newVec(d *vector) vec {
	v, rows := vec{valid: flow.NewBitmap(flow.MaxRows)}, flow.MaxRows
	v.valid.Fill(true)
	if d.constant {
		rows = blockRows
	}
	switch d.lane {
	case ints:
		v.ints = make([]int64, rows)
	case decimals:
		v.decimals = make([]decimal, rows)
	case floats:
		v.floats = make([]float64, rows)
	}
	if d.constant {
		v.fill(d)
	}
	return v
}

// fill puts the constant into all rows.
func (v *vec) fill(d *vector) {
	for i := range v.ints {
		v.ints[i] = d.number.unscaled.Int64()
	}
	for i := range v.decimals {
		v.decimals[i] = d.number.at(d.scale).decimal()
	}
	for i := range v.floats {
		v.floats[i] = d.number.float()
	}
}

// run evaluates the program over b.
func (e *Eval) run(b *flow.Batch) {
	for _, s := range e.p.sources {
		var c *flow.Column
		if s.place < e.p.columns {
			c = &b.Cols[s.place]
		} else {
			c = e.values[s.place-e.p.columns]
		}
		e.vecs[s.vector] = vec{valid: c.Valid, ints: c.Ints, decimals: decimalsOf(c), floats: c.Floats, column: c}
	}
	e.over.Fill(false)
	for _, k := range e.p.kernels {
		k.run(e, b.N)
	}
}

// Bool evaluates an expression of type bool over b: bit i of known says that the condition is not null in row i, and bit i of
// truth that it is true there. Bits of rows beyond b.N are undefined.
func (e *Eval) Bool(b *flow.Batch, truth, known flow.Bitmap) {
	e.run(b)
	r, n := &e.conds[e.p.result], words(b.N)
	copy(truth[:n], r.truth)
	copy(known[:n], r.known)
}

// Bad evaluates an expression of type bool as a rule: bit i of bad is set when row i breaks it, which is where the condition
// is false, or null because something in it has become too large. It is not where the condition is null for want of a value.
// Overflow then tells the second kind. Bits of rows beyond b.N are undefined.
func (e *Eval) Bad(b *flow.Batch, bad flow.Bitmap) {
	e.run(b)
	r := &e.conds[e.p.result]
	for w := range words(b.N) {
		bad[w] = r.known[w] &^ r.truth[w]
		if e.over != nil {
			e.over[w] &^= r.known[w]
			bad[w] |= e.over[w]
		}
	}
}

// Overflow gives the rows of the last evaluation in which a sum, difference or product of values had no room in its type, and
// so became null; after Bad only those that break the rule for it. It is nil where nothing is calculated, and the same bitmap
// every time. Bits of rows beyond the batch are undefined.
func (e *Eval) Overflow() flow.Bitmap { return e.over }

// Column evaluates an expression of any type into out, which has the type of Field, as flow.NewColumn makes it, and room for
// b.N rows. A null row's value is zero, of a text the empty one. The texts are views into the same memory as the batch's.
func (e *Eval) Column(b *flow.Batch, out *flow.Column) {
	e.run(b)
	if e.p.field.Type == flow.Bool {
		e.conds[e.p.result].column(b.N, out)
		return
	}
	r, n := &e.vecs[e.p.result], b.N
	copy(out.Valid[:words(n)], r.valid)
	switch laneOf(e.p.field.Type) {
	case ints:
		copyValid(out.Ints[:n], r.ints, r.valid)
	case decimals:
		copyValid(decimalsOf(out)[:n], r.decimals, r.valid)
	case floats:
		copyValid(out.Floats[:n], r.floats, r.valid)
	case others:
		c := r.column
		switch e.p.field.Type {
		case flow.Category:
			copyValid(out.Codes[:n], c.Codes, r.valid)
			if c.Keeps {
				copyValid(out.Text[:n], c.Text, r.valid)
				out.Buffers = c.Buffers
			}
		case flow.UUID:
			copyValid(out.UUIDs[:n], c.UUIDs, r.valid)
		case flow.String:
			copyValid(out.Text[:n], c.Text, r.valid)
			out.Buffers = c.Buffers
		}
	}
}

// copyValid copies values, and makes those of null rows zero: what stands there may come from the batch before.
func copyValid[T any](to, from []T, valid flow.Bitmap) {
	copy(to, from)
	for w := range words(len(to)) {
		for nulls := ^valid[w] & within(w, len(to)); nulls != 0; nulls &= nulls - 1 {
			var zero T
			to[place(w, nulls)] = zero
		}
	}
}

// column puts the condition into a bool column.
func (c *cond) column(n int, out *flow.Column) {
	copy(out.Valid[:words(n)], c.known)
	for i := range out.Ints[:n] {
		out.Ints[i] = int64(c.truth[i/64] >> (i % 64) & 1)
	}
}
