package expr

import "strings"

// op is what a node does.
type op uint8

const (
	opOr op = iota
	opAnd
	opNot
	opEqual
	opNotEqual
	opLess
	opLessEqual
	opGreater
	opGreaterEqual
	opIn
	opBetween
	opNull
	opNotNull
	opMatches
	opAdd
	opSubtract
	opMultiply
	opLength
	opName
	opNumber
	opText
	opBool
)

// node is a node of the syntax tree.
type node struct {
	op       op
	from, to int     // its bytes in the expression, parentheses around it included
	kids     []*node // operands; of opIn the left side, then the list; of opMatches the left side, then the pattern as a text
	// text is the name, the number with its sign as it was written, the text without escapes, or true or false.
	text string
}

// Levels of binding, from the loosest.
const (
	levelOr = iota
	levelAnd
	levelNot
	levelComparison
	levelSum
	levelProduct
	levelOperand
)

// form is how a kind of node is written.
var forms = [...]struct {
	sign  string
	level int
}{
	opOr: {" or ", levelOr}, opAnd: {" and ", levelAnd}, opNot: {"not ", levelNot},
	opEqual: {" == ", levelComparison}, opNotEqual: {" != ", levelComparison}, opLess: {" < ", levelComparison},
	opLessEqual: {" <= ", levelComparison}, opGreater: {" > ", levelComparison}, opGreaterEqual: {" >= ", levelComparison},
	opIn: {" in ", levelComparison}, opBetween: {" between ", levelComparison}, opNull: {" is null", levelComparison},
	opNotNull: {" is not null", levelComparison}, opMatches: {" matches ", levelComparison},
	opAdd: {" + ", levelSum}, opSubtract: {" - ", levelSum}, opMultiply: {" * ", levelProduct},
	opLength: {"length", levelOperand}, opName: {"", levelOperand}, opNumber: {"", levelOperand}, opText: {"", levelOperand},
	opBool: {"", levelOperand},
}

// String writes the tree with no more parentheses than it needs. What it gives reads as the same tree.
func (n *node) String() string {
	var s strings.Builder
	n.write(&s, levelOr)
	return s.String()
}

// write writes the node where a node of at least a level of binding is wanted.
func (n *node) write(s *strings.Builder, level int) {
	form := &forms[n.op]
	if form.level < level {
		s.WriteByte('(')
		defer s.WriteByte(')')
	}
	switch n.op {
	case opOr, opAnd, opAdd, opSubtract, opMultiply: // these group to the left
		n.kids[0].write(s, form.level)
		s.WriteString(form.sign)
		n.kids[1].write(s, form.level+1)
	case opNot:
		s.WriteString(form.sign)
		n.kids[0].write(s, levelNot)
	case opLength:
		s.WriteString("length(")
		n.kids[0].write(s, levelSum)
		s.WriteByte(')')
	case opName:
		s.WriteString(writtenName(n.text))
	case opText:
		s.WriteString(writtenText(n.text))
	case opNumber, opBool:
		s.WriteString(n.text)
	default:
		n.kids[0].write(s, levelSum)
		s.WriteString(form.sign)
		n.writeRight(s)
	}
}

// writeRight writes what stands to the right of a comparison's sign.
func (n *node) writeRight(s *strings.Builder) {
	switch n.op {
	case opNull, opNotNull:
	case opMatches:
		s.WriteString(writtenPattern(n.kids[1].text))
	case opIn:
		s.WriteByte('[')
		for i, k := range n.kids[1:] {
			if i > 0 {
				s.WriteString(", ")
			}
			k.write(s, levelOperand)
		}
		s.WriteByte(']')
	case opBetween:
		n.kids[1].write(s, levelSum)
		s.WriteString(" and ")
		n.kids[2].write(s, levelSum)
	default:
		n.kids[1].write(s, levelSum)
	}
}

// writtenName gives a name as an expression has it.
func writtenName(name string) string {
	if isName(name) {
		return name
	}
	return "`" + strings.ReplaceAll(name, "`", "``") + "`"
}

var escaper = strings.NewReplacer(`"`, `\"`, `\`, `\\`, "\n", `\n`, "\r", `\r`, "\t", `\t`)

// writtenText gives a text as an expression has it.
func writtenText(text string) string { return `"` + escaper.Replace(text) + `"` }

// writtenPattern gives a pattern as an expression has it. A backslash and what it stands before stay together.
func writtenPattern(pattern string) string {
	s := []byte{'/'}
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '/':
			s = append(s, '\\', '/')
		case c == '\\' && i+1 < len(pattern):
			i++
			s = append(s, c, pattern[i])
		default:
			s = append(s, c)
		}
	}
	return string(append(s, '/'))
}
