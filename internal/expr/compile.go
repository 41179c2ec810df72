package expr

import (
	"fmt"
	"unicode/utf8"

	"github.com/assay-dev/assay/internal/flow"
)

// compiler turns a tree into kernels, types checked on the way. A register is given back as soon as the kernel that reads it
// has been written down, so that an evaluator needs as many as are alive at once.
type compiler struct {
	text string
	env  Env
	p    *Program

	freeConds   []int
	freeVectors [others][]int // by lane
}

func (c *compiler) fail(n *node, format string, args ...any) *Error {
	return &Error{Offset: n.from, Length: n.to - n.from, Text: fmt.Sprintf(format, args...)}
}

// maxQuoted is the most of the expression that a message repeats.
const maxQuoted = 60

// source gives the text of a node for messages.
func (c *compiler) source(n *node) string {
	s := []rune(c.text[n.from:n.to])
	if len(s) > maxQuoted {
		return string(s[:maxQuoted]) + "…"
	}
	return string(s)
}

func (c *compiler) emit(k kernel) { c.p.kernels = append(c.p.kernels, k) }

// cond gives a free register for a condition.
func (c *compiler) cond() int {
	if n := len(c.freeConds); n > 0 {
		r := c.freeConds[n-1]
		c.freeConds = c.freeConds[:n-1]
		return r
	}
	c.p.conds++
	return c.p.conds - 1
}

// temporary gives a free vector of a lane.
func (c *compiler) temporary(l lane) int {
	if n := len(c.freeVectors[l]); n > 0 {
		r := c.freeVectors[l][n-1]
		c.freeVectors[l] = c.freeVectors[l][:n-1]
		return r
	}
	return c.vector(vector{lane: l})
}

func (c *compiler) vector(v vector) int {
	c.p.vectors = append(c.p.vectors, v)
	return len(c.p.vectors) - 1
}

// release gives the registers of values back.
func (c *compiler) release(values ...*value) {
	for _, v := range values {
		switch {
		case !v.own:
		case v.field.Type == flow.Bool:
			c.freeConds = append(c.freeConds, v.reg)
		default:
			l := laneOf(v.field.Type)
			c.freeVectors[l] = append(c.freeVectors[l], v.reg)
		}
	}
}

// condition makes a value of a condition's register.
func condition(n *node, reg int) value {
	return value{node: n, field: flow.Field{Type: flow.Bool}, reg: reg, own: true}
}

// value compiles any node.
func (c *compiler) value(n *node) (value, *Error) {
	switch n.op {
	case opName:
		return c.column(n)
	case opNumber:
		v := parseNumber(n.text)
		if !v.fits() {
			return value{}, c.fail(n, "%s has more than 38 digits", c.source(n))
		}
		return value{node: n, field: v.field(), literal: true, number: v}, nil
	case opText:
		return value{node: n, field: flow.Field{Type: flow.String}, literal: true}, nil
	case opBool:
		return value{node: n, field: flow.Field{Type: flow.Bool}, literal: true}, nil
	case opLength:
		return c.length(n)
	case opAdd, opSubtract, opMultiply:
		return c.arithmetic(n)
	case opOr, opAnd:
		return c.junction(n)
	case opNot:
		a, err := c.operand(n.kids[0])
		if err != nil {
			return value{}, err
		}
		out := c.cond()
		c.emit(&not{a.reg, out})
		c.release(&a)
		return condition(n, out), nil
	}
	return c.comparison(n)
}

// column compiles a name: a vector over the column's memory, or a condition made of a bool column.
func (c *compiler) column(n *node) (value, *Error) {
	place := c.env.index(n.text)
	if place < 0 {
		return value{}, c.unknown(n)
	}
	reg := c.vectorOf(place)
	f := *c.env.at(place)
	if f.Type == flow.Bool {
		out := c.cond()
		c.emit(&flag{reg, out})
		return condition(n, out), nil
	}
	return value{
		node: n, reg: reg,
		field: flow.Field{Type: f.Type, Precision: f.Precision, Scale: f.Scale, Unit: f.Unit, AllowNaN: f.AllowNaN, Labels: f.Labels, Keeps: f.Keeps},
	}, nil
}

