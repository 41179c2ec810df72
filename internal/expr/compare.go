package expr

import (
	"slices"

	"github.com/assay-dev/assay/internal/flow"
)

// comparison compiles everything of that level of the grammar.
func (c *compiler) comparison(n *node) (value, *Error) {
	left, err := c.value(n.kids[0])
	if err != nil {
		return value{}, err
	}
	switch n.op {
	case opNull, opNotNull:
		return c.nullness(n, &left)
	case opIn:
		return c.in(n, &left)
	case opMatches:
		return c.matches(n, &left)
	}
	right, err := c.right(&left, n.kids[1])
	if err != nil {
		return value{}, err
	}
	if n.op == opBetween {
		upper, err := c.right(&left, n.kids[2])
		if err != nil {
			return value{}, err
		}
		v, err := c.between(n, &left, &right, &upper)
		c.release(&left, &right, &upper)
		return v, err
	}
	v, err := c.compare(n, n.op, &left, &right)
	c.release(&left, &right)
	return v, err
}

// right compiles what a is compared with. An unknown name there may be a text that lacks its quotes.
func (c *compiler) right(a *value, n *node) (value, *Error) {
	v, err := c.value(n)
	if err != nil && n.op == opName && err.Hint == "" && a.family() != numbers && a.family() != conditions {
		err = err.hint("a text stands in double quotes: %s", writtenText(n.text))
	}
	return v, err
}

// all gives a word of ones for true.
func all(b bool) uint64 { return -bit(b) }

func (c *compiler) nullness(n *node, a *value) (value, *Error) {
	if a.literal {
		return value{}, c.fail(n, "%s is a literal, which is never null", c.source(a.node))
	}
	out := c.cond()
	if a.field.Type == flow.Bool {
		c.emit(&isUnknown{a.reg, out, all(n.op == opNotNull)})
	} else {
		c.emit(&isNull{a.reg, out, all(n.op == opNotNull)})
	}
	c.release(a)
	return condition(n, out), nil
}

// mirrored is the operator with its sides swapped.
var mirrored = map[op]op{
	opEqual: opEqual, opNotEqual: opNotEqual, opLess: opGreater, opGreater: opLess, opLessEqual: opGreaterEqual, opGreaterEqual: opLessEqual,
}

// compare compiles one of == != < <= > >=. It does not release the sides: between has one of them twice.
func (c *compiler) compare(n *node, o op, a, b *value) (value, *Error) {
	if a.literal && b.literal {
		return value{}, c.fail(n, "%s compares two literals", c.source(n)).hint("it is the same for every row")
	}
	if a.literal {
		a, b, o = b, a, mirrored[o]
	}
	if err := c.comparable(n, o, a, b); err != nil {
		return value{}, err
	}
	if b.literal {
		return c.compareLiteral(n, o, a, b)
	}
	negate := all(o == opNotEqual)
	out := c.cond()
	switch a.family() {
	case conditions:
		c.emit(&same{a.reg, b.reg, out, negate})
	case texts:
		c.emit(&compareText{a: a.reg, b: b.reg, out: out, holds: outcomes[o]})
	case categories:
		k := &sameLabel{a.reg, b.reg, out, make([]int16, codes(a)), negate, a.field.Keeps || b.field.Keeps}
		for i := range k.codes {
			k.codes[i] = -1
		}
		for i, l := range a.field.Labels {
			k.codes[i] = int16(slices.Index(b.field.Labels, l))
		}
		c.emit(k)
	case uuids:
		c.emit(&sameUUID{a.reg, b.reg, out, negate})
	default:
		c.compareNumbers(o, *a, *b, out)
	}
	return condition(n, out), nil
}

// comparable refuses sides of different families, and an order where there is none.
func (c *compiler) comparable(n *node, o op, a, b *value) *Error {
	ordered := o != opEqual && o != opNotEqual
	switch f := a.family(); {
	case b.literal && b.family() == texts && f != numbers && f != conditions:
		// A literal of these is written as a text; whether it is one is seen when it is read.
	case f != b.family():
		return c.mismatch(n, a, b)
	}
	if ordered && (a.family() == conditions || a.family() == categories || a.family() == uuids) {
		return c.fail(n, "%s is %s, which has no order", c.source(a.node), a.kind()).hint("compare it with == or !=")
	}
	return nil
}

