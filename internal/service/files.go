package service

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/assay-dev/assay/internal/feed"
)

// files are those that reading a contract asked for, each as it looked just before: also those that were not there, and those
// of a contract that is wrong. That the wrong one is not read again before one of its files has changed rests on this.
type files struct {
	looks  []look
	failed bool // one is there and yet could not be read, which need not show from outside when it is over
}

// look is how a file looks from outside, through symbolic links.
type look struct {
	name string // in the contract's folder
	path string
	info os.FileInfo // nil when there is none to be had
}

func lookAt(name, path string) look {
	l := look{name: name, path: path}
	if info, err := os.Stat(path); err == nil {
		l.info = info
	}
	return l
}

// same reports whether a file has not changed between two looks. A file that another one was renamed over may have its size and
// time, but is not the same; nor is one behind a link that leads elsewhere now.
func (l *look) same(m *look) bool {
	a, b := l.info, m.info
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) && a.Mode() == b.Mode() && os.SameFile(a, b)
}

// again looks at the files once more.
func (f *files) again() files {
	now := files{looks: make([]look, len(f.looks))}
	for i := range f.looks {
		now.looks[i] = lookAt(f.looks[i].name, f.looks[i].path)
	}
	return now
}

// same reports whether none of the files has changed between two looks.
func (f *files) same(g *files) bool {
	if len(f.looks) != len(g.looks) {
		return false
	}
	for i := range f.looks {
		if !f.looks[i].same(&g.looks[i]) {
			return false
		}
	}
	return true
}

// young reports whether a file was written so shortly before now that it may be written again within the same tick of its file
// system's clock: it would look the same.
func (f *files) young(now time.Time) bool {
	for i := range f.looks {
		if info := f.looks[i].info; info != nil && now.Sub(info.ModTime()).Abs() < 2*time.Second {
			return true
		}
	}
	return false
}

// modified gives the time at which a file was last written, or nil.
func (f *files) modified(name string) *time.Time {
	for i := range f.looks {
		if l := &f.looks[i]; l.name == name && l.info != nil {
			at := l.info.ModTime()
			return &at
		}
	}
	return nil
}

// recorder is the folder of a contract that notes what is read of it.
type recorder struct {
	fs.FS
	dir string
	files
}

// Open opens a file and notes how it looked before.
func (r *recorder) Open(name string) (fs.File, error) {
	r.note(name)
	f, err := r.FS.Open(name)
	return f, r.check(err)
}

// ReadFile reads a file and notes how it looked before.
func (r *recorder) ReadFile(name string) ([]byte, error) {
	r.note(name)
	data, err := fs.ReadFile(r.FS, name)
	return data, r.check(err)
}

// note keeps the first look at each file: what is read is at least as new.
func (r *recorder) note(name string) {
	for i := range r.looks {
		if r.looks[i].name == name {
			return
		}
	}
	r.looks = append(r.looks, lookAt(name, filepath.Join(r.dir, filepath.FromSlash(name))))
}

func (r *recorder) check(err error) error {
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		r.failed = true
	}
	return err
}

// readTries is how often a contract is read whose files change while they are read.
const readTries = 3

// errUnsettled is why a contract is not taken whose files never hold still.
var errUnsettled = errors.New("its files change while they are read")

// read reads the contract at path together with what its files looked like. None of them has changed between the first look and
// the end, so that the contract is never made of two states of its folder, however they are changed: in place, by renaming, or
// all at once by a link to another folder.
func read(path string) (*feed.Contract, files, error) {
	for try := 1; ; try++ {
		dir, file := folder(path)
		r := &recorder{FS: os.DirFS(dir), dir: dir}
		c, err := ContractFS(r, file, path)
		now := r.again()
		switch {
		case now.same(&r.files):
			return c, r.files, err
		case try == readTries:
			return nil, r.files, errUnsettled
		}
	}
}