// vectorOf gives the vector over the memory of a column; each column has one.
func (c *compiler) vectorOf(place int) int {
	for _, s := range c.p.sources {
		if s.place == place {
			return s.vector
		}
	}
	reg := c.vector(vector{column: true})
	c.p.sources = append(c.p.sources, source{place, reg})
	return reg
}

func (c *compiler) unknown(n *node) *Error {
	var names []string
	for _, s := range [...]flow.Schema{c.env.Columns, c.env.Values} {
		for i := range s {
			names = append(names, s[i].Name)
		}
	}
	err := c.fail(n, "there is no column %s", writtenName(n.text))
	err.Hint = didYouMean(n.text, names, writtenName)
	return err
}

// operand compiles what and, or and not take: a condition.
func (c *compiler) operand(n *node) (value, *Error) {
	v, err := c.value(n)
	switch {
	case err != nil:
		return v, err
	case v.literal && v.field.Type == flow.Bool:
		return v, c.fail(n, "%s by itself says nothing", c.source(n)).hint("compare a column with it, like active == %s", n.text)
	case v.field.Type != flow.Bool:
		return v, c.fail(n, "%s is %s, not a condition", c.source(n), v.kind()).hint("compare it with something")
	}
	return v, nil
}

func (c *compiler) junction(n *node) (value, *Error) {
	a, err := c.operand(n.kids[0])
	if err != nil {
		return value{}, err
	}
	b, err := c.operand(n.kids[1])
	if err != nil {
		return value{}, err
	}
	return c.join(n, n.op, &a, &b), nil
}

// join compiles and or or of two conditions.
func (c *compiler) join(n *node, o op, a, b *value) value {
	out := c.cond()
	if o == opAnd {
		c.emit(&and{a.reg, b.reg, out})
	} else {
		c.emit(&or{a.reg, b.reg, out})
	}
	c.release(a, b)
	return condition(n, out)
}

func (c *compiler) length(n *node) (value, *Error) {
	a, err := c.value(n.kids[0])
	if err != nil {
		return value{}, err
	}
	if err := c.readable(&a, "length"); err != nil {
		return value{}, err
	}
	out := c.temporary(ints)
	if a.family() == categories {
		k := &codeLength{a.reg, out, make([]int64, codes(&a)), a.field.Keeps}
		for i, l := range a.field.Labels {
			k.lengths[i] = int64(utf8.RuneCountInString(l))
		}
		c.emit(k)
	} else {
		c.emit(&textLength{a.reg, out})
	}
	return value{node: n, field: flow.Field{Type: flow.Int64}, reg: out, own: true}, nil
}

// readable demands a column of texts or labels.
func (c *compiler) readable(v *value, what string) *Error {
	switch {
	case v.literal:
		return c.fail(v.node, "%s is a literal", c.source(v.node)).hint("%s is for columns", what)
	case v.family() != texts && v.family() != categories:
		return c.fail(v.node, "%s is %s, not text", c.source(v.node), v.kind()).hint("%s is for text and categories", what)
	}
	return nil
}

