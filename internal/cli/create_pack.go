package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/schemas"
)

// copyPack writes the files of a feed pack that ships in the program into a folder, which must be new or empty.
func copyPack(s *streams, pack, dir string, asJSON bool) error {
	if _, err := feed.Pack(pack); err != nil {
		return &exitError{code: exitUsage, err: err}
	}
	entries, err := os.ReadDir(dir)
	switch {
	case len(entries) > 0:
		return usageError("%s is not empty", dir)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return usageError("cannot write %s: %s", dir, reason(err))
	}
	from, err := fs.Sub(schemas.Feeds, "feeds/"+pack)
	if err != nil {
		return err
	}
	written := map[string]int{} // by file, or folder of files
	var names []string
	err = fs.WalkDir(from, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(path))
		if d.IsDir() {
			return os.MkdirAll(to, 0o777)
		}
		data, err := fs.ReadFile(from, path)
		if err != nil {
			return err
		}
		top, _, inside := strings.Cut(path, "/")
		if inside {
			top += "/"
		}
		if written[top]++; written[top] == 1 {
			names = append(names, top)
		}
		return os.WriteFile(to, data, 0o666)
	})
	if err != nil {
		return fmt.Errorf("copying %s: %w", pack, err)
	}
	if asJSON {
		return encodeLine(s.out, map[string]any{"pack": pack, "folder": dir, "files": names})
	}
	fmt.Fprintf(s.out, "%s, copied to %s:\n", pack, dir)
	for _, name := range names {
		if n := written[name]; strings.HasSuffix(name, "/") {
			name = fmt.Sprintf("%-20s %s", name, count(int64(n), "file"))
		}
		fmt.Fprintf(s.out, "  %s\n", name)
	}
	_, err = fmt.Fprintf(s.out, "Change what you like, then:\n  assay lint %[1]s\n  assay test %[1]s\n", dir)
	return err
}
