package detect

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// top is the beginning of the table: the records among which the header is, with their cells.
type top struct {
	width  int
	loneCR bool
	rows   []row
	typed  []form // of each column: the form of nearly all its cells, or words
}

// row is a record with the text and the look of its cells.
type row struct {
	record
	values []string
	forms  []form
}

// What the search for the header is bounded by.
const (
	maxSparse = 20 // lines with few cells in front of the header, as wide as the table
	maxUnits  = 3  // lines that go on with the header
)

// topOf reads the first records from at on.
func topOf(c *candidate, src source) *top {
	t := &top{width: c.width}
	w := src.walk(c.dialect)
	t.loneCR = w.loneCR
	for cells, mends := 0, maxMends; len(t.rows) < lookedAt && cells < 100*lookedAt; {
		r, ok := w.record()
		if !ok || r.cut && len(t.rows) > 0 {
			break
		}
		if r.flaw == neverClosed && mends > 0 {
			mends--
			w.mend(&r)
		}
		x := row{record: r}
		for _, c := range w.cells {
			v := w.value(c)
			x.values = append(x.values, string(v[:min(len(v), 4096)]))
			x.forms = append(x.forms, formOf(v[:min(len(v), 4096)], c.quoted))
		}
		cells += len(w.cells)
		t.rows = append(t.rows, x)
	}
	return t
}

// fits says whether a row can be one of the table.
func (t *top) fits(i int) bool { return t.rows[i].flaw == sound && t.rows[i].width == t.width }

// setTyped finds out what the columns hold in the rows behind row h, those that repeat it left out; h may be -1.
func (t *top) setTyped(h int) {
	t.typed = make([]form, t.width)
	counts := make([][odd + 1]int, t.width)
	i := h + 1
	if len(t.rows)-i > 5 {
		i += 2 // lines of units and second headers say nothing
	}
	for ; i < len(t.rows); i++ {
		if !t.fits(i) || h >= 0 && slices.Equal(t.rows[i].values, t.rows[h].values) {
			continue
		}
		for j, f := range t.rows[i].forms {
			counts[j][f]++
		}
	}
	for j := range counts {
		all := 0
		for f := number; f <= odd; f++ {
			all += counts[j][f]
		}
		t.typed[j] = words
		for f := number; f < words; f++ {
			if counts[j][f] > 0 && counts[j][f]*10 >= all*9 {
				t.typed[j] = f
			}
		}
	}
}

// start finds the line on which the table begins: where the lines in front of it end that do not fit. It gives the row and
// the evidence.
func (t *top) start() (int, string) {
	first := 0
	for first < len(t.rows) && first <= maxPreamble && !t.fits(first) {
		first++
	}
	if first >= len(t.rows) || first > maxPreamble {
		return 0, "the first line is the table's"
	}
	if first > 0 && t.nearHeader(first-1) {
		first--
	}
	reason := ""
	if first > 0 {
		reason = t.preambleEvidence(first)
	}
	if at, why := t.skipSparse(first); at > first {
		return at, why
	}
	if reason == "" {
		reason = "the first line is the table's"
	}
	return first, reason
}

func (t *top) preambleEvidence(first int) string {
	line := t.rows[first].line
	from := t.rows[0].line
	if what := t.rows[0].values[0]; first == 1 && strings.HasPrefix(strings.ToLower(what), "sep=") {
		return "line 1 only names the delimiter, for Excel"
	}
	where := fmt.Sprintf("lines %d to %d have", from, line-1)
	if from == line-1 {
		where = fmt.Sprintf("line %d has", from)
	}
	if !slices.ContainsFunc(t.rows[:first], func(r row) bool { return !strings.HasPrefix(r.values[0], "#") }) {
		return strings.TrimSuffix(where, where[strings.LastIndex(where, " "):]) + map[bool]string{true: " begins with #", false: " begin with #"}[from == line-1]
	}
	widths := map[int]bool{}
	for _, r := range t.rows[:first] {
		widths[r.width] = true
	}
	if len(widths) == 1 {
		return fmt.Sprintf("%s %s, from line %d on there are %d", where, plural(t.rows[0].width, "cell"), line, t.width)
	}
	return fmt.Sprintf("%s fewer or more than the %d cells that follow from line %d on", where, t.width, line)
}

