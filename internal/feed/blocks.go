package feed

import "strings"

var csvKeys = []string{"delimiter", "quote", "escape", "header", "charset", "trim"}

func (r *reader) csv(c *CSV, block member) {
	for _, m := range r.mapping(block.value, "csv") {
		switch m.name {
		case "delimiter":
			c.Delimiter = r.asciiByte(m)
		case "quote":
			c.Quote = r.asciiByte(m)
		case "escape":
			c.Escape = r.asciiByte(m)
		case "header":
			c.Header = r.choice(m, HeaderAlways, HeaderNever)
		case "charset":
			c.Charset = r.charset(m)
		case "trim":
			c.Trim = r.truth(m)
		default:
			r.unknown(m, "csv", csvKeys)
		}
	}
	if c.Escape == c.Quote {
		c.Escape = 0 // the quote as escape is what doubling means
	}
	if c.Delimiter != 0 && (c.Delimiter == c.Quote || c.Delimiter == c.Escape) {
		r.problem(at(block.value), "the delimiter %q is also the quote or the escape", c.Delimiter)
	}
}

func (r *reader) charset(m member) string {
	s, ok := r.text(m)
	if ok && !strings.EqualFold(s, "utf-8") && !strings.EqualFold(s, "utf8") {
		r.problem(at(m.value), "charset %s is not supported by this version: only utf-8 is", s)
	}
	return "utf-8"
}

var scoreKeys = []string{"kind", "model", "weights", "add"}

func (r *reader) score(block member) *Score {
	s := &Score{At: at(block.key)}
	before := len(r.problems)
	for _, m := range r.mapping(block.value, "score") {
		switch m.name {
		case "kind":
			s.Kind, _ = r.text(m)
		case "model":
			if f := r.open(m); f != nil {
				s.Model, _ = r.text(m)
				s.Data = f.data
			}
		case "weights":
			r.problem(at(m.key), "weights are not supported by this version")
		case "add":
			s.Add = r.texts(m)
		default:
			r.unknown(m, "score", scoreKeys)
		}
	}
	if s.Kind == "" && len(r.problems) == before {
		r.problem(at(block.key), "score needs a kind")
	}
	return s
}

func (r *reader) output(o *Output, block member) {
	for _, m := range r.mapping(block.value, "output") {
		switch m.name {
		case "columns":
			o.Columns = r.texts(m)
		default:
			r.unknown(m, "output", []string{"columns"})
		}
	}
}

func (r *reader) limits(l *Limits, block member) {
	for _, m := range r.mapping(block.value, "limits") {
		switch m.name {
		case "rows":
			l.Rows = r.number(m, ParseCount)
		case "bytes":
			l.Bytes = r.number(m, ParseSize)
		default:
			r.unknown(m, "limits", []string{"rows", "bytes"})
		}
	}
}

func (r *reader) credits(block member) (perRows int64) {
	for _, m := range r.mapping(block.value, "credits") {
		switch m.name {
		case "per_rows":
			perRows = r.number(m, ParseCount)
		default:
			r.unknown(m, "credits", []string{"per_rows"})
		}
	}
	return perRows
}
