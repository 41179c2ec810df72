package service

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/assay-dev/assay/internal/feed"
)

// Contract loads a feed by what settings and command lines call it: a pack's name, or the path of a contract.
func Contract(name string) (*feed.Contract, error) {
	if IsPack(name) {
		return feed.Pack(name)
	}
	return ContractFile(name)
}

// IsPack reports whether a feed is called by a pack's name and not by a path.
func IsPack(name string) bool {
	return !strings.ContainsAny(name, `/\`) && filepath.Ext(name) == ""
}

// ContractFile loads the contract at path. Problems name the file as path does.
func ContractFile(path string) (*feed.Contract, error) {
	dir, file := folder(path)
	return ContractFS(os.DirFS(dir), file, path)
}

// contract is Contract with the files that it was read from, of which a pack has none.
func contract(name string) (*feed.Contract, files, error) {
	if IsPack(name) {
		c, err := feed.Pack(name)
		return c, files{}, err
	}
	return read(name)
}

// folder gives the folder of a contract, and its name there.
func folder(path string) (dir, file string) {
	dir, file = filepath.Split(path)
	if dir == "" {
		dir = "."
	}
	return dir, file
}

// ContractFS loads the contract called file in fsys. Problems name it as shown.
func ContractFS(fsys fs.FS, file, shown string) (*feed.Contract, error) {
	c, err := feed.Load(fsys, file)
	var problems feed.Problems
	if errors.As(err, &problems) {
		for _, p := range problems {
			p.File = shown
		}
	}
	if missing := (*fs.PathError)(nil); errors.As(err, &missing) {
		missing.Path = shown
	}
	if err != nil {
		return nil, err
	}
	c.File = shown // for what is found wrong later
	return c, nil
}
