package csvarrow

import (
	"fmt"
	"math"
	"strconv"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// reference is the plain scanner: it cuts a record by walking from byte to byte, and makes values by parsing the texts of
// cells. It says what is right; Scanner must come to the same by other means, and lets it read what it does not understand.
type reference struct {
	dialect            Dialect
	limits             Limits
	plain, quoted      [256]byte // classes of bytes outside and inside quotes
	delimiters, quotes uint64    // the byte, eight times
	tall, wide         string    // reasons with the limits in them
	headless           *Header   // what Header gives when chunks have no header record, or nil

	columns int    // cells that a row must have
	steps   []step // the columns that have values, in the order of the contract

	// The chunk being read.
	chunk  *flow.Chunk
	offset int64 // of the next window in the decompressed chunk
	row    int64 // index of the next data record
	line   int64 // on which the next byte stands
	loneCR bool
	header *Header // of the last chunk: given again when it comes again
	giant  giant

	// The record being read.
	cells []cell // cells[used:][:n] of it, unless there are more than fit; those of the block's rows stand before
	n     int
	lines int // line ends inside its quotes
	flaw  flaw

	// The block: the batch's last rows, whose cells have not been made into values yet.
	used    int  // of cells
	first   int  // its first row in the batch
	mark    int  // its first finding in the batch
	odd     bool // it may have cells whose bytes are not their text
	order   []uint64
	sorted  []flow.Finding
	scratch []byte // relaxed keys

	ragged      string // the reason made last, and for how many cells
	raggedCells int
}

func newReference(d Dialect, l Limits) *reference {
	s := &reference{dialect: d.filled(), limits: l.filled()}
	s.plain, s.quoted = s.dialect.classes()
	s.delimiters, s.quotes = ones*uint64(s.dialect.Delimiter), ones*uint64(s.dialect.Quote)
	s.tall = "cell is longer than " + counted(s.limits.FieldBytes, "byte")
	s.wide = "row has more than " + counted(s.limits.Columns, "cell")
	s.cells = make([]cell, blockCells+s.limits.Columns+1)
	s.scratch = make([]byte, 0, 256)
	s.Begin(nil)
	return s
}

// Begin starts a chunk: line 1, row 0. Whatever was left of the chunk before is forgotten, even if a call panicked; the plan
// stays bound.
func (s *reference) Begin(c *flow.Chunk) {
	s.chunk, s.offset, s.row, s.line = c, 0, 0, 1
	s.loneCR, s.giant = false, giant{}
	s.reset()
}

// Bind sets what the columns of the rows to come are. It copies p.
func (s *reference) Bind(p *Plan) {
	s.columns = len(p.Columns)
	s.steps = p.appendSteps(s.steps[:0])
	s.ragged = ""
}

// Next is what Scanner.Next promises.
func (s *reference) Next(b *flow.Batch, window []byte, last bool) (n int, err error) {
	if err := s.open(b, window); err != nil {
		return 0, err
	}
	if s.giant.reason != "" {
		n = s.part(b, window, last)
	} else {
		n = s.rows(b, window, last)
	}
	s.close(b, window, n)
	return n, nil
}

// reset drops what a block may have left, as it does when a panic went through the last call.
func (s *reference) reset() { s.used, s.first, s.mark, s.odd = 0, 0, 0, false }

// open makes b ready for the records of the window.
func (s *reference) open(b *flow.Batch, window []byte) error {
	if len(window) > math.MaxInt32 {
		return fmt.Errorf("the window has %d bytes, views reach %d", len(window), math.MaxInt32)
	}
	b.Reset(s.chunk)
	b.Bytes, b.Offset, b.FirstRow, b.FirstLine = window, s.offset, s.row, s.line
	for i := range s.steps {
		s.steps[i].Col.Valid.Fill(true) // whoever fills it clears the bits of nulls
	}
	s.reset()
	return nil
}

// close ends what open began, after n bytes of the window.
func (s *reference) close(b *flow.Batch, window []byte, n int) {
	for i := range s.steps {
		s.steps[i].Col.Buffers = [2][]byte{window, b.Arena}
	}
	s.offset += int64(n)
}

func (s *reference) rows(b *flow.Batch, w []byte, last bool) int {
	at, more := 0, true
	for records := 0; more && records < b.Cap && len(b.Findings) < flow.MaxRows; records++ {
		at, more = s.one(b, w, at, last, records == 0)
	}
	s.flush(b)
	return at
}

// one reads the blank lines at w[at] and the record behind them, and gives the place behind that. It reports whether there
// was one that the batch has room for; the first one always has.
func (s *reference) one(b *flow.Batch, w []byte, at int, last, first bool) (int, bool) {
	at = s.blank(w, at, last)
	if at == len(w) {
		return at, false
	}
	end, next := s.record(w, at, last)
	if next == moreNeeded || !first && next > flow.MaxText {
		return at, false
	}
	s.validate(w, at, end)
	s.count(end)
	if s.flaw.reason == "" {
		s.accept(b, at, end)
	} else {
		s.refuse(b, at, end)
	}
	if s.used >= blockCells {
		s.flush(b)
	}
	s.row++
	s.line += int64(s.lines)
	if next > end {
		s.line++
	}
	return next, true
}

// blank skips blank lines, which are no records (CSV rule 4), and gives the place behind them.
func (s *reference) blank(w []byte, i int, last bool) int {
	for i < len(w) {
		switch {
		case w[i] == '\n':
			i++
		case w[i] == '\r' && i+1 < len(w) && w[i+1] == '\n':
			i += 2
		case w[i] == '\r' && s.loneCR && (i+1 < len(w) || last):
			i++
		default:
			return i
		}
		s.line++
	}
	return i
}

// accept makes the record at [from, to) of the window the next row of b and keeps its cells for the block.
func (s *reference) accept(b *flow.Batch, from, to int) {
	b.Rows[b.N] = flow.Row{
		From: uint32(from), To: uint32(to), Index: uint32(s.row - b.FirstRow), Line: uint32(s.line - b.FirstLine),
	}
	b.N++
	if b.WantCells {
		for _, c := range s.cells[s.used:][:s.n] {
			b.Cells = append(b.Cells, flow.Span{From: c.from, To: c.to})
		}
	}
	s.used += s.n
}

// refuse adds the finding of the record at [from, to) of the window.
func (s *reference) refuse(b *flow.Batch, from, to int) {
	b.Findings = append(b.Findings, flow.Finding{
		Code: fault.InvalidFile, Slot: -1, Dead: true, Row: s.row, Line: s.line,
		From: s.offset + int64(from), To: s.offset + int64(to), Place: s.offset + int64(s.flaw.place), Reason: s.flaw.reason,
	})
}

// FirstMalformed checks the structure of the rest of the chunk, which must stand in the window as a whole, and gives the
// finding of the first record that Next would refuse, or nil. It changes nothing: Next reads the same rows afterwards. It is
// the pass before anything is emitted where a contract says `malformed: chunk` (CSV rule 12).
func (s *reference) FirstMalformed(window []byte) *flow.Finding {
	row, line := s.row, s.line
	defer func() { s.row, s.line = row, line }()
	for at := s.blank(window, 0, true); at < len(window); at = s.blank(window, at, true) {
		end, next := s.record(window, at, true)
		s.validate(window, at, end)
		s.count(end)
		if s.flaw.reason != "" {
			var b flow.Batch
			s.refuse(&b, at, end)
			return &b.Findings[0]
		}
		s.row++
		s.line += int64(s.lines) + 1
		at = next
	}
	return nil
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}
