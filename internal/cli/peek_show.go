package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/assay-dev/assay/internal/detect"
	"github.com/assay-dev/assay/internal/flow"
)

// maxListed is how many columns are listed.
const maxListed = 60

// show prints what was found out of a file for people.
func (c *peekCmd) show(s *streams, x *sample, rows [][]string, index int) error {
	p := newPage(s)
	if index > 0 {
		p.line("")
	}
	p.show(x, rows)
	_, err := io.WriteString(s.out, p.String())
	return err
}

// show writes the page of a file, what matters most at the end.
func (p *page) show(x *sample, rows [][]string) {
	r := x.reading
	p.headline(x)
	if len(r.Columns) > 0 {
		p.dialect(r)
		p.columns(r)
		p.firstRows(r, rows)
	}
	p.notes(r)
	p.problems(r)
}

func (p *page) headline(x *sample) {
	r := x.reading
	var facts []string
	if len(r.Columns) > 0 {
		facts = append(facts, count(int64(len(r.Columns)), "column"), count(r.Rows, "row"))
	}
	refused := thousands(r.Refused) + " refused"
	if r.Refused > 0 {
		facts = append(facts, refused)
	}
	switch {
	case r.Complete:
		facts = append(facts, bytesText(int64(r.Bytes)))
	case x.in.info != nil && x.in.info.Mode().IsRegular() && x.in.raw.Load() >= int64(r.Bytes):
		facts = append(facts, fmt.Sprintf("in the first %s of %s", bytesText(int64(r.Bytes)), bytesText(x.in.info.Size())))
	default:
		facts = append(facts, fmt.Sprintf("in the first %s; the file is longer", bytesText(int64(r.Bytes))))
	}
	name, said, between := detect.Visible(x.in.name), strings.Join(facts, ", "), gap
	if textWidth(name)+len(gap)+textWidth(said) > p.width {
		between = "\n" + indent
		said = strings.Join(wrapped(said, p.width-len(indent)), between)
	}
	p.line(p.in(bold, name) + between + strings.Replace(said, refused, p.in(yellow, refused), 1))
}

// dialect tells how the file is written, and why it is taken so. What is as usual and not declared is left out where it needs
// no saying.
func (p *page) dialect(r *detect.Reading) {
	p.section("Dialect")
	var lines [][3]string
	width := 0
	add := func(name, value, evidence string, declared bool) {
		if declared {
			evidence = "declared"
		}
		lines = append(lines, [3]string{name, value, evidence})
		width = max(width, textWidth(value))
	}
	add("charset", r.Charset.Value.String(), r.Charset.Evidence, r.Charset.Declared)
	if r.LineEnd.Value != "" {
		add("line end", r.LineEnd.Value, r.LineEnd.Evidence, false)
	}
	if r.Skip.Value > 0 || r.Skip.Declared {
		add("skip", count(int64(r.Skip.Value), "line"), r.Skip.Evidence, r.Skip.Declared)
	}
	add("delimiter", byteText(r.Delimiter.Value), r.Delimiter.Evidence, r.Delimiter.Declared)
	add("quote", byteText(r.Quote.Value), r.Quote.Evidence, r.Quote.Declared)
	if r.Escape.Value != r.Quote.Value || r.Escape.Declared {
		add("escape", byteText(r.Escape.Value), r.Escape.Evidence, r.Escape.Declared)
	}
	if r.Trim.Value {
		add("trim", "yes", r.Trim.Evidence, false)
	}
	header := "none"
	if r.Header.Value {
		_, line := r.Table()
		header = fmt.Sprintf("line %d", line)
	}
	add("header", header, r.Header.Evidence, r.Header.Declared)
	for _, l := range lines {
		head := indent + padded(l[0], len("delimiter"), false) + gap + padded(l[1], width, false) + gap
		for _, line := range wrapped(detect.Visible(l[2]), p.width-textWidth(head)) {
			p.line(head + p.in(dim, line))
			head = strings.Repeat(" ", textWidth(head))
		}
	}
}

// byteText shows a delimiter, quote or escape.
func byteText(b byte) string {
	switch {
	case b == '\t':
		return "tab"
	case b == ' ':
		return "space"
	case b < ' ' || b >= 0x7f:
		return fmt.Sprintf(`\x%02x`, b)
	}
	return string(rune(b))
}

func (p *page) columns(r *detect.Reading) {
	p.section("Columns")
	g := &grid{
		titles: []string{"#", "name", "type", "empty", "distinct", "values"},
		right:  []bool{true, false, false, true, true, false}, dim: []bool{true, false, false, false, false, true}, least: 12,
	}
	for i := range r.Columns {
		if i == maxListed {
			break
		}
		c := &r.Columns[i]
		g.rows = append(g.rows, []string{fmt.Sprint(i + 1), c.Field.Name, columnType(c), thousands(c.Empty), distinctText(c), valuesText(c)})
	}
	p.grid(g)
	if more := len(r.Columns) - len(g.rows); more > 0 {
		p.line(indent + p.in(dim, fmt.Sprintf("and %s; --json has them all", count(int64(more), "more column"))))
	}
}

