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
	byRow := func(x, y flow.Finding) int { return cmp.Compare(x.Row, y.Row) }
	if !slices.IsSortedFunc(b.Findings, byRow) {
		slices.SortStableFunc(b.Findings, byRow)
	}
	for rest := b.Findings; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].Row == rest[0].Row {
			n++
		}
		if err := r.row(b, rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// row tells what has been found in one row.
func (r *Run) row(b *flow.Batch, found []flow.Finding) error {
	f := &found[0]
	if f.Slot < 0 {
		if isRecord(f) {
			r.counts.Rows++
			r.counts.RowsDead++
		}
		return r.deadRow(b, found)
	}
	if !b.Dead.Get(int(f.Slot)) {
		r.flag(b, found)
		return nil
	}
	// What is odd about a refused row beside what refuses it is not told.
	return r.deadRow(b, slices.DeleteFunc(found, func(f flow.Finding) bool { return !f.Dead }))
}

// isRecord reports whether a finding stands for a record that the scanner has refused: of a giant one, its last part does.
func isRecord(f *flow.Finding) bool {
	return f.Slot < 0 && (f.Part == flow.Whole || f.Part == flow.Last)
}

// flag tells the flagged values of a scored row.
func (r *Run) flag(b *flow.Batch, found []flow.Finding) {
	w := r.w
	w.quality.Rows++
	r.counts.RowsFlagged++
	var field *flow.Field
	var id []byte
	if k := w.layout.Key; k >= 0 {
		key := b.Input[k]
		field, id = key.Field, key.Cell(int(found[0].Slot))
	}
	for i := range found {
		w.quality.Add(&found[i], field, id)
		r.example(b, &found[i])
		r.flags = count(r.flags, &found[i])
	}
}

// deadRow sends a refused row to the dead letters and tells its faults.
func (r *Run) deadRow(b *flow.Batch, faults []flow.Finding) error {
	first := &faults[0]
	told := first.Part == flow.Middle || first.Part == flow.Last // with the first part
	for i := range faults {
		if !told {
			r.example(b, &faults[i]) // while its places are the scanner's
		}
	}
	value := first.Raw
	if value == nil {
		value = b.Bytes[first.From-b.Offset : first.To-b.Offset]
	}
	if t := &r.w.text; t.moved {
		value = t.bytes(value)
		for i := range faults {
			t.find(&faults[i])
		}
	}
	r.details = details(r.details[:0], first)
	if err := r.letter(first, value); err != nil {
		return err
	}
	if told {
		return nil
	}
	for i := range faults {
		r.totals = count(r.totals, &faults[i])
	}
	if len(faults) > 1 && r.w.p.contract.Dialect == fault.Scriptix {
		return r.severalFaults(faults)
	}
	for i := range faults {
		if i > 0 { // the letter has told the first one
			r.details = details(r.details[:0], &faults[i])
		}
		if err := r.rowFault(&faults[i]); err != nil {
			return err
		}
	}
	return nil
}

// count adds a row to the total of the finding's code and field.
func count(totals []encode.Total, f *flow.Finding) []encode.Total {
	field := encode.FieldName(f)
	for i := range totals {
		if totals[i].Code == f.Code && totals[i].Field == field {
			totals[i].Rows++
			return totals
		}
	}
	return append(totals, encode.Total{Code: f.Code, Field: field, Rows: 1})
}

// letter sends a refused record, whose details are in r, to the dead letters with its own bytes, value.
func (r *Run) letter(f *flow.Finding, value []byte) error {
	stage := stageValidate
	switch f.Code {
	case fault.InvalidFile:
		stage = stageDecode
	case fault.FileTooLarge:
		stage = stageEncode
	}
	switch f.Part {
	case flow.Whole:
		r.giant = 0
	case flow.First:
		r.giant = 1
	default:
		r.giant++
	}
	header := r.w.layout.Header
	if r.w.text.foreign() {
		header = r.w.text.header
	}
	r.message = appendMessage(r.message[:0], f.Code, r.details)
	r.counts.Letters++
	return r.w.writer.DeadLetter(&encode.Letter{
		Code: f.Code, Stage: stage, Message: r.message, Value: value, HeaderRow: header,
		Row: f.Row, Line: f.Line, From: f.From, To: f.To, Part: r.giant, Last: f.Part == flow.Last,
	})
}

// rowFault sends the error event of a row's fault, whose details are in r, as long as the chunk has not had too many.
func (r *Run) rowFault(f *flow.Finding) error {
	if !r.room() {
		return nil
	}
	e := encode.ErrorEvent{
		Code: f.Code, Details: r.details, Rule: f.Rule, Row: f.Row, Line: f.Line, From: f.From, To: f.To,
	}
	if f.Column != nil {
		e.Field, e.Value, e.HasVal = f.Column.Name, encode.ShownValue(f), true
	}
	_, err := r.w.writer.Error(&e)
	return err
}

// severalFaults sends the one event of a row's faults where the dialect has one for several: an entry a field, in the order
// of the columns.
func (r *Run) severalFaults(faults []flow.Finding) error {
	if !r.room() {
		return nil
	}
	var messages flow.Messages
	for i := range faults {
		f := &faults[i]
		text := string(f.Code)
		if entry, ok := fault.Lookup(f.Code); ok {
			text = entry.FieldText(details(nil, f))
		}
		if f.Code == fault.ValidationError {
			text = f.Reason
		}
		field := encode.FieldName(f)
		if n := len(messages); n > 0 && messages[n-1].Field == field {
			messages[n-1].Text = append(messages[n-1].Text, text)
			continue
		}
		messages = append(messages, flow.FieldMessage{Field: field, Text: []string{text}})
	}
	f := &faults[0]
	_, err := r.w.writer.Error(&encode.ErrorEvent{
		Code: fault.ValidationError, Row: f.Row, Line: f.Line, From: f.From, To: f.To,
		Details: []flow.Detail{{Name: "errors", Value: messages}},
	})
	return err
}

// room counts an error event that is wanted and reports whether the chunk may have it.
func (r *Run) room() bool {
	r.wanted++
	if r.events >= r.w.p.opts.Findings {
		return false
	}
	r.events++
	r.counts.Events++
	return true
}

// summaries sends what is told once a chunk: exact totals when there were more faults than events, and the flagged values.
func (r *Run) summaries() error {
	for _, list := range [...][]encode.Total{r.totals, r.flags} {
		for _, t := range list {
			r.counts.Found(flow.FindingID{Code: t.Code, Field: t.Field}, t.Rows)
		}
	}
	if r.wanted > r.events {
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

// details appends the catalogue's arguments of a row's fault to dst.
func details(dst []flow.Detail, f *flow.Finding) []flow.Detail {
	field := encode.FieldName(f)
	switch f.Code {
	case fault.InvalidFile:
		return invalidFile(dst, f)
	case fault.MissingField:
		return append(dst, flow.Detail{Name: "field", Value: field})
	case fault.InvalidFormat:
		return append(dst, flow.Detail{Name: "field", Value: field}, flow.Detail{Name: "expected", Value: f.Expected},
			flow.Detail{Name: "value", Value: encode.ShownValue(f)})
	case fault.FileTooLarge:
		return append(dst, flow.Detail{Name: "max_size_mb", Value: megabytes(f.Limit)})
	case fault.ValidationError:
		return append(dst, flow.Detail{Name: "errors", Value: flow.Messages{{Field: field, Text: []string{f.Reason}}}})
	}
	return dst
}

func invalidFile(dst []flow.Detail, f *flow.Finding) []flow.Detail {
	dst = append(dst, flow.Detail{Name: "line", Value: f.Line})
	if f.Place >= 0 {
		dst = append(dst, flow.Detail{Name: "byte_offset", Value: f.Place})
	}
	return append(dst, flow.Detail{Name: "reason", Value: f.Reason})
}
