package csvarrow

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/assay-dev/assay/internal/flow"
)

// tb is what a test, a fuzz target and a property have in common.
type tb interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// scanner is what both scanners do.
type scanner interface {
	Begin(*flow.Chunk)
	NoHeader(names []string)
	Header(window []byte, last bool) (int, *Header, error)
	HeaderTooLong(window []byte) *flow.Fault
	Bind(*Plan)
	Next(b *flow.Batch, window []byte, last bool) (int, error)
	Giant(b *flow.Batch, window []byte, last bool) (int, error)
	FirstMalformed(window []byte) *flow.Finding
}

// bothScanners calls f with each of the two.
func bothScanners(d Dialect, l Limits, f func(name string, s scanner)) {
	f("fast", New(d, l))
	f("plain", newReference(d, l))
}

// reading reads chunks with one scanner and one batch, as a lane does, and writes down everything that comes out. What it
// writes must not depend on how the chunk was cut into windows, nor on which scanner reads: it has all.
type reading struct {
	s         scanner // that reads now, or read last
	plain     scanner
	fast      []scanner // with the processor's vectors, where it has some, and without
	d         Dialect
	b         flow.Batch
	plan      *Plan                                   // made from the first header when nil
	fields    map[string]func() (*flow.Field, Target) // by header name; any other column is a string
	out       bytes.Buffer
	texts     bytes.Buffer   // of all cells, unquoted
	found     []flow.Finding // all of them
	spans     [][2]int64     // header, rows and refused records, as they came
	backwards bool           // the contract's order of columns is the other way round
	giant     int            // largest window, 0 is no bound
}

// structureOnly names columns of which nobody wants the values.
const structureOnly = "structure only"

func newReading(d Dialect, l Limits) *reading {
	s := New(d, l)
	return &reading{s: s, fast: []scanner{s, withoutVectors(d, l)}, plain: newReference(d, l), d: d.filled()}
}

func withoutVectors(d Dialect, l Limits) *Scanner {
	s := New(d, l)
	s.vectors = false
	return s
}

func (r *reading) bind(h *Header) {
	if r.plan != nil && len(r.plan.Columns) == len(h.Names) {
		r.s.Bind(r.plan)
		return
	}
	p := &Plan{Columns: make([]Target, len(h.Names))}
	r.b.Input = make([]*flow.Column, len(h.Names))
	for i, name := range h.Names {
		f, t := &flow.Field{Type: flow.String}, Target{Order: i}
		if name == structureOnly {
			continue
		}
		if column := r.fields[name]; column != nil {
			f, t = column()
		}
		if f.Name = name; r.backwards {
			t.Order = -i
		}
		c := flow.NewColumn(f, flow.MaxRows, true)
		t.Col, r.b.Input[i] = &c, &c
		p.Columns[i] = t
	}
	r.plan = p
	r.s.Bind(p)
}

// read gives everything that comes out of input, cut before each of the bytes at cuts. The scanners must agree on it, and on
// the same with so much behind it that none of it stands at the window's end, where they are the same.
func (r *reading) read(t tb, input []byte, cuts ...int) string {
	t.Helper()
	r.agree(t, append(bytes.Clone(input), tail...), cuts...)
	return r.agree(t, input, cuts...)
}

const tail = "\n\nThe quick brown fox jumps over the lazy dog and, having arrived, over another one.\n"

func (r *reading) agree(t tb, input []byte, cuts ...int) string {
	t.Helper()
	r.s = r.plain
	want := r.readOnce(t, input, cuts...)
	more := r.more()
	for _, r.s = range r.fast {
		if got := r.readOnce(t, input, cuts...); got != want {
			t.Fatalf("%q of %+v cut at %v\n%s", input, r.d, cuts, parting(got, want))
		}
		if got := r.more(); got != more {
			t.Fatalf("%q of %+v cut at %v\n%s", input, r.d, cuts, parting(got, more))
		}
	}
	return want
}

// parting gives the lines where two texts part.
func parting(fast, plain string) string {
	a, b := strings.Split(fast, "\n"), strings.Split(plain, "\n")
	i := 0
	for i < min(len(a), len(b))-1 && a[i] == b[i] {
		i++
	}
	return fmt.Sprintf("line %d\nfast:  %s\nplain: %s", i, a[i], b[i])
}

// more writes what else the scanners must agree on: the order of the findings and the texts of typed cells.
func (r *reading) more() string {
	for i := range r.found {
		f := &r.found[i]
		column := ""
		if f.Column != nil {
			column = f.Column.Name
		}
		fmt.Fprintf(&r.texts, "%d %s %s\n", f.Row, column, f.Code)
	}
	return r.texts.String()
}

