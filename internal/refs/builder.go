package refs

import (
	"fmt"
	"math"
	"slices"

	"github.com/assay-dev/assay/internal/flow"
)

// Limits are the most that a set may hold. All of it lies in memory.
type Limits struct {
	Rows  int // 0 is DefaultRows
	Bytes int // of keys, and of added texts; 0 is DefaultBytes, and the most is 1 GiB: views reach no further than 2 GiB
}

// The limits where none are set.
const (
	DefaultRows  = 10_000_000
	DefaultBytes = 256 << 20
)

// maxInterned is how many different texts a builder knows again. Columns of few values take their memory once; for those of many
// it is not worth a map of all of them.
const maxInterned = 1 << 16

// Builder makes a Set. After an error it is of no more use.
type Builder struct {
	limits   Limits
	set      *Set
	sources  []int   // of each added column, its place in Cols
	lines    []int64 // of each row
	interned map[string]flow.View
}

// NewBuilder gives a builder for a set whose keys are read as KeyField says, of columns at the places that Columns has given.
func NewBuilder(places []int, l Limits) *Builder {
	if l.Rows == 0 {
		l.Rows = DefaultRows
	}
	if l.Bytes == 0 {
		l.Bytes = DefaultBytes
	}
	l.Rows, l.Bytes = min(l.Rows, math.MaxInt32-1), min(l.Bytes, 1<<30)
	b := &Builder{limits: l, set: &Set{add: make([][]flow.View, len(places)-1)}, interned: map[string]flow.View{}}
	for _, place := range places[1:] {
		b.sources = append(b.sources, slices.Index(places, place))
	}
	return b
}

// Add adds the rows of a batch: Cols[0] holds the keys, the columns behind it the added ones, with their Text. Of columns at one
// place only the first is read, so that a key that is added too needs its Text. A finding is an error, as is a row beyond the
// limits.
func (b *Builder) Add(batch *flow.Batch) error {
	if len(batch.Findings) > 0 {
		return broken(&batch.Findings[0])
	}
	key := &batch.Cols[0]
	var fixed [16]byte
	for i := range batch.N {
		line := batch.Line(i)
		if len(b.lines) == b.limits.Rows {
			return &Error{Line: line, Text: fmt.Sprintf("the file has more than %d rows", b.limits.Rows)}
		}
		b.lines = append(b.lines, line)
		if key.Type == flow.String {
			b.set.table.append(key.Cell(i))
		} else {
			b.set.table.append(fixed[:fixedKey(&fixed, key, i)])
		}
		for k := range b.set.add {
			b.set.add[k] = append(b.set.add[k], b.text(batch.Cols[b.sources[k]].Cell(i)))
		}
		if max(len(b.set.arena), len(b.set.table.keys)) > b.limits.Bytes {
			return &Error{Line: line, Text: fmt.Sprintf("the file has more than %d bytes of text", b.limits.Bytes)}
		}
	}
	return nil
}

// text gives a view of a copy of text.
func (b *Builder) text(text []byte) flow.View {
	if v, known := b.interned[string(text)]; known {
		return v
	}
	from := len(b.set.arena)
	b.set.arena = append(b.set.arena, text...)
	var v flow.View
	v.SetView(b.set.arena, from, len(b.set.arena), 0)
	if len(b.interned) < maxInterned {
		b.interned[string(text)] = v
	}
	return v
}

// broken says what a finding means to the author of the file.
func broken(f *flow.Finding) error {
	e := &Error{Line: f.Line, Text: f.Reason}
	switch {
	case f.Reason != "":
	case f.Column != nil && f.Expected != "":
		e.Text = fmt.Sprintf("%s must be %s", f.Column.Name, f.Expected)
	case f.Column != nil:
		e.Text = f.Column.Name + " is empty"
	default:
		e.Text = string(f.Code)
	}
	return e
}

// Set gives the set of all rows that were added. It is an error when a key stands twice.
func (b *Builder) Set(version string) (*Set, error) {
	if first, second := b.set.table.index(); first != missing {
		return nil, &Error{Line: b.lines[second], Text: fmt.Sprintf("the key stands on line %d already", b.lines[first])}
	}
	b.set.version = version
	return b.set, nil
}
