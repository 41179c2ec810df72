package csvarrow

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// model reads a chunk by the rules with regular expressions and hindsight, one cell after the other, and writes what
// reading writes for columns of strings. It is slow and has nothing in common with the scanner but the rules.
type model struct {
	d      Dialect
	l      Limits
	in     []byte
	loneCR bool

	unclosed, closed, escapes *regexp.Regexp
	cellEnd, lineEnd          *regexp.Regexp

	// The record read last.
	texts  []string
	reason string
	place  int
	extra  int // where the first cell stands that the header has not
}

func newModel(d Dialect, l Limits, in []byte) *model {
	m := &model{d: d.filled(), l: l.filled(), in: in}
	q, e := regexp.QuoteMeta(string(m.d.Quote)), regexp.QuoteMeta(string(m.d.Escape))
	inner, cut := `(?:[^`+q+`]|`+q+q+`)*`, ``
	if q != e {
		inner, cut = `(?:[^`+q+e+`]|`+e+`.)*`, e+`?`
	}
	m.unclosed = regexp.MustCompile(`(?s)^` + q + inner + cut + `$`)
	m.closed = regexp.MustCompile(`(?s)^` + q + inner + q)
	m.escapes = regexp.MustCompile(`(?s)` + e + `(.)`)
	m.lone(true)
	return m
}

// lone sets whether a lone CR ends a line.
func (m *model) lone(on bool) {
	ends := `\r\n|\n`
	if m.loneCR = on; on {
		ends += `|\r`
	}
	m.lineEnd = regexp.MustCompile(ends)
	m.cellEnd = regexp.MustCompile(regexp.QuoteMeta(string(m.d.Delimiter)) + `|` + ends)
}

func (m *model) read() string {
	var out strings.Builder
	start := 0
	if bytes.HasPrefix(m.in, []byte(byteOrderMark)) {
		start = 3
	}
	from := m.skip(start)
	if from == len(m.in) {
		return "fault line 1 @0 there is no header row\n"
	}
	to, next := m.record(from, 0)
	if string(m.in[to:next]) != "\r" {
		m.lone(false)
		from = m.skip(start)
		to, next = m.record(from, 0)
	}
	if m.reason != "" {
		reason := strings.NewReplacer("row", "header", "cells", "names", "cell ", "name ").Replace(m.reason)
		if !strings.Contains(reason, "longer") && !strings.Contains(reason, "more") {
			reason = m.reason
		}
		return fmt.Sprintf("fault line %d @%d %s\n", m.line(from), m.place, reason)
	}
	names := len(m.texts)
	fmt.Fprintf(&out, "header line %d [%d:%d] eol %q %q\n", m.line(from), from, to, m.in[to:next], m.texts)
	for row, at := 0, m.skip(next); at < len(m.in); row, at = row+1, m.skip(next) {
		to, next = m.record(at, names)
		if m.reason != "" {
			fmt.Fprintf(&out, "refused %d line %d [%d:%d] @%d %s\n", row, m.line(at), at, to, m.place, m.reason)
			continue
		}
		fmt.Fprintf(&out, "row %d line %d [%d:%d]", row, m.line(at), at, to)
		for _, t := range m.texts {
			fmt.Fprintf(&out, " %q", t)
		}
		out.WriteByte('\n')
	}
	return out.String()
}

// skip gives the place behind blank lines.
func (m *model) skip(at int) int {
	for {
		e := m.lineEnd.FindIndex(m.in[at:])
		if e == nil || e[0] > 0 {
			return at
		}
		at += e[1]
	}
}

// line counts the line ends in front of a place.
func (m *model) line(at int) int { return 1 + len(m.lineEnd.FindAll(m.in[:at], -1)) }

func (m *model) flaw(reason string, place int) {
	if m.reason == "" || place < m.place {
		m.reason, m.place = reason, place
	}
}

// record reads the record at from. With names it must have so many cells.
func (m *model) record(from, names int) (to, next int) {
	m.texts, m.reason = nil, ""
	for at := from; ; {
		end := m.cell(at)
		if len(m.texts) == m.l.Columns+1 {
			m.flaw(fmt.Sprintf("row has more than %d cells", m.l.Columns), at)
		}
		if end-at > m.l.FieldBytes {
			m.flaw(fmt.Sprintf("cell is longer than %d bytes", m.l.FieldBytes), at)
		}
		if len(m.texts) == names+1 {
			m.extra = at
		}
		to, next = end, end
		if end == len(m.in) {
			break
		}
		if at = end + 1; m.in[end] != m.d.Delimiter {
			next = end + m.lineEnd.FindIndex(m.in[end:])[1]
			break
		}
	}
	for i, r := range string(m.in[from:to]) { // a string gives U+FFFD, of which no bytes are there, for what is invalid
		if r == utf8.RuneError && !bytes.HasPrefix(m.in[from+i:to], []byte("\ufffd")) {
			m.flaw("invalid UTF-8", from+i)
			break
		}
	}
	if n := len(m.texts); names > 0 && n != names && m.reason == "" {
		place := to
		if n > names {
			place = m.extra
		}
		s := "s"
		if n == 1 {
			s = ""
		}
		m.flaw(fmt.Sprintf("row has %d cell%s, the header has %d", n, s, names), place)
	}
	return to, next
}

