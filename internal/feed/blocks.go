package feed

import "github.com/assay-dev/assay/internal/charset"

func (r *reader) csv(c *CSV, block member) {
	for _, m := range r.block(block.value, block.name, at(block.key), csvSpec) {
		switch m.name {
		case "delimiter":
			c.Delimiter = r.asciiByte(m)
		case "quote":
			c.Quote = r.asciiByte(m)
		case "escape":
			c.Escape = r.asciiByte(m)
		case "header":
			c.Header = r.choice(m)
		case "charset":
			c.Charset, _ = charset.Parse(r.choice(m)) // UTF-8 when it is none
		case "trim":
			c.Trim = r.truth(m)
		}
	}
	if c.Escape == c.Quote {
		c.Escape = 0 // the quote as escape is what doubling means
	}
	if c.Delimiter != 0 && (c.Delimiter == c.Quote || c.Delimiter == c.Escape) {
		r.problem(at(block.value), "the delimiter %q is also the quote or the escape", c.Delimiter)
	}
}

func (r *reader) output(o *Output, block member) {
	for _, m := range r.block(block.value, block.name, at(block.key), outputSpec) {
		if m.name == "columns" {
			o.Columns, o.At = r.texts(m)
		}
	}
}

func (r *reader) limits(l *Limits, block member) {
	for _, m := range r.block(block.value, block.name, at(block.key), limitsSpec) {
		switch m.name {
		case "rows":
			l.Rows = r.count(m, ParseCount)
		case "bytes":
			l.Bytes = r.count(m, ParseSize)
		}
	}
}

func (r *reader) credits(block member) (perRows int64) {
	for _, m := range r.block(block.value, block.name, at(block.key), creditsSpec) {
		if m.name == "per_rows" {
			perRows = r.count(m, ParseCount)
		}
	}
	return perRows
}
