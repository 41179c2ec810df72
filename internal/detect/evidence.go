package detect

import "fmt"

// delimiterEvidence says why the delimiter was chosen.
func (c *candidate) delimiterEvidence() string {
	if c.width == 1 {
		return "no character cuts the lines evenly, and this one stands nowhere: one column"
	}
	name, n := byteName(c.dialect.Delimiter), c.width-1
	times := plural(n, "time")
	switch {
	case c.records == 1:
		return fmt.Sprintf("%s %s in the only line", name, times)
	case c.even == c.records:
		where := "line"
		if c.quoted > 0 {
			where = "record, outside quotes"
		}
		return fmt.Sprintf("%s %s in every %s", name, times, where)
	}
	return fmt.Sprintf("%s %s in %s of %s records", name, times, count(c.even), count(c.records))
}

func (c *candidate) quoteEvidence() string {
	if c.quoted == 0 {
		return "no cell is in quotes: the usual one"
	}
	return fmt.Sprintf("%s of the first %s %s in %s", plural(c.quoted, "cell"), plural(min(c.fit, lookedAt), "record"), stand(c.quoted),
		byteName(c.dialect.Quote))
}

func stand(n int) string {
	if n == 1 {
		return "stands"
	}
	return "stand"
}

func (c *candidate) escapeEvidence() string {
	switch {
	case c.dialect.Escape != c.dialect.Quote:
		return fmt.Sprintf("quotes inside quotes stand behind %s", byteName(c.dialect.Escape))
	case c.escaped:
		return "quotes inside quotes are doubled"
	}
	return "no quotes inside quotes: the usual one"
}

// byteName shows a delimiter, quote or escape in a sentence.
func byteName(b byte) string {
	switch b {
	case '\t':
		return "tab"
	case ' ':
		return "space"
	}
	if b < ' ' || b >= 0x7f {
		return fmt.Sprintf("byte %#02x", b)
	}
	return string(rune(b))
}
