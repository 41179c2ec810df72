package engine

import (
	"cmp"
	"slices"

	"github.com/assay-dev/assay/internal/encode"
	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// account turns the findings of a batch into dead letters, error events and quality details, and counts its rows. It runs
// after the rows have been encoded, since a row that fits into no message is refused only then.
func (r *Run) account(b *flow.Batch) error {
	dead := int64(b.Dead.Count(b.N))
	c := &r.counts
	c.Rows += int64(b.N)
	c.RowsScored += int64(b.N) - dead
	c.RowsDead += dead
	if len(b.Findings) == 0 {
		return nil
	}
	byRow := func(x, y flow.Finding) int { return cmp.Compare(x.Row, y.Row) }
	if !slices.IsSortedFunc(b.Findings, byRow) {
		slices.SortStableFunc(b.Findings, byRow)
	}
	last := int64(-1) // the row of the last letter
	flagged := int64(-1)
	for i := range b.Findings {
		f := &b.Findings[i]
		if f.Slot < 0 && (f.Part == flow.Whole || f.Part == flow.Last) {
			c.Rows++
			c.RowsDead++
		}
		if !f.Dead {
			if f.Slot >= 0 && b.Dead.Get(int(f.Slot)) {
				continue // the row is refused: what is odd about it beside that is not told
			}
			r.flag(b, f, f.Row != flagged)
			flagged = f.Row
			continue
		}
		if f.Row != last || f.Part == flow.Middle || f.Part == flow.Last {
			if err := r.letter(b, f); err != nil {
				return err
			}
			last = f.Row
		}
		if f.Part == flow.Whole || f.Part == flow.First {
			if err := r.rowFault(f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *Run) flag(b *flow.Batch, f *flow.Finding, firstOfRow bool) {
	w := r.w
	if firstOfRow {
		w.quality.Rows++
		r.counts.RowsFlagged++
	}
	var id []byte
	if k := w.layout.Key; k >= 0 {
		id = b.Input[k].Cell(int(f.Slot))
	}
	w.quality.Add(f, id)
	r.flags = count(r.flags, f)
}

// count adds a row to the total of the finding's code and field.
func count(totals []encode.Total, f *flow.Finding) []encode.Total {
	field := f.Rule
	if f.Column != nil {
		field = f.Column.Name
	}
	for i := range totals {
		if totals[i].Code == f.Code && totals[i].Field == field {
			totals[i].Rows++
			return totals
		}
	}
	return append(totals, encode.Total{Code: f.Code, Field: field, Rows: 1})
}

// letter sends a refused record to the dead letters with its own bytes.
func (r *Run) letter(b *flow.Batch, f *flow.Finding) error {
	value := f.Raw
	if value == nil {
		value = b.Bytes[f.From-b.Offset : f.To-b.Offset]
	}
	stage := stageValidate
	switch {
	case f.Code == fault.InvalidFile:
		stage = stageDecode
	case f.Code == fault.FileTooLarge:
		stage = stageEncode
	}
	r.counts.Letters++
	part := 0
	switch f.Part {
	case flow.First:
		r.part = 1
		part = 1
	case flow.Middle, flow.Last:
		r.part++
		part = r.part
	default:
	}
	return r.w.writer.DeadLetter(&encode.Letter{
		Code: f.Code, Stage: stage, Message: message(f.Code, details(f)), Value: value, HeaderRow: r.w.layout.Header,
		Row: f.Row, Line: f.Line, From: f.From, To: f.To, Part: part, Last: f.Part == flow.Last,
	})
}

// rowFault sends the error event of a row's fault, as long as the chunk has not had too many.
func (r *Run) rowFault(f *flow.Finding) error {
	r.totals = count(r.totals, f)
	r.faults++
	if r.events >= r.w.p.opts.Findings {
		return nil
	}
	r.events++
	r.counts.Events++
	e := encode.ErrorEvent{
		Code: f.Code, Details: details(f), Rule: f.Rule, Row: f.Row, Line: f.Line, From: f.From, To: f.To,
	}
	if f.Column != nil {
		e.Field = f.Column.Name
		e.Value, e.HasVal = f.Value, true
		if f.Column.PII {
			e.Value = []byte("***")
		}
	}
	_, err := r.w.writer.Error(&e)
	return err
}

// summaries sends what is told once a chunk: exact totals when there were more faults than events, and the flagged values.
func (r *Run) summaries() error {
	for _, t := range r.totals {
		r.counts.Found(flow.FindingID{Code: t.Code, Field: t.Field}, t.Rows)
	}
	for _, t := range r.flags {
		r.counts.Found(flow.FindingID{Code: t.Code, Field: t.Field}, t.Rows)
	}
	if r.faults > int64(r.events) {
		r.counts.Events++
		if err := r.w.writer.Summary(r.totals); err != nil {
			return err
		}
	}
	if r.w.quality.Rows == 0 {
		return nil
	}
	r.counts.Events++
	return r.w.writer.QualityEvent(&r.w.quality, r.counts.Rows, r.flags)
}

// details gives the catalogue's arguments of a row's fault.
func details(f *flow.Finding) []flow.Detail {
	field := f.Rule
	if f.Column != nil {
		field = f.Column.Name
	}
	switch f.Code {
	case fault.InvalidFile:
		return invalidFile(f)
	case fault.MissingField:
		return []flow.Detail{{Name: "field", Value: field}}
	case fault.InvalidFormat:
		value := fault.Clean(f.Value)
		if f.Column != nil && f.Column.PII {
			value = "***"
		}
		return []flow.Detail{{Name: "field", Value: field}, {Name: "expected", Value: f.Expected}, {Name: "value", Value: value}}
	case fault.FileTooLarge:
		return []flow.Detail{{Name: "max_size_mb", Value: megabytes(f.Limit)}, {Name: "file_size_mb", Value: megabytes(f.To - f.From)}}
	case fault.ValidationError:
		return []flow.Detail{{Name: "errors", Value: flow.Messages{{Field: field, Text: []string{f.Reason}}}}}
	}
	return nil
}

func invalidFile(f *flow.Finding) []flow.Detail {
	d := []flow.Detail{{Name: "line", Value: f.Line}}
	if f.Place >= 0 {
		d = append(d, flow.Detail{Name: "byte_offset", Value: f.Place})
	}
	return append(d, flow.Detail{Name: "reason", Value: f.Reason})
}
