package expr

import (
	"bytes"
	"cmp"
	"errors"
	"regexp"
	"regexp/syntax"
	"slices"

	"github.com/assay-dev/assay/internal/flow"
)

// in compiles a list of literals.
func (c *compiler) in(n *node, a *value) (value, *Error) {
	switch {
	case a.literal:
		return value{}, c.fail(n, "%s compares literals", c.source(n)).hint("it is the same for every row")
	case a.family() == conditions:
		return value{}, c.fail(n, "%s is a condition", c.source(a.node)).hint("compare it with == true or == false")
	}
	list := make([]value, 0, len(n.kids)-1)
	for _, k := range n.kids[1:] {
		v, err := c.value(k)
		if err != nil {
			return value{}, err
		}
		if err := c.comparable(k, opEqual, a, &v); err != nil {
			return value{}, err
		}
		list = append(list, v)
	}
	defer c.release(a)
	switch a.family() {
	case texts, categories, uuids:
		return c.among(n, a, list, false)
	}
	return c.amongNumbers(n, a, list)
}

// amongNumbers compiles a list for numbers, dates or timestamps. A literal that no value of the type can equal, like 0.5 for
// an int64, is left out.
func (c *compiler) amongNumbers(n *node, a *value, list []value) (value, *Error) {
	l, width := laneOf(a.field.Type), uint(64)
	if l == decimals {
		width = 128
	}
	var exact []decimal
	var rounded []float64
	for i := range list {
		v, err := c.constant(a, &list[i])
		if err != nil {
			return value{}, err
		}
		rounded = append(rounded, v.float())
		if from, _, ok := limits(&bound{v, false}, &bound{v, false}, a.scale(), width); ok {
			exact = append(exact, decimalOfBig(from))
		}
	}
	out := c.cond()
	switch l {
	case ints:
		var set []int64
		for _, d := range exact {
			set = append(set, int64(d.lo))
		}
		c.emit(newOneOf(a.reg, out, set, func(v *vec) []int64 { return v.ints }, cmp.Compare[int64]))
	case decimals:
		c.emit(newOneOf(a.reg, out, exact, func(v *vec) []decimal { return v.decimals }, decimal.compare))
	default:
		c.emit(newOneOf(a.reg, out, rounded, func(v *vec) []float64 { return v.floats }, cmp.Compare[float64]))
	}
	return condition(n, out), nil
}

// among compiles a list for texts, categories or uuids, or with negate that a value is not in it.
func (c *compiler) among(n *node, a *value, list []value, negate bool) (value, *Error) {
	switch a.family() {
	case texts:
		var set []string
		for i := range list {
			set = append(set, list[i].node.text)
		}
		out := c.cond()
		c.emit(&textIn{a.reg, out, newTextSet(set), all(negate)})
		return condition(n, out), nil
	case uuids:
		var set [][16]byte
		for i := range list {
			id, ok := parseUUID(list[i].node.text)
			if !ok {
				return value{}, c.fail(list[i].node, "%s is no uuid", c.source(list[i].node)).hint("%s", example(a))
			}
			set = append(set, id)
		}
		out := c.cond()
		k := newOneOf(a.reg, out, set, func(v *vec) [][16]byte { return v.column.UUIDs }, func(a, b [16]byte) int { return bytes.Compare(a[:], b[:]) })
		k.negate = all(negate)
		c.emit(k)
		return condition(n, out), nil
	}
	holds := make([]bool, codes(a)) // that of kept values is no label's
	for i := range list {
		code := slices.Index(a.field.Labels, list[i].node.text)
		if code < 0 {
			return value{}, c.unknownLabel(a, list[i].node)
		}
		holds[code] = true
	}
	return c.byLabel(n, a, func(code int) bool { return holds[code] != negate }, nil), nil
}

// maxListed is how many labels a message lists.
const maxListed = 8

func (c *compiler) unknownLabel(a *value, n *node) *Error {
	labels := a.field.Labels
	err := c.fail(n, "%s has no label %s", c.source(a.node), c.source(n))
	if err.Hint = didYouMean(n.text, labels, writtenText); err.Hint == "" && len(labels) <= maxListed {
		err.Hint = "there are"
		for i, l := range labels {
			if i > 0 {
				err.Hint += ","
			}
			err.Hint += " " + writtenText(l)
		}
	}
	return err
}

// codes gives how many codes a category has: that of values that it keeps stands behind those of the labels.
func codes(a *value) int {
	n := len(a.field.Labels)
	if a.field.Keeps {
		n++
	}
	return max(1, n)
}

// byLabel compiles a question about the labels of a category, which is asked here. Of a value that is kept holds knows the answer
// too, unless there is kept, which is asked for each such row.
func (c *compiler) byLabel(n *node, a *value, holds func(code int) bool, kept func(text []byte) bool) value {
	k := &codeIn{a: a.reg, out: c.cond(), holds: make([]uint8, codes(a))}
	known := len(a.field.Labels)
	if a.field.Keeps {
		if k.kept = kept; kept == nil {
			known++
		}
	}
	for code := range known {
		k.holds[code] = uint8(bit(holds(code)))
	}
	c.emit(k)
	return condition(n, k.out)
}

// matches compiles a pattern: once for each label of a category, else for each row.
func (c *compiler) matches(n *node, a *value) (value, *Error) {
	if err := c.readable(a, "matches"); err != nil {
		return value{}, err
	}
	pattern, err := regexp.Compile(n.kids[1].text)
	if err != nil {
		text := err.Error()
		if e := (*syntax.Error)(nil); errors.As(err, &e) {
			text = e.Code.String() + ": " + e.Expr
		}
		return value{}, c.fail(n.kids[1], "%s is no pattern: %s", c.source(n.kids[1]), text)
	}
	if size, lasting := steps(n.kids[1].text); size > maxSteps {
		return value{}, c.fail(n.kids[1], "%s comes to %d steps; %d are the most", c.source(n.kids[1]), size, maxSteps).
			hint("repetitions like x{100} count a hundred times")
	} else if lasting > maxLasting {
		err := c.fail(n.kids[1], "%s takes too long on long texts: %d of its steps may be tried at every character; %d are the most",
			c.source(n.kids[1]), lasting, maxLasting)
		if lasting == size {
			err = err.hint("begin it with ^, or repeat less")
		}
		return value{}, err
	}
	if a.field.Type == flow.Category {
		return c.byLabel(n, a, func(code int) bool { return pattern.MatchString(a.field.Labels[code]) }, pattern.Match), nil
	}
	out := c.cond()
	c.emit(&textMatches{a.reg, out, pattern})
	return condition(n, out), nil
}
