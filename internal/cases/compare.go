package cases

import (
	"slices"
	"strings"
)

// Output is what has become of a chunk.
type Output struct {
	Scored  string   // the scored rows as CSV under one header, "" when there are none
	Quality []string // JSON documents
	Errors  []string
	Dead    []Letter
}

// Letter is a dead letter.
type Letter struct {
	Value string
	Row   bool // it is one row's, not the whole chunk's
}

// Difference is one section that is not what the case expects.
type Difference struct {
	Section   string
	Line      int // of the section's title in the file, or of the chunk's input where the section lacks
	Want, Got string
}

// String gives the lines that differ, with the section and the line: those that are expected behind a minus, those that came
// behind a plus. What does not show in print is escaped.
func (d Difference) String() string {
	var b strings.Builder
	b.WriteString(d.Section)
	b.WriteString(" differs (- expected, + came)\n")
	want, got := d.Want, d.Got
	if isText(d.Section) {
		want, got = escape(want), escape(got)
	}
	for _, l := range diff(splitLines(want), splitLines(got)) {
		b.WriteString("  " + l + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func splitLines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// Differences says in what out is not what the chunk expects, section by section.
func (c *Chunk) Differences(out *Output) []Difference {
	var list []Difference
	for _, name := range []string{scored, quality, faults, dead} {
		if c.expects(name, out) {
			continue
		}
		d := Difference{Section: name, Line: c.Line, Want: c.want(name), Got: c.got(name, out)}
		if w := c.section(name); w != nil {
			d.Line = w.line
		}
		list = append(list, d)
	}
	return list
}

// expects reports whether a section is what the chunk expects.
func (c *Chunk) expects(name string, out *Output) bool {
	switch name {
	case scored:
		return c.Scored == out.Scored
	case dead:
		return c.Dead == letters(out) && c.anyDead() == (len(out.Dead) > 0)
	case quality:
		return slices.EqualFunc(c.Quality, out.Quality, contains)
	default:
		return slices.EqualFunc(c.Errors, out.Errors, contains)
	}
}

// anyDead reports whether there is a dead section with something in it, or the chunk is one without bytes, whose letter has
// none either.
func (c *Chunk) anyDead() bool { return c.Dead != "" || c.Input == "" }

// contains reports whether the JSON document got has all that want shows.
func contains(want, got string) bool {
	w, err := decode(want)
	if err != nil {
		return false
	}
	g, err := decode(got)
	return err == nil && covers(w, g)
}

// want gives the text of a section as the chunk expects it.
func (c *Chunk) want(name string) string {
	switch name {
	case input:
		return c.Input
	case scored:
		return c.Scored
	case dead:
		return c.Dead
	case quality:
		return lines(c.Quality)
	default:
		return lines(c.Errors)
	}
}

// got gives the text of a section as it came. Of each document it has what the expected one shows.
func (c *Chunk) got(name string, out *Output) string {
	switch name {
	case scored:
		return out.Scored
	case dead:
		return letters(out)
	case quality:
		return documents(c.Quality, out.Quality)
	default:
		return documents(c.Errors, out.Errors)
	}
}

// letters gives the dead letters as a section has them.
func letters(out *Output) string {
	var b strings.Builder
	for _, l := range out.Dead {
		b.WriteString(l.Value)
		if l.Row {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func lines(list []string) string {
	var b strings.Builder
	for _, l := range list {
		b.WriteString(l)
		b.WriteByte('\n')
	}
	return b.String()
}

// telling are the members of a document that a case shows unless its author has chosen others: those that say what happened
// where, and nothing that changes from run to run.
var telling = object{
	{"code", nil}, {"rule", nil}, {"source", object{{"row", nil}}}, {"at", object{{"line", nil}}}, {"field", nil}, {"value", nil},
	{"data_quality", nil},
}

// documents gives what came as the expected documents show it.
func documents(want, got []string) string {
	list := make([]string, len(got))
	for i := range got {
		g, err := decode(got[i])
		if err != nil {
			list[i] = got[i]
			continue
		}
		if i < len(want) {
			if contains(want[i], got[i]) {
				list[i] = want[i]
				continue
			}
			if w, err := decode(want[i]); err == nil {
				list[i] = text(like(w, g))
				continue
			}
		}
		list[i] = text(withoutNulls(like(telling, g)))
	}
	return lines(list)
}

// withoutNulls leaves out the members that say nothing.
func withoutNulls(v any) any {
	o, ok := v.(object)
	if !ok {
		return v
	}
	return slices.DeleteFunc(o, func(m member) bool { return m.value == nil })
}
