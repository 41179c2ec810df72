package csvarrow

import (
	"bytes"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// Header is the header record of a chunk. It is never changed after Header has given it, and the same pointer is given for
// each chunk that begins with the same bytes, so that a caller can keep what it has made of it.
type Header struct {
	Names    []string // as written, without quotes and escapes; not trimmed
	Raw      []byte   // the record without its line end: a copy
	EOL      []byte   // LF, CRLF, CR, or empty at the end of the chunk
	LoneCR   bool     // EOL is a lone CR, which then ends every record of the chunk
	Line     int64    // 1, or more after blank lines
	From, To int64    // the record's bytes in the decompressed chunk
}

const byteOrderMark = "\xef\xbb\xbf"

// NoHeader says that chunks have no header record (header: never) but columns with these names. Header then only skips the
// byte order mark and blank lines, and gives a header without bytes.
func (s *reference) NoHeader(names []string) { s.headless = &Header{Names: names} }

// Header consumes the byte order mark, leading blank lines and the header record, and gives the bytes consumed and the
// header. No bytes, no header and no error mean that more bytes are needed, which never happens when last says that none
// follow. The error is a *flow.Fault: the chunk has no header, or a malformed one (CSV rules 9 and 11). Behind a malformed one
// Bind and Next go on as if it were mended, for callers that want to tell what else a file has.
func (s *reference) Header(window []byte, last bool) (n int, h *Header, err error) {
	start := 0
	if bytes.HasPrefix(window, []byte(byteOrderMark)) {
		start = len(byteOrderMark)
	} else if !last && len(window) < len(byteOrderMark) && bytes.HasPrefix([]byte(byteOrderMark), window) {
		return 0, nil, nil
	}
	if s.headless != nil {
		n, h, err = s.skipToRows(window, start, last)
	} else {
		n, h, err = s.readHeader(window, start, last)
	}
	s.offset += int64(n)
	return n, h, err
}

func (s *reference) skipToRows(w []byte, start int, last bool) (int, *Header, error) {
	line := s.line
	at := s.blank(w, start, last)
	if at < len(w) && (last || at+1 < len(w) || w[at] != '\r') { // a line feed may follow
		return at, s.headless, nil
	}
	if last {
		return len(w), nil, s.noRecord(w, noRows)
	}
	s.line = line
	return 0, nil, nil
}

// readHeader reads the header record. Only when it has been found is it known whether a lone CR ends lines in this chunk. So
// it is first looked for as if it did; when the record then ends otherwise, CRs in front of it were its text.
func (s *reference) readHeader(w []byte, start int, last bool) (n int, h *Header, err error) {
	s.loneCR = true
	at, end, next := s.firstRecord(w, start, last)
	if at == len(w) && last {
		return len(w), nil, s.noRecord(w, noHeader)
	}
	if s.loneCR = next == end+1 && w[end] == '\r'; !s.loneCR && next != moreNeeded {
		at, end, next = s.firstRecord(w, start, last)
	}
	if next == moreNeeded {
		s.loneCR, s.line = false, 1
		return 0, nil, nil
	}
	s.validate(w, at, end)
	if s.flaw.reason != "" {
		err = s.badHeader(at, end)
	} else {
		h = s.same(w, at, end, next)
	}
	s.line += int64(s.lines)
	if next > end {
		s.line++
	}
	return next, h, err
}

// firstRecord reads the first record behind blank lines.
func (s *reference) firstRecord(w []byte, start int, last bool) (at, end, next int) {
	s.line = 1
	at = s.blank(w, start, last)
	if at == len(w) {
		return at, 0, moreNeeded
	}
	end, next = s.record(w, at, last)
	return at, end, next
}

// same gives the last chunk's header when this one is equal to it, or else a new one.
func (s *reference) same(w []byte, from, to, next int) *Header {
	h := s.header
	if h != nil && h.From == int64(from) && h.Line == s.line && bytes.Equal(h.Raw, w[from:to]) && bytes.Equal(h.EOL, w[to:next]) {
		return h
	}
	h = &Header{
		Names: make([]string, s.n), Raw: bytes.Clone(w[from:to]), EOL: bytes.Clone(w[to:next]),
		LoneCR: s.loneCR, Line: s.line, From: int64(from), To: int64(to),
	}
	for i, c := range s.cells[:s.n] {
		switch c.form {
		case bare:
			h.Names[i] = string(w[c.from:c.to])
		case wrapped:
			h.Names[i] = string(w[c.from+1 : c.to-1])
		case escaped:
			h.Names[i] = string(s.unescape(nil, w[c.from+1:c.to-1]))
		}
	}
	s.header = h
	return h
}

// badHeader is the fault of a malformed header. The reasons that speak of rows and cells are put in a header's words.
func (s *reference) badHeader(from, to int) *flow.Fault {
	reason := s.flaw.reason
	switch reason {
	case s.tall:
		reason = "name is longer than " + counted(s.limits.FieldBytes, "byte")
	case s.wide:
		reason = "header has more than " + counted(s.limits.Columns, "name")
	}
	return headerFault(s.line, from, to, s.flaw.place, reason)
}

// noRecord is the fault of a chunk that is empty or has only blank lines.
func (s *reference) noRecord(w []byte, reason string) *flow.Fault {
	return headerFault(1, 0, len(w), 0, reason)
}

// HeaderTooLong gives the fault of a chunk whose header record does not end in the window, which the caller will not make
// larger.
func (s *reference) HeaderTooLong(window []byte) *flow.Fault {
	return headerFault(1, 0, len(window), 0, "header is longer than "+counted(len(window), "byte"))
}

func headerFault(line int64, from, to, place int, reason string) *flow.Fault {
	return &flow.Fault{
		Code: fault.InvalidFile,
		Details: []flow.Detail{
			{Name: "line", Value: line}, {Name: "byte_offset", Value: int64(place)}, {Name: "reason", Value: reason},
		},
		Line: line, From: int64(from), To: int64(to), Stage: "DECODE",
	}
}
