package engine

import (
	"github.com/assay-dev/assay/internal/csvarrow"
	"github.com/assay-dev/assay/internal/encode"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/validate"
)

// Worker runs chunks one after the other. It owns the batch, the scanner and the encoders of one lane and is used for ever;
// it is not for concurrent use.
type Worker struct {
	p       *Program
	scanner *csvarrow.Scanner
	scorer  flow.Scorer
	writer  *encode.Writer
	rows    encode.Rows
	batch   flow.Batch
	out     flow.Schema
	targets []csvarrow.Target // per contract column

	// The binding of the last header: chunks of a feed mostly have the same one, and the scanner then gives it again.
	header  *csvarrow.Header
	layout  encode.Layout
	plan    csvarrow.Plan
	run     Run
	quality encode.Quality
}

// maxCells bounds the memory of a batch whose rows have very many cells.
const maxCells = 128 << 10

// NewWorker gives a worker for a lane; task names the lane in dead letters.
func (p *Program) NewWorker(task string) (*Worker, error) {
	c := p.contract
	w := &Worker{p: p, scanner: p.newScanner()}
	w.writer = encode.NewWriter(&encode.Feed{
		Name: c.Feed, Version: p.version, Dialect: c.Dialect, Task: task, RowsPerCredit: c.RowsPerCredit,
		Allowed: p.opts.Allowed, FindingLimit: p.opts.Findings,
		Headers: p.opts.Headers, ByKey: p.opts.ByKey, Partitions: p.opts.Partitions, Disabled: p.opts.Disabled,
		ColumnsOnly: p.opts.ColumnsOnly,
	})
	switch p.opts.Format {
	case CSV:
		w.rows = encode.NewCSVRows(w.writer, p.opts.Stream)
	case Arrow:
		w.rows = encode.NewArrowRows(w.writer, p.opts.Stream)
	default:
		w.rows = encode.NewJSONRows(w.writer)
	}
	var err error
	if w.scorer, err = p.newScore(); err != nil {
		return nil, err
	}
	if w.scorer != nil {
		if w.out, err = w.scorer.Bind(p.schema); err != nil {
			return nil, err
		}
	}
	w.batch.Reset(nil)
	w.allocate(len(p.schema))
	for i := range c.Columns {
		w.targets = append(w.targets, target(&c.Columns[i]))
	}
	return w, nil
}

// allocate makes the contract's and the scorer's columns, for rows of so many cells.
func (w *Worker) allocate(cells int) {
	b := &w.batch
	b.Cap = min(flow.MaxRows, max(16, maxCells/max(cells, 1)))
	b.Cols = b.Cols[:0]
	for i := range w.p.schema {
		f := &w.p.schema[i]
		b.Cols = append(b.Cols, flow.NewColumn(f, b.Cap, w.needsText(f)))
	}
	b.Out = b.Out[:0]
	for i := range w.out {
		b.Out = append(b.Out, flow.NewColumn(&w.out[i], b.Cap, false))
		b.Out[i].Valid.Fill(true)
	}
}

// needsText says whether an output shows the cell as it was written.
func (w *Worker) needsText(f *flow.Field) bool {
	if f.Key {
		return true
	}
	if w.p.opts.Format == CSV || w.p.opts.ColumnsOnly {
		return false
	}
	switch f.Type {
	case flow.Int64, flow.Float64, flow.Bool:
		return false
	default:
		return true
	}
}

// target says how the scanner fills a contract's column.
func target(c *feed.Column) csvarrow.Target {
	t := csvarrow.Target{Empty: csvarrow.EmptyNull}
	if c.Vocabulary == nil {
		return t
	}
	entries := make([]csvarrow.Entry, 0, len(c.Vocabulary.Raw))
	for _, r := range c.Vocabulary.Raw {
		entries = append(entries, csvarrow.Entry{Text: r.Text, Code: r.Code})
	}
	relaxed := feed.AppendRelaxed
	if c.Match != feed.MatchRelaxed {
		relaxed = nil
	}
	t.Vocab = csvarrow.NewVocab(entries, relaxed)
	if c.Empty != "" {
		t.Empty = c.EmptyCode
	}
	t.UnknownCode = c.UnknownCode
	switch c.Unknown {
	case feed.Keep:
		t.Unknown = csvarrow.UnknownKept
	case feed.Reject:
		t.Unknown = csvarrow.UnknownRejected
	default:
		t.Unknown = csvarrow.UnknownMapped
	}
	return t
}

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
	b := &w.batch
	w.allocate(max(len(h.Names), len(w.p.schema)))
	names := validate.UniqueNames(h.Names)
	l := encode.Layout{
		Header: h.Raw, EOL: h.EOL, Names: names, Key: -1,
		Replaced: make([]bool, len(names)), Delimiter: w.p.contract.CSV.Delimiter, Quote: w.p.contract.CSV.Quote,
	}
	extra := w.p.opts.Format != CSV && !w.p.opts.ColumnsOnly
	n := 0
	for _, c := range bound.Column {
		if c < 0 {
			n++
		}
	}
	b.Extra = make([]flow.Column, 0, n)
	b.Input = make([]*flow.Column, 0, len(names))
	w.plan = csvarrow.Plan{Columns: make([]csvarrow.Target, 0, len(names))}
	b.WantCells = false
	for i, c := range bound.Column {
		var t csvarrow.Target
		if c >= 0 {
			t = w.targets[c]
			t.Col, t.Order = &b.Cols[c], c
			if b.Cols[c].Key {
				l.Key = i
			}
		} else {
			b.Extra = append(b.Extra, flow.NewColumn(&flow.Field{Name: names[i]}, extraRows(b.Cap, extra), extra))
			if l.Replaced[i] = replaces(w.out, h.Names[i]); l.Replaced[i] || !extra {
				t.Col = nil
			} else {
				t.Col, t.Order = &b.Extra[len(b.Extra)-1], len(w.p.schema)+i
			}
		}
		if c >= 0 {
			b.Input = append(b.Input, &b.Cols[c])
		} else {
			b.Input = append(b.Input, &b.Extra[len(b.Extra)-1])
		}
		b.WantCells = b.WantCells || l.Replaced[i]
		w.plan.Columns = append(w.plan.Columns, t)
	}
	b.WantCells = w.p.opts.Format == CSV && (b.WantCells || w.p.opts.ColumnsOnly)
	w.layout = l
	w.header = h
	w.scanner.Bind(&w.plan)
	return nil
}

// extraRows spares the memory of columns that nobody reads.
func extraRows(rows int, wanted bool) int {
	if wanted {
		return rows
	}
	return 0
}

// Close ends what a worker of a file writes and gives the last bytes of its scored rows.
func (w *Worker) Close() ([]byte, error) {
	if c, ok := w.rows.(interface{ Close() ([]byte, error) }); ok {
		return c.Close()
	}
	return nil, nil
}
