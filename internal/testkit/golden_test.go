package testkit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestGolden(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "case.txt")
	if diff := diffGolden(path, []byte("a\n")); !strings.Contains(diff, "-update") {
		t.Errorf("a missing file says %q", diff)
	}
	if err := writeGolden(path, []byte("a\nb\n")); err != nil {
		t.Fatal(err)
	}
	if diff := diffGolden(path, []byte("a\nb\n")); diff != "" {
		t.Errorf("equal bytes differ: %s", diff)
	}
	diff := diffGolden(path, []byte("a\nc\n"))
	if !strings.Contains(diff, `"b\n"`) || !strings.Contains(diff, `"c\n"`) {
		t.Errorf("the difference does not show both lines:\n%s", diff)
	}
	if diff := diffGolden(path, []byte("a\nb")); diff == "" {
		t.Error("a missing last line end is no difference")
	}
}

func TestGoldenKeepsEqualFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "case.txt")
	if err := writeGolden(path, []byte("same")); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if err := writeGolden(path, []byte("same")); err != nil {
		t.Errorf("an equal file was written: %v", err)
	}
	after, err := os.Stat(path)
	if err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("an equal file changed its time: %v", err)
	}
}
