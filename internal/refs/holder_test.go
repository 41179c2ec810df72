package refs

import (
	"errors"
	"testing"
)

// A new version is swapped in as a whole; the same one, or a bad one, leaves the old in place.
func TestHolder(t *testing.T) {
	var next *Set
	var bad error
	load := func() (*Set, error) { return next, bad }

	bad = errors.New("line 3: the key stands on line 2 already")
	if h, err := NewHolder(load); h != nil || !errors.Is(err, bad) {
		t.Fatalf("a holder without a set: %v, %v", h, err)
	}
	first := &Set{version: "1"}
	next, bad = first, nil
	h, err := NewHolder(load)
	if err != nil || h.Load() != first {
		t.Fatalf("%v, %v", h, err)
	}
	next = &Set{version: "1"}
	if changed, err := h.Reload(); changed || err != nil || h.Load() != first {
		t.Errorf("the same version: changed %t, %v", changed, err)
	}
	bad = errors.New("line 3: k is empty")
	if changed, err := h.Reload(); changed || !errors.Is(err, bad) || h.Load() != first {
		t.Errorf("a bad version: changed %t, %v", changed, err)
	}
	next, bad = &Set{version: "2"}, nil
	if changed, err := h.Reload(); !changed || err != nil || h.Load() != next {
		t.Errorf("a new version: changed %t, %v", changed, err)
	}
}