// arithmetic compiles + - *.
func (c *compiler) arithmetic(n *node) (value, *Error) {
	var sides [2]value
	for i, k := range n.kids {
		v, err := c.value(k)
		if err != nil {
			return value{}, err
		}
		if v.family() != numbers {
			return value{}, c.fail(k, "%s is %s, not a number", c.source(k), v.kind()).hint("+ - * are for numbers")
		}
		sides[i] = v
	}
	a, b := &sides[0], &sides[1]
	if a.literal && b.literal {
		v := a.number.apply(n.op, b.number)
		if !v.fits() {
			return value{}, c.fail(n, "%s has more than 38 digits", c.source(n))
		}
		return value{node: n, field: v.field(), literal: true, number: v}, nil
	}
	field, err := c.resultOf(n, a, b)
	if err != nil {
		return value{}, err
	}
	l := laneOf(field.Type)
	for _, v := range [...]*value{a, b} {
		scale := v.scale() // of a product each side keeps its own
		if n.op != opMultiply {
			scale = field.Scale
		}
		if err := c.convert(v, l, scale); err != nil {
			return value{}, err
		}
	}
	out := c.temporary(l)
	c.p.calculates = true
	switch l {
	case ints:
		c.emit(&intArithmetic{a.reg, b.reg, out, n.op})
	case decimals:
		c.emit(&decimalArithmetic{a.reg, b.reg, out, n.op})
	default:
		c.emit(&floatArithmetic{a.reg, b.reg, out, n.op})
	}
	c.release(a, b)
	return value{node: n, field: field, reg: out, own: true}, nil
}

// intDigits is how many digits an int64 may have.
const intDigits = 19

// resultOf gives the type of a sum, difference or product.
func (c *compiler) resultOf(n *node, a, b *value) (flow.Field, *Error) {
	la, lb := laneOf(a.field.Type), laneOf(b.field.Type)
	if la == floats || lb == floats {
		return flow.Field{Type: flow.Float64}, nil
	}
	if la == ints && lb == ints {
		return flow.Field{Type: flow.Int64}, nil
	}
	f := flow.Field{Type: flow.Decimal}
	pa, pb := max(a.field.Precision, 1), max(b.field.Precision, 1)
	if la == ints {
		pa = intDigits
	}
	if lb == ints {
		pb = intDigits
	}
	sa, sb := a.field.Scale, b.field.Scale
	if n.op == opMultiply {
		f.Precision, f.Scale = pa+pb, sa+sb
	} else {
		f.Scale = max(sa, sb)
		f.Precision = max(pa-sa, pb-sb) + f.Scale + 1
	}
	f.Precision = min(f.Precision, maxDigits)
	if f.Scale > maxDigits {
		return f, c.fail(n, "%s has %d digits behind the point; 38 are the most", c.source(n), f.Scale)
	}
	return f, nil
}

// convert brings a number to a lane, decimals to a scale too, which is not smaller than its own.
func (c *compiler) convert(v *value, l lane, scale int32) *Error {
	if v.literal {
		if l == decimals && !v.number.at(scale).fits() {
			return c.fail(v.node, "%s has more than 38 digits with %d behind the point", c.source(v.node), scale)
		}
		v.reg, v.own = c.vector(vector{lane: l, constant: true, number: v.number, scale: scale}), false
		return nil
	}
	from := laneOf(v.field.Type)
	if from == ints && l == decimals {
		c.step(v, decimals, func(a, out int) kernel { return &intToDecimal{a, out} })
		v.field = flow.Field{Type: flow.Decimal, Precision: intDigits, Scale: v.scale()}
	}
	switch {
	case from == ints && l == floats:
		c.step(v, floats, func(a, out int) kernel { return &intToFloat{a, out} })
	case from == decimals && l == floats:
		c.step(v, floats, func(a, out int) kernel { return &decimalToFloat{a, out, v.field.Scale} })
	case l == decimals && v.field.Scale < scale:
		c.step(v, decimals, func(a, out int) kernel { return &rescale{a, out, scale - v.field.Scale} })
		v.field.Scale = scale
	}
	if l == floats {
		v.field = flow.Field{Type: flow.Float64}
	}
	return nil
}

// step puts v through a kernel into a vector of a lane.
func (c *compiler) step(v *value, l lane, k func(a, out int) kernel) {
	out := c.temporary(l)
	c.emit(k(v.reg, out))
	c.release(v)
	v.reg, v.own = out, true
}
