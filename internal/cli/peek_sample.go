package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/detect"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/stream"
)

// sampleBytes is how much of a file, decompressed, is looked at to find out how it is written.
const sampleBytes = 16 << 20

// sample is the beginning of a file and what has been found out from it.
type sample struct {
	in      *input
	data    []byte // sampleBytes, or all that there is
	rest    []byte // a byte of what follows, when something does
	reading *detect.Reading
}

// sample opens a file, reads its beginning and finds out how it is written. The input stays open.
func (s *streams) sample(ctx context.Context, name string, d detect.Declared) (*sample, error) {
	in, err := s.open(ctx, name)
	if err != nil {
		return nil, err
	}
	p := &sample{in: in}
	if err := p.read(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("reading %s: %w", in.name, err), in.close())
	}
	p.reading = detect.Read(p.data, len(p.rest) == 0, d)
	if table, _ := p.reading.Table(); d.SkipSet && len(table) == 0 && !p.reading.Complete {
		return nil, errors.Join(usageError("--skip-lines %d: these lines are longer than the %s that are looked at", d.Skip, bytesText(sampleBytes)), in.close())
	}
	return p, nil
}

func (p *sample) read(ctx context.Context) error {
	buf := make([]byte, 64<<10)
	have, last := 0, false
	for !last && have <= sampleBytes {
		if err := ctx.Err(); err != nil {
			return err
		}
		if have == len(buf) {
			larger := make([]byte, min(4*len(buf), sampleBytes+1))
			copy(larger, buf)
			buf = larger
		}
		n, end, err := stream.Fill(p.in, buf[have:])
		if err != nil {
			return err
		}
		have, last = have+n, end
	}
	p.data, p.rest = buf[:min(have, sampleBytes)], buf[min(have, sampleBytes):have]
	return nil
}

// dialectFlags declare what detection would find out.
type dialectFlags struct {
	Delimiter string `placeholder:"CHAR" help:"What stands between cells: one character, tab, or a byte such as \\x01."`
	Quote     string `placeholder:"CHAR" help:"What stands around cells that hold delimiters or line ends."`
	Escape    string `placeholder:"CHAR" help:"What stands before a quote inside quotes; the quote itself when it is doubled."`
	Charset   string `placeholder:"NAME" help:"utf-8, utf-16, utf-16le, utf-16be, latin-1 or windows-1252. A byte order mark says more."`
	SkipLines *int   `placeholder:"N" help:"The header, or the first row, stands on line N+1 or behind."`
	NoHeader  bool   `help:"The first line is a row."`
}

func (f *dialectFlags) declared() (d detect.Declared, err error) {
	for _, b := range []struct {
		flag, value string
		to          *byte
	}{{"delimiter", f.Delimiter, &d.Delimiter}, {"quote", f.Quote, &d.Quote}, {"escape", f.Escape, &d.Escape}} {
		if b.value == "" {
			continue
		}
		c, ok := parseByte(b.value)
		if !ok {
			return d, usageError("--%s %s: must be one ASCII character, tab, or a byte such as \\x01", b.flag, b.value)
		}
		if feed.InValues(c) {
			return d, usageError("--%s %s: numbers, dates and words are made of it", b.flag, b.value)
		}
		*b.to = c
	}
	if f.Charset != "" {
		if d.Charset, d.CharsetSet = charset.Parse(f.Charset); !d.CharsetSet {
			return d, usageError("--charset %s: there are %s", f.Charset, enumeration(charset.Names()))
		}
	}
	if f.SkipLines != nil {
		d.Skip, d.SkipSet = *f.SkipLines, true
	}
	if f.NoHeader {
		d.Header = detect.HeaderNever
	}
	if err := d.Check(); err != nil {
		return d, usageError("%v", err)
	}
	return d, nil
}

// parseByte gives the byte that a character, a word for one, or an escape such as \t or \x01 means.
func parseByte(s string) (byte, bool) {
	switch s {
	case "tab":
		return '\t', true
	case "space":
		return ' ', true
	case `\`:
		return '\\', true
	}
	if len(s) > 1 && s[0] == '\\' {
		r, _, rest, err := strconv.UnquoteChar(s, 0)
		if err != nil || rest != "" {
			return 0, false
		}
		s = string(r)
	}
	return s[0], len(s) == 1 && s[0] != 0 && s[0] < 0x80
}

// enumeration writes a list as people read it: a, b and c.
func enumeration(list []string) string {
	text := ""
	for i, s := range list {
		switch {
		case i == 0:
			text = s
		case i == len(list)-1:
			text += " and " + s
		default:
			text += ", " + s
		}
	}
	return text
}

// bytesText writes a size as people read it.
func bytesText(n int64) string {
	for _, u := range []struct {
		size int64
		name string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n < u.size {
			continue
		}
		if n%u.size == 0 {
			return fmt.Sprintf("%d %s", n/u.size, u.name)
		}
		return fmt.Sprintf("%.1f %s", float64(n)/float64(u.size), u.name)
	}
	return count(n, "byte")
}
