package encode

import "bytes"

// cellStyle is how cells of CSV output are written: as those of the input.
type cellStyle struct {
	delimiter, quote byte
	escape           byte // what stands before a quote inside quotes: the quote itself where quotes are doubled
}

func (l *Layout) style() cellStyle {
	s := cellStyle{l.Delimiter, l.Quote, l.Escape}
	if s.escape == 0 {
		s.escape = s.quote
	}
	return s
}

// append appends text as one cell, in quotes when it must be.
func (s cellStyle) append(dst, text []byte) []byte {
	if bytes.IndexByte(text, s.delimiter) < 0 && bytes.IndexByte(text, s.quote) < 0 && bytes.IndexByte(text, '\n') < 0 && bytes.IndexByte(text, '\r') < 0 {
		return append(dst, text...)
	}
	dst = append(dst, s.quote)
	for _, c := range text {
		if c == s.quote || c == s.escape {
			dst = append(dst, s.escape)
		}
		dst = append(dst, c)
	}
	return append(dst, s.quote)
}

// end appends the line end of a record that begins at from. A cell of the input may end in a CR without being in quotes. As the
// record's last one it needs them: with a line feed behind it the CR would belong to the line end.
func (s cellStyle) end(dst []byte, from int, eol []byte) []byte {
	if n := len(dst); n > from && dst[n-1] == '\r' && string(eol) == "\n" {
		cells := s.split(dst[from:])
		last := cells[len(cells)-1]
		dst = s.append(dst[:n-len(last)], bytes.Clone(last))
	}
	return append(dst, eol...)
}

// split gives the cells of a well-formed record as they stand there, quotes included.
func (s cellStyle) split(record []byte) [][]byte {
	var cells [][]byte
	from, quoted := 0, false
	for i := 0; i < len(record); i++ {
		switch c := record[i]; {
		case quoted && c == s.escape && s.escape != s.quote:
			i++ // the next byte is text
		case c == s.quote:
			quoted = !quoted // a doubled one closes and opens
		case c == s.delimiter && !quoted:
			cells = append(cells, record[from:i])
			from = i + 1
		}
	}
	return append(cells, record[from:])
}

// lineEnd gives a line end that outlives the window in which it was found.
func lineEnd(eol []byte) []byte {
	switch string(eol) {
	case "\r\n":
		return crlf
	case "\r":
		return cr
	}
	return lf
}

var lf, crlf, cr = []byte("\n"), []byte("\r\n"), []byte("\r")