// cell reads the cell at from and gives its end.
func (m *model) cell(from int) int {
	rest, quoted, text := m.in[from:], 0, ""
	if len(rest) > 0 && rest[0] == m.d.Quote {
		if m.unclosed.Match(rest) {
			m.flaw("quote is never closed", from)
			quoted = len(rest)
		} else {
			quoted = m.closed.FindIndex(rest)[1]
			text = m.escapes.ReplaceAllString(string(rest[1:quoted-1]), "$1")
		}
	}
	end := len(m.in)
	if e := m.cellEnd.FindIndex(rest[quoted:]); e != nil {
		end = from + quoted + e[0]
	}
	tail := m.in[from+quoted : end]
	if quoted > 0 && len(tail) > 0 {
		m.flaw("text after a closing quote", from+quoted)
	}
	if i := bytes.IndexByte(tail, m.d.Quote); i >= 0 {
		m.flaw("quote inside an unquoted cell", from+quoted+i)
	}
	if i := bytes.IndexByte(m.in[from:end], 0); i >= 0 {
		m.flaw("NUL byte", from+i)
	}
	if quoted == 0 {
		text = string(tail)
	}
	m.texts = append(m.texts, text)
	return end
}

// corpus is what the fuzz targets start from: each rule in its plainest broken and unbroken form.
var corpus = []string{
	"a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n", "a,b\r1,2\r3\r", "a,b\n\"x,\"\"y\"\"\",\"1\r\n2\"\n", "a,b\n1\"x,2\n\"1\"x,\"2\n3,4\n",
	"\xef\xbb\xbf\n\r\na,b\n\n1,2\n", "a,b\n1,\"2\n3,4\n", "a,b\n1,\x00\n\xff,2\n\xc3\xa9,\xe2\x82\n", "a,b\n1\n1,2,3\n,\n",
	"\r\"x,\"\ny\"\n1,2\n", "a\n\"x\\\"y\"\n\\\n\"\\", "a;b\n'x;''y';\"\n", "", "\r\r", "a,b\r\"1\r\n2\r\",x\r\ry,z", "a,a,a,a,a,a\n",
	"a,b\n12345678,\"1234567\"\n123456789,2\n", "a,b\n1,2\r", "a,b\n1,\"2\"\r\n\"3\"\r,4\n",
}

var dialects = []Dialect{
	{}, {Escape: '\\'}, {Delimiter: ';', Quote: '\''}, {Delimiter: '\t'}, {Delimiter: '|', Quote: '|' + 1, Escape: '^'},
}

// FuzzScan holds the scanner against the model, and every byte of a chunk to one place: the byte order mark, the header, a
// row, a refused record or a line end.
func FuzzScan(f *testing.F) {
	for i, in := range corpus {
		f.Add([]byte(in), byte(i), uint16(i))
	}
	f.Fuzz(func(t *testing.T, in []byte, kind byte, cut uint16) {
		if len(in) > 4096 {
			t.Skip("the model is slow")
		}
		d, l := dialects[int(kind)%len(dialects)], Limits{}
		if kind >= 128 {
			l = Limits{FieldBytes: 8, Columns: 5}
		}
		r := newReading(d, l)
		got := r.read(t, in, int(cut)%(len(in)+1))
		if want := newModel(d, l, in).read(); got != want {
			t.Fatalf("%q of %+v\ngot:\n%swant:\n%s", in, d, got, want)
		}
		if !strings.HasPrefix(got, "fault") {
			r.tile(t, in)
		}
	})
}

// tile fails when what stands between the header, rows and refused records is anything but line ends, or they overlap.
func (r *reading) tile(t tb, in []byte) {
	t.Helper()
	at := int64(0)
	if bytes.HasPrefix(in, []byte(byteOrderMark)) {
		at = 3
	}
	for _, s := range append(r.spans, [2]int64{int64(len(in)), 0}) {
		if s[0] < at {
			t.Fatalf("%q: %v overlap", in, r.spans)
		}
		if gap := bytes.Trim(in[at:s[0]], "\r\n"); len(gap) > 0 {
			t.Fatalf("%q: %q is nowhere", in, gap)
		}
		at = s[1]
	}
}

// TestEveryCut cuts the corpus in two at every byte.
func TestEveryCut(t *testing.T) {
	for _, in := range corpus {
		for _, d := range dialects {
			newReading(d, Limits{FieldBytes: 8, Columns: 5}).everyCut(t, []byte(in))
		}
	}
}
