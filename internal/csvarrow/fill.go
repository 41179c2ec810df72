package csvarrow

import (
	"bytes"

	"github.com/apache/arrow/go/v17/arrow/decimal128"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// Numbers of the buffers that the views of a text column point into.
const (
	inWindow int32 = iota
	inArena
)

// fill puts the cells of the record just read into row i of the columns. Columns come in the order of the contract, so that
// findings need no sorting. All validity bits have been set before.
func (s *Scanner) fill(b *flow.Batch, w []byte, i int) {
	for k := range s.steps {
		st := &s.steps[k]
		c := &s.cells[st.input]
		col := st.Col
		buf, from, to, which := w, int(c.from), int(c.to), inWindow
		if c.form != bare {
			from, to = from+1, to-1
			if c.form == escaped {
				start := len(b.Arena)
				b.Arena = s.unescape(b.Arena, w[from:to])
				buf, from, to, which = b.Arena, start, len(b.Arena), inArena
			}
		}
		if s.dialect.Trim {
			from, to = trim(buf, from, to)
		}
		if col.Text != nil {
			col.Text[i].SetView(buf, from, to, which)
		}
		t := buf[from:to]
		switch st.kind {
		case flow.String:
			if len(t) == 0 && col.Required {
				s.missing(b, i, st, t)
			}
		case flow.Category:
			if code, ok := st.Vocab.exact(buf, from, to); ok && len(t) > 0 {
				col.Codes[i] = code
			} else {
				s.category(b, i, st, t)
			}
		default:
			s.value(b, i, st, t)
		}
	}
}

// value fills the types for which an empty cell is null.
func (s *Scanner) value(b *flow.Batch, i int, st *step, t []byte) {
	col := st.Col
	empty, ok := len(t) == 0, false
	var n int64
	switch st.kind {
	case flow.Float64:
		var v float64
		if !empty {
			v, ok = ParseFloat64(t, col.AllowNaN)
		}
		col.Floats[i] = v
	case flow.Decimal:
		var v decimal128.Num
		if !empty {
			v, ok = ParseDecimal(t, col.Precision, col.Scale)
		}
		col.Decimals[i] = v
	case flow.UUID:
		var v [16]byte
		if !empty {
			v, ok = ParseUUID(t)
		}
		col.UUIDs[i] = v
	default:
		if !empty {
			n, ok = parseInts(t, st.kind, col.Unit)
		}
		col.Ints[i] = n
	}
	if ok {
		return
	}
	col.Valid.Clear(i)
	switch {
	case !empty:
		s.malformed(b, i, st, t)
	case col.Required:
		s.missing(b, i, st, t)
	}
}

// parseInts reads the types whose values stand in Column.Ints.
func parseInts(t []byte, kind flow.Type, unit string) (int64, bool) {
	switch kind {
	case flow.Bool:
		v, ok := ParseBool(t)
		if v {
			return 1, ok
		}
		return 0, ok
	case flow.Date:
		return ParseDate(t)
	case flow.Timestamp:
		return ParseTimestamp(t, unit)
	default:
		return ParseInt64(t)
	}
}

// category fills a cell that is not, byte by byte, a label. Its code stays within the dictionary, because kernels read
// codes without asking for validity.
func (s *Scanner) category(b *flow.Batch, i int, st *step, t []byte) {
	col := st.Col
	code, m := int16(0), blankKey
	if len(t) > 0 {
		code, m = st.Vocab.relax(t, &s.scratch)
	}
	if m == blankKey {
		switch {
		case st.Empty >= 0:
			col.Codes[i] = st.Empty
			return
		case col.Required:
			setNull(col, i)
			s.missing(b, i, st, t)
			return
		case st.Empty == EmptyNull:
			setNull(col, i)
			return
		}
		if c, ok := st.Vocab.exact(t, 0, len(t)); ok {
			code, m = c, knownKey
		}
	}
	if m == knownKey {
		col.Codes[i] = code
		return
	}
	if st.Unknown == UnknownRejected {
		setNull(col, i)
		s.malformed(b, i, st, t)
		return
	}
	if st.UnknownCode < 0 {
		setNull(col, i)
	} else {
		col.Codes[i] = st.UnknownCode
	}
	if st.Unknown == UnknownKept {
		s.find(b, i, fault.DQUnknownEnum, st, t, false)
		return
	}
	f := s.find(b, i, fault.DQInvalidValue, st, t, false)
	if st.UnknownCode >= 0 && int(st.UnknownCode) < len(col.Labels) {
		f.MappedTo = col.Labels[st.UnknownCode]
	}
}

func setNull(col *flow.Column, i int) {
	col.Codes[i] = 0
	col.Valid.Clear(i)
}

func (s *Scanner) missing(b *flow.Batch, i int, st *step, t []byte) {
	s.find(b, i, fault.MissingField, st, t, true)
}

func (s *Scanner) malformed(b *flow.Batch, i int, st *step, t []byte) {
	s.find(b, i, fault.InvalidFormat, st, t, true).Expected = Expected(st.Col.Field)
}

// find adds a finding about the cell with text t. Its place is where the cell begins.
func (s *Scanner) find(b *flow.Batch, i int, code flow.Code, st *step, t []byte, dead bool) *flow.Finding {
	f := b.Find(i, code, nil, dead)
	f.Column, f.Value, f.Place = st.Col.Field, t, b.Offset+int64(s.cells[st.input].from)
	return f
}

// unescape appends the text between two quotes to dst, without its escapes.
func (s *Scanner) unescape(dst, t []byte) []byte {
	for {
		i := bytes.IndexByte(t, s.dialect.Escape)
		if i < 0 || i+1 >= len(t) {
			return append(dst, t...)
		}
		dst = append(dst, t[:i]...)
		dst = append(dst, t[i+1])
		t = t[i+2:]
	}
}

func trim(buf []byte, from, to int) (int, int) {
	for from < to && (buf[from] == ' ' || buf[from] == '\t') {
		from++
	}
	for to > from && (buf[to-1] == ' ' || buf[to-1] == '\t') {
		to--
	}
	return from, to
}
