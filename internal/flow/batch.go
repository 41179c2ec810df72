package flow

// Row is where one well-formed record stands. Positions are relative to the batch, to keep the row small.
type Row struct {
	From, To uint32 // in Batch.Bytes, without the line end
	Index    uint32 // plus Batch.FirstRow: 0-based index among the chunk's data records, refused ones included
	Line     uint32 // plus Batch.FirstLine: 1-based line, the header is line 1
}

// Span is a range of Batch.Bytes.
type Span struct{ From, To uint32 }

// Batch is up to MaxRows rows of one chunk. Rows that the scanner refused are not among them: they stand in Findings only.
// Rows that a later stage refuses stay and have their bit set in Dead.
type Batch struct {
	Chunk *Chunk
	N     int // rows
	Cap   int // most rows: MaxRows, or fewer where there are very many columns

	Bytes  []byte // the window of the chunk that holds the rows
	Arena  []byte // cells whose quotes had to be undone
	Offset int64  // place of Bytes[0] in the decompressed chunk

	FirstRow  int64
	FirstLine int64
	Rows      []Row // Rows[:N]

	Cols  []Column  // the contract's columns, in its order, then those that reference sets add, in theirs
	Extra []Column  // the input's other columns, as strings
	Input []*Column // all columns of the input, in its order
	Out   []Column  // what scorers fill, in the order of the output

	// Cells holds, when WantCells is set, the raw cell ranges of all rows, quotes included: row i, input column j at
	// i*len(Input)+j.
	Cells     []Span
	WantCells bool

	Dead     Bitmap // rows refused by a stage after the scanner
	Flagged  Bitmap // rows with at least one flagged value
	Findings []Finding
}

// Reset empties the batch for the next rows of c.
func (b *Batch) Reset(c *Chunk) {
	b.Chunk, b.N = c, 0
	b.Arena = b.Arena[:0]
	b.Cells = b.Cells[:0]
	b.Findings = b.Findings[:0]
	if b.Rows == nil {
		b.Cap = MaxRows
		b.Rows = make([]Row, MaxRows)
		b.Dead, b.Flagged = NewBitmap(MaxRows), NewBitmap(MaxRows)
	}
	b.Dead.Fill(false)
	b.Flagged.Fill(false)
}

// Index gives the index of row i among the chunk's data records.
func (b *Batch) Index(i int) int64 { return b.FirstRow + int64(b.Rows[i].Index) }

// Line gives the line on which row i begins, from 1.
func (b *Batch) Line(i int) int64 { return b.FirstLine + int64(b.Rows[i].Line) }

// Raw gives the bytes of row i without its line end.
func (b *Batch) Raw(i int) []byte { return b.Bytes[b.Rows[i].From:b.Rows[i].To] }

// Range gives the byte range of row i in the decompressed chunk.
func (b *Batch) Range(i int) (from, to int64) {
	r := &b.Rows[i]
	return b.Offset + int64(r.From), b.Offset + int64(r.To)
}

// EOL gives the line end of row i as it stands in the input: LF, CRLF, CR, or nothing at the end of the chunk.
func (b *Batch) EOL(i int) []byte { return b.LineEnd(int(b.Rows[i].To)) }

// LineEnd gives the line end that stands in Bytes at place at, where a record ends.
func (b *Batch) LineEnd(at int) []byte {
	t := b.Bytes[at:]
	switch {
	case len(t) > 0 && t[0] == '\n':
		return t[:1]
	case len(t) > 1 && t[0] == '\r' && t[1] == '\n':
		return t[:2]
	case len(t) > 0 && t[0] == '\r':
		return t[:1]
	}
	return nil
}

// Find adds a finding for column col of row i; col may be nil. A dead finding refuses the row, any other flags it.
func (b *Batch) Find(i int, code Code, col *Column, dead bool) *Finding {
	if dead {
		b.Dead.Set(i)
	} else {
		b.Flagged.Set(i)
	}
	from, to := b.Range(i)
	b.Findings = append(b.Findings, Finding{
		Code: code, Slot: int32(i), Row: b.Index(i), Line: b.Line(i), From: from, To: to, Place: -1, Dead: dead,
	})
	f := &b.Findings[len(b.Findings)-1]
	if col != nil {
		f.Column = col.Field
		if col.Text != nil {
			f.Value = col.Cell(i)
		}
	}
	return f
}

// Unfind takes back the findings from the nth on, and what they have said of their rows: a stage that failed half-way is
// run again on the same batch.
func (b *Batch) Unfind(n int) {
	b.Findings = b.Findings[:n]
	b.Dead.Fill(false)
	b.Flagged.Fill(false)
	for i := range b.Findings {
		switch f := &b.Findings[i]; {
		case f.Slot < 0:
		case f.Dead:
			b.Dead.Set(int(f.Slot))
		default:
			b.Flagged.Set(int(f.Slot))
		}
	}
}
