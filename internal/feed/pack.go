package feed

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/assay-dev/assay/schemas"
)

// Pack gives the contract of a feed pack that ships in the binary.
func Pack(name string) (*Contract, error) {
	known := Packs()
	if !slices.Contains(known, name) {
		s := fmt.Sprintf("unknown feed pack %q: there is %s", name, strings.Join(known, ", "))
		if near := didYouMean(name, known); near != "" {
			s += "; " + near
		}
		return nil, errors.New(s)
	}
	return Load(schemas.Feeds, "feeds/"+name+"/feed.yaml")
}

// Packs gives the names of the feed packs in the binary.
func Packs() []string {
	// The pattern is well formed, so that Glob cannot fail.
	files, _ := fs.Glob(schemas.Feeds, "feeds/*/feed.yaml")
	for i, f := range files {
		files[i] = path.Base(path.Dir(f))
	}
	return files
}
