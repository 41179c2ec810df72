package cli

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// input is an open file or standard input, decompressed by its name's ending.
type input struct {
	io.Reader
	name  string
	info  os.FileInfo // nil for standard input
	raw   *counter    // the bytes as they lie on the disk, for progress
	close func() error
}

// counter counts what has been read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// open opens a file, or standard input for "-".
func (s *streams) open(name string) (*input, error) {
	if name == "-" {
		c := &counter{r: s.in}
		return &input{Reader: c, name: "stdin", raw: c, close: func() error { return nil }}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, usageError("%v", err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reading %s: %w", name, err), f.Close())
	}
	if info.IsDir() {
		return nil, errors.Join(usageError("%s is a directory", name), f.Close())
	}
	c := &counter{r: f}
	in := &input{Reader: c, name: name, info: info, raw: c, close: f.Close}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".gz":
		z, err := gzip.NewReader(c)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("reading %s: %w", name, err), f.Close())
		}
		in.Reader = z
	case ".zst":
		z, err := zstd.NewReader(c, zstd.WithDecoderMaxMemory(256<<20))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("reading %s: %w", name, err), f.Close())
		}
		in.Reader = z
		in.close = func() error { z.Close(); return f.Close() }
	}
	return in, nil
}

// output is a file that appears under its name only when it is complete, or standard output.
type output struct {
	io.Writer
	file *os.File
	name string
}

// create gives standard output for "" and "-", else a new file beside name.
func (s *streams) create(name string) (*output, error) {
	if name == "" || name == "-" {
		return &output{Writer: s.out}, nil
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return nil, usageError("%v", err)
	}
	return &output{Writer: f, file: f, name: name}, nil
}

// finish puts the file in its place.
func (o *output) finish() error {
	if o == nil || o.file == nil {
		return nil
	}
	f := o.file
	o.file = nil
	if err := f.Chmod(0o644); err != nil {
		return errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	if err := f.Close(); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), o.name)
}

// discard removes a file that was not finished.
func (o *output) discard() {
	if o == nil || o.file == nil {
		return
	}
	name := o.file.Name()
	_ = o.file.Close() // it is removed anyway
	_ = os.Remove(name)
	o.file = nil
}

// overwrites reports whether writing to name would write over one of the inputs.
func overwrites(name string, inputs []string) (string, bool) {
	target, err := os.Stat(name)
	if err != nil {
		return "", false
	}
	for _, in := range inputs {
		if info, err := os.Stat(in); err == nil && os.SameFile(info, target) {
			return in, true
		}
	}
	return "", false
}
