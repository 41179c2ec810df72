package expr

import (
	"math"
	"slices"

	"github.com/assay-dev/assay/internal/flow"
)

// Env is what an expression can name. Of two fields with the same name the first one counts, those of Columns first.
type Env struct {
	Columns flow.Schema // the columns of the batch, in the order of flow.Batch.Cols
	Values  flow.Schema // columns that are kept outside the batch, like the number of matches in a reference set
}

// at gives a field of the environment; Values stand behind Columns.
func (e *Env) at(i int) *flow.Field {
	if i < len(e.Columns) {
		return &e.Columns[i]
	}
	return &e.Values[i-len(e.Columns)]
}

// index gives the place of a name for at, or -1.
func (e *Env) index(name string) int {
	if i := e.Columns.Index(name); i >= 0 {
		return i
	}
	if i := e.Values.Index(name); i >= 0 {
		return len(e.Columns) + i
	}
	return -1
}

// Program is a compiled expression. It is immutable and may be shared; each worker evaluates it with an Eval of its own.
type Program struct {
	tree    *node
	columns int // how many columns the batch has
	sources []source
	vectors []vector
	conds   int // registers for conditions
	kernels []kernel
	// calculates says that there are kernels whose results may have no room.
	calculates bool
	field      flow.Field
	result     int // register of the result: a condition where field is a bool, else a vector
}

// source says that a vector lies over the memory of a column.
type source struct {
	place  int // of the column in the environment
	vector int
}

// vector describes a vector register: a column, a register with memory of its own, or a number for all rows, of which one block is kept.
type vector struct {
	lane     lane
	column   bool
	constant bool
	number   number // the constant
	scale    int32  // its scale in the lane decimals
}

// Compile checks an expression against what it can name, and compiles it. An error is an *Error.
func Compile(text string, env Env) (*Program, error) {
	tree, err := parse(text)
	if err != nil {
		return nil, err
	}
	c := compiler{text: text, env: env, p: &Program{tree: tree, columns: len(env.Columns)}}
	v, err := c.value(tree)
	if err != nil {
		return nil, err
	}
	if v.literal {
		return nil, c.fail(tree, "the expression names no column")
	}
	c.p.field, c.p.result = v.field, v.reg
	return c.p, nil
}

// String gives the expression as it was understood: with no more parentheses and blanks than it needs. It compiles to the
// same program.
func (p *Program) String() string { return p.tree.String() }

// Field gives the type of the result: Type, and what belongs to it (Precision, Scale, Unit, Labels, Keeps, AllowNaN). It has no
// name. A rule's type is flow.Bool.
func (p *Program) Field() flow.Field { return p.field }

// Columns gives the places of the columns that are read, ascending. Of string columns Text is read, of all others the values
// of their type, of categories that keep values both, and of all Valid.
func (p *Program) Columns() []int { return p.reads(0, p.columns) }

// Values gives the places of the Env.Values that are read, ascending.
func (p *Program) Values() []int { return p.reads(p.columns, math.MaxInt) }

func (p *Program) reads(from, to int) []int {
	var places []int
	for _, s := range p.sources {
		if from <= s.place && s.place < to {
			places = append(places, s.place-from)
		}
	}
	slices.Sort(places)
	return places
}
