package encode

import (
	"strings"

	"pgregory.net/rapid"
)

// table is drawn CSV: the text of each cell and how it stands there are known without reading it.
type table struct {
	names  []string
	header string
	eol    string // of the header
	rows   []drawnRow
	batch  int // rows of a batch
}

type drawnRow struct {
	cells []drawnCell // nil for a record that the scanner refuses
	raw   string
	eol   string
	blank string // blank lines behind it
	fate  fate
}

type drawnCell struct{ raw, text string }

type fate uint8

const (
	live   fate = iota
	broken      // refused by the scanner
	dead        // refused by a later stage
)

// text is the table as CSV.
func (d *table) text() string {
	var b strings.Builder
	b.WriteString(d.header + d.eol)
	for _, r := range d.rows {
		b.WriteString(r.raw + r.eol + r.blank)
	}
	return b.String()
}

func (d *table) dead(row int64) bool { return d.rows[row].fate == dead }

// before gives the line end of the record before row i, which the last record gets when it has none.
func (d *table) before(i int) string {
	if i == 0 {
		return d.eol
	}
	return d.rows[i-1].eol
}

// drawTable draws a table of two to five columns, so that no record is a blank line. A cell has at most long bytes more than
// a handful of characters.
func drawTable(t *rapid.T, long int) *table {
	d := &table{batch: rapid.IntRange(1, 6).Draw(t, "batch")}
	columns := rapid.IntRange(2, 5).Draw(t, "columns")
	d.eol = rapid.SampledFrom([]string{"\n", "\r\n", "\r"}).Draw(t, "line end")
	ends := []string{"\n", "\r\n"}
	if d.eol == "\r" {
		ends = append(ends, "\r") // a lone CR ends a record only where it ends the header
	}
	var raw []string
	for k := range columns {
		name := strings.Repeat("c", k+1) + rapid.SampledFrom([]string{"", " x", ", y", ` "z"`}).Draw(t, "name")
		d.names, raw = append(d.names, name), append(raw, quoteCell(name))
	}
	d.header = strings.Join(raw, ",")
	n := rapid.IntRange(0, 20).Draw(t, "rows")
	for i := range n {
		r := drawnRow{
			eol:  rapid.SampledFrom(ends).Draw(t, "line end"),
			fate: rapid.SampledFrom([]fate{live, live, live, live, broken, dead}).Draw(t, "fate"),
		}
		if r.fate == broken {
			r.raw = rapid.SampledFrom([]string{`a "bare" quote,b`, "too,many,cells,for,the,header", "one", "\"open\"ed,2"}).Draw(t, "broken")
		} else {
			raw = raw[:0]
			for range columns {
				c := drawCell(t, long)
				r.cells, raw = append(r.cells, c), append(raw, c.raw)
			}
			r.raw = strings.Join(raw, ",")
		}
		if i == n-1 && rapid.Bool().Draw(t, "no line end") {
			r.eol = ""
		} else if rapid.IntRange(0, 9).Draw(t, "blank") == 0 {
			r.blank = r.eol
		}
		d.rows = append(d.rows, r)
	}
	return d
}

// drawCell draws a cell and how it is written: in quotes where it must be, and sometimes where it need not.
func drawCell(t *rapid.T, long int) drawnCell {
	text := rapid.OneOf(
		rapid.SampledFrom([]string{"", "7", "plain", "15–19 years", "a, b", `say "hi"`, "two\nlines", "a\rb\r\nc", "\t\\\x01\u2028", "exactly8", "longer than twelve"}),
		rapid.String(),
	).Draw(t, "cell")
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "?"), "\x00", "0")
	if long > 0 {
		text += strings.Repeat("x", rapid.IntRange(0, long).Draw(t, "long"))
	}
	c := drawnCell{raw: quoteCell(text), text: text}
	if c.raw == text && rapid.Bool().Draw(t, "quotes") {
		c.raw = `"` + text + `"`
	}
	return c
}

func quoteCell(text string) string {
	if strings.ContainsAny(text, ",\"\r\n") {
		return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	return text
}
