package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/csvarrow"
	"github.com/assay-dev/assay/internal/detect"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/stream"
)

// tableReader reads a file of any size as the engine does, batch by batch, with every column as text. Places are those of the
// file: lines that were skipped count, and bytes are the file's own, whatever its charset.
type tableReader struct {
	// names are the header's, or column_1, column_2 … where there is none. When the header is refused, which refuses the file,
	// refused says why and names are its cells as far as they can be told; the rows behind it are read all the same.
	names   []string
	refused *flow.Fault
	batch   flow.Batch

	in      io.Reader // UTF-8, from the table on
	dialect csvarrow.Dialect
	limits  csvarrow.Limits
	scanner *csvarrow.Scanner
	places  charset.Places
	lines   int64 // in front of what the scanner calls line 1
	texts   int64 // the window's beginning, as the scanner counts bytes

	buf  []byte
	have int
	used int // of buf, by the batch
	last bool
}

// maxBatchCells bounds the memory of a batch where there are very many columns.
const maxBatchCells = 1 << 18

// newTableReader reads the sample's file from its beginning in a dialect.
func newTableReader(ctx context.Context, p *sample, dialect csvarrow.Dialect) (*tableReader, error) {
	r := p.reading
	_, line := r.Table()
	cs, mark := charset.Sniff(p.data, r.Charset.Value)
	t := &tableReader{
		dialect: dialect, limits: r.Limits(), scanner: csvarrow.New(dialect, r.Limits()),
		places: charset.NewPlaces(cs, int64(mark)), lines: int64(line) - 1, buf: make([]byte, stream.WindowBytes),
	}
	t.in = charset.NewReader(io.MultiReader(bytes.NewReader(p.data), bytes.NewReader(p.rest), p.in), cs)
	front := int64(r.Front())
	if front > 0 && cs == charset.UTF8 && r.Mark {
		front += 3 // the byte order mark, which is no part of the text; otherwise the scanner drops it
	}
	if err := t.skip(front); err != nil {
		return nil, fmt.Errorf("reading %s: %w", p.in.name, err)
	}
	var width int
	if !r.Header.Value {
		width = max(len(r.Columns), 1)
	}
	if err := t.header(ctx, width); err != nil {
		return nil, fmt.Errorf("reading %s: %w", p.in.name, err)
	}
	t.bind()
	return t, nil
}

// skip takes off the text in front of the table.
func (t *tableReader) skip(front int64) error {
	for front > 0 {
		n, err := t.in.Read(t.buf[:min(int64(len(t.buf)), front)])
		t.places.Show(t.buf[:n])
		t.places.Move(n)
		front -= int64(n)
		if err != nil && front > 0 {
			return err
		}
	}
	return nil
}

// header reads the header record, or makes names where there is none: width of them.
func (t *tableReader) header(ctx context.Context, width int) error {
	if width > 0 {
		t.nameless(width)
	}
	for {
		if err := t.fill(ctx); err != nil {
			return err
		}
		n, h, err := t.scanner.Header(t.buf[:t.have], t.last)
		switch {
		case h != nil:
			t.names, t.used = h.Names, n
			return nil
		case err == nil && len(t.buf) < stream.WindowBytesMax:
			t.grow()
			continue
		case err == nil:
			err = t.scanner.HeaderTooLong(t.buf[:t.have])
		}
		if !errors.As(err, &t.refused) {
			return err
		}
		t.behindRefused(n)
		return nil
	}
}

func (t *tableReader) nameless(width int) {
	t.names = make([]string, width)
	for i := range t.names {
		t.names[i] = fmt.Sprintf("column_%d", i+1)
	}
	t.scanner.NoHeader(t.names)
}

// behindRefused goes on behind a refused header, whose record ends at n, or nowhere in the window when n is 0.
func (t *tableReader) behindRefused(n int) {
	f := t.refused
	record := t.buf[f.From:f.To]
	f.Line += t.lines
	f.From, f.To = t.place(f.From), t.place(f.To)
	t.names = []string{}
	if n > 0 {
		t.names = detect.Cells(t.dialect, bytes.TrimPrefix(record, []byte("\ufeff")))
	}
	if t.used = n; len(t.names) == 0 {
		t.have, t.used, t.last = 0, 0, true
	}
}

// bind makes every column one of text.
func (t *tableReader) bind() {
	rows := min(flow.MaxRows, max(16, maxBatchCells/max(len(t.names), 1)))
	t.batch = flow.Batch{Cap: rows, Rows: make([]flow.Row, rows), Dead: flow.NewBitmap(rows), Flagged: flow.NewBitmap(rows)}
	t.batch.Cols = make([]flow.Column, len(t.names))
	plan := csvarrow.Plan{Columns: make([]csvarrow.Target, len(t.names))}
	for i, name := range t.names {
		t.batch.Cols[i] = flow.NewColumn(&flow.Field{Name: name}, rows, true)
		plan.Columns[i] = csvarrow.Target{Col: &t.batch.Cols[i], Order: i}
	}
	t.scanner.Bind(&plan)
}

// next reads the next batch, valid until the next call; io.EOF comes after the last one. A record that is longer than the
// greatest window comes as findings with parts.
func (t *tableReader) next(ctx context.Context) error {
	for {
		t.drop(t.used)
		if err := t.fill(ctx); err != nil {
			return err
		}
		n, err := t.scanner.Next(&t.batch, t.buf[:t.have], t.last)
		if err != nil {
			return err
		}
		t.used = n
		switch {
		case t.batch.N > 0 || len(t.batch.Findings) > 0:
			return nil
		case n > 0:
			continue // blank lines
		case t.last:
			return io.EOF
		case len(t.buf) < stream.WindowBytesMax:
			t.grow()
			continue
		}
		t.used, err = t.scanner.Giant(&t.batch, t.buf[:t.have], t.last)
		return err
	}
}

// place gives the file's byte for one that the scanner has given and that stands in the window.
func (t *tableReader) place(at int64) int64 { return t.places.Of(int(at - t.texts)) }

// bytes gives the window's text from one place of the scanner's to another.
func (t *tableReader) bytes(from, to int64) []byte { return t.buf[from-t.texts : to-t.texts] }

// drop takes used bytes from the front of the window.
func (t *tableReader) drop(used int) {
	t.places.Move(used)
	t.texts += int64(used)
	t.have = copy(t.buf, t.buf[used:t.have])
	t.places.Show(t.buf[:t.have])
	t.used = 0
}

func (t *tableReader) grow() {
	larger := make([]byte, 2*len(t.buf))
	copy(larger, t.buf[:t.have])
	t.buf = larger
}

func (t *tableReader) fill(ctx context.Context) error {
	if err := ctx.Err(); err != nil || t.last {
		return err
	}
	n, last, err := stream.Fill(t.in, t.buf[t.have:])
	t.have, t.last = t.have+n, last
	t.places.Show(t.buf[:t.have])
	return err
}
