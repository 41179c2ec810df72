package expr

import (
	"fmt"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/assay-dev/assay/internal/flow"
)

// The interpreter is the language once more, row by row and as plainly as can be: numbers are fractions, null is a flag. It
// shares only the tree with the compiler, and is what the kernels are tested against.

// datum is a value of one row.
type datum struct {
	typ     flow.Type
	scale   int32
	null    bool
	literal bool

	truth bool
	rat   *big.Rat // int64, int8, decimal, date (days), timestamp (seconds)
	per   int64    // of a timestamp: units in a second
	float float64
	text  string // string, category (label), uuid (as text)
}

type row struct {
	env    Env
	b      *flow.Batch
	values []*flow.Column
	i      int
	over   bool // a result had no room
}

var maxUnscaled = new(big.Rat).SetInt(new(big.Int).Sub(new(big.Int).Exp(big.NewInt(10), big.NewInt(38), nil), big.NewInt(1)))

func pow(k int32) *big.Rat {
	return new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(k)), nil))
}

func (r *row) column(name string) datum {
	i := slices.IndexFunc(r.env.Columns, func(f flow.Field) bool { return f.Name == name })
	var c *flow.Column
	if i >= 0 {
		c = &r.b.Cols[i]
	} else {
		c = r.values[slices.IndexFunc(r.env.Values, func(f flow.Field) bool { return f.Name == name })]
	}
	d := datum{typ: c.Type, scale: c.Scale, null: !c.Valid.Get(r.i), rat: new(big.Rat)}
	if d.null {
		return d
	}
	switch c.Type {
	case flow.Bool:
		d.truth = c.Ints[r.i] == 1
	case flow.Int64, flow.Int8, flow.Date:
		d.rat.SetInt64(c.Ints[r.i])
	case flow.Timestamp:
		per := map[string]int64{"s": 1, "ms": 1e3, "us": 1e6, "ns": 1e9, "": 1e9}[c.Unit]
		d.rat.SetFrac64(c.Ints[r.i], per)
		d.per = per
	case flow.Float64:
		d.float = c.Floats[r.i]
	case flow.Decimal:
		d.rat.SetInt(c.Decimals[r.i].BigInt())
		d.rat.Quo(d.rat, pow(c.Scale))
	case flow.Category:
		if int(c.Codes[r.i]) < len(c.Labels) {
			d.text = c.Labels[c.Codes[r.i]]
		} else {
			d.text = string(c.Cell(r.i))
		}
	case flow.String:
		d.text = string(c.Cell(r.i))
	case flow.UUID:
		u := c.UUIDs[r.i]
		d.text = fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
	}
	return d
}

func truthOf(b bool) datum     { return datum{typ: flow.Bool, truth: b} }
func nullOf(t flow.Type) datum { return datum{typ: t, null: true, rat: new(big.Rat)} }

func (r *row) eval(n *node) datum {
	switch n.op {
	case opName:
		return r.column(n.text)
	case opNumber:
		return literalNumber(n.text)
	case opText:
		return datum{typ: flow.String, literal: true, text: n.text}
	case opBool:
		return datum{typ: flow.Bool, literal: true, truth: n.text == "true"}
	case opAnd, opOr:
		a, b := r.eval(n.kids[0]), r.eval(n.kids[1])
		decides := n.op == opOr // the value that decides whatever the other side is
		switch {
		case !a.null && a.truth == decides, !b.null && b.truth == decides:
			return truthOf(decides)
		case a.null || b.null:
			return nullOf(flow.Bool)
		}
		return truthOf(!decides)
	case opNot:
		a := r.eval(n.kids[0])
		a.truth = !a.truth
		return a
	case opNull, opNotNull:
		return truthOf(r.eval(n.kids[0]).null == (n.op == opNull))
	case opBetween:
		x := n.kids[0]
		return r.eval(&node{op: opAnd, kids: []*node{
			{op: opGreaterEqual, kids: []*node{x, n.kids[1]}}, {op: opLessEqual, kids: []*node{x, n.kids[2]}},
		}})
	case opIn:
		a := r.eval(n.kids[0])
		if a.null {
			return nullOf(flow.Bool)
		}
		return truthOf(slices.ContainsFunc(n.kids[1:], func(k *node) bool { return compareData(opEqual, a, r.eval(k)) }))
	case opMatches, opLength:
		a := r.eval(n.kids[0])
		switch {
		case a.null && n.op == opMatches:
			return nullOf(flow.Bool)
		case a.null:
			return nullOf(flow.Int64)
		case n.op == opMatches:
			return truthOf(regexp.MustCompile(n.kids[1].text).MatchString(a.text))
		}
		return datum{typ: flow.Int64, rat: new(big.Rat).SetInt64(int64(len([]rune(a.text))))}
	case opAdd, opSubtract, opMultiply:
		a, b := r.eval(n.kids[0]), r.eval(n.kids[1])
		d := arithmeticOf(n.op, a, b)
		r.over = r.over || d.null && !a.null && !b.null
		if d.typ == flow.Decimal && n.op != opMultiply && !d.literal { // also where the other side is null
			r.over = r.over || !a.null && tooLong(a.rat, d.scale) || !b.null && tooLong(b.rat, d.scale)
		}
		return d
	}
	a, b := r.eval(n.kids[0]), r.eval(n.kids[1])
	if a.null || b.null {
		return nullOf(flow.Bool)
	}
	return truthOf(compareData(n.op, a, b))
}

