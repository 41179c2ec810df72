package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/assay-dev/assay/internal/csvarrow"
	"github.com/assay-dev/assay/internal/flow"
)

// cutter cuts a CSV file into chunks of whole rows, each with the header, by the same scanner that will read them.
type cutter struct {
	in      io.Reader
	scanner *csvarrow.Scanner
	batch   flow.Batch
	size    int
	header  []byte // line end included
	buf     []byte
	have    int
	last    bool
}

// maxChunk is the longest chunk that is made for the sake of one long row.
const maxChunk = 16 << 20

func newCutter(in io.Reader, size int) *cutter {
	c := &cutter{in: in, size: size, scanner: csvarrow.New(csvarrow.Dialect{}, csvarrow.Limits{}), buf: make([]byte, max(2*size, 64<<10))}
	c.scanner.Begin(&flow.Chunk{})
	return c
}

// next gives the next chunk, valid until the next call, and the number of its rows; io.EOF comes after the last one.
func (c *cutter) next() (chunk []byte, rows int, err error) {
	if c.header == nil {
		if err := c.readHeader(); err != nil {
			return nil, 0, err
		}
	}
	room := max(c.size-len(c.header), 1)
	used := 0
	for {
		if err := c.fill(); err != nil {
			return nil, 0, err
		}
		end := min(c.have, room)
		n, got, err := c.rows(c.buf[used:end], c.last && end == c.have)
		if err != nil {
			return nil, 0, err
		}
		used, rows = used+n, rows+got
		if n > 0 && used < end {
			continue // a batch is full before the window
		}
		if rows > 0 || c.last && end == c.have {
			break
		}
		if room >= maxChunk {
			return nil, 0, fmt.Errorf("a row is longer than %d bytes", maxChunk)
		}
		room *= 2 // one row that is longer than a chunk should be
		for len(c.buf) < room {
			c.buf = append(c.buf, make([]byte, len(c.buf))...)
		}
	}
	if rows == 0 {
		return nil, 0, io.EOF
	}
	chunk = append(append(make([]byte, 0, len(c.header)+used), c.header...), c.buf[:used]...)
	c.have = copy(c.buf, c.buf[used:c.have])
	return chunk, rows, nil
}

// rows consumes the whole records of one batch.
func (c *cutter) rows(window []byte, last bool) (n, rows int, err error) {
	c.batch.Reset(nil)
	n, err = c.scanner.Next(&c.batch, window, last)
	rows = c.batch.N
	for i := range c.batch.Findings {
		if c.batch.Findings[i].Slot < 0 {
			rows++
		}
	}
	return n, rows, err
}

func (c *cutter) readHeader() error {
	for {
		if err := c.fill(); err != nil {
			return err
		}
		n, h, err := c.scanner.Header(c.buf[:c.have], c.last)
		if err != nil {
			return err
		}
		if h == nil {
			if len(c.buf) >= maxChunk {
				return errors.New("the header does not end")
			}
			c.buf = append(c.buf, make([]byte, len(c.buf))...)
			continue
		}
		eol := h.EOL
		if len(eol) == 0 {
			eol = []byte("\n")
		}
		c.header = append(bytes.Clone(h.Raw), eol...)
		c.scanner.Bind(&csvarrow.Plan{Columns: make([]csvarrow.Target, len(h.Names))})
		c.have = copy(c.buf, c.buf[n:c.have])
		return nil
	}
}

func (c *cutter) fill() error {
	for c.have < len(c.buf) && !c.last {
		n, err := c.in.Read(c.buf[c.have:])
		c.have += n
		if errors.Is(err, io.EOF) {
			c.last = true
		} else if err != nil {
			return err
		}
	}
	return nil
}
