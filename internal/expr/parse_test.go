package expr

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// tree writes a tree with all its groups, to see how an expression was read.
func (n *node) tree() string {
	var kids []string
	for _, k := range n.kids {
		kids = append(kids, k.tree())
	}
	if len(kids) == 0 {
		return n.String()
	}
	return "(" + strings.Trim(forms[n.op].sign, " ") + " " + strings.Join(kids, " ") + ")"
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ text, tree, printed string }{
		{"a or b and not c", "(or a (and b (not c)))", ""},
		{"a and b or c and d", "(or (and a b) (and c d))", ""},
		{"a or b or c", "(or (or a b) c)", ""},
		{"a or (b or c)", "(or a (or b c))", ""},
		{"(a or b) and c", "(and (or a b) c)", ""},
		{"not a == b", "(not (== a b))", ""},
		{"not (a and b)", "(not (and a b))", ""},
		{"not not a", "(not (not a))", ""},
		{"(not a) == b", "(== (not a) b)", ""},
		{"a + b * c - d < e", "(< (- (+ a (* b c)) d) e)", ""},
		{"a - (b - c) > 0", "(> (- a (- b c)) 0)", ""},
		{"(a + b) * c > 0", "(> (* (+ a b) c) 0)", ""},
		{"(a * b) * c > (0)", "(> (* (* a b) c) 0)", "a * b * c > 0"},
		{"a - -5 > - 2.50", "(> (- a -5) -2.50)", "a - -5 > -2.50"},
		{"a-5<b", "(< (- a 5) b)", "a - 5 < b"},
		{"a between b + 1 and c and d", "(and (between a (+ b 1) c) d)", ""},
		{"a between 1 and 2 or not b between 3 and 4", "(or (between a 1 2) (not (between b 3 4)))", ""},
		{`a in [1,-2 , "x", true, false]`, `(in a 1 -2 "x" true false)`, `a in [1, -2, "x", true, false]`},
		{"a is null and b is not null", "(and (is null a) (is not null b))", ""},
		{"(a == b) is null", "(is null (== a b))", ""},
		{"(a == b) == (c == d)", "(== (== a b) (== c d))", ""},
		{"length(a + b) > 3", "(> (length (+ a b)) 3)", ""},
		{`a matches /x\/y\\\/[/]+\d/`, `(matches a "x/y\\\\/[")`, "error"},
		{`a matches /x\/y\\\/[\/]+\d/`, `(matches a "x/y\\\\/[/]+\\d")`, ""},
		{"customers.count > 0", "(> customers.count 0)", ""},
		{"in.count > 0", "(> in.count 0)", ""},
		{"größe2_x == `a b`", "(== größe2_x `a b`)", ""},
		{"`in` == `plain`", "(== `in` plain)", "`in` == plain"},
		{"`a``b` == `1a`", "(== `a``b` `1a`)", ""},
		{"`a.` == `a..b` and `.a`", "(and (== `a.` `a..b`) `.a`)", ""},
		{`a == "\"\\\n\r\t" or b == "ü
'"`, `(or (== a "\"\\\n\r\t") (== b "ü\n'"))`, `a == "\"\\\n\r\t" or b == "ü\n'"`},
		{"\t a\n==\r\n1 ", "(== a 1)", "a == 1"},
		{"((((a))))", "a", "a"},
		{strings.Repeat("(", 100) + "a" + strings.Repeat(")", 100), "a", "a"},
	} {
		n, err := parse(c.text)
		if c.printed == "error" {
			if err == nil {
				t.Errorf("%s: %s", c.text, n)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got := n.tree(); got != c.tree {
			t.Errorf("%s: %s, want %s", c.text, got, c.tree)
		}
		want := c.printed
		if want == "" {
			want = c.text
		}
		if got := n.String(); got != want {
			t.Errorf("%s prints as %s, want %s", c.text, got, want)
		}
	}
}

// bare gives the tree without places, which printing does not keep.
func bare(n *node) *node {
	b := &node{op: n.op, text: n.text}
	for _, k := range n.kids {
		b.kids = append(b.kids, bare(k))
	}
	return b
}

// holdsTogether checks what must hold of any tree: its nodes lie within their parents, and what it prints reads as the same.
func holdsTogether(t interface{ Fatalf(string, ...any) }, text string, n *node) {
	var walk func(n *node)
	walk = func(n *node) {
		if n.from >= n.to || n.to > len(text) {
			t.Fatalf("%q: node %s has the bytes %d to %d", text, n, n.from, n.to)
		}
		for _, k := range n.kids {
			if k.from < n.from || k.to > n.to {
				t.Fatalf("%q: %s is not within %s", text, k, n)
			}
			walk(k)
		}
	}
	walk(n)
	printed := n.String()
	again, err := parse(printed)
	if err != nil {
		t.Fatalf("%q prints as %q: %v", text, printed, err)
	}
	if !reflect.DeepEqual(bare(n), bare(again)) {
		t.Fatalf("%q prints as %q, which is %s", text, printed, again.tree())
	}
	if twice := again.String(); twice != printed {
		t.Fatalf("%q prints as %q and then as %q", text, printed, twice)
	}
}

// draw makes any tree, well-typed or not, that the grammar has.
func draw(t *rapid.T, depth int) *node {
	name := rapid.StringMatching("[a-zé_ `.\n1]{1,4}|in|not|length")
	var ops []op // rapid prefers the first ones
	for o := opOr; o <= opLength && depth > 0; o++ {
		ops = append(ops, o)
	}
	ops = append(ops, opName, opNumber, opText, opBool)
	n := &node{op: rapid.SampledFrom(ops).Draw(t, "op")}
	literal := func() *node {
		k := &node{op: rapid.SampledFrom([]op{opNumber, opText, opBool}).Draw(t, "literal")}
		switch k.op {
		case opNumber:
			k.text = rapid.StringMatching(`-?[0-9]{1,3}(\.[0-9]{1,3})?`).Draw(t, "number")
		case opText:
			k.text = rapid.StringMatching("[a-z\"\\\\\n\t\r/ü]{0,4}").Draw(t, "text")
		default:
			k.text = rapid.SampledFrom([]string{"true", "false"}).Draw(t, "bool")
		}
		return k
	}
	kid := func() { n.kids = append(n.kids, draw(t, depth-1)) }
	switch n.op {
	case opName:
		n.text = name.Draw(t, "name")
	case opNumber, opText, opBool:
		return literal()
	case opNot, opNull, opNotNull, opLength:
		kid()
		if n.op == opLength && forms[n.kids[0].op].level < levelSum {
			n.kids[0] = literal() // length takes a sum
		}
	case opIn:
		kid()
		for range rapid.IntRange(1, 3).Draw(t, "list") {
			n.kids = append(n.kids, literal())
		}
	case opMatches:
		kid()
		pattern := rapid.StringMatching(`([a-z/]|\\[a-z\\]){0,5}`).Draw(t, "pattern")
		n.kids = append(n.kids, &node{op: opText, text: pattern})
	case opBetween:
		kid()
		kid()
		kid()
	default:
		kid()
		kid()
	}
	return n
}

func TestPrintedTreesParseBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := draw(t, 4)
		text := n.String()
		again, err := parse(text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if !reflect.DeepEqual(bare(n), bare(again)) {
			t.Fatalf("%q is read as %s, not as %s", text, again.tree(), n.tree())
		}
		holdsTogether(t, text, again)
	})
}

