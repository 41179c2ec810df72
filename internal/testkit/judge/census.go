package judge

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// The codes with which the judge's input must be refused.
const (
	codeInvalid = "INVALID_FILE"
	codeMissing = "MISSING_COLUMNS"
	codeUnknown = "DQ_INVALID_VALUE"
)

// columns are, in the contract's order, the census variables with values from their vocabulary, collapsed labels and raw ones. The table is the
// judge's own: taken from the specification, not from the product's mapping file.
var columns = []struct {
	name   string
	labels []string
}{
	{"AGE_GROUP", []string{"Child", "Youth", "Early career", "Mid career", "Senior", "25-29 years"}},
	{"SEX", []string{"Male", "Female"}},
	{"MARITAL_STATUS", []string{"Partnered", "Single", "Never married"}},
	{"HOUSEHOLD_ROLE", []string{"Family head", "Child", "Other family", "Non-family", "Lone person"}},
	{"INCOME", []string{"No income", "Low", "Mid", "High", "Very high", "$1,000-$1,249 ($52,000-$64,999)", "Nil income"}},
	{"EDUCATION", []string{"Bachelor or higher", "Diploma or certificate", "Year 12", "Year 11 or below"}},
	{"OCCUPATION", []string{"Managers and professionals", "Trades and technical", "Clerical and service", "Not in employment"}},
	{"INDUSTRY", []string{"Knowledge services", "Primary and industrial", "Other / Not employed", "Professional, Scientific and Technical Services"}},
	{"LABOUR_FORCE", []string{"Full-time employed", "Unemployed", "Not in labour force", "Employed, worked part-time"}},
}

// unknown are values that no vocabulary has.
var unknown = []string{"$5K-$10K", "thirty", "Martian", "n/a, really", "übrig"}

// notes fill a column that the feed does not know and must carry on.
var notes = []string{"", "", "", "plain", "with, comma", "two\nlines", `said "yes"`, "日本語 ✓"}

// notStatedLow is how many values must be not stated for a low confidence.
const notStatedLow = 3

// maxDeadRows keeps a chunk's faults within the events that are published one by one.
const maxDeadRows = 100

func newChunk(r *rand.Rand, p Plan, id string, partition int32) *Chunk {
	c := &Chunk{ID: id, Partition: partition, Offset: -1}
	if r.Float64() < p.Bad {
		c.refuse(r)
		return c
	}
	eol, start, blanks := "\n", "", false
	rows := p.Rows/2 + r.IntN(p.Rows+1)
	if r.Float64() < p.Odd {
		switch r.IntN(5) {
		case 0:
			eol = "\r\n"
		case 1:
			start = "\uFEFF"
		case 2:
			rows = 0
		case 3:
			blanks = true
		case 4:
			c.Tombstone = true
			return c
		}
	}
	c.header(r)
	w := writer{chunk: c, eol: eol, line: 1}
	w.text(start)
	w.text(string(c.Header))
	w.end()
	dead := 0
	for i := range rows {
		if blanks && r.IntN(4) == 0 {
			w.end()
		}
		row := newRow(r, p, c, fmt.Sprintf("%s-r%04d", id, i))
		if dead < maxDeadRows && r.Float64() < p.Dead {
			row.spoil(r)
			dead++
		}
		w.row(row)
		if i < rows-1 || r.IntN(3) > 0 { // the last line end may be missing
			w.end()
		}
	}
	c.Value = []byte(w.out.String())
	return c
}

// header gives the chunk its column names: the id first or last, the variables rotated, an extra column at the end.
func (c *Chunk) header(r *rand.Rand) {
	turn := r.IntN(len(columns))
	for i := range columns {
		c.Names = append(c.Names, columns[(i+turn)%len(columns)].name)
	}
	if r.IntN(4) == 0 {
		c.Names = append(c.Names, "id")
	} else {
		c.Names = append([]string{"id"}, c.Names...)
	}
	c.Names = append(c.Names, "NOTE")
	c.Header = []byte(strings.Join(c.Names, ","))
}

// refuse makes the chunk one that must be refused whole.
func (c *Chunk) refuse(r *rand.Rand) {
	switch r.IntN(3) {
	case 0:
		c.Code, c.Value = codeMissing, []byte("id,SEX\n"+strings.Repeat(c.ID+"-r0000,Male\n", 200)) // some kilobytes
	case 1:
		c.Code, c.Value = codeInvalid, []byte("id,S\"EX\n"+c.ID+"-r0000,Male\n")
	case 2:
		c.Code, c.Value = codeInvalid, []byte{}
	}
}

func newRow(r *rand.Rand, p Plan, c *Chunk, id string) *Row {
	row := &Row{ID: id}
	spoiled := 0
	if r.Float64() < p.Flagged {
		spoiled = 1 + r.IntN(2)
	}
	values := map[string]string{"id": id, "NOTE": notes[r.IntN(len(notes))]}
	notStated := 0
	for i, col := range columns {
		v := col.labels[r.IntN(len(col.labels))]
		switch {
		case spoiled > 0 && r.IntN(len(columns)-i) < spoiled: // spreads them evenly over the columns left
			spoiled--
			v = unknown[r.IntN(len(unknown))]
			row.Flags = append(row.Flags, flagged{col.name, v})
			notStated++
		case r.IntN(20) == 0:
			v = []string{"", "Not stated", "  "}[r.IntN(3)]
			notStated++
		}
		values[col.name] = v
	}
	row.Low = notStated >= notStatedLow
	cells := make([]string, len(c.Names))
	for i, name := range c.Names {
		row.Cells = append(row.Cells, values[name])
		cells[i] = quote(r, values[name])
	}
	row.Text = []byte(strings.Join(cells, ","))
	return row
}

// quote writes a cell, in quotes where it must be and sometimes where it need not.
func quote(r *rand.Rand, v string) string {
	if strings.ContainsAny(v, ",\"\n\r") || r.IntN(50) == 0 {
		return `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
	}
	return v
}

// spoil makes the row one that must die.
func (row *Row) spoil(r *rand.Rand) {
	row.Dead, row.Flags = codeInvalid, nil
	switch r.IntN(4) {
	case 0:
		row.Text = []byte(row.ID + ",Male")
	case 1:
		row.Text = append(row.Text, ",one,too,many"...)
	case 2:
		row.Text = append(row.Text, `,bare"quote`...)
	case 3:
		row.Text = append(row.Text, 0)
	}
}

// writer lays rows out in a chunk and notes where they stand.
type writer struct {
	chunk *Chunk
	out   strings.Builder
	eol   string
	line  int
}

func (w *writer) text(s string) { w.out.WriteString(s) }

func (w *writer) end() {
	w.text(w.eol)
	w.line++
}

func (w *writer) row(row *Row) {
	row.Line, row.From = w.line, w.out.Len()
	w.out.Write(row.Text)
	row.To = w.out.Len()
	w.line += strings.Count(string(row.Text), "\n")
	w.chunk.Rows = append(w.chunk.Rows, *row)
}
