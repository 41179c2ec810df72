package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/assay-dev/assay/internal/detect"
)

type peekCmd struct {
	Files []string `arg:"" optional:"" name:"file" help:"CSV files; gzip and zstd are decompressed; - is standard input."`
	Rows  int      `default:"10" placeholder:"N" help:"Show the first N rows (default: 10)."`
	JSON  bool     `help:"Print what was found out as one JSON line a file."`
	All   bool     `help:"With --json: print the whole file as the engine reads it, one JSON line a record."`

	dialectFlags `embed:""`
}

func (c *peekCmd) Run(ctx context.Context, s *streams) error {
	d, err := c.declared()
	switch {
	case err != nil:
		return err
	case c.Rows < 0:
		return usageError("--rows must be at least 0, not %d", c.Rows)
	case c.All && !c.JSON:
		return usageError("--all is for --json: assay peek --json --all FILE")
	case c.All && len(c.Files) > 1:
		return usageError("--all reads one file, not %d", len(c.Files))
	case len(c.Files) == 0 && isTerminal(s.inFile):
		return usageError("which file? assay peek people.csv, or - for standard input")
	case len(c.Files) == 0:
		c.Files = []string{stdio}
	}
	bad := false
	for i, name := range c.Files {
		found, err := c.file(ctx, s, name, i, d)
		if err != nil {
			return err
		}
		bad = bad || found
	}
	if bad {
		return &exitError{code: exitFindings}
	}
	return nil
}

// file looks at one file, the index-th of all, and reports whether the engine would refuse any of it.
func (c *peekCmd) file(ctx context.Context, s *streams, name string, index int, d detect.Declared) (found bool, err error) {
	p, err := s.sample(ctx, name, d)
	if err != nil {
		return false, err
	}
	defer func() {
		if e := p.in.close(); err == nil && e != nil {
			err = fmt.Errorf("reading %s: %w", p.in.name, e)
		}
	}()
	for _, x := range p.reading.Problems {
		found = found || x.Level >= detect.Row
	}
	if c.All {
		n, err := c.all(ctx, s, p)
		if err == nil {
			tellWhole(s, p)
		}
		return found || n > 0, err
	}
	rows, err := firstRows(ctx, p, c.Rows)
	if err != nil {
		return false, err
	}
	if c.JSON {
		e := json.NewEncoder(s.out)
		e.SetEscapeHTML(false)
		return found, e.Encode(newPeekDocument(p, rows))
	}
	return found, c.show(s, p, rows, index)
}

// firstRows gives the cells of the first n rows of the sample that the engine takes.
func firstRows(ctx context.Context, p *sample, n int) ([][]string, error) {
	rows := [][]string{}
	if n == 0 || len(p.reading.Columns) == 0 {
		return rows, nil
	}
	alone := &sample{in: &input{Reader: strings.NewReader(""), name: p.in.name}, data: p.data, reading: p.reading}
	t, err := newTableReader(ctx, alone, p.reading.Dialect())
	if err != nil {
		return nil, err
	}
	for {
		if err := t.next(ctx); errors.Is(err, io.EOF) {
			return rows, nil
		} else if err != nil {
			return nil, err
		}
		b := &t.batch
		for i := range b.N {
			if len(b.EOL(i)) == 0 && !p.reading.Complete {
				return rows, nil // the sample's end may cut it
			}
			row := make([]string, len(b.Cols))
			for j := range b.Cols {
				row[j] = string(b.Cols[j].Cell(i))
			}
			if rows = append(rows, row); len(rows) == n {
				return rows, nil
			}
		}
	}
}
