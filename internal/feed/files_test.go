package feed

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// The digest stands for the contract's text and for every file that it names, and for nothing else.
func TestDigest(t *testing.T) {
	load := func(change func(fstest.MapFS)) *Contract {
		t.Helper()
		files := fstest.MapFS{
			"d/a.yaml": {Data: []byte("feed: a\nversion: 1\ncolumns:\n  a: {type: category, vocabulary: sub/labels.csv}\n" +
				"refs: {r: {file: r.csv, key: k, on: a}, s: {file: r.csv, key: k, on: a}}\nscore: {kind: own, model: model.bin}\n")},
			"d/sub/labels.csv": {Data: []byte("raw,label\nx,X\n")},
			"d/r.csv":          {Data: []byte("k\n1\n")},
			"d/model.bin":      {Data: []byte("m")},
			"d/other.csv":      {Data: []byte("k\n1\n")},
		}
		change(files)
		c, err := Load(files, "d/a.yaml")
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := load(func(fstest.MapFS) {})
	var names []string
	for _, f := range first.Files {
		names = append(names, f.Name)
	}
	if want := []string{"d/a.yaml", "d/sub/labels.csv", "d/r.csv", "d/model.bin"}; !slices.Equal(names, want) {
		t.Errorf("files %q, want %q", names, want)
	}
	if len(first.Digest) != 12 || first.Refs[0].Version != Digest([]byte("k\n1\n")) || first.Refs[1].Version != first.Refs[0].Version {
		t.Errorf("digest %q, versions %q and %q", first.Digest, first.Refs[0].Version, first.Refs[1].Version)
	}
	if same := load(func(f fstest.MapFS) { f["d/other.csv"].Data = nil }); same.Digest != first.Digest {
		t.Error("a file that the contract does not name changes its digest")
	}
	seen := map[string]string{first.Digest: "nothing"}
	for name, data := range map[string]string{"d/sub/labels.csv": "raw,label\ny,X\n", "d/r.csv": "k\n2\n", "d/model.bin": "n"} {
		c := load(func(f fstest.MapFS) { f[name].Data = []byte(data) })
		if other, known := seen[c.Digest]; known {
			t.Errorf("changing %s and %s gives one digest", name, other)
		}
		seen[c.Digest] = name
		for i, f := range c.Files {
			if changed := f.Digest != first.Files[i].Digest; changed != (f.Name == name) {
				t.Errorf("changing %s: the digest of %s changes: %v", name, f.Name, changed)
			}
		}
	}
	if c := load(func(f fstest.MapFS) { f["d/a.yaml"].Data = append(f["d/a.yaml"].Data, '#') }); seen[c.Digest] != "" {
		t.Error("changing the contract does not change its digest")
	}
}

func TestColumn(t *testing.T) {
	c := &Contract{Columns: make([]Column, 2)}
	c.Columns[1].Name = "b"
	if c.Column("b") != &c.Columns[1] || c.Column("B") != nil {
		t.Error("Column finds another column than the one called so")
	}
}

// sized is a file system in which one file says that it is longer than it is.
type sized struct {
	fs.FS
	name string
	size int64
}

func (s sized) Stat(name string) (fs.FileInfo, error) {
	info, err := fs.Stat(s.FS, name)
	if err == nil && name == s.name {
		return bigInfo{info, s.size}, nil
	}
	return info, err
}

type bigInfo struct {
	fs.FileInfo
	size int64
}

func (b bigInfo) Size() int64 { return b.size }

func TestFilesAreBounded(t *testing.T) {
	files := fstest.MapFS{
		"a.yaml": {Data: []byte("feed: a\nversion: 1\ncolumns: {a: {type: int64}}\nrefs:\n  r: {file: r.csv, key: k, on: a}\n")},
		"r.csv":  {Data: []byte("k\n1\n")},
	}
	if _, err := Load(sized{files, "r.csv", maxFile}, "a.yaml"); err != nil {
		t.Error(err)
	}
	_, err := Load(sized{files, "r.csv", maxFile + 1}, "a.yaml")
	if err == nil || err.Error() != "a.yaml:5:13: r.csv: the file is larger than 256 MiB" {
		t.Errorf("got %v", err)
	}
	files["a.yaml"].Data = append(files["a.yaml"].Data, strings.Repeat("#", maxContract)...)
	_, err = Load(files, "a.yaml")
	if err == nil || err.Error() != "a.yaml:1:1: the contract is longer than 1 MiB" {
		t.Errorf("got %v", err)
	}
}
