package engine

import (
	"slices"

	"github.com/assay-dev/assay/internal/csvarrow"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/validate"
)

// maxCells bounds the memory of a batch whose rows have very many cells.
const maxCells = 128 << 10

// minRows is the least bound of a batch's rows, however many cells they have.
const minRows = 16

// bind makes ready for chunks with header h. It does nothing when the last chunk had the same one.
func (w *Worker) bind(h *csvarrow.Header) *flow.Fault {
	if w.header == h {
		return nil
	}
	w.header = nil
	bound, fault := validate.Header(w.p.names, h.Names)
	if fault != nil {
		fault.Line, fault.From, fault.To = h.Line, h.From, h.To
		return fault
	}
	w.columns(h, &bound)
	w.layout = w.newLayout(h, &bound)
	w.batch.WantCells = w.p.opts.Format == CSV && !w.layout.Whole(len(w.batch.Input))
	w.header = h
	w.scanner.Bind(&w.plan)
	return nil
}

// columns makes the batch's columns and the scanner's plan for a header.
func (w *Worker) columns(h *csvarrow.Header, bound *validate.Binding) {
	b, p := &w.batch, w.p
	rows := min(flow.MaxRows, max(minRows, maxCells/max(len(h.Names), len(p.schema), 1)))
	if b.Cap != rows || b.Cols == nil {
		b.Cap = rows
		w.allocate()
	}
	b.Input, w.plan.Columns = b.Input[:0], w.plan.Columns[:0]
	extra := 0
	for _, c := range bound.Column {
		if c < 0 {
			extra++
		}
	}
	b.Extra = slices.Grow(b.Extra[:0], extra)[:extra] // with the memory of the header before
	extra = 0
	for i, c := range bound.Column {
		var t csvarrow.Target
		if c >= 0 {
			t = p.targets[c]
			t.Col, t.Order = &b.Cols[c], c
			b.Input = append(b.Input, t.Col)
		} else {
			t.Col, t.Order = w.extra(&b.Extra[extra], h.Names[i]), len(p.schema)+i
			b.Input = append(b.Input, &b.Extra[extra])
			extra++
		}
		w.plan.Columns = append(w.plan.Columns, t)
	}
}

// extra makes c a column that the contract does not know, and gives it when an output shows it. One that is called like an added
// column gives way to it.
func (w *Worker) extra(c *flow.Column, name string) *flow.Column {
	f := &flow.Field{Name: name}
	if !w.p.showsCells(-1) || w.p.adds[flow.FoldName(name)] {
		c.Field = f // of its cells nobody asks
		return nil
	}
	if len(c.Text) != w.batch.Cap {
		*c = flow.NewColumn(f, w.batch.Cap, true)
	}
	c.Field = f
	return c
}

// allocate makes the columns of the contract, of reference sets and of the scorer.
func (w *Worker) allocate() {
	b := &w.batch
	b.Cols, b.Out = b.Cols[:0], b.Out[:0]
	for i := range w.p.schema {
		b.Cols = append(b.Cols, flow.NewColumn(&w.p.schema[i], b.Cap, w.p.needsText(i)))
	}
	for i := range w.p.out {
		b.Out = append(b.Out, flow.NewColumn(&w.p.out[i], b.Cap, false))
	}
}
