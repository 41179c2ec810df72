package detect

import (
	"fmt"
	"unicode/utf8"

	"github.com/assay-dev/assay/internal/csvarrow"
	"github.com/assay-dev/assay/internal/flow"
)

// maxBatchCells bounds the memory of a batch where there are very many columns.
const maxBatchCells = 1 << 18

// pass is one reading of the table with the engine's scanner.
type pass struct {
	*Reading
	scanner *csvarrow.Scanner
	walker  *walker // looks again at what the scanner has refused
	batch   flow.Batch
	tallies []*tally
	text    []byte // of the table
	at      int
	header  *csvarrow.Header // nil when it is malformed or there is none
	line    int64            // of the file, where the scanner says 1
	flaws   []flawed
	joined  int // where the second half of a broken row begins, once found
}

// profile reads the table, and says what its columns hold and which records are refused.
func (r *Reading) profile() {
	p := &pass{Reading: r, text: r.text[r.start:], line: int64(r.line)}
	p.walker = newWalker(r.Dialect(), p.text, r.Complete)
	p.walker.begin(0, r.line)
	names, ok := p.readHeader()
	if !ok {
		return
	}
	p.bind(names)
	p.read()
	r.Columns = propose(names, p.tallies, r)
	r.Key = chooseKey(r.Columns, r.Rows)
	p.explain()
	p.misfits()
}

// readHeader makes the scanner and gives the names of the columns. A malformed header is told; the rows behind it are then
// read all the same, so that as much as possible can be said of them.
func (p *pass) readHeader() (names []string, ok bool) {
	p.scanner = csvarrow.New(p.Dialect(), p.Limits())
	if !p.Header.Value {
		p.walker.loneCR = false // the engine takes a lone CR for a line end only where a header record ends in one
		names = p.nameless(nil)
		p.scanner.NoHeader(names)
		p.at, _, _ = p.scanner.Header(p.text, p.Complete)
		return names, true
	}
	n, h, err := p.scanner.Header(p.text, p.Complete)
	if err == nil && h != nil {
		p.at, p.header = n, h
		p.walker.loneCR = h.LoneCR
		return h.Names, true
	}
	head, _ := p.walker.record()
	if err == nil {
		p.add(Problem{Kind: KindHeader, Level: File, Text: "the header record does not end in the sample"}, head.from)
		return nil, false
	}
	if head.width == p.width {
		for _, c := range p.walker.cells {
			names = append(names, shorten(Visible(string(p.walker.value(c))), maxShown))
		}
	}
	p.malformedHeader(err, &head)
	p.at = n
	return p.nameless(names), n < len(p.text)
}

// nameless gives names, and for columns that have none such as tell no more than their places.
func (p *pass) nameless(names []string) []string {
	for i := len(names); i < p.width; i++ {
		names = append(names, fmt.Sprintf("column_%d", i+1))
	}
	return names
}

// bind makes every column one of text.
func (p *pass) bind(names []string) {
	rows := min(flow.MaxRows, max(16, maxBatchCells/max(len(names), 1)))
	p.batch = flow.Batch{
		Cap: rows, Rows: make([]flow.Row, rows), Dead: flow.NewBitmap(rows), Flagged: flow.NewBitmap(rows),
	}
	plan := csvarrow.Plan{Columns: make([]csvarrow.Target, len(names))}
	p.batch.Cols = make([]flow.Column, len(names))
	p.tallies = make([]*tally, len(names))
	memory := maxHashes
	for i, name := range names {
		p.batch.Cols[i] = flow.NewColumn(&flow.Field{Name: name}, rows, true)
		plan.Columns[i] = csvarrow.Target{Col: &p.batch.Cols[i], Order: i}
		p.tallies[i] = newTally(&memory)
	}
	p.scanner.Bind(&plan)
}

// read reads all rows. The scanner's error is for windows that no sample reaches.
func (p *pass) read() {
	for {
		n, err := p.scanner.Next(&p.batch, p.text[p.at:], p.Complete)
		if err != nil || n == 0 && p.batch.N == 0 && len(p.batch.Findings) == 0 {
			return
		}
		for i := range p.batch.Findings {
			p.refused(&p.batch.Findings[i])
		}
		p.rows()
		p.at += n
	}
}

// rows counts the batch's cells. Rows that repeat or go on with the header are rows, but say nothing about types.
func (p *pass) rows() {
	b := &p.batch
	p.Rows += int64(b.N)
	skip := map[int]bool{}
	for i := range b.N {
		switch line := p.line + b.Line(i) - 1; {
		case p.units[line]:
			skip[i] = true
		case p.header != nil && string(b.Raw(i)) == string(p.header.Raw):
			skip[i] = true
			from, _ := b.Range(i)
			p.note(KindSecondHeader, from, "this row is the header again",
				"files put together one behind the other? The row is read as data")
		}
	}
	for j := range b.Cols {
		c, y := &b.Cols[j], p.tallies[j]
		for i := range b.N {
			if len(skip) == 0 || !skip[i] {
				y.add(c.Cell(i), p.line+b.Line(i)-1)
			}
		}
	}
}

// refused notes a record that the scanner has refused, and what kind of flaw it has.
func (p *pass) refused(f *flow.Finding) {
	p.Refused++
	from, place := int(f.From), int(f.Place)
	p.walker.at, p.walker.line = from, int(p.line+f.Line-1)
	r, _ := p.walker.record()
	kind := KindRagged
	switch {
	case r.flaw != sound && r.place == place:
		kind = flawKinds[r.flaw]
	case !utf8.Valid(p.text[from:f.To]) && invalidAt(p.text[place:f.To]):
		kind = KindUTF8
	case r.width > p.Limits().Columns:
		kind = KindWide
	case r.width == len(p.tallies):
		kind = KindLong
	}
	if p.kinds[kind]++; p.kinds[kind] <= shownEach {
		p.flaws = append(p.flaws, flawed{kind: kind, record: r, place: place, reason: f.Reason, row: f.Row})
	}
}

func invalidAt(t []byte) bool {
	r, n := utf8.DecodeRune(t)
	return r == utf8.RuneError && n <= 1
}
