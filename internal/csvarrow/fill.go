package csvarrow

import (
	"cmp"

	"github.com/apache/arrow/go/v17/arrow/decimal128"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// strings looks for empty cells of a required column; the texts are all in the views.
func (s *reference) strings(b *flow.Batch, st *step, c column) {
	at := 0
	for i := s.first; i < b.N; i++ {
		if cell := &c.cells[at]; cell.from == cell.to {
			s.missing(b, i, st, cell)
		}
		at += c.stride
	}
}

// categories fills a category column. A cell that is, byte by byte, a label needs nothing but the vocabulary.
func (s *reference) categories(b *flow.Batch, st *step, c column) {
	codes, at := st.Col.Codes, 0
	for i := s.first; i < b.N; i++ {
		cell := &c.cells[at]
		buf := c.buffer(cell)
		if code, ok := st.Vocab.exact(buf, int(cell.from), int(cell.to)); ok && cell.from < cell.to {
			codes[i] = code
		} else {
			s.category(b, i, st, cell, buf[cell.from:cell.to])
		}
		at += c.stride
	}
}

// category fills a cell that is empty or not, byte by byte, a label. Its code stays within the dictionary, or is
// that of kept cells, even where the cell is null or the row dead, because kernels read codes without asking.
func (s *reference) category(b *flow.Batch, i int, st *step, c *cell, t []byte) {
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
			s.missing(b, i, st, c)
			return
		case st.Empty == EmptyNull:
			setNull(col, i)
			return
		}
		if known, ok := st.Vocab.exact(t, 0, len(t)); ok {
			code, m = known, knownKey
		}
	}
	if m == knownKey {
		col.Codes[i] = code
		return
	}
	if st.Unknown == UnknownRejected {
		setNull(col, i)
		s.malformed(b, i, st, c, t)
		return
	}
	if st.UnknownCode < 0 {
		setNull(col, i)
	} else {
		col.Codes[i] = st.UnknownCode
	}
	if st.Unknown == UnknownKept {
		s.find(b, i, fault.DQUnknownEnum, st, c, t, false)
		return
	}
	f := s.find(b, i, fault.DQInvalidValue, st, c, t, false)
	if st.UnknownCode >= 0 && int(st.UnknownCode) < len(col.Labels) {
		f.MappedTo = col.Labels[st.UnknownCode]
	}
}

func setNull(col *flow.Column, i int) {
	col.Codes[i] = 0
	col.Valid.Clear(i)
}

// values fills a column of a type for which an empty cell is null.
func (s *reference) values(b *flow.Batch, st *step, c column) {
	at := 0
	for i := s.first; i < b.N; i++ {
		cell := &c.cells[at]
		s.value(b, i, st, cell, c.buffer(cell)[cell.from:cell.to])
		at += c.stride
	}
}

func (s *reference) value(b *flow.Batch, i int, st *step, c *cell, t []byte) {
	if parse(st.Col, st.kind, i, t) {
		return
	}
	st.Col.Valid.Clear(i)
	switch {
	case len(t) > 0:
		s.malformed(b, i, st, c, t)
	case st.Col.Required:
		s.missing(b, i, st, c)
	}
}

// parse puts the value of t into row i of col, zero if it has none, and reports whether it has one.
func parse(col *flow.Column, kind flow.Type, i int, t []byte) (ok bool) {
	if len(t) == 0 {
		zero(col, kind, i)
		return false
	}
	switch kind {
	case flow.Int64:
		col.Ints[i], ok = ParseInt64(t)
	case flow.Float64:
		col.Floats[i], ok = ParseFloat64(t, col.AllowNaN)
	case flow.Decimal:
		col.Decimals[i], ok = ParseDecimal(t, col.Precision, col.Scale)
	case flow.Date:
		col.Ints[i], ok = ParseDate(t)
	case flow.Timestamp:
		col.Ints[i], ok = ParseTimestamp(t, col.Unit)
	case flow.UUID:
		col.UUIDs[i], ok = ParseUUID(t)
	case flow.Bool:
		var v bool
		v, ok = ParseBool(t)
		col.Ints[i] = 0
		if v {
			col.Ints[i] = 1
		}
	}
	return ok
}

func zero(col *flow.Column, kind flow.Type, i int) {
	switch kind {
	case flow.Float64:
		col.Floats[i] = 0
	case flow.Decimal:
		col.Decimals[i] = decimal128.Num{}
	case flow.UUID:
		col.UUIDs[i] = [16]byte{}
	default:
		col.Ints[i] = 0
	}
}

func (s *reference) missing(b *flow.Batch, i int, st *step, c *cell) {
	s.find(b, i, fault.MissingField, st, c, nil, true)
}

func (s *reference) malformed(b *flow.Batch, i int, st *step, c *cell, t []byte) {
	expected := Expected(st.Col.Field)
	if st.kind == flow.Timestamp && st.Col.Unit == "" {
		expected = cmp.Or(nearlyTime(t), expected)
	}
	s.find(b, i, fault.InvalidFormat, st, c, t, true).Expected = expected
}
