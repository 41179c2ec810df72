package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// output is a file that appears under its name only when it is complete; or a device, a pipe or standard output, which are
// written as they are.
type output struct {
	io.Writer
	name string
	file *os.File // nil for standard output, and once it is done
	temp string   // the name that the file has until it is complete; empty when it has its own
}

// create gives standard output for "" and "-", else a new file beside name. A file that stands there already is replaced
// when the new one is complete, and gives it its permissions; where a link stands, what it points to is replaced.
func (s *streams) create(name string) (*output, error) {
	if name == "" || name == stdio {
		return &output{Writer: s.out}, nil
	}
	fail := func(err error) (*output, error) { return nil, usageError("cannot write %s: %s", name, reason(err)) }
	old, err := os.Stat(name)
	switch {
	case err == nil && old.IsDir():
		return nil, usageError("cannot write %s: it is a directory", name)
	case err == nil && !old.Mode().IsRegular():
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return fail(err)
		}
		return &output{Writer: f, file: f, name: name}, nil
	case err == nil:
		if name, err = filepath.EvalSymlinks(name); err != nil {
			return fail(err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return fail(err)
	}
	for {
		temp := filepath.Join(filepath.Dir(name), fmt.Sprintf(".assay-%08x.tmp", rand.Uint32()))
		f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return fail(err)
		}
		o := &output{Writer: f, file: f, name: name, temp: temp}
		if old == nil {
			return o, nil
		}
		if err := f.Chmod(old.Mode().Perm()); err != nil {
			o.discard()
			return fail(err)
		}
		return o, nil
	}
}

// finish puts the file in its place.
func (o *output) finish() error {
	if o.file == nil {
		return nil
	}
	err := o.file.Close()
	o.file = nil
	if o.temp == "" {
		return err
	}
	if err == nil {
		err = os.Rename(o.temp, o.name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(o.temp))
	}
	return nil
}

// discard removes a file that was not finished.
func (o *output) discard() {
	if o.file == nil {
		return
	}
	_ = o.file.Close() // what was written is not wanted
	if o.temp != "" {
		_ = os.Remove(o.temp)
	}
	o.file = nil
}

// place tells files apart by where they are, whatever their names: by themselves when they exist, else by their folder and
// name.
type place struct {
	info os.FileInfo
	path string
}

func placeOf(name string) place {
	if info, err := os.Stat(name); err == nil {
		return place{info: info}
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(name))
	if err != nil {
		dir = filepath.Dir(name)
	}
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	return place{path: filepath.Join(dir, filepath.Base(name))}
}

// is reports whether two places are one regular file. Devices and pipes may be shared.
func (p place) is(other place) bool {
	if p.info != nil && other.info != nil {
		return p.info.Mode().IsRegular() && os.SameFile(p.info, other.info)
	}
	return p.info == nil && other.info == nil && p.path == other.path
}
