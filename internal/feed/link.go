package feed

import (
	"github.com/assay-dev/assay/internal/flow"
)

// columnName is a column that a contract names: its own, a reference set's or the scorer's.
type columnName struct {
	name   string
	owner  string // for messages
	number bool   // or not known
	kind   flow.Type
}

// knownColumns are columns that a contract names, and the place of each name. A wide contract names thousands more than once.
type knownColumns struct {
	columns []columnName
	place   map[string]int // by name
	folded  map[string]int // by what names are compared by
}

func (k *knownColumns) add(c columnName) {
	if _, ok := k.place[c.name]; !ok {
		k.place[c.name] = len(k.columns)
	}
	if folded := flow.FoldName(c.name); !k.has(folded) {
		k.folded[folded] = len(k.columns)
	}
	k.columns = append(k.columns, c)
}

func (k *knownColumns) has(folded string) bool {
	_, ok := k.folded[folded]
	return ok
}

// link checks what one part of the contract says of another: the columns that reference sets, weights and the output name
// are there, and no two columns have one name.
func (r *reader) link(c *Contract) {
	for i := range c.Refs {
		r.linkOn(&c.Refs[i], c)
	}
	known := r.inputs(c)
	s := c.Score
	if s != nil {
		for _, w := range s.Weights {
			r.linkWeight(w, known)
		}
	}
	switch {
	case s == nil:
		r.linkOutput(c, known)
	case s.Add != nil: // else LinkScored sees to it, once the scorer has said what it adds
		for i, name := range s.Add {
			r.declare(known, columnName{name: name, owner: "the scorer"}, s.AddAt[i])
		}
		r.linkOutput(c, known)
	}
}

// LinkScored checks what only shows when the columns are known that a scorer adds by itself, where the contract does not name
// them: that no other is called the same, and that the columns of the output are there.
func (c *Contract) LinkScored(added []string) Problems {
	r := &reader{file: c.File, src: c.src}
	known := r.inputs(c)
	for _, name := range added {
		r.declare(known, columnName{name: name, owner: "the scorer"}, c.Score.KindAt)
	}
	r.linkOutput(c, known)
	return r.problems
}

// inputs gives the contract's columns and those that reference sets add.
func (r *reader) inputs(c *Contract) *knownColumns {
	known := &knownColumns{place: make(map[string]int, len(c.Columns)), folded: make(map[string]int, len(c.Columns))}
	for i := range c.Columns {
		known.add(c.Columns[i].known())
	}
	for i := range c.Refs {
		ref := &c.Refs[i]
		for i, name := range ref.Add {
			r.declare(known, columnName{name: name, owner: "reference set " + ref.Name, kind: flow.String}, ref.AddAt[i])
		}
		if i, taken := known.folded[flow.FoldName(ref.Count())]; taken {
			k := &known.columns[i]
			r.problem(ref.At, "%s is a column of %s: expressions could not tell it from the rows found in %s", k.name, k.owner, ref.Name)
		}
	}
	return known
}

func (r *reader) linkOutput(c *Contract, known *knownColumns) {
	for i, name := range c.Output.Columns {
		r.find(known, name, c.Output.At[i], "output")
	}
}

func (c *Column) known() columnName {
	number := !c.typed || c.Type == flow.Int64 || c.Type == flow.Float64 || c.Type == flow.Decimal
	return columnName{name: c.Name, owner: "the contract", number: number, kind: c.Type}
}

// declare adds a column to those that are known.
func (r *reader) declare(known *knownColumns, c columnName, at Pos) {
	i, taken := known.folded[flow.FoldName(c.name)]
	if !taken {
		known.add(c)
		return
	}
	r.problem(at, "%s adds the column %s, which %s has already", c.owner, c.name, known.columns[i].owner)
}

// find gives the column called name, or nil after telling that who names one that is not there.
func (r *reader) find(known *knownColumns, name string, at Pos, who string) *columnName {
	if i, ok := known.place[name]; ok {
		return &known.columns[i]
	}
	names := make([]string, len(known.columns))
	for i := range known.columns {
		names[i] = known.columns[i].name
	}
	r.problem(at, "%s names the column %s, which is not there", who, name).Suggestion = didYouMean(name, names)
	return nil
}

func (r *reader) linkWeight(w Weight, known *knownColumns) {
	k := r.find(known, w.Column, w.At, "weights")
	if k != nil && !k.number {
		r.problem(w.At, "weights are for numbers; %s is %s", w.Column, k.kind)
	}
}

// linkOn checks the column that is looked up in a reference set.
func (r *reader) linkOn(ref *Ref, c *Contract) {
	if ref.On == "" {
		return // told already
	}
	column := c.Column(ref.On)
	switch {
	case column == nil:
		p := r.problem(ref.OnAt, "reference set %s looks up the column %s, which the contract does not have", ref.Name, ref.On)
		var names []string
		for i := range c.Columns {
			names = append(names, c.Columns[i].Name)
		}
		p.Suggestion = didYouMean(ref.On, names)
		if p.Suggestion == "" && ref.OnAt == ref.KeyAt {
			p.Suggestion = "name the feed's column with on"
		}
	case column.Type == flow.Float64:
		r.problem(ref.OnAt, "reference set %s looks up the column %s, which is float64: such numbers are hardly ever equal", ref.Name, ref.On)
	}
}
