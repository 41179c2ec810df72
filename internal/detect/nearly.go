package detect

import (
	"fmt"
	"strings"

	"github.com/assay-dev/assay/internal/csvarrow"
	"github.com/assay-dev/assay/internal/flow"
)

// text says what the texts are, and what they nearly are.
func (y *tally) text(c *Column) {
	switch {
	case y.nearly(c):
		return
	case len(y.labels) == 1:
		c.set(flow.String, "%s %s %q", y.all(), y.be("are", "is"), shorten(y.first[0], 40))
	case y.labels != nil:
		c.set(flow.String, "%s, the longest of %s", plural(len(y.labels), "different text"), plural(y.longest, "byte"))
	default:
		c.set(flow.String, "more than %d different texts, the longest of %s", maxLabels, plural(y.longest, "byte"))
	}
}

// nearly recognises text that would be something else but for how it is written, or but for a few cells.
func (y *tally) nearly(c *Column) bool {
	n := y.cells - y.empty - y.nulls
	if n == 0 {
		c.set(flow.String, "%s with text, all of them words for nothing", plural(y.nulls, "cell"))
		c.note("the engine takes only empty cells for null")
		return true
	}
	if y.nulls > 0 && y.nulls < y.cells-y.empty {
		for i, kind := range trialTypes {
			if m := &y.out[i]; !m.dead && m.n == 0 {
				c.form = [...]form{number, number, truth, moment, moment, ident}[i]
				c.set(flow.String, "%s would be %s, but %s a word for nothing: %q first on line %d", plural(n, "cell"), kind, plural(y.nulls, "cell")+" "+has(y.nulls),
					y.firstNull.text, y.firstNull.line)
				c.note("the engine takes only empty cells for null: with %q left out the column would be %s", y.firstNull.text, kind)
				c.misfit = place{y.firstNull.line, fmt.Sprintf("%q is a word for nothing in a column of %s", y.firstNull.text, kind)}
				return true
			}
		}
	}
	if y.numbers == n && y.nulls == 0 {
		for s := grouped; s <= decorated; s++ {
			if y.styles[s] > 0 {
				c.form = number
				c.set(flow.String, "numbers, but %s %s %s: first %s on line %d", plural(y.styles[s], "cell"), has(y.styles[s]), styleNotes[s], y.firstStyle[s].text, y.firstStyle[s].line)
				c.note("the engine reads numbers with a decimal point and nothing between the digits")
				return true
			}
		}
	}
	for i, kind := range trialTypes {
		if m := &y.out[i]; !m.dead && n > 3 && (m.n*10 <= n || m.n == 1) && kind != flow.Bool {
			c.set(flow.String, "%s of %s would be %s, but not %q on line %d", count(n-m.n), plural(n, "cell"), kind, m.first.text, m.first.line)
			wanted := csvarrow.Expected(&flow.Field{Type: kind})
			c.misfit = place{m.first.line, fmt.Sprintf("%q is not %s, as the other cells are", m.first.text, wanted)}
			if m.n > 1 {
				c.misfit.text = fmt.Sprintf("%q is not %s, as all but %s are", m.first.text, wanted, plural(m.n, "cell"))
			}
			if anyOf(parts(m.first.text), "total", "sum", "totals", "average", "count") {
				c.misfit.text += ": a total below the table?"
			}
			return true
		}
	}
	if y.pattern >= 0 && y.nulls == 0 {
		c.form = moment
		if strings.Contains(momentPatterns[y.pattern], ":") {
			c.set(flow.String, "%s %s written %s", y.all(), y.be("are times", "is a time"), y.patternName())
			c.note("the type timestamp reads YYYY-MM-DD HH:MM:SS, and RFC 3339 with its zone")
		} else {
			c.set(flow.String, "%s %s written %s", y.all(), y.be("are dates", "is a date"), y.patternName())
			c.note("the type date reads YYYY-MM-DD")
		}
		return true
	}
	return false
}

func has(n int64) string {
	if n == 1 {
		return "has"
	}
	return "have"
}

// patternName gives the pattern with the day and the month told apart where the values do.
func (y *tally) patternName() string {
	p := momentPatterns[y.pattern]
	if !strings.Contains(p, "N") || strings.Contains(p, "MMM") {
		return p
	}
	i := strings.Index(p, "N")
	j := i + 1 + strings.Index(p[i+1:], "N")
	switch {
	case y.parts[0] > 12 && y.parts[1] <= 12:
		return p[:i] + "DD" + p[i+1:j] + "MM" + p[j+1:]
	case y.parts[1] > 12 && y.parts[0] <= 12:
		return p[:i] + "MM" + p[i+1:j] + "DD" + p[j+1:]
	}
	return p[:i] + "DD" + p[i+1:j] + "MM" + p[j+1:] + " or " + p[:i] + "MM" + p[i+1:j] + "DD" + p[j+1:] + ", which the sample does not tell apart"
}