// columnType gives the type, and what else a contract would say of the column but for required, which empty shows.
func columnType(c *detect.Column) string {
	text := typeText(&c.Field)
	if c.Field.Unit != "" {
		text += " " + c.Field.Unit
	}
	if c.Field.Key {
		text += ", key"
	}
	if c.Field.PII {
		text += ", pii"
	}
	return text
}

func distinctText(c *detect.Column) string {
	switch {
	case c.Unique:
		return "unique"
	case c.More:
		return fmt.Sprintf("over %d", c.Distinct)
	}
	return fmt.Sprint(c.Distinct)
}

// valuesText gives the range where values have an order that says something, else the first values.
func valuesText(c *detect.Column) string {
	switch {
	case len(c.First) == 0:
		return ""
	case c.Field.Type == flow.Category:
		return strings.Join(c.Field.Labels, " · ")
	case c.Field.Type == flow.String || c.Field.Type == flow.UUID || c.Field.Type == flow.Bool:
		return strings.Join(c.First, " · ")
	case c.Min == c.Max:
		return c.Min
	}
	return c.Min + " to " + c.Max
}

func (p *page) firstRows(r *detect.Reading, rows [][]string) {
	if len(rows) == 0 || len(rows[0]) != len(r.Columns) {
		return
	}
	title := "First rows"
	if int64(len(rows)) == r.Rows {
		title = "Rows"
	}
	p.section(title)
	g := &grid{least: 10}
	for i := range r.Columns {
		f := &r.Columns[i].Field
		g.titles = append(g.titles, detect.Visible(f.Name))
		g.right = append(g.right, f.Type == flow.Int64 || f.Type == flow.Float64 || f.Type == flow.Decimal)
	}
	g.rows = rows
	if more := len(r.Columns) - p.grid(g); more > 0 {
		p.line(indent + p.in(dim, fmt.Sprintf("and %s", count(int64(more), "more column"))))
	}
}

// notes tells what costs no row, but should be known to whoever writes a contract.
func (p *page) notes(r *detect.Reading) {
	columns := r.Columns[:min(len(r.Columns), maxListed)]
	width := 0
	for i := range columns {
		if len(columns[i].Notes) > 0 {
			width = max(width, textWidth(detect.Visible(columns[i].Field.Name)))
		}
	}
	width = min(width, 24)
	empty := true
	for i := range columns {
		head := detect.Visible(columns[i].Field.Name)
		for _, note := range columns[i].Notes {
			if empty {
				p.section("Notes")
				empty = false
			}
			for _, line := range wrapped(detect.Visible(note), p.width-width-len(indent)-len(gap)) {
				p.line(indent + padded(cutWidth(head, width), width, false) + gap + line)
				head = ""
			}
		}
	}
	p.listed(r, "Notes", empty, func(l detect.Level) bool { return l == detect.Note })
}

// problems tells what the engine would refuse.
func (p *page) problems(r *detect.Reading) {
	p.listed(r, "Problems", true, func(l detect.Level) bool { return l != detect.Note })
}

// listed writes the problems of some levels, in a section that begins with the first of them, or has begun.
func (p *page) listed(r *detect.Reading, title string, begins bool, of func(detect.Level) bool) {
	for i := range r.Problems {
		if !of(r.Problems[i].Level) {
			continue
		}
		if begins {
			p.section(title)
			begins = false
		} else {
			p.line("")
		}
		p.problem(&r.Problems[i])
	}
}

func (p *page) problem(x *detect.Problem) {
	text := x.Text
	if x.Line > 0 {
		text = fmt.Sprintf("line %d, column %d: %s", x.Line, x.Column, x.Text)
	}
	ink := map[detect.Level]string{detect.Row: yellow, detect.File: red, detect.Note: ""}[x.Level]
	for _, line := range wrapped(detect.Visible(text), p.width-len(indent)) {
		if ink != "" {
			line = p.in(ink, line)
		}
		p.line(indent + line)
	}
	if x.Source != "" {
		source, caret := aroundCaret(x.Source, utf8.RuneCountInString(x.Caret)-1, p.width-2*len(indent))
		p.line(indent + indent + source)
		p.line(indent + indent + caret)
	}
	for _, line := range wrapped(detect.Visible(x.Guess), p.width-2*len(indent)) {
		p.line(indent + indent + p.in(dim, line))
	}
	if x.More > 0 {
		p.line(indent + indent + p.in(dim, fmt.Sprintf("and %s more of these", thousands(x.More))))
	}
}

// aroundCaret gives the part of a line around its character at that has room in so many places, and a caret below it.
func aroundCaret(source string, at, room int) (text, caret string) {
	runes := []rune(source)
	at = min(at, len(runes))
	if textWidth(source) > room {
		from := max(0, at-room/2)
		head := ""
		if from > 0 {
			head = "…"
		}
		runes, at = []rune(head+string(runes[from:])), at-from+len([]rune(head))
	}
	return cutWidth(string(runes), room), strings.Repeat(" ", textWidth(string(runes[:at]))) + "^"
}
