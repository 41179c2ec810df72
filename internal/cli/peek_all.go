package cli

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/assay-dev/assay/internal/detect"
	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// peekAll writes a file as the engine reads it, one JSON object a line: the columns, then the values of each record.
type peekAll struct {
	table *tableReader
	out   *bufio.Writer
	line  []byte
	rows  int64
	found int64 // findings
	// Of a record that comes in parts: its first byte, and the bytes at the end of a part that begin a character.
	from int64
	cut  []byte
}

// all writes the whole file to s.out and gives the number of findings.
func (c *peekCmd) all(ctx context.Context, s *streams, p *sample) (found int64, err error) {
	bar := &progress{}
	if !isTerminal(s.outFile) {
		bar = newProgress(s, c.Files)
	}
	defer bar.done()
	bar.begin(p.in)
	dialect := p.reading.Dialect()
	dialect.Trim = false // nobody has declared it, and the cells are wanted as they are written
	t, err := newTableReader(ctx, p, dialect)
	if err != nil {
		return 0, err
	}
	a := &peekAll{table: t, out: bufio.NewWriterSize(s.out, sinkBytes)}
	if err := a.header(); err != nil {
		return 0, err
	}
	for {
		if err := t.next(ctx); errors.Is(err, io.EOF) {
			return a.found, a.out.Flush()
		} else if err != nil {
			return 0, err
		}
		if err := a.batch(); err != nil {
			return 0, err
		}
		bar.show(a.rows)
	}
}

func (a *peekAll) header() error {
	a.line = append(a.line[:0], `{"columns":[`...)
	a.strings(a.table.names)
	a.line = append(a.line, ']')
	if f := a.table.refused; f != nil {
		a.found++
		a.finding(string(f.Code), -1, f.Line, f.From, f.To, headerReason(f))
	}
	return a.end()
}

// headerReason gives why a header is refused.
func headerReason(f *flow.Fault) string {
	for _, d := range f.Details {
		if text, ok := d.Value.(string); ok && d.Name == "reason" {
			return text
		}
	}
	return f.Error()
}

// batch writes the batch's records in the order of the file.
func (a *peekAll) batch() error {
	b := &a.table.batch
	row := 0
	for i := range b.Findings {
		f := &b.Findings[i]
		for ; row < b.N && b.Index(row) < f.Row; row++ {
			if err := a.row(row); err != nil {
				return err
			}
		}
		if err := a.broken(f); err != nil {
			return err
		}
	}
	for ; row < b.N; row++ {
		if err := a.row(row); err != nil {
			return err
		}
	}
	return nil
}

// row writes a row that the engine takes, unless the file is refused.
func (a *peekAll) row(i int) error {
	b := &a.table.batch
	a.rows++
	a.line = append(a.line[:0], `{"values":[`...)
	for j := range b.Cols {
		if j > 0 {
			a.line = append(a.line, ',')
		}
		a.line = fault.AppendJSONString(a.line, b.Cols[j].Cell(i))
	}
	a.line = append(a.line, ']')
	if f := a.table.refused; f != nil {
		a.found++
		from, to := b.Range(i)
		a.finding(string(f.Code), b.Index(i), b.Line(i)+a.table.lines, a.table.place(from), a.table.place(to),
			"the header is refused, and with it the file: "+headerReason(f))
	}
	return a.end()
}

// broken writes a record that the engine refuses, with its cells as far as they can be told. One that is longer than the
// window is written part by part, as one cell.
func (a *peekAll) broken(f *flow.Finding) error {
	switch f.Part {
	case flow.First:
		a.from, a.cut = a.table.place(f.From), a.cut[:0]
		a.line = append(a.line[:0], `{"values":["`...)
		return a.part(f.Raw, false)
	case flow.Middle:
		a.line = a.line[:0]
		return a.part(f.Raw, false)
	case flow.Last:
		a.line = a.line[:0]
		if err := a.part(f.Raw, true); err != nil {
			return err
		}
		a.line = append(a.line[:0], `"]`...)
	case flow.Whole:
		a.from = a.table.place(f.From)
		a.line = append(a.line[:0], `{"values":[`...)
		a.strings(detect.Cells(a.table.dialect, a.table.bytes(f.From, f.To)))
		a.line = append(a.line, ']')
	}
	a.rows++
	a.found++
	a.finding(string(f.Code), f.Row, f.Line+a.table.lines, a.from, a.table.place(f.To), f.Reason)
	return a.end()
}

// part writes a part of a cell. A character that the part's end cuts waits for the next one.
func (a *peekAll) part(text []byte, last bool) error {
	text = append(a.cut, text...)
	whole := len(text)
	for n := 1; n < utf8.UTFMax && n <= len(text) && !last; n++ {
		if b := text[len(text)-n:]; utf8.RuneStart(b[0]) {
			if !utf8.FullRune(b) {
				whole = len(text) - n
			}
			break
		}
	}
	quoted := fault.AppendJSONString(nil, text[:whole])
	a.cut = append([]byte(nil), text[whole:]...)
	a.line = append(a.line, quoted[1:len(quoted)-1]...)
	_, err := a.out.Write(a.line)
	return err
}

// finding appends what is wrong with a record; row is -1 for the header.
func (a *peekAll) finding(code string, row, line, from, to int64, reason string) {
	a.line = append(a.line, `,"finding":{"code":`...)
	a.line = fault.AppendJSONString(a.line, code)
	a.line = append(a.line, `,"row":`...)
	if row < 0 {
		a.line = append(a.line, "null"...)
	} else {
		a.line = strconv.AppendInt(a.line, row, 10)
	}
	a.line = strconv.AppendInt(append(a.line, `,"line":`...), line, 10)
	a.line = strconv.AppendInt(append(a.line, `,"bytes":[`...), from, 10)
	a.line = strconv.AppendInt(append(a.line, ','), to, 10)
	a.line = append(a.line, `],"reason":`...)
	a.line = fault.AppendJSONString(a.line, reason)
	a.line = append(a.line, '}')
}

func (a *peekAll) strings(list []string) {
	for i, s := range list {
		if i > 0 {
			a.line = append(a.line, ',')
		}
		a.line = fault.AppendJSONString(a.line, s)
	}
}

func (a *peekAll) end() error {
	a.line = append(a.line, '}', '\n')
	_, err := a.out.Write(a.line)
	return err
}
