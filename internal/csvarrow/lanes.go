package csvarrow

import (
	"bytes"
	"unicode/utf8"

	"github.com/assay-dev/assay/internal/flow"
)

const (
	// laneRows is how many rows are read side by side: so few that their text stays in the first-level cache, so many that
	// what a column costs besides its cells does not count.
	laneRows = 128
	// laneBytes bounds the text of a block where rows are long.
	laneBytes = 128 << 10
	// slack is how many bytes of the window are left behind the last row of a block, so that its cells can be read in
	// words. The rows at the end of a window are left to reference.
	slack = 96
)

// lanes are the rows of a block, while their cells are being read.
type lanes struct {
	size    int
	stand   []flow.Row            // where the rows stand: the batch's next ones, as if none of them were refused
	at      [laneRows]uint32      // the row's cursor: where its next cell begins
	from    [laneRows]uint32      // where its cell in the column at hand begins
	dead    [laneRows / 64]uint64 // rows that do not come out even; their cursors stand at their ends
	odds    []cell                // whose values are made when it is known which rows of the batch they belong to
	places  []oddPlace            // of the odd cells
	picked  [laneRows]uint8       // the prompt with which its label is compared
	wrong   [laneRows]uint64      // not 0 for rows whose labels were not guessed
	missed  [laneRows]uint8       // these rows
	starts  []uint32              // where each cell begins, column by column, if the batch wants cells
	wary    bool                  // rows may not end where their lines do
	next    int                   // what follows the rows, in the window
	endLine int64                 // on which that stands
	pause   int                   // so many records are for reference before the next block
	penalty int                   // how many these are when the next block comes to nothing
}

// oddPlace says of an odd cell its row in the block, its step, and its index in odds: in this order, so that sorted places give
// the order of findings.
type oddPlace uint64

const laneColumns = 1 << 16 // more are for reference: the parts of a place have 20, 20 and 24 bits

func (p oddPlace) row() int  { return int(p >> 44) }
func (p oddPlace) step() int { return int(p >> 24 & (1<<20 - 1)) }
func (p oddPlace) odd() int  { return int(p & (1<<24 - 1)) }

// block reads rows side by side, from w[at] on. It gives how many records these were, perhaps none, and the place behind them.
func (s *Scanner) block(b *flow.Batch, w []byte, at, most int) (records, next int) {
	if s.pause > 0 {
		s.pause--
		return 0, at
	}
	if s.collect(b, w, at, most); s.size == 0 {
		s.fail(0)
		return 0, at
	}
	s.flush(b) // rows that reference has read
	s.odds, s.places, s.starts, s.dead = s.odds[:0], s.places[:0], s.starts[:0], [laneRows / 64]uint64{}
	for i := range s.inputs {
		copy(s.from[:s.size], s.at[:s.size])
		if b.WantCells {
			s.starts = append(s.starts, s.at[:s.size]...)
		}
		in := &s.inputs[i]
		in.read(s, b, w, in)
		if in.step != nil && in.step.kind != flow.String && in.step.Col.Text != nil {
			s.views(in.step.Col.Text[b.N:], w)
		}
	}
	if records = s.settle(b, w); records == s.size {
		s.penalty = 0
	} else {
		s.fail(min(records, 1))
	}
	s.reset()
	s.first, s.mark = b.N, len(b.Findings)
	return records, s.next
}

// fail leaves the next records to reference: one, where the block has ended in front of it, and the more the more often blocks
// have come to an end like this, so that a chunk whose rows are hardly ever lines takes not much longer than reference alone.
func (s *Scanner) fail(records int) {
	const mostPenalty = 64
	s.pause = records + s.penalty
	s.penalty = min(2*s.penalty+1, mostPenalty)
}

// collect finds the block's rows. Once a chunk has shown line ends between quotes, a row with an odd number of quotes is left
// to reference, and the block ends in front of it: otherwise all that is read of the rows behind it would be for nothing.
func (s *Scanner) collect(b *flow.Batch, w []byte, at, most int) {
	s.size = 0
	if s.columns == 0 || s.columns > min(s.limits.Columns, laneColumns) {
		return
	}
	end := byte('\n')
	if s.loneCR {
		end = '\r'
	}
	bound := min(len(w)-slack, at+laneBytes, flow.MaxText)
	rows, line, index := b.Rows[b.N:], uint32(s.line-b.FirstLine), uint32(s.row-b.FirstRow)
	n := 0
	for most = min(most, laneRows, len(rows)); n < most && at < bound; {
		i := bytes.IndexByte(w[at:bound], end)
		if i < 0 {
			break
		}
		to, next := at+i, at+i+1
		if s.loneCR {
			if w[next] == '\n' {
				next++
			}
		} else if i > 0 && w[to-1] == '\r' {
			to--
		}
		if to == at { // a blank line
			line, at = line+1, next
			continue
		}
		if to-at > s.limits.FieldBytes {
			break
		}
		if s.wary && bytes.Count(w[at:to], []byte{s.dialect.Quote})%2 != 0 {
			break
		}
		rows[n] = flow.Row{From: uint32(at), To: uint32(to), Index: index + uint32(n), Line: line}
		s.at[n] = uint32(at)
		n, line, at = n+1, line+1, next
	}
	s.size, s.stand, s.next, s.endLine = n, rows[:n], at, b.FirstLine+int64(line)
}

// apart cuts the cell at the cursor of row r as reference does, moves the cursor behind it, and keeps it for settle. A row
// whose cell does not end before a delimiter, or the last one with the row, is dead.
func (s *Scanner) apart(w []byte, r int, in *input) {
	if s.isDead(r) {
		return
	}
	from, to := int(s.at[r]), int(s.stand[r].To)
	c, ok := s.cell(w, from, to)
	end := int(c.to)
	if !ok || in.last != (end == to) {
		s.kill(r)
		return
	}
	s.at[r] = uint32(end + 1)
	if in.step != nil {
		s.places = append(s.places, oddPlace(r)<<44|oddPlace(in.order)<<24|oddPlace(len(s.odds)))
		s.odds = append(s.odds, c)
	}
}

func (s *Scanner) kill(r int) {
	s.dead[r/64] |= 1 << (r % 64)
	s.at[r] = s.stand[r].To
}

func (s *Scanner) isDead(r int) bool { return s.dead[r/64]>>(r%64)&1 != 0 }

// cell cuts the cell at w[from], which ends before to or there, and reports whether it is well-formed.
func (s *Scanner) cell(w []byte, from, to int) (c cell, ok bool) {
	c = cell{from: uint32(from), at: uint32(from)}
	i := from
	if i < to && w[i] == s.dialect.Quote {
		s.lines, s.flaw.reason = 0, ""
		if i, c.form = s.inQuotes(w[:to], i); i == unterminated || s.lines > 0 || s.flaw.reason != "" {
			return c, false
		}
	} else {
	walk:
		for ; i < to; i++ {
			switch s.plain[w[i]] {
			case delimiter:
				break walk
			case quote, nul, lineFeed:
				return c, false
			}
		}
	}
	c.to = uint32(i)
	return c, (i == to || w[i] == s.dialect.Delimiter) && utf8.Valid(w[from:i])
}
