package detect

import (
	"fmt"
	"strings"
)

// render writes a reading as text for golden files.
func render(r *Reading) string {
	var b strings.Builder
	line := func(name, value, evidence string, declared bool) {
		if declared {
			name += "!"
		}
		fmt.Fprintf(&b, "%-10s %-8s %s\n", name, value, evidence)
	}
	line("charset", r.Charset.Value.String(), r.Charset.Evidence, r.Charset.Declared)
	line("line ends", r.LineEnd.Value, r.LineEnd.Evidence, false)
	line("skip", fmt.Sprint(r.Skip.Value), r.Skip.Evidence, r.Skip.Declared)
	line("delimiter", byteName(r.Delimiter.Value), r.Delimiter.Evidence, r.Delimiter.Declared)
	line("quote", byteName(r.Quote.Value), r.Quote.Evidence, r.Quote.Declared)
	line("escape", byteName(r.Escape.Value), r.Escape.Evidence, r.Escape.Declared)
	line("trim", fmt.Sprint(r.Trim.Value), r.Trim.Evidence, false)
	line("header", fmt.Sprint(r.Header.Value), r.Header.Evidence, r.Header.Declared)
	fmt.Fprintf(&b, "rows       %d read, %d refused\n", r.Rows, r.Refused)
	if len(r.Columns) > 0 {
		b.WriteString("\n")
	}
	for i := range r.Columns {
		if i == 40 && len(r.Columns) > 50 {
			fmt.Fprintf(&b, "… and %d more columns\n", len(r.Columns)-i)
			break
		}
		b.WriteString(renderColumn(&r.Columns[i]))
	}
	for i := range r.Problems {
		b.WriteString(renderProblem(&r.Problems[i]))
	}
	return b.String()
}

func renderColumn(c *Column) string {
	kind := c.Field.Type.String()
	switch {
	case c.Field.Precision > 0:
		kind = fmt.Sprintf("%s(%d,%d)", kind, c.Field.Precision, c.Field.Scale)
	case c.Field.Unit != "":
		kind += " " + c.Field.Unit
	case c.Field.Labels != nil:
		kind = fmt.Sprintf("%s %q", kind, c.Field.Labels)
	}
	for _, f := range []struct {
		set  bool
		name string
	}{{c.Field.Key, "key"}, {c.Field.Required, "required"}, {c.Field.PII, "pii"}, {c.Unique, "unique"}} {
		if f.set {
			kind += " " + f.name
		}
	}
	more := ""
	if c.More {
		more = "+"
	}
	text := fmt.Sprintf("%s: %s: %s\n    %d empty, %d%s distinct %q, %q to %q, longest %d\n", c.Field.Name, kind, c.Evidence,
		c.Empty, c.Distinct, more, c.First, c.Min, c.Max, c.Longest)
	for _, n := range c.Notes {
		text += "    " + n + "\n"
	}
	if c.PII != "" {
		text += "    " + c.PII + "\n"
	}
	return text
}

func renderProblem(p *Problem) string {
	text := fmt.Sprintf("\n%s %s: %s\n", p.Level, p.Kind, p.Text)
	if p.Line > 0 {
		text = fmt.Sprintf("\n%s %s, line %d, column %d: %s\n    %s\n    %s\n", p.Level, p.Kind, p.Line, p.Column, p.Text, p.Source, p.Caret)
	}
	if p.Guess != "" {
		text += "  → " + p.Guess + "\n"
	}
	if p.More > 0 {
		text += fmt.Sprintf("  and %d more\n", p.More)
	}
	return text
}
