package cli

import (
	"fmt"

	"github.com/assay-dev/assay/internal/detect"
	"github.com/assay-dev/assay/internal/flow"
)

// peekDocument is what peek --json prints of a file.
type peekDocument struct {
	File      string        `json:"file"`
	Bytes     int           `json:"bytes"`    // looked at, decompressed
	Complete  bool          `json:"complete"` // they are the whole file
	Dialect   peekDialect   `json:"dialect"`
	Rows      int64         `json:"rows"` // of these bytes
	Refused   int64         `json:"refused"`
	Columns   []peekColumn  `json:"columns"`
	FirstRows [][]string    `json:"first_rows"`
	Problems  []peekProblem `json:"problems"`
}

type peekAnswer struct {
	Value    any    `json:"value"`
	Declared bool   `json:"declared,omitempty"`
	Evidence string `json:"evidence"`
}

type peekDialect struct {
	Charset   peekAnswer `json:"charset"`
	LineEnd   peekAnswer `json:"line_end"`
	SkipLines peekAnswer `json:"skip_lines"`
	Delimiter peekAnswer `json:"delimiter"`
	Quote     peekAnswer `json:"quote"`
	Escape    peekAnswer `json:"escape"`
	Trim      peekAnswer `json:"trim"`
	Header    peekAnswer `json:"header"`
}

type peekColumn struct {
	Name     string   `json:"name"`
	Header   string   `json:"header"` // the name as written
	Type     string   `json:"type"`
	Unit     string   `json:"unit,omitempty"`
	Labels   []string `json:"labels,omitempty"`
	Key      bool     `json:"key,omitempty"`
	Required bool     `json:"required,omitempty"`
	PII      bool     `json:"pii,omitempty"`
	Evidence string   `json:"evidence"`
	Notes    []string `json:"notes,omitempty"`
	Cells    int64    `json:"cells"`
	Empty    int64    `json:"empty"`
	Distinct int      `json:"distinct"` // with more: at least so many
	More     bool     `json:"more,omitempty"`
	Unique   bool     `json:"unique,omitempty"`
	Min      string   `json:"min,omitempty"`
	Max      string   `json:"max,omitempty"`
	Longest  int      `json:"longest"` // bytes
	Examples []string `json:"examples,omitempty"`
}

type peekProblem struct {
	Level  string `json:"level"`
	Kind   string `json:"kind"`
	Text   string `json:"text"`
	Guess  string `json:"guess,omitempty"`
	Line   int64  `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	Source string `json:"source,omitempty"`
	Caret  string `json:"caret,omitempty"`
	More   int64  `json:"more,omitempty"`
}

func newPeekDocument(p *sample, rows [][]string) *peekDocument {
	r := p.reading
	d := &peekDocument{
		File: p.in.name, Bytes: r.Bytes, Complete: r.Complete, Rows: r.Rows, Refused: r.Refused,
		Columns: []peekColumn{}, FirstRows: rows, Problems: []peekProblem{},
		Dialect: peekDialect{
			Charset: peekAnswer{r.Charset.Value.String(), r.Charset.Declared, r.Charset.Evidence},
			LineEnd: answerOf(r.LineEnd), SkipLines: answerOf(r.Skip), Delimiter: answerOfByte(r.Delimiter), Quote: answerOfByte(r.Quote),
			Escape: answerOfByte(r.Escape), Trim: answerOf(r.Trim), Header: answerOf(r.Header),
		},
	}
	for i := range r.Columns {
		c := &r.Columns[i]
		f := &c.Field
		d.Columns = append(d.Columns, peekColumn{
			Name: f.Name, Header: c.Header, Type: typeText(f), Unit: f.Unit, Labels: f.Labels, Key: f.Key, Required: f.Required, PII: f.PII,
			Evidence: c.Evidence, Notes: c.Notes, Cells: c.Cells, Empty: c.Empty, Distinct: c.Distinct, More: c.More, Unique: c.Unique,
			Min: c.Min, Max: c.Max, Longest: c.Longest, Examples: c.First,
		})
	}
	for i := range r.Problems {
		x := &r.Problems[i]
		d.Problems = append(d.Problems, peekProblem{
			x.Level.String(), string(x.Kind), x.Text, x.Guess, x.Line, x.Column, x.Source, x.Caret, x.More,
		})
	}
	return d
}

func answerOf[T any](a detect.Answer[T]) peekAnswer {
	return peekAnswer{a.Value, a.Declared, a.Evidence}
}

func answerOfByte(a detect.Answer[byte]) peekAnswer {
	return peekAnswer{string(rune(a.Value)), a.Declared, a.Evidence}
}

// typeText gives a field's type as contracts write it, without its unit.
func typeText(f *flow.Field) string {
	if f.Type == flow.Decimal {
		return fmt.Sprintf("decimal(%d,%d)", f.Precision, f.Scale)
	}
	return f.Type.String()
}
