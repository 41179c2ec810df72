package feed

import (
	"errors"
	"io/fs"
	"path"
)

// maxFile is the longest file beside a contract. It is held in memory, also while the feed runs.
const maxFile = 256 << 20

// readFile is a file beside the contract. It is read once, however often the contract names it.
type readFile struct {
	path       string
	data       []byte
	vocabulary *vocabularyFile
	ok         bool
}

// open gives the file beside the contract that m names, or nil after telling why not. Of a file that cannot be read only
// the first mention is told.
func (r *reader) open(m member) *readFile {
	name, ok := r.text(m)
	if !ok {
		return nil
	}
	if f, ok := r.files[name]; ok {
		if !f.ok {
			return nil
		}
		return f
	}
	f := &readFile{path: path.Join(path.Dir(r.file), name)}
	r.files[name] = f
	if !fs.ValidPath(name) || name == "." {
		r.problem(at(m.value), "%s: the file must lie in the contract's folder or below", name)
		return nil
	}
	data, err := r.read(f.path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = errors.New("no such file") // the system's own words differ
		}
		r.problem(at(m.value), "%s: %v", name, err)
		return nil
	}
	f.data, f.ok = data, true
	r.opened = append(r.opened, f)
	return f
}

func (r *reader) read(name string) ([]byte, error) {
	info, err := fs.Stat(r.fsys, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, errors.New("the file is larger than 256 MiB")
	}
	return fs.ReadFile(r.fsys, name)
}
