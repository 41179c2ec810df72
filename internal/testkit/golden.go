package testkit

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write golden files instead of comparing with them")

// Updating reports whether the test runs with -update, for tests that keep their own golden files.
func Updating() bool { return *update }

// Golden compares got with the file at path, byte for byte, and reports a difference by lines. With -update it writes the
// file instead.
func Golden(t testing.TB, path string, got []byte) {
	t.Helper()
	if *update {
		if err := writeGolden(path, got); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := diffGolden(path, got); diff != "" {
		t.Error(diff)
	}
}

func writeGolden(path string, got []byte) error {
	old, err := os.ReadFile(path)
	if err == nil && bytes.Equal(old, got) {
		return nil // an untouched file keeps its time, and the test cache its answer
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, got, 0o644)
}

// diffGolden says in what got differs from the file, or nothing.
func diffGolden(path string, got []byte) string {
	want, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path + " does not exist; run the test with -update to write it. It would be:\n" + string(got)
	}
	if err != nil {
		return err.Error()
	}
	if bytes.Equal(want, got) {
		return ""
	}
	diff := cmp.Diff(strings.SplitAfter(string(want), "\n"), strings.SplitAfter(string(got), "\n"))
	return path + " differs (-want +got); -update accepts the new text\n" + diff
}
