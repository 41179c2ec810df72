package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/assay-dev/assay/internal/csvarrow"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/stream"
)

// cutter cuts a CSV file into chunks of whole rows, each with the header if there is one, by the same scanner that will read them.
// Rows keep their bytes, refused ones too; blank lines between chunks are dropped.
type cutter struct {
	in      io.Reader
	scanner *csvarrow.Scanner
	batch   flow.Batch
	size    int    // of a chunk, header included, unless one row is longer
	header  []byte // line end included; empty where the contract has none
	begun   bool   // the header has been read
	lines   int64  // before the window
	width   int    // cells of the header
	refused int    // rows that cannot be read; they are in their chunks all the same
	buf     []byte
	have    int
	last    bool
	chunk   []byte
}

// maxChunk is the longest chunk that is made for the sake of one long row.
const maxChunk = 16 << 20

// newCutter gives the cutter of a file that is written as a contract says.
func newCutter(in io.Reader, size int, contract *feed.Contract) *cutter {
	c := &cutter{in: in, size: size, scanner: engine.NewScanner(contract, csvarrow.Limits{}), buf: make([]byte, max(size, 64<<10))}
	c.scanner.Begin(&flow.Chunk{})
	return c
}

// next gives the next chunk, valid until the next call, and the number of its rows; io.EOF comes after the last one.
func (c *cutter) next() (chunk []byte, rows int, err error) {
	if !c.begun {
		if err := c.readHeader(); err != nil {
			return nil, 0, err
		}
	}
	base := max(c.size-len(c.header), 1)
	for window := base; ; {
		if window > len(c.buf) {
			c.grow(window)
		}
		if err := c.fill(); err != nil {
			return nil, 0, err
		}
		end := min(window, c.have)
		used, rows, err := c.rows(c.buf[:end], c.last && end == c.have, window > base)
		if err != nil {
			return nil, 0, err
		}
		if rows > 0 {
			c.chunk = append(append(c.chunk[:0], c.header...), c.buf[:used]...)
			c.drop(used)
			return c.chunk, rows, nil
		}
		c.drop(used) // blank lines
		switch {
		case c.last && c.have == 0:
			return nil, 0, io.EOF
		case used > 0:
			window = base
		case window >= maxChunk:
			return nil, 0, fmt.Errorf("line %d: a row is longer than %s bytes; is a quote not closed?", c.lines+1, thousands(maxChunk))
		default:
			window = min(2*window, maxChunk)
		}
	}
}

// rows gives how many bytes of the window are whole records, and how many records these are: all, or one where a chunk is
// longer than asked for only because a row is.
func (c *cutter) rows(window []byte, last, one bool) (used, rows int, err error) {
	c.batch.Cap = flow.MaxRows
	if one {
		c.batch.Cap = 1
	}
	for {
		n, err := c.scanner.Next(&c.batch, window[used:], last)
		if err != nil {
			return 0, 0, err
		}
		got := c.batch.N
		for i := range c.batch.Findings {
			if c.batch.Findings[i].Slot < 0 {
				got++
				c.refused++
			}
		}
		used, rows = used+n, rows+got
		if n == 0 || got == 0 || one {
			return used, rows, nil
		}
	}
}

// drop takes used bytes from the front of the window.
func (c *cutter) drop(used int) {
	c.lines += int64(bytes.Count(c.buf[:used], []byte{'\n'}))
	c.have = copy(c.buf, c.buf[used:c.have])
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
			c.grow(2 * len(c.buf))
			continue
		}
		if c.begun, c.width = true, len(h.Names); h.Raw != nil {
			eol := h.EOL
			if len(eol) == 0 {
				eol = []byte("\n")
			}
			c.header = append(bytes.Clone(h.Raw), eol...)
		}
		c.scanner.Bind(&csvarrow.Plan{Columns: make([]csvarrow.Target, len(h.Names))})
		c.drop(n)
		return nil
	}
}

func (c *cutter) grow(size int) {
	larger := make([]byte, size)
	copy(larger, c.buf[:c.have])
	c.buf = larger
}

// fill reads until the buffer is full or the input has ended.
func (c *cutter) fill() error {
	if c.last {
		return nil
	}
	n, last, err := stream.Fill(c.in, c.buf[c.have:])
	c.have, c.last = c.have+n, last
	return err
}
