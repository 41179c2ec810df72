package expr

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds on what is read, so that neither the parser's stack nor the evaluator's registers grow with a hostile text.
const (
	maxLength = 64 << 10
	maxDepth  = 100
)

// parser reads an expression by recursive descent.
type parser struct {
	lexer
	tok   token // the next one, not yet taken
	last  token // the one taken last
	depth int
}

// parse gives the tree of an expression.
func parse(text string) (*node, *Error) {
	p := parser{lexer: lexer{text: text}}
	if len(text) > maxLength {
		return nil, p.fail(maxLength, len(text), "the expression is longer than 64 KiB")
	}
	if bad := invalidUTF8(text); bad >= 0 {
		return nil, p.fail(bad, bad+1, "the expression is not UTF-8")
	}
	if err := p.take(); err != nil {
		return nil, err
	}
	if p.tok.class == endToken {
		return nil, p.fail(0, 0, "the expression is empty").hint("write a condition, like amount > 0")
	}
	n, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.tok.class != endToken {
		return nil, p.unexpected(operatorWanted)
	}
	return n, nil
}

// invalidUTF8 gives the place of the first byte that is not UTF-8, or -1.
func invalidUTF8(text string) int {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// take goes to the next token.
func (p *parser) take() (err *Error) {
	p.last = p.tok
	p.tok, err = p.next()
	return err
}

// accept takes the token if it is s.
func (p *parser) accept(s string) (bool, *Error) {
	if !p.tok.is(s) {
		return false, nil
	}
	return true, p.take()
}

// expect takes the token, which must be s; the hint is for a message that has none of its own.
func (p *parser) expect(s, hint string) *Error {
	if ok, err := p.accept(s); ok || err != nil {
		return err
	}
	err := p.unexpected(strconv.Quote(s))
	if err.Hint == "" {
		err.Hint = hint
	}
	return err
}

// unexpected says that something else is wanted here than the token.
func (p *parser) unexpected(wanted string) *Error {
	t := p.tok
	if t.class == endToken {
		return p.fail(t.from, t.to, "the expression ends where %s is expected", wanted)
	}
	err := p.fail(t.from, t.to, "%s where %s is expected", p.text[t.from:t.to], wanted)
	switch {
	case t.is("/"):
		err.Hint = "there is no division; a pattern stands behind matches"
	case t.is(")"):
		err.Hint = "there are more ) than ("
	case t.is("null"):
		err.Hint = "nothing equals null: write x is null or x is not null"
	case shouted(t) != "":
		err.Hint = "words of the language are in small letters: " + shouted(t)
	case wanted == operatorWanted && shouted(p.last) != "":
		err.Hint = "words of the language are in small letters: " + shouted(p.last)
	case wanted == literalWanted && t.class == nameToken:
		err.Hint = "a text stands in double quotes: " + writtenText(t.text)
	case t.class == wordToken && wanted == operandWanted:
		err.Hint = "a column with this name stands in backquotes: `" + t.text + "`"
	}
	return err
}

// shouted gives the word of the language that a name is in other letters, or "".
func shouted(t token) string {
	if word := strings.ToLower(t.text); t.class == nameToken && slices.Contains(keywords, word) {
		return word
	}
	return ""
}

// nest counts how deep the expression nests; every call needs one of unnest.
func (p *parser) nest() *Error {
	if p.depth++; p.depth > maxDepth {
		return p.fail(p.tok.from, p.tok.to, "the expression nests more than 100 deep")
	}
	return nil
}

func (p *parser) unnest() { p.depth-- }

func (p *parser) or() (*node, *Error) { return p.chain(p.and, map[string]op{"or": opOr}) }

func (p *parser) and() (*node, *Error) { return p.chain(p.not, map[string]op{"and": opAnd}) }

func (p *parser) sum() (*node, *Error) {
	return p.chain(p.product, map[string]op{"+": opAdd, "-": opSubtract})
}

func (p *parser) product() (*node, *Error) {
	return p.chain(p.operand, map[string]op{"*": opMultiply})
}

// chain reads operands with signs between them, grouped to the left.
func (p *parser) chain(operand func() (*node, *Error), signs map[string]op) (*node, *Error) {
	n, err := operand()
	for err == nil {
		o, ok := signs[p.tok.text]
		if !ok || !p.tok.is(p.tok.text) {
			return n, nil
		}
		if err = p.take(); err != nil {
			break
		}
		var right *node
		if right, err = operand(); err == nil {
			n = &node{op: o, from: n.from, to: right.to, kids: []*node{n, right}}
		}
	}
	return nil, err
}

func (p *parser) not() (*node, *Error) {
	if !p.tok.is("not") {
		return p.comparison()
	}
	if err := p.nest(); err != nil {
		return nil, err
	}
	defer p.unnest()
	from := p.tok.from
	if err := p.take(); err != nil {
		return nil, err
	}
	n, err := p.not()
	if err != nil {
		return nil, err
	}
	return &node{op: opNot, from: from, to: n.to, kids: []*node{n}}, nil
}

var comparisons = map[string]op{
	"==": opEqual, "!=": opNotEqual, "<": opLess, "<=": opLessEqual, ">": opGreater, ">=": opGreaterEqual,
	"in": opIn, "between": opBetween, "is": opNull, "matches": opMatches,
}

// compares reports whether the token begins the right side of a comparison.
func (p *parser) compares() (op, bool) {
	o, ok := comparisons[p.tok.text]
	return o, ok && p.tok.is(p.tok.text)
}

func (p *parser) comparison() (*node, *Error) {
	left, err := p.sum()
	if err != nil {
		return nil, err
	}
	if p.tok.is("not") {
		err := p.fail(p.tok.from, p.tok.to, "not stands in front of a comparison")
		if p.take() == nil {
			err = err.hint("write not %s %s …", p.source(left), p.tok.text)
		}
		return nil, err
	}
	o, ok := p.compares()
	if !ok {
		return left, nil
	}
	n := &node{op: o, from: left.from, kids: []*node{left}}
	if err := p.right(n); err != nil {
		return nil, err
	}
	n.to = p.last.to
	if again, ok := p.compares(); ok {
		return nil, p.chained(n, again)
	}
	return n, nil
}

// chained refuses a comparison of a comparison without parentheses, which other languages read in different ways.
func (p *parser) chained(n *node, again op) *Error {
	err := p.fail(p.tok.from, p.tok.to, "comparisons do not chain")
	if isOrder(n.op) && isOrder(again) {
		return err.hint("write %s and %s %s …", p.source(n), p.source(n.kids[1]), p.tok.text)
	}
	return err.hint("put one of them into parentheses, or write and between them")
}

func isOrder(o op) bool { return o >= opLess && o <= opGreaterEqual }

// source gives the text of a node.
func (p *parser) source(n *node) string { return p.text[n.from:n.to] }

// right reads the right side of the comparison n, from its sign on.
func (p *parser) right(n *node) *Error {
	switch n.op {
	case opMatches:
		// The lexer stands behind the word: the pattern is not cut into tokens.
		t, err := p.pattern()
		if err != nil {
			return err
		}
		n.kids = append(n.kids, &node{op: opText, from: t.from, to: t.to, text: t.text})
		p.tok = t
		return p.take()
	case opIn:
		return p.list(n)
	}
	if err := p.take(); err != nil {
		return err
	}
	switch n.op {
	case opNull:
		not, err := p.accept("not")
		if err != nil {
			return err
		}
		if not {
			n.op = opNotNull
		}
		return p.expect("null", "write is null or is not null, and == for anything else")
	case opBetween:
		if err := p.side(n); err != nil {
			return err
		}
		if err := p.expect("and", "write between 1 and 5"); err != nil {
			return err
		}
	}
	return p.side(n)
}

// side reads a sum as the next operand of n.
func (p *parser) side(n *node) *Error {
	k, err := p.sum()
	if err == nil {
		n.kids = append(n.kids, k)
	}
	return err
}

// list reads the literals of in, from the word on.
func (p *parser) list(n *node) *Error {
	if err := p.take(); err != nil {
		return err
	}
	if !p.tok.is("[") {
		return p.unexpected(`"["`).hint(`a list stands in brackets, like ["NL", "BE"]`)
	}
	for {
		if err := p.take(); err != nil {
			return err
		}
		k, err := p.literal()
		if err != nil {
			return err
		}
		if k == nil {
			err := p.unexpected(literalWanted)
			if err.Hint == "" {
				err.Hint = "a list holds one or more numbers or texts"
			}
			return err
		}
		n.kids = append(n.kids, k)
		if !p.tok.is(",") {
			return p.expect("]", "the list ends with ]")
		}
	}
}

// What is wanted, in messages.
const (
	operandWanted  = "a column, a literal or ("
	operatorWanted = "an operator"
	literalWanted  = "a literal"
)

func (p *parser) operand() (*node, *Error) {
	if n, err := p.literal(); n != nil || err != nil {
		return n, err
	}
	t := p.tok
	switch {
	case t.class == nameToken || t.class == quotedName:
		return &node{op: opName, from: t.from, to: t.to, text: t.text}, p.take()
	case t.is("length"):
		return p.length()
	case t.is("("):
		return p.parentheses()
	case t.is("-"):
		err := p.fail(t.from, t.to, "a sign stands before a number only")
		return nil, err.hint("write 0 - x")
	}
	return nil, p.unexpected(operandWanted)
}

// literal reads a literal, or gives nil where none begins.
func (p *parser) literal() (*node, *Error) {
	n := &node{from: p.tok.from, to: p.tok.to, text: p.tok.text}
	switch {
	case p.tok.class == numberToken:
		n.op = opNumber
	case p.tok.class == textToken:
		n.op = opText
	case p.tok.is("true") || p.tok.is("false"):
		n.op = opBool
	case p.tok.is("-"):
		minus := *p
		if err := p.take(); err != nil {
			return nil, err
		}
		if p.tok.class != numberToken {
			*p = minus
			return nil, nil
		}
		n.op, n.to, n.text = opNumber, p.tok.to, "-"+p.tok.text
	default:
		return nil, nil
	}
	return n, p.take()
}

func (p *parser) length() (*node, *Error) {
	if err := p.nest(); err != nil {
		return nil, err
	}
	defer p.unnest()
	n := &node{op: opLength, from: p.tok.from}
	if err := p.take(); err != nil {
		return nil, err
	}
	if err := p.expect("(", "write length(name); a column called length stands in backquotes: `length`"); err != nil {
		return nil, err
	}
	if err := p.side(n); err != nil {
		return nil, err
	}
	err := p.expect(")", "length( is never closed")
	n.to = p.last.to
	return n, err
}

func (p *parser) parentheses() (*node, *Error) {
	if err := p.nest(); err != nil {
		return nil, err
	}
	defer p.unnest()
	open := p.tok
	if err := p.take(); err != nil {
		return nil, err
	}
	n, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.tok.class == endToken {
		return nil, p.fail(open.from, open.to, "( is never closed")
	}
	if err := p.expect(")", "an operator or ) is missing"); err != nil {
		return nil, err
	}
	n.from, n.to = open.from, p.last.to
	return n, nil
}
