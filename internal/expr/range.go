package expr

import "math/big"

// between compiles a range with literals as one kernel, any other as two comparisons. It releases nothing.
func (c *compiler) between(n *node, a, lo, hi *value) (value, *Error) {
	if !a.literal && lo.literal && hi.literal {
		for _, side := range [...]*value{lo, hi} {
			if err := c.comparable(n, opLess, a, side); err != nil {
				return value{}, err
			}
		}
		if a.family() != texts {
			return c.literalRange(n, a, lo, hi)
		}
		if lo.node.text > hi.node.text {
			return value{}, c.nothingBetween(n, lo, hi)
		}
	}
	above, err := c.compare(n, opGreaterEqual, a, lo)
	if err != nil {
		return value{}, err
	}
	below, err := c.compare(n, opLessEqual, a, hi)
	if err != nil {
		return value{}, err
	}
	return c.join(n, opAnd, &above, &below), nil
}

// literalRange compiles a between of numbers, dates or timestamps with two literals.
func (c *compiler) literalRange(n *node, a, lo, hi *value) (value, *Error) {
	from, err := c.constant(a, lo)
	if err != nil {
		return value{}, err
	}
	to, err := c.constant(a, hi)
	if err != nil {
		return value{}, err
	}
	if from.compare(to) > 0 {
		return value{}, c.nothingBetween(n, lo, hi)
	}
	return c.within(n, a, &bound{from, false}, &bound{to, false}, false), nil
}

func (c *compiler) nothingBetween(n *node, lo, hi *value) *Error {
	low, high := c.source(lo.node), c.source(hi.node)
	return c.fail(n, "nothing lies between %s and %s", low, high).hint("write between %s and %s", high, low)
}

// constant gives the number that a literal is for values like v.
func (c *compiler) constant(v, literal *value) (number, *Error) {
	text := literal.node.text
	switch v.family() {
	case dates:
		if d, ok := parseDate(text); ok {
			return d, nil
		}
		return number{}, c.fail(literal.node, "%s is no date", c.source(literal.node)).hint("%s", example(v))
	case timestamps:
		if t, ok := parseTimestamp(text); ok {
			return t, nil
		}
		err := c.fail(literal.node, "%s is no timestamp", c.source(literal.node)).hint("%s", example(v))
		if _, ok := parseDate(text); ok {
			err = err.hint("a date has no time of day: write %s", writtenText(text+"T00:00:00Z"))
		}
		return number{}, err
	}
	return literal.number, nil
}

// example says how a literal of the value's type is written.
func example(v *value) string {
	switch v.family() {
	case dates:
		return `a date is written like "2024-02-29"`
	case timestamps:
		return `a timestamp is written like "2024-02-29T12:00:00Z"`
	}
	return `a uuid is written like "123e4567-e89b-12d3-a456-426614174000"`
}

// within compiles whether numbers, dates or timestamps are in a range, or with negate whether they are not.
func (c *compiler) within(n *node, a *value, lo, hi *bound, negate bool) value {
	out := c.cond()
	never := &fixed{a.reg, out, all(negate)}
	switch laneOf(a.field.Type) {
	case ints:
		if from, to, ok := limits(lo, hi, a.scale(), 64); ok {
			c.emit(&intRange{a.reg, out, from.Int64(), to.Int64(), all(negate)})
		} else {
			c.emit(never)
		}
	case decimals:
		if from, to, ok := limits(lo, hi, a.scale(), 128); ok {
			c.emit(&decimalRange{a.reg, out, decimalOfBig(from), decimalOfBig(new(big.Int).Sub(to, from)), all(negate)})
		} else {
			c.emit(never)
		}
	default:
		from, to := floatLimits(lo, hi)
		c.emit(&floatRange{a.reg, out, from, to, all(negate)})
	}
	return condition(n, out)
}
