package service_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/service"
)

func TestContractByNameOrPath(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"right.yaml": "feed: mine\nversion: 1\ncolumns: {a: {type: int64}}\n", "wrong.yaml": "feed: mine\nversion: 1\n", "plain": "feed: plain\nversion: 1\ncolumns: {a: {type: int64}}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for name, want := range map[string]string{
		"census-profile": "census-profile", "right.yaml": "mine", "./plain": "plain", filepath.Join(dir, "right.yaml"): "mine",
	} {
		c, err := service.Contract(name)
		if err != nil || c.Feed != want {
			t.Errorf("%s: %v, want the feed %s", name, err, want)
		}
	}
	for _, name := range []string{"plain", "gone.yaml", "./gone"} { // a name without path and ending is a pack's
		if c, err := service.Contract(name); err == nil {
			t.Errorf("%s gives the feed %s", name, c.Feed)
		}
	}
}

// Problems name the file as it was given, also those that are found after it was loaded.
func TestProblemsNameThePath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.yaml")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("feed: f\n")
	_, err := service.ContractFile(path)
	var problems feed.Problems
	if !errors.As(err, &problems) || problems[0].File != path {
		t.Error(err)
	}
	write("feed: f\nversion: 1\ncolumns: {a: {type: int64}}\n")
	c, err := service.ContractFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if p := c.Problem(feed.Pos{Line: 1, Column: 1}, "later"); p.File != path {
		t.Errorf("%s, want %s", p.File, path)
	}
}
