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
// order of the findings and the place of a flaw. So there are two scanners: a plain one, which says what is right, and a fast
// one on top of it, which callers get. Fuzzing holds the second to the first.
package csvarrow

import "github.com/assay-dev/assay/internal/flow"

// Scanner reads the chunks of one feed, one after the other, and keeps its memory between them. It is not for concurrent
// use: each lane has its own.
//
// What makes reading CSV slow is that nothing is known of a cell before the end of the one in front of it has been found, and
// that a processor cannot predict where that will be. So the rows of a block are read side by side. They end at line ends,
// which is a guess where there are quotes. Then come the columns, from the left: each row has a cursor at its next cell. A
// column of labels guesses from a few bytes which label it is, compares all of its bytes, and has the value and the cell's end
// at once; numbers and times are read digits first, wherever they end. Only of text is the end looked for. No row waits for
// another, so the processor works on many cells at a time, and each column is a loop over one kind of value.
//
// When the columns are through, every cursor must have come to its row's end, from delimiter to delimiter. A cell written in
// another way than expected (quoted, blank, an unknown label, a number of twenty digits) is cut alone, and its value made by
// the code of reference; a row that does not come out even is left to reference as a whole. Neither disturbs the rows beside
// it.
//
// As BenchmarkScan and BenchmarkOdd have it, on one core: 64 KiB of census rows take 42 ns a row with short labels and 59 ns with
// long ones, 5 times as fast as encoding/csv; with each hundredth cell quoted it is the same, with each fiftieth an unknown label 1.7
// times as long. One half of the time goes into labels, a fifth into line ends.
type Scanner struct {
	reference
	lanes
	inputs  []input // the columns of the input, in its order
	guesses map[guessed]*guesses
	vectors bool
}

// input is how the cells of one column of the input are read.
type input struct {
	read  func(*Scanner, *flow.Batch, []byte, *input)
	step  *step // nil: only the structure counts
	order uint32
	last  bool // of the row: its cells end where the row does, those of others before a delimiter
	known *guesses
	whole uint64 // a decimal's digits before the point are below this, and the powers of ten that make it a whole number
	unit  uint64
}

// New gives a scanner for a dialect that passes Check.
func New(d Dialect, l Limits) *Scanner {
	s := &Scanner{reference: *newReference(d, l), guesses: map[guessed]*guesses{}, vectors: hasVectors}
	s.Begin(nil)
	return s
}

// Begin starts a chunk: line 1, row 0. Whatever was left of the chunk before is forgotten, even if a call panicked; the plan
// stays bound.
func (s *Scanner) Begin(c *flow.Chunk) {
	s.reference.Begin(c)
	s.wary, s.penalty = false, 0
}

// Bind sets what the columns of the rows to come are. It copies p.
func (s *Scanner) Bind(p *Plan) {
	s.reference.Bind(p)
	s.inputs = s.inputs[:0]
	for i := range p.Columns {
		s.inputs = append(s.inputs, input{read: (*Scanner).skip, last: i == len(p.Columns)-1})
	}
	for i := range s.steps {
		st := &s.steps[i]
		s.bind(&s.inputs[st.input], st, uint32(i))
	}
}

func (s *Scanner) bind(in *input, st *step, order uint32) {
	in.step, in.order = st, order
	switch st.kind {
	case flow.Category:
		in.read, in.known = (*Scanner).labels, s.guess(guessed{st.Vocab, in.last})
	case flow.Int64:
		in.read = (*Scanner).ints
	case flow.Float64:
		in.read = (*Scanner).floats
	case flow.Decimal:
		in.read = (*Scanner).decimals
		in.whole, in.unit = decimalBounds(st.Col.Precision, st.Col.Scale)
	case flow.Date:
		in.read = (*Scanner).dates
	case flow.Timestamp:
		in.read = (*Scanner).timestamps
		if st.Col.Unit != "" {
			in.read = (*Scanner).ints
		}
	case flow.UUID:
		in.read = (*Scanner).uuids
	case flow.Bool:
		in.read = (*Scanner).bools
	default:
		in.read = (*Scanner).texts
	}
	if (st.kind != flow.String && st.kind != flow.Category) && (madeOf(s.dialect.Delimiter) || madeOf(s.dialect.Quote)) {
		in.read = (*Scanner).aparts
	}
}

// madeOf says that a byte can stand in a number, a time, a truth value or a UUID. Where cells end at such a byte, they have to be
// found before they are read.
func madeOf(c byte) bool {
	return c == '+' || c == '-' || c == '.' || c == ':' || c == ' ' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// guessed is what guesses are made for.
type guessed struct {
	vocab *Vocab
	last  bool // in the last column of a row
}

// guess gives the guesses for a column, which are kept: headers come again.
func (s *Scanner) guess(k guessed) *guesses {
	g := s.guesses[k]
	if g == nil {
		behind := string(rune(s.dialect.Delimiter))
		if k.last {
			behind = ""
		}
		g = newGuesses(s.spellings(k.vocab, behind), behind)
		s.guesses[k] = g
	}
	return g
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
	if s.giant.reason != "" {
		return s.reference.Next(b, window, last)
	}
	if err := s.open(b, window); err != nil {
		return 0, err
	}
	s.pause = 0
	at, more := 0, true
	for records := 0; more && records < b.Cap && len(b.Findings) < flow.MaxRows; {
		var n int
		if n, at = s.block(b, window, at, b.Cap-records); n > 0 {
			records += n
			continue
		}
		at, more = s.one(b, window, at, last, records == 0)
		records++
	}
	s.flush(b)
	s.close(b, window, at)
	return at, nil
}
