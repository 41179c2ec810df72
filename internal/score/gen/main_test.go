package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestShippedModelIsMadeHere(t *testing.T) {
	m, err := model()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../../schemas/feeds/census-profile/model.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, m.Marshal()) {
		t.Error("the pack's model is not the one that gen makes: run go generate ./internal/score")
	}
	if m.Scale&(m.Scale-1) != 0 || !m.Fits16() || scaled(2*m.Scale).Fits16() {
		t.Errorf("scale %d is not the largest power of two that fits", m.Scale)
	}
}

func TestWriteKeepsAnEqualFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.json")
	if err := write(path); err != nil {
		t.Fatal(err)
	}
	then := time.Unix(1_600_000_000, 0)
	if err := os.Chtimes(path, then, then); err != nil {
		t.Fatal(err)
	}
	if err := write(path); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || !info.ModTime().Equal(then) {
		t.Errorf("an equal file was written again (%v)", err)
	}
}
