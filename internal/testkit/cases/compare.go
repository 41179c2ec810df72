package cases

import (
	"encoding/json"
	"fmt"
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

// Differences says in what out is not what the chunk expects, a text for each section; there are none when it is.
func (c *Chunk) Differences(out *Output) []string {
	var list []string
	different := func(section, want, got string) {
		list = append(list, fmt.Sprintf("%s of the chunk on line %d:\nwant %s\ngot  %s", section, c.Line, want, got))
	}
	if c.Scored != out.Scored {
		different("scored", quoted(c.Scored), quoted(out.Scored))
	}
	var dead strings.Builder
	for _, l := range out.Dead {
		dead.WriteString(l.Value)
		if l.Row {
			dead.WriteByte('\n')
		}
	}
	if c.Dead != dead.String() || c.anyDead() != (len(out.Dead) > 0) {
		different("dead", quoted(c.Dead), quoted(dead.String()))
	}
	for _, d := range []struct {
		section   string
		want, got []string
	}{{"quality", c.Quality, out.Quality}, {"errors", c.Errors, out.Errors}} {
		if !slices.EqualFunc(d.want, d.got, contains) {
			different(d.section, strings.Join(d.want, "\n     "), strings.Join(d.got, "\n     "))
		}
	}
	return list
}

// anyDead reports whether there is a dead section with something in it, or the chunk is one without bytes, whose letter has
// none either.
func (c *Chunk) anyDead() bool { return c.Dead != "" || c.Input == "" }

// quoted gives a text line by line, with whatever does not show in print made visible.
func quoted(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, fmt.Sprintf("%q", line))
	}
	return strings.Join(lines, "\n     ")
}

// contains reports whether the JSON document got has all that want shows.
func contains(want, got string) bool {
	w, err := decode(want)
	if err != nil {
		return false
	}
	g, err := decode(got)
	return err == nil && covers(w, g)
}

func decode(text string) (v any, err error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber() // so that 1 and 1.0, and numbers beyond 2⁵³, differ
	if err = d.Decode(&v); err == nil && d.More() {
		err = fmt.Errorf("text after the document")
	}
	return v, err
}

func covers(want, got any) bool {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return false
		}
		for name, value := range w {
			if has, ok := g[name]; !ok || !covers(value, has) {
				return false
			}
		}
		return true
	case []any:
		g, ok := got.([]any)
		return ok && slices.EqualFunc(w, g, covers)
	default:
		return want == got
	}
}