// mismatch says that a and b are of different types; it has advice where the cause is near.
func (c *compiler) mismatch(n *node, a, b *value) *Error {
	err := c.fail(n, "%s is %s, %s is %s", c.source(a.node), a.kind(), c.source(b.node), b.kind())
	if !b.literal {
		return err
	}
	switch f := a.family(); {
	case f == numbers && b.field.Type == flow.String && isNumber(b.node.text):
		err = err.hint("write the number without quotes: %s", b.node.text)
	case f == conditions && (b.node.text == "true" || b.node.text == "false"):
		err = err.hint("write it without quotes: %s", b.node.text)
	case f == texts || f == categories:
		err = err.hint("a text stands in double quotes: %s", writtenText(b.node.text))
	case f == dates || f == timestamps:
		err = err.hint("%s", example(a))
	case f == numbers && b.field.Type == flow.Bool, f == conditions && b.family() == numbers:
		err = err.hint("a bool is true or false, a number is neither")
	}
	return err
}

func isNumber(text string) bool {
	n, err := parse(text)
	return err == nil && n.op == opNumber
}

// compareLiteral compiles a comparison of a vector or condition with a literal.
func (c *compiler) compareLiteral(n *node, o op, a, b *value) (value, *Error) {
	equality := o == opEqual || o == opNotEqual
	switch f := a.family(); {
	case f == conditions:
		out := c.cond()
		if (o == opEqual) == (b.node.text == "true") {
			c.emit(&and{a.reg, a.reg, out}) // x and x is x
		} else {
			c.emit(&not{a.reg, out})
		}
		return condition(n, out), nil
	case f == texts && !equality:
		out := c.cond()
		c.emit(&compareText{a: a.reg, b: -1, out: out, text: []byte(b.node.text), holds: outcomes[o]})
		return condition(n, out), nil
	case f == texts || f == categories || f == uuids:
		return c.among(n, a, []value{*b}, o == opNotEqual)
	}
	v, err := c.constant(a, b)
	if err != nil {
		return value{}, err
	}
	var lo, hi *bound
	switch o {
	case opEqual, opNotEqual:
		lo, hi = &bound{v, false}, &bound{v, false}
	case opLess, opLessEqual:
		hi = &bound{v, o == opLess}
	default:
		lo = &bound{v, o == opGreater}
	}
	return c.within(n, a, lo, hi, o == opNotEqual), nil
}

// compareNumbers compiles a comparison of two vectors of numbers, dates or timestamps: in the lane of both where they share
// it and the scale, else as float64s if one is, else as decimals.
func (c *compiler) compareNumbers(o op, a, b value, out int) {
	a.own, b.own = false, false // the caller releases them; what is converted here is released here
	la, lb := laneOf(a.field.Type), laneOf(b.field.Type)
	l := decimals
	switch {
	case la == floats || lb == floats:
		l = floats
	case la == ints && lb == ints && a.scale() == b.scale():
		l = ints
	}
	// Vectors are never refused by convert, and decimals keep their scales: the kernel brings them together.
	_, _ = c.convert(&a, l, a.scale()), c.convert(&b, l, b.scale())
	negate := all(o == opNotEqual)
	if l == decimals {
		ka, kb := max(0, b.field.Scale-a.field.Scale), max(0, a.field.Scale-b.field.Scale)
		c.emit(&compareDecimals{a.reg, b.reg, out, ka, kb, outcomes[o]})
		c.release(&a, &b)
		return
	}
	left, right := a.reg, b.reg
	switch o {
	case opNotEqual:
		o = opEqual
	case opGreater:
		o, left, right = opLess, right, left
	case opGreaterEqual:
		o, left, right = opLessEqual, right, left
	}
	if l == ints {
		c.emit(&compareInts{left, right, out, o, negate})
	} else {
		c.emit(&compareFloats{left, right, out, o, negate})
	}
	c.release(&a, &b)
}