func (r *reading) readOnce(t tb, input []byte, cuts ...int) string {
	t.Helper()
	r.out.Reset()
	r.texts.Reset()
	r.spans, r.found = r.spans[:0], r.found[:0]
	r.b.WantCells = true
	r.s.Begin(&flow.Chunk{})
	pos, end := 0, 0
	more := func() {
		if end == len(input) {
			t.Fatalf("more bytes are wanted at %d, but there are none", pos)
		}
		end++
		for _, c := range cuts {
			if c >= end {
				end = c
				return
			}
		}
		end = len(input)
	}
	if len(cuts) > 0 {
		end = cuts[0]
	} else {
		end = len(input)
	}
	var h *Header
	for h == nil {
		n, got, err := r.s.Header(input[pos:end], end == len(input))
		if err != nil {
			r.fault(t, err)
			return r.out.String()
		}
		if pos += n; got == nil {
			more()
		}
		h = got
	}
	fmt.Fprintf(&r.out, "header line %d [%d:%d] eol %q %q\n", h.Line, h.From, h.To, h.EOL, h.Names)
	if h.Raw != nil {
		r.spans = append(r.spans, [2]int64{h.From, h.To})
	}
	r.bind(h)
	for {
		last := end == len(input)
		n, err := r.s.Next(&r.b, input[pos:end], last)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 && r.b.N == 0 && len(r.b.Findings) == 0 {
			if last {
				break
			}
			if r.giant > 0 && end-pos >= r.giant {
				if n, err = r.s.Giant(&r.b, input[pos:end], false); err != nil || n == 0 {
					t.Fatalf("a giant of %d bytes, %v", n, err)
				}
			} else {
				more()
				continue
			}
		}
		r.note(t, input)
		pos += n
	}
	if pos != len(input) {
		t.Fatalf("%d of %d bytes were read", pos, len(input))
	}
	return r.out.String()
}

func (r *reading) fault(t tb, err error) {
	var f *flow.Fault
	if !errors.As(err, &f) || f.Stage != "DECODE" || f.Code != "INVALID_FILE" {
		t.Fatalf("got %#v, want a fault", err)
	}
	fmt.Fprintf(&r.out, "fault line %v @%v %v\n", f.Details[0].Value, f.Details[1].Value, f.Details[2].Value)
}

// note writes down the batch, rows and findings merged in the order of the rows.
func (r *reading) note(t tb, input []byte) {
	b := &r.b
	f := b.Findings
	r.found = append(r.found, f...)
	for i := range b.N {
		for len(f) > 0 && f[0].Row < b.Index(i) {
			r.finding(t, input, &f[0])
			f = f[1:]
		}
		from, to := b.Range(i)
		if !bytes.Equal(b.Raw(i), input[from:to]) {
			t.Fatalf("row %d is not where its range says", b.Index(i))
		}
		r.spans = append(r.spans, [2]int64{from, to})
		fmt.Fprintf(&r.out, "row %d line %d [%d:%d]", b.Index(i), b.Line(i), from, to)
		for j, c := range b.Input {
			raw := b.Cells[i*len(b.Input)+j]
			if j > 0 && b.Bytes[raw.From-1] != r.d.Delimiter {
				t.Fatalf("cell %d of row %d does not begin behind a delimiter", j, b.Index(i))
			}
			fmt.Fprintf(&r.texts, "[%d:%d]", b.Offset+int64(raw.From), b.Offset+int64(raw.To))
			if c == nil {
				continue
			}
			fmt.Fprintf(&r.out, " %s", value(c, i))
			fmt.Fprintf(&r.texts, "%q ", c.Cell(i))
		}
		r.out.WriteByte('\n')
		r.texts.WriteByte('\n')
	}
	for i := range f {
		r.finding(t, input, &f[i])
	}
}

func (r *reading) finding(t tb, input []byte, f *flow.Finding) {
	if f.Slot >= 0 {
		fmt.Fprintf(&r.out, "  found %d %s %s @%d %q", f.Row, f.Code, f.Column.Name, f.Place, f.Value)
		if f.Expected != "" {
			fmt.Fprintf(&r.out, " expected %s", f.Expected)
		}
		if f.MappedTo != "" {
			fmt.Fprintf(&r.out, " became %s", f.MappedTo)
		}
		if i := int(f.Slot); f.Dead && !r.b.Dead.Get(i) || !f.Dead && !r.b.Flagged.Get(i) {
			t.Fatalf("the bit of row %d is not set", f.Row)
		}
		r.out.WriteByte('\n')
		return
	}
	if !f.Dead || f.Code != "INVALID_FILE" {
		t.Fatalf("refused record with %+v", f)
	}
	if f.Part != flow.Whole || f.Raw != nil {
		if !bytes.Equal(f.Raw, input[f.From:f.To]) {
			t.Fatalf("part of row %d is not where its range says", f.Row)
		}
	}
	r.spans = append(r.spans, [2]int64{f.From, f.To})
	fmt.Fprintf(&r.out, "refused %d line %d [%d:%d] @%d %s", f.Row, f.Line, f.From, f.To, f.Place, f.Reason)
	if f.Part != flow.Whole {
		fmt.Fprintf(&r.out, " (part %d)", f.Part)
	}
	r.out.WriteByte('\n')
}

// value writes a column's value of row i, the text of strings and the value of everything else.
func value(c *flow.Column, i int) string {
	if c.Type == flow.String {
		return fmt.Sprintf("%q", c.Cell(i))
	}
	if !c.Valid.Get(i) {
		return "null"
	}
	switch c.Type {
	case flow.Category:
		return c.Label(i)
	case flow.Float64:
		return fmt.Sprint(c.Floats[i])
	case flow.Decimal:
		return c.Decimals[i].ToString(c.Scale)
	case flow.UUID:
		return hex.EncodeToString(c.UUIDs[i][:])
	}
	return fmt.Sprint(c.Ints[i])
}

// lines joins lines as reading writes them.
func lines(l ...string) string { return strings.Join(l, "\n") + "\n" }

// everyCut reads input whole and then cut in two at every byte, and gives what came out, which must be the same.
func (r *reading) everyCut(t tb, input []byte) string {
	t.Helper()
	want := r.read(t, input)
	for cut := range input {
		if got := r.read(t, input, cut); got != want {
			t.Fatalf("%q cut at %d:\n%swhole:\n%s", input, cut, got, want)
		}
	}
	return want
}
