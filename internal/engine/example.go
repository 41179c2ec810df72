package engine

import (
	"bytes"
	"unicode/utf8"

	"github.com/assay-dev/assay/internal/encode"
	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// example keeps a finding to show, as long as the chunk has not had enough of its code.
func (r *Run) example(b *flow.Batch, f *flow.Finding) {
	most := flow.MostExamples
	if r.w.p.opts.Excerpts {
		most = r.w.p.opts.Findings
	}
	if !r.counts.Wants(f.Code, most) {
		return
	}
	e := flow.Example{
		Code: f.Code, Dead: f.Dead, Position: r.chunk.Position, Row: f.Row, Line: f.Line + r.w.text.lines, Field: encode.FieldName(f),
		Message: exampleMessage(f),
	}
	if f.Column != nil {
		e.Value = encode.ShownValue(f)
	}
	if r.w.p.opts.Excerpts {
		e.Excerpt = rowExcerpt(b, f)
		e.Excerpt.Line += r.w.text.lines
	}
	r.counts.Examples = append(r.counts.Examples, e)
}

// exampleMessage says what is odd about a row, in one sentence.
func exampleMessage(f *flow.Finding) string {
	entry, ok := fault.Lookup(f.Code)
	switch {
	case f.Rule != "":
		return f.Rule + ": " + f.Reason
	case !ok:
		return string(f.Code)
	case !f.Dead:
		into := f.MappedTo
		if into == "" {
			into = "no value"
		}
		return entry.Fill([]flow.Detail{{Name: "field", Value: encode.FieldName(f)}, {Name: "mapped_to", Value: into}})
	}
	return string(appendMessage(nil, f.Code, details(nil, f)))
}

// rowExcerpt gives the line of a row at which f points.
func rowExcerpt(b *flow.Batch, f *flow.Finding) flow.Excerpt {
	row := f.Raw
	if row == nil {
		row = b.Bytes[f.From-b.Offset : f.To-b.Offset]
	}
	switch {
	case f.Place < f.From: // all of the row
		return excerpt(row, f.Line, 0, len(row))
	case f.Column == nil: // one byte
		return excerpt(row, f.Line, int(f.Place-f.From), int(f.Place-f.From)+1)
	}
	from := int(f.Place - f.From)
	to := from + len(f.Value)
	if from < len(row) && len(f.Value) > 0 && row[from] != f.Value[0] { // it stands in quotes, or behind blanks
		if i := bytes.Index(row[from:], f.Value); i >= 0 {
			from, to = from+i, from+i+len(f.Value)
		}
	}
	return excerpt(row, f.Line, from, to)
}

// excerptOf gives the line at which the fault of a whole chunk points, before its places are those of the chunk's own bytes.
func (r *Run) excerptOf(f *flow.Fault) flow.Excerpt {
	begin := r.w.text.start - int64(r.told) // of the window
	if !r.w.p.opts.Excerpts || f.Line == 0 || f.From < begin || f.To-begin > int64(len(r.window)) || f.From > f.To {
		return flow.Excerpt{}
	}
	from, to := 0, int(f.To-f.From)
	for _, d := range f.Details {
		if place, ok := d.Value.(int64); ok && d.Name == "byte_offset" && place >= f.From && place <= f.To {
			from, to = int(place-f.From), int(place-f.From)+1
		}
	}
	return excerpt(r.window[f.From-begin:f.To-begin], f.Line+r.w.text.lines, from, to)
}

// aroundCaret is how many bytes of a long line are shown on each side of the caret.
const aroundCaret = 160

// excerpt gives the line of text in which text[from:to] begins, where line is the number of text's first one.
func excerpt(text []byte, line int64, from, to int) flow.Excerpt {
	from = min(max(from, 0), len(text))
	to = min(max(to, from), len(text))
	begin := bytes.LastIndexAny(text[:from], "\r\n") + 1
	end := len(text)
	if i := bytes.IndexAny(text[from:], "\r\n"); i >= 0 {
		end = from + i
	}
	line += int64(bytes.Count(text[:begin], []byte("\n")))
	to = min(to, end, from+aroundCaret)
	for to < end && !utf8.RuneStart(text[to]) {
		to++
	}
	first, last := max(begin, from-aroundCaret), min(end, to+aroundCaret)
	for first < from && !utf8.RuneStart(text[first]) {
		first++
	}
	for last > to && last < end && !utf8.RuneStart(text[last]) {
		last--
	}
	var before, behind string
	if first > begin {
		before = "…"
	}
	if last < end {
		behind = "…"
	}
	at := len(before) + from - first
	return flow.Excerpt{Line: line, Text: before + string(text[first:last]) + behind, From: at, To: at + to - from}
}
