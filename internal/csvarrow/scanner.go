// Package csvarrow turns CSV bytes into the columns of a batch, by the rules of the CSV specification: structure, text,
// dictionary codes and typed values in one pass, with a finding for whatever is odd. It does no I/O; the caller brings the
// bytes, either a whole chunk or, for an endless file, one window after the other.
//
// How a chunk is read:
//
//	s.Begin(chunk)
//	n, h, err := s.Header(window, last) // until h or err
//	s.Bind(plan)                         // made from h; not needed when h is the same pointer as before
//	n, err = s.Next(batch, window, last) // until last and nothing is consumed or found
//
// All that a caller sees is windows, batches and findings, and what they hold is fixed by the rules alone, down to the
// order of the findings and the place of a flaw. So another scanner with the same methods can stand in for this one.
package csvarrow

import (
	"fmt"
	"math"
	"strconv"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// Scanner reads the chunks of one feed, one after the other, and keeps its memory between them. It is not for concurrent
// use: each lane has its own.
type Scanner struct {
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

// New gives a scanner for a dialect that passes Check.
func New(d Dialect, l Limits) *Scanner {
	s := &Scanner{dialect: d.filled(), limits: l.filled()}
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
func (s *Scanner) Begin(c *flow.Chunk) {
	s.chunk, s.offset, s.row, s.line = c, 0, 0, 1
	s.loneCR, s.giant = false, giant{}
	s.reset()
}

// Bind sets what the columns of the rows to come are. It copies p.
func (s *Scanner) Bind(p *Plan) {
	s.columns = len(p.Columns)
	s.steps = p.appendSteps(s.steps[:0])
	s.ragged = ""
}

// Next decodes whole records from the window into b, which it resets: until the batch is full (b.Cap records, refused ones
// included, flow.MaxRows findings, or flow.MaxText bytes, but at least one record), until the window's last whole record, or,
// when last says that no bytes follow the window, until its end. It gives the bytes consumed, line ends included. The next
// window begins there.
//
// The values go into the columns of the plan, with room for b.Cap rows, and are valid until the next call. Columns of the
// contract that the input lacks are not touched.
//
// Nothing consumed, no row and no finding mean that more bytes are needed, or, when last is set, that the chunk has been
// read. When more bytes are needed but the window has reached the caller's bound, see Giant. The error is for a window of
// 2 GiB or more, whose text no view can point into.
func (s *Scanner) Next(b *flow.Batch, window []byte, last bool) (n int, err error) {
	if len(window) > math.MaxInt32 {
		return 0, fmt.Errorf("the window has %d bytes, views reach %d", len(window), math.MaxInt32)
	}
	s.open(b, window)
	s.reset()
	if s.giant.reason != "" {
		n = s.part(b, window, last)
	} else {
		n = s.rows(b, window, last)
	}
	for i := range s.steps {
		s.steps[i].Col.Buffers = [2][]byte{window, b.Arena}
	}
	s.offset += int64(n)
	return n, nil
}

// reset drops what a block may have left, as it does when a panic went through the last call.
func (s *Scanner) reset() { s.used, s.first, s.mark, s.odd = 0, 0, 0, false }

// open makes b ready for the records of the window.
func (s *Scanner) open(b *flow.Batch, window []byte) {
	b.Reset(s.chunk)
	b.Bytes, b.Offset, b.FirstRow, b.FirstLine = window, s.offset, s.row, s.line
	for i := range s.steps {
		s.steps[i].Col.Valid.Fill(true) // fill clears the bits of nulls
	}
}

func (s *Scanner) rows(b *flow.Batch, w []byte, last bool) int {
	at := 0
	for records := 0; records < b.Cap && len(b.Findings) < flow.MaxRows; records++ {
		at = s.blank(w, at, last)
		if at == len(w) {
			break
		}
		end, next := s.record(w, at, last)
		if next == moreNeeded || records > 0 && next > flow.MaxText {
			break
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
		at = next
	}
	s.flush(b)
	return at
}

// blank skips blank lines, which are no records (CSV rule 4), and gives the place behind them.
func (s *Scanner) blank(w []byte, i int, last bool) int {
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
func (s *Scanner) accept(b *flow.Batch, from, to int) {
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
func (s *Scanner) refuse(b *flow.Batch, from, to int) {
	b.Findings = append(b.Findings, flow.Finding{
		Code: fault.InvalidFile, Slot: -1, Dead: true, Row: s.row, Line: s.line,
		From: s.offset + int64(from), To: s.offset + int64(to), Place: s.offset + int64(s.flaw.place), Reason: s.flaw.reason,
	})
}

// FirstMalformed checks the structure of the rest of the chunk, which must stand in the window as a whole, and gives the
// finding of the first record that Next would refuse, or nil. It changes nothing: Next reads the same rows afterwards. It is
// the pass before anything is emitted where a contract says `malformed: chunk` (CSV rule 12).
func (s *Scanner) FirstMalformed(window []byte) *flow.Finding {
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
