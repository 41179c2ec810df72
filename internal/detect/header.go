package detect

import (
	"fmt"
	"slices"
)

// header says whether row h is a header, by what its cells are over what the columns hold. Each column has a vote: text over
// numbers speaks for a header, a number over numbers, or a text that comes again below, against one.
func (t *top) header(h int) Answer[bool] {
	t.setTyped(h)
	r := &t.rows[h]
	if len(r.values) != t.width {
		return found(true, "line %d holds names, though not as many as the lines below have cells", r.line)
	}
	if h+1 >= len(t.rows) {
		if t.names(h) {
			return found(true, "line %d, the only one, is text", r.line)
		}
		return found(false, "the only line holds values")
	}
	years := t.series(h)
	votes, why, whyNot, length := 0, "", "", ""
	for j, f := range r.forms {
		switch typed := t.typed[j]; {
		case f == blank || years && f == number:
		case typed < words && f == typed:
			votes--
			whyNot = orElse(whyNot, fmt.Sprintf("line %d holds %s in column %d as the lines below do", r.line, one(f), j+1))
		case typed < words:
			votes++
			why = orElse(why, fmt.Sprintf("line %d is text where column %d holds %s below", r.line, j+1, formNames[typed]))
		case f < words:
			votes--
			whyNot = orElse(whyNot, fmt.Sprintf("line %d holds %s in column %d, which is no name", r.line, one(f), j+1))
		case t.again(h, j):
			votes--
			whyNot = orElse(whyNot, fmt.Sprintf("%q on line %d comes again below in column %d", shorten(r.values[j], 20), r.line, j+1))
		default:
			if n := t.length(h, j); n > 0 && n != len(r.values[j]) {
				votes++
				length = orElse(length, fmt.Sprintf("line %d is %q where the first cells of column %d below all have %s", r.line,
					shorten(r.values[j], 20), j+1, plural(n, "byte")))
			}
		}
	}
	switch {
	case votes > 0:
		return found(true, "%s", orElse(why, length))
	case years && votes == 0:
		return found(true, "the numbers on line %d go up by equal steps behind a text: they are names", r.line)
	case votes < 0:
		return found(false, "%s", whyNot)
	case t.names(h):
		return found(true, "line %d holds different texts, none of which comes again below", r.line)
	}
	return found(false, "line %d has cells that are empty, equal or numbers, as no header has", r.line)
}

func orElse(s, other string) string {
	if s != "" {
		return s
	}
	return other
}

func one(f form) string {
	switch f {
	case number:
		return "a number"
	case moment:
		return "a date or time"
	case ident:
		return "a UUID"
	case truth:
		return "true or false"
	}
	return formNames[f]
}

// series says whether the numbers in row h are names: years or numbers of columns that go up by equal steps, behind at least
// one text.
func (t *top) series(h int) bool {
	last, step, n := 0, 0, 0
	for j, f := range t.rows[h].forms {
		if f != number {
			continue
		}
		var v int
		if _, err := fmt.Sscanf(t.rows[h].values[j], "%d", &v); err != nil || v < 0 || v > 9999 {
			return false
		}
		if n > 1 && v-last != step || n == 1 && v <= last {
			return false
		}
		last, step, n = v, v-last, n+1
	}
	return n >= 3 && n < t.width
}

// again says whether the text over column j comes again below it, in rows that are not the whole header again.
func (t *top) again(h, j int) bool {
	for i := h + 1; i < len(t.rows); i++ {
		if t.fits(i) && t.rows[i].values[j] == t.rows[h].values[j] && !slices.Equal(t.rows[i].values, t.rows[h].values) {
			return true
		}
	}
	return false
}

// length gives the length that all texts in column j have, or 0. It takes five texts to say so.
func (t *top) length(h, j int) int {
	length, n := 0, 0
	for i := h + 1; i < len(t.rows); i++ {
		if !t.fits(i) || t.rows[i].forms[j] == blank {
			continue
		}
		v := len(t.rows[i].values[j])
		if n > 0 && v != length {
			return 0
		}
		length, n = v, n+1
	}
	if n < 5 {
		return 0
	}
	return length
}

// units counts the rows behind the header that go on with it: text in every cell where the columns hold numbers or dates.
func (t *top) units(h int) int {
	n := 0
	for i := h + 1; i < len(t.rows) && n < maxUnits && t.fits(i); i++ {
		over, other := 0, 0
		for j, f := range t.rows[i].forms {
			if t.typed[j] >= words || f == blank {
				continue
			}
			if f == words || f == odd {
				over++
			} else {
				other++
			}
		}
		if over == 0 || other > 0 || slices.Equal(t.rows[i].values, t.rows[h].values) {
			break
		}
		n++
	}
	if h+n+2 >= len(t.rows) {
		return 0 // too few rows to tell a second header from a flaw
	}
	return n
}

// secondHeaders tells of the lines that go on with the header and keeps their cells out of the types.
func (r *Reading) secondHeaders(t *top, h int) {
	if len(t.rows[h].values) != t.width {
		return
	}
	n := t.units(h)
	for i := h + 1; i <= h+n; i++ {
		r.units[int64(t.rows[i].line)] = true
	}
	if n > 0 {
		x := &t.rows[h+1]
		r.add(Problem{Kind: KindMultiHeader, Text: fmt.Sprintf("the header seems to have %d rows: line %d is text where the columns hold numbers or dates", n+1, x.line),
			Guess: "units, or second names? The engine reads one header row, and this one as data: take it off"}, x.from)
	}
}

// unequalHeader tells of a header that has not as many names as the rows have cells.
func (r *Reading) unequalHeader(t *top, h int) {
	x := &t.rows[h]
	if x.flaw != sound || x.width == t.width || h+1 >= len(t.rows) {
		return
	}
	guess := "a name too many, or a column that the rows leave out?"
	if rows := t.rows[h+1:]; x.width < t.width {
		guess = "a name is missing, as R leaves out that of the row names, or a text holds an unquoted " + byteName(r.Delimiter.Value) + "?"
		if !slices.ContainsFunc(rows, func(r row) bool { return r.width == t.width && r.values[t.width-1] != "" }) {
			guess = "each row has a " + byteName(r.Delimiter.Value) + " at its end, where the header has none"
		}
	}
	r.add(Problem{Kind: KindHeader, Level: File, Text: fmt.Sprintf("the header has %s, most rows have %s", plural(x.width, "name"),
		plural(t.width, "cell")), Guess: guess}, x.to)
}
