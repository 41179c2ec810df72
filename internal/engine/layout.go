package engine

import (
	"slices"

	"github.com/assay-dev/assay/internal/csvarrow"
	"github.com/assay-dev/assay/internal/encode"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/validate"
)

// newLayout gives the shape of the rows that leave: the key and the score columns where the settings want no more, else the
// columns that the contract names, else all. The input's columns are called what its header calls them.
func (w *Worker) newLayout(h *csvarrow.Header, bound *validate.Binding) *encode.Layout {
	b, p, csv := &w.batch, w.p, &w.p.contract.CSV
	l := &encode.Layout{Header: h.Raw, EOL: h.EOL, Key: -1, Delimiter: csv.Delimiter, Quote: csv.Quote, Escape: csv.Escape}
	names := validate.UniqueNames(h.Names, *bound, fieldNames(p.Added()))
	places := make([]int, len(p.targets)) // in the input, of the contract's columns
	for i, c := range bound.Column {
		if c < 0 {
			continue
		}
		places[c] = i
		if p.schema[c].Key {
			l.Key = i
		}
	}
	input := func(i int) {
		l.Columns = append(l.Columns, encode.Column{Column: b.Input[i], Name: names[i], Input: i})
	}
	add := func(columns []flow.Column) {
		for i := range columns {
			l.Columns = append(l.Columns, encode.Column{Column: &columns[i], Name: columns[i].Name, Input: encode.Added})
		}
	}
	switch {
	case p.opts.ColumnsOnly:
		if l.Key >= 0 {
			input(l.Key)
		}
		add(b.Out)
	case p.leaving != nil:
		for _, k := range p.leaving {
			if k < len(places) {
				input(places[k])
			} else if k < len(b.Cols) {
				add(b.Cols[k : k+1])
			} else {
				add(b.Out[k-len(b.Cols):][:1])
			}
		}
	default:
		for i, c := range bound.Column {
			if c >= 0 || !p.adds[flow.FoldName(h.Names[i])] {
				input(i)
			}
		}
		add(b.Cols[len(places):])
		add(b.Out)
	}
	return l
}

// looked are the columns that reference sets add.
func (p *Program) looked() flow.Schema { return p.schema[len(p.targets):] }

// showsCells reports whether JSON or Arrow rows show a column of the input: the contract's column at place, or with -1 any that
// it does not know.
func (p *Program) showsCells(place int) bool {
	switch {
	case p.opts.Format == CSV || p.opts.ColumnsOnly:
		return false
	case p.leaving != nil:
		return place >= 0 && slices.Contains(p.leaving, place)
	}
	return true
}

// needsText says whether a column that is no text needs its cells as they were written.
func (p *Program) needsText(place int) bool {
	switch f := &p.schema[place]; {
	case f.Key:
		return true
	case f.Type == flow.Int64 || f.Type == flow.Float64 || f.Type == flow.Bool:
		return false
	}
	return p.showsCells(place)
}