// FuzzCompile: no text brings the compiler down; what it refuses it points at; what it takes it takes again as printed, and its
// kernels agree with the interpreter.
func FuzzCompile(f *testing.F) {
	for _, c := range benchmarks {
		f.Add(c.text)
	}
	for _, text := range refused {
		f.Add(text)
	}
	for _, text := range []string{
		`amount <= 5000 or name == "gold"`, `customers.count > 0`, "length(`unit price`) - customers.count", `not (active is not null) or country in ["NL", ""]`,
		`ordered between "1970-01-01 00:00:00" and "2024-02-29T12:00:00.5+00:00"`, `born != died and seen >= "0000-01-01T00:00:00+23:59"`,
		`id in ["00000000-0000-0000-0000-000000000000", "123e4567-e89b-12d3-a456-426614174000"]`, `name matches /\/y|(?i)ö/`, `grade * qty - -2.5 < share + 0.1`,
	} {
		f.Add(text)
	}
	env := testEnv()
	b, values := newBatch(env, 65) // a word of a bitmap, and one row
	fill(rand.New(rand.NewPCG(3, 4)), b, values)
	f.Fuzz(func(t *testing.T, text string) {
		n, err := parse(text)
		if err == nil {
			holdsTogether(t, text, n)
		}
		p, failed := Compile(text, env)
		if failed != nil {
			var e *Error
			if !errors.As(failed, &e) || e.Offset < 0 || e.Length < 0 || e.Offset+e.Length > len(text) || e.Text == "" {
				t.Fatalf("%q: %+v", text, e)
			}
			return
		}
		again, failed := Compile(p.String(), env)
		if failed != nil {
			t.Fatalf("%q compiles, %q does not: %v", text, p, failed)
		}
		if a, b := p.Field(), again.Field(); !reflect.DeepEqual(a, b) || len(p.kernels) != len(again.kernels) {
			t.Fatalf("%q and %q are not the same", text, p)
		}
		agrees(t, p, b, values)
	})
}