func literalNumber(text string) datum {
	d := datum{typ: flow.Int64, literal: true}
	for i, c := range text {
		if c == '.' {
			d.scale = int32(len(text) - i - 1)
		}
	}
	d.rat, _ = new(big.Rat).SetString(text)
	if d.scale > 0 || !d.rat.Num().IsInt64() {
		d.typ = flow.Decimal
	}
	return d
}

// asFloat gives the nearest float64 of a number.
func (d datum) asFloat() float64 {
	if d.typ == flow.Float64 {
		return d.float
	}
	f, _ := d.rat.Float64()
	return f
}

func arithmeticOf(o op, a, b datum) datum {
	scale := max(a.scale, b.scale)
	if o == opMultiply {
		scale = a.scale + b.scale
	}
	var result datum
	switch {
	case a.typ == flow.Float64 || b.typ == flow.Float64:
		result.typ = flow.Float64
	case a.typ == flow.Decimal || b.typ == flow.Decimal:
		result.typ, result.scale = flow.Decimal, scale
	default:
		result.typ = flow.Int64
	}
	result.rat = new(big.Rat)
	if a.null || b.null {
		result.null = true
		return result
	}
	if result.typ == flow.Float64 {
		x, y := a.asFloat(), b.asFloat()
		switch o {
		case opAdd:
			result.float = x + y
		case opSubtract:
			result.float = x - y
		default:
			result.float = x * y
		}
		result.null = math.IsNaN(result.float) || math.IsInf(result.float, 0)
		return result
	}
	switch o {
	case opAdd:
		result.rat.Add(a.rat, b.rat)
	case opSubtract:
		result.rat.Sub(a.rat, b.rat)
	default:
		result.rat.Mul(a.rat, b.rat)
	}
	if a.literal && b.literal {
		result.literal, result.typ = true, flow.Int64 // literals are what they come to
		if result.scale = scale; scale > 0 || !result.rat.Num().IsInt64() {
			result.typ = flow.Decimal
		}
		return result
	}
	if result.typ == flow.Int64 {
		result.null = !result.rat.Num().IsInt64()
		return result
	}
	result.null = tooLong(result.rat, scale)
	if o != opMultiply {
		result.null = result.null || tooLong(a.rat, scale) || tooLong(b.rat, scale)
	}
	return result
}

func tooLong(v *big.Rat, scale int32) bool {
	u := new(big.Rat).Mul(v, pow(scale))
	return u.Abs(u).Cmp(maxUnscaled) > 0
}

func compareData(o op, a, b datum) bool {
	if a.literal {
		a, b, o = b, a, mirrored[o]
	}
	var less, equal bool
	switch {
	case a.typ == flow.Bool:
		equal = a.truth == b.truth
	case a.typ == flow.Float64 || b.typ == flow.Float64:
		x, y := a.asFloat(), b.asFloat()
		less, equal = x < y, x == y
		if math.IsNaN(x) || math.IsNaN(y) {
			return o == opNotEqual
		}
	case a.rat != nil && a.typ != flow.String && a.typ != flow.Category && a.typ != flow.UUID:
		y := b.rat
		if b.typ == flow.String {
			y = instantOf(a.typ, b.text)
		}
		less, equal = a.rat.Cmp(y) < 0, a.rat.Cmp(y) == 0
	default:
		less, equal = a.text < b.text, a.text == b.text
	}
	switch o {
	case opEqual:
		return equal
	case opNotEqual:
		return !equal
	case opLess:
		return less
	case opLessEqual:
		return less || equal
	case opGreater:
		return !less && !equal
	}
	return !less
}

// instantOf gives the days of a date, or the seconds of a timestamp.
func instantOf(typ flow.Type, text string) *big.Rat {
	layouts := []string{time.RFC3339Nano, "2006-01-02 15:04:05"}
	if typ == flow.Date {
		layouts = []string{time.DateOnly}
	}
	for _, l := range layouts {
		if t, err := time.Parse(l, text); err == nil {
			if typ == flow.Date {
				return new(big.Rat).SetInt64(t.Unix() / 86400)
			}
			seconds := new(big.Rat).SetInt64(t.Unix())
			return seconds.Add(seconds, big.NewRat(int64(t.Nanosecond()), 1e9))
		}
	}
	panic(text)
}

// String gives the value as evaluate does.
func (d datum) String() string {
	switch {
	case d.null:
		return "null"
	case d.typ == flow.Bool:
		return fmt.Sprint(d.truth)
	case d.typ == flow.Float64:
		return fmt.Sprint(d.float)
	case d.typ == flow.Decimal:
		u := new(big.Rat).Mul(d.rat, pow(d.scale))
		return fmt.Sprint(u.Num(), "e-", d.scale)
	case d.typ == flow.String || d.typ == flow.Category:
		return d.text
	case d.typ == flow.UUID:
		return strings.ReplaceAll(d.text, "-", "")
	case d.typ == flow.Timestamp:
		return new(big.Rat).Mul(d.rat, new(big.Rat).SetInt64(d.per)).Num().String()
	}
	return d.rat.Num().String()
}
