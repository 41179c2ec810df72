package expr

import "regexp/syntax"

// A pattern takes time in proportion to the text and, at worst, to how many of its steps are tried at each character: 10 to 30 ns a
// step. So both are bounded, for each character of a short text and for those far into a long one.
const (
	maxSteps   = 1000
	maxLasting = 300
)

// steps counts the instructions that a pattern, which is one, is compiled to, and those of them that may be tried at any
// character of a text however long: all, unless the pattern is tied to the beginning; then those of loops and behind them.
func steps(pattern string) (size, lasting int) {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0, 0
	}
	p, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return 0, 0
	}
	size = len(p.Inst)
	if size > maxSteps || p.StartCond()&syntax.EmptyBeginText == 0 {
		return size, size
	}
	w := walk{p: p, open: make([]bool, size), done: make([]bool, size), lasting: make([]bool, size)}
	w.visit(uint32(p.Start))
	for _, l := range w.lasting {
		lasting += int(bit(l))
	}
	return size, lasting
}

// walk finds the loops of a program.
type walk struct {
	p                   *syntax.Prog
	open, done, lasting []bool // by instruction: on the way to where the walk is, left behind, in a loop or behind one
}

func (w *walk) next(i uint32) []uint32 {
	switch in := &w.p.Inst[i]; in.Op {
	case syntax.InstMatch, syntax.InstFail:
		return nil
	case syntax.InstAlt, syntax.InstAltMatch:
		return []uint32{in.Out, in.Arg}
	default:
		return []uint32{in.Out}
	}
}

func (w *walk) visit(i uint32) {
	w.open[i] = true
	for _, n := range w.next(i) {
		switch {
		case w.open[n]:
			w.last(n)
		case !w.done[n]:
			w.visit(n)
		}
	}
	w.open[i], w.done[i] = false, true
}

func (w *walk) last(i uint32) {
	if w.lasting[i] {
		return
	}
	w.lasting[i] = true
	for _, n := range w.next(i) {
		w.last(n)
	}
}
