package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/stream"
)

// stdio is the name of standard input and standard output on the command line.
const stdio = "-"

// input is an open file or standard input, decompressed.
type input struct {
	io.Reader
	name  string
	info  os.FileInfo  // nil for standard input
	raw   atomic.Int64 // the bytes read as they lie on the disk, for progress
	close func() error

	// Of one that text has made a text:
	head         []byte // its beginning, with the lines that were skipped
	whole        bool   // head is all of it
	charset      charset.Charset
	lines, bytes int64 // in front of what is read: lines that were skipped, and bytes of the file
}

// maxWindow is the longest history that a zstd file may ask for: what the zstd program takes unless told otherwise.
const maxWindow = 128 << 20

// open opens a file, or standard input for "-". Reading it ends with ctx, even when input does not come.
func (s *streams) open(ctx context.Context, name string) (*input, error) {
	if name == stdio {
		p := newPump(s.in, ctx.Done())
		in := &input{name: "stdin", close: p.close}
		in.Reader = counter{p, &in.raw}
		return in, in.decompress()
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, usageError("cannot read %s: %s", name, reason(err))
	}
	in := &input{name: name, close: f.Close}
	in.info, err = f.Stat()
	if err == nil && in.info.IsDir() {
		err = usageError("%s is a directory", name)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	in.Reader = counter{f, &in.raw}
	if !in.info.Mode().IsRegular() {
		p := newPump(f, ctx.Done())
		in.Reader = counter{p, &in.raw}
		in.close = func() error { return errors.Join(p.close(), f.Close()) }
	}
	return in, in.decompress()
}

// decompress undoes what the ending of the name, or else the first bytes, say of compression. The input is closed when that fails.
func (in *input) decompress() error {
	kind := strings.ToLower(filepath.Ext(in.name))
	var err error
	if kind != ".gz" && kind != ".zst" {
		kind, err = in.sniff()
	}
	if err == nil {
		err = in.unpack(kind)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("reading %s: %w", in.name, err), in.close())
	}
	return nil
}

// sniff gives the ending that a compressed input's name should have. No CSV begins with such bytes.
func (in *input) sniff() (string, error) {
	r := bufio.NewReader(in.Reader)
	in.Reader = r
	head, err := r.Peek(4)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return "", err
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return ".gz", nil
	case string(head) == "\x28\xb5\x2f\xfd":
		return ".zst", nil
	}
	return "", nil
}

func (in *input) unpack(kind string) error {
	switch kind {
	case ".gz":
		z, err := gzip.NewReader(in.Reader)
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF // no gzip file has no bytes
		}
		if err != nil {
			return err
		}
		in.Reader = z
	case ".zst":
		z, err := zstd.NewReader(in.Reader, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return err
		}
		closeFile := in.close
		in.Reader, in.close = z, func() error { z.Close(); return closeFile() }
	}
	return nil
}

// headBytes is how much of a text is kept, to say what may be wrong when its header is refused.
const headBytes = 64 << 10

// text makes the input one of UTF-8 and leaves its first lines out. The input is closed when that fails.
func (in *input) text(declared charset.Charset, skip int) error {
	decoded := charset.NewReader(in.Reader, declared)
	set, mark := decoded.Charset()
	r := bufio.NewReaderSize(decoded, headBytes)
	in.Reader, in.charset = r, set
	head, err := r.Peek(headBytes)
	in.whole = errors.Is(err, io.EOF)
	if err == nil || in.whole {
		in.head = bytes.Clone(head)
		in.lines, in.bytes, err = stream.Skip(r, skip, set)
		in.bytes += int64(mark)
	}
	switch {
	case err != nil:
		err = fmt.Errorf("reading %s: %w", in.name, err)
	case in.lines < int64(skip):
		err = usageError("%s has only %s, and --skip-lines leaves out %s", in.name, count(in.lines, "line"), thousands(int64(skip)))
	default:
		return nil
	}
	return errors.Join(err, in.close())
}

// counter counts what is read. Decompression may read from a goroutine of its own.
type counter struct {
	r io.Reader
	n *atomic.Int64
}

func (c counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// reason gives the cause of a file error without the operation and the path, which the message has already.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}
