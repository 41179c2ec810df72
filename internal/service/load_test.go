package service

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/config"
	"github.com/assay-dev/assay/internal/engine"
)

// mine writes a contract with a reference set and gives settings that run it.
func mine(t *testing.T) *config.Settings {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"mine.yaml": "feed: mine\nversion: 1\ncolumns: {k: {type: string}}\nrefs: {set: {file: set.csv, key: k, add: [word]}}\n",
		"set.csv":   "k,word\n1,one\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, _, err := config.Load(config.Source{})
	if err != nil {
		t.Fatal(err)
	}
	s.Feeds[0].Feed = filepath.Join(dir, "mine.yaml")
	return s
}

// Reference sets are read once: the program that a feed begins with has those that Load has read, and their files' bytes are
// in memory no more.
func TestSetsAreReadOnce(t *testing.T) {
	feeds, err := Load(mine(t))
	if err != nil {
		t.Fatal(err)
	}
	f := &feeds[0]
	if f.Contract.Refs[0].Data != nil {
		t.Error("the bytes of the set are still there")
	}
	p, err := f.program(engine.Options{Format: engine.CSV})
	if err != nil {
		t.Fatal(err)
	}
	if v := p.Version(); !strings.Contains(v, "set="+f.Contract.Refs[0].Version) {
		t.Errorf("version %s", v)
	}
	if f.loaded != nil {
		t.Error("the feed holds its first program for ever")
	}
}

// The limits of the settings hold for sets, too.
func TestSetBeyondTheLimits(t *testing.T) {
	s := mine(t)
	s.Limits.Columns = 1
	if _, err := Load(s); err == nil || !strings.Contains(err.Error(), "set.csv") {
		t.Errorf("a set of two columns: %v", err)
	}
}
