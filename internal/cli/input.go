package cli

import (
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
)

// stdio is the name of standard input and standard output on the command line.
const stdio = "-"

// input is an open file or standard input, decompressed by its name's ending.
type input struct {
	io.Reader
	name  string
	info  os.FileInfo  // nil for standard input
	raw   atomic.Int64 // the bytes read as they lie on the disk, for progress
	close func() error
}

// maxWindow is the longest history that a zstd file may ask for: what the zstd program takes unless told otherwise.
const maxWindow = 128 << 20

// open opens a file, or standard input for "-". Reading it ends with ctx, even when input does not come.
func (s *streams) open(ctx context.Context, name string) (*input, error) {
	if name == stdio {
		p := newPump(s.in, ctx.Done())
		in := &input{name: "stdin", close: p.close}
		in.Reader = counter{p, &in.raw}
		return in, nil
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
	if err := in.decompress(); err != nil {
		return nil, errors.Join(fmt.Errorf("reading %s: %w", name, err), in.close())
	}
	return in, nil
}

func (in *input) decompress() error {
	switch strings.ToLower(filepath.Ext(in.name)) {
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