// nearHeader says whether a row that has one cell too few or too many, or is malformed, is the header all the same.
func (t *top) nearHeader(i int) bool {
	r := &t.rows[i]
	return near(r.width, t.width) && t.names(i)
}

// names says whether a row's cells can all be names: text, none twice. One may be empty, as that of the row names often is, and
// the last, as behind a delimiter at the end of the line.
func (t *top) names(i int) bool {
	seen, empty := map[string]bool{}, 0
	for j, f := range t.rows[i].forms {
		v := strings.ToLower(strings.TrimSpace(t.rows[i].values[j]))
		switch {
		case (f == words || f == odd) && !seen[v] && !isLogged(v):
			seen[v] = true
		case v == "":
			empty++
		default:
			return false
		}
	}
	return empty <= 1 && len(seen) > 0
}

// isLogged recognises a line of a log by the date at its beginning.
func isLogged(v string) bool {
	const date = "YYYY-MM-DD"
	return len(v) > len(date) && matchMoment([]byte(v[:len(date)]), date)
}

// skipSparse passes over lines that are as wide as the table but have few cells with text in them, as spreadsheets write
// titles and groups of columns, and over commented lines, when a line of names follows.
func (t *top) skipSparse(first int) (int, string) {
	at, cells := first, 0
	for at < len(t.rows) && at < first+maxSparse && t.fits(at) {
		filled := 0
		for _, f := range t.rows[at].forms {
			if f != blank {
				filled++
			}
		}
		comment := strings.HasPrefix(t.rows[at].values[0], "#")
		if !comment && (t.width < 3 || 2*filled > t.width) {
			break
		}
		cells += filled
		at++
	}
	if at == first || at+1 >= len(t.rows) || !t.fits(at) || !t.names(at) || strings.HasPrefix(t.rows[at].values[0], "#") {
		return first, ""
	}
	t.setTyped(at)
	if !slices.ContainsFunc(t.typed, func(f form) bool { return f < words }) {
		return first, ""
	}
	line := t.rows[at].line
	switch {
	case strings.HasPrefix(t.rows[first].values[0], "#"):
		return at, fmt.Sprintf("the lines in front of line %d begin with #", line)
	case cells <= at-first:
		return at, fmt.Sprintf("only one cell of %d has text in the lines in front of line %d", t.width, line)
	}
	return at, fmt.Sprintf("line %d names groups of columns; line %d names the columns", t.rows[first].line, line)
}

// padded says whether cells from row h on should lose the white space around them: where it keeps a column from being read as what it
// holds, or where one cell in ten has it.
func (t *top) padded(h int) Answer[bool] {
	cells, padded := 0, 0
	for i := h; i < len(t.rows); i++ {
		if !t.fits(i) {
			continue
		}
		for j, v := range t.rows[i].values {
			if strings.TrimSpace(v) == "" {
				continue
			}
			cells++
			if v == strings.Trim(v, " \t") {
				continue
			}
			padded++
			if t.typed[j] < words {
				return found(true, "white space stands around %s in column %d, first on line %d", formNames[t.typed[j]], j+1, t.rows[i].line)
			}
		}
	}
	switch {
	case padded == 0:
		return found(false, "no white space around cells")
	case padded*10 >= cells:
		return found(true, "white space stands around %s of the first %s", plural(padded, "cell"), count(cells))
	}
	return found(false, "white space stands around only %s of the first %s", plural(padded, "cell"), count(cells))
}

// shorten cuts text for a message, and makes it one line.
func shorten(s string, n int) string {
	b := []byte(s)
	if len(b) > n {
		b = append(wholeRunes(b[:n:n]), "…"...)
	}
	return string(bytes.ToValidUTF8(b, []byte("\ufffd")))
}
