// Package refs holds reference sets: the rows of a file, found by a key, that add columns to the rows of a feed. A Set is one
// immutable version of it, shared by all lanes; the program that holds it is swapped as a whole.
//
// The package does no I/O and parses no CSV. Whoever loads a set reads its file with the same scanner as a feed's input, the
// key as KeyField says and the added columns as text, and hands the batches to a Builder:
//
//	key := refs.KeyField("email", on)
//	places, err := refs.Columns(header, "email", []string{"tier"})
//	b := refs.NewBuilder(places, refs.Limits{})
//	err = b.Add(batch) // Cols[0] is the key, Cols[1] the tier; until the file's end
//	set, err := b.Set(version)
//
// Looking up is by batch and allocates nothing:
//
//	set.Lookup(keys, batch.N, &hits)
//	hits.Column(0, tier)
package refs

import (
	"fmt"

	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/suggest"
)

// Error is what is wrong with the file of a set, in words for the author of the contract. It names no values: they may be
// personal.
type Error struct {
	Line       int64  // of the file, or 0
	Column     string // that is missing in the file or there twice, or ""
	Text       string
	Suggestion string // like "did you mean email?", or ""
}

// Error gives the line, the text and the suggestion.
func (e *Error) Error() string {
	s := e.Text
	if e.Line > 0 {
		s = fmt.Sprintf("line %d: %s", e.Line, s)
	}
	if e.Suggestion != "" {
		s += "; " + e.Suggestion
	}
	return s
}

// Columns gives the places of a set's columns in the header of its file: the key's, then those of add. Names are compared
// trimmed and without regard to case, as those of a feed's input are. The key can be added too: its place then stands twice.
func Columns(header []string, key string, add []string) ([]int, error) {
	first, twice := make(map[string]int, len(header)), map[string]bool{}
	for i, h := range header {
		name := flow.FoldName(h)
		if _, ok := first[name]; ok {
			twice[name] = true
			continue
		}
		first[name] = i
	}
	places := make([]int, 0, 1+len(add))
	for _, name := range append([]string{key}, add...) {
		place, ok := first[flow.FoldName(name)]
		if twice[flow.FoldName(name)] {
			return nil, &Error{Column: name, Text: fmt.Sprintf("the column %s stands twice in the header", name)}
		}
		if !ok {
			e := &Error{Column: name, Text: fmt.Sprintf("there is no column %s", name)}
			if near := suggest.Nearest(name, header); near != "" {
				e.Suggestion = "did you mean " + near + "?"
			}
			return nil, e
		}
		places = append(places, place)
	}
	return places, nil
}

// KeyField says how the cells of a set's key, the column called name, are read, so that equal values are found however they are
// written: as the values of the feed's column on, and labels as text. A key is required.
func KeyField(name string, on *flow.Field) flow.Field {
	f := *on
	f.Name, f.Key, f.Required = name, false, true
	if f.Type == flow.Category {
		f.Type, f.Labels, f.Keeps = flow.String, nil, false
	}
	return f
}
