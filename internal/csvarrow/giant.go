package csvarrow

import (
	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// giant is a record that is longer than the caller's largest window. It is refused and leaves in parts, so that an
// unterminated quote in an endless file costs no memory (CSV rule 3).
type giant struct {
	reason string // of the refusal, or "" when no record is read in parts
	state  giantState
	begun  bool // the first part has been given
	lines  int  // line ends inside its quotes so far
}

// giantState is what the walk over a giant has to remember from one window to the next.
type giantState uint8

const (
	atCell    giantState = iota // the next byte begins a cell
	inText                      // in a cell without quotes, or behind a bare quote
	inQuoted                    // between quotes
	atEscape                    // between quotes, behind an escape
	behindEnd                   // behind a quote that closes the cell, unless another quote follows
)

// Giant refuses the record at the beginning of the window whatever its length, and gives its first part. A caller uses it
// instead of Next when Next has consumed nothing, last is not set, and the window can grow no more. The record's other parts
// come from Next, or from Giant, which is the same until its last one: one finding for each window. Part says which it is;
// Raw, From and To are the part's, Row and Line the record's. The last part may be empty. After it rows come as before.
//
// The record ends where its quotes say, as any other refused one; nothing else is checked. A window that is to make progress
// has at least two bytes, because a CR at its end waits for the next byte.
func (s *reference) Giant(b *flow.Batch, window []byte, last bool) (n int, err error) {
	if s.giant.reason == "" {
		s.giant.reason = "row is longer than " + counted(len(window), "byte")
	}
	return s.Next(b, window, last)
}

// part reads the next part of a giant.
func (s *reference) part(b *flow.Batch, w []byte, last bool) int {
	g := &s.giant
	end, next, done := s.walk(w, last)
	if end == 0 && !done {
		return 0
	}
	f := flow.Finding{
		Code: fault.InvalidFile, Slot: -1, Dead: true, Row: s.row, Line: s.line, From: s.offset, To: s.offset + int64(end),
		Place: -1, Reason: g.reason, Raw: w[:end],
	}
	switch {
	case done && !g.begun:
		f.Part = flow.Whole
	case done:
		f.Part = flow.Last
	case g.begun:
		f.Part = flow.Middle
	default:
		f.Part = flow.First
	}
	g.begun = true
	b.Findings = append(b.Findings, f)
	if done {
		s.row++
		s.line += int64(g.lines)
		if next > end {
			s.line++
		}
		*g = giant{}
	}
	return next
}

// walk goes on with the giant until its end or the window's. A CR at the end of a window waits for the next byte.
func (s *reference) walk(w []byte, last bool) (end, next int, done bool) {
	g, d := &s.giant, s.dialect
	for i, c := range w {
		if c == '\r' && i+1 == len(w) && !last {
			return i, i, false
		}
		crlf := c == '\r' && i+1 < len(w) && w[i+1] == '\n'
		if g.state == inQuoted || g.state == atEscape {
			if c == '\n' || c == '\r' && s.loneCR && !crlf {
				g.lines++
			}
			switch {
			case g.state == atEscape:
				g.state = inQuoted
			case c == d.Quote:
				g.state = behindEnd
			case c == d.Escape:
				g.state = atEscape
			}
			continue
		}
		switch {
		case c == d.Quote && (g.state == atCell || g.state == behindEnd && d.Escape == d.Quote):
			g.state = inQuoted
		case c == d.Delimiter:
			g.state = atCell
		case c == '\n':
			return i, i + 1, true
		case crlf:
			return i, i + 2, true
		case c == '\r' && s.loneCR:
			return i, i + 1, true
		default:
			g.state = inText
		}
	}
	return len(w), len(w), last
}
