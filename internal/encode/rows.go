package encode

import (
	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// Layout is the shape of a chunk's scored rows: which columns of a batch leave, under which names. It is made once a header
// and never changed, so that an encoder can tell by the pointer whether the shape is the one of the chunk before.
type Layout struct {
	Header  []byte   // the header record's bytes, without line end
	EOL     []byte   // its line end
	Columns []Column // what leaves, in this order
	// Key is the input column with the message key, or -1.
	Key       int
	Delimiter byte
	Quote     byte
	Escape    byte // 0: quotes are doubled
}

// Column is one column that leaves. Cells of the input leave as they were written, in JSON and Arrow numbers and booleans as
// such; values of added columns leave in their types, those that JSON and Arrow output know no type for as text.
type Column struct {
	*flow.Column
	Name  string // unique among the columns that leave
	Input int    // its place in the input, or Added
}

// Added is the place of a column that the input does not have: of a reference set, or a scorer's.
const Added = -1

// Whole reports whether rows begin with all columns of an input that has so many, in their order: as CSV they leave with their
// bytes, and no cell of them is asked for.
func (l *Layout) Whole(inputs int) bool {
	if len(l.Columns) < inputs {
		return false
	}
	for i := range inputs {
		if l.Columns[i].Input != i {
			return false
		}
	}
	return true
}

// Rows encodes the scored rows of one chunk at a time. Its methods are called once a batch.
type Rows interface {
	// Begin starts a chunk with the columns of b, which are those of l. What an unfinished chunk has left behind is forgotten.
	Begin(l *Layout, b *flow.Batch) error
	// Batch encodes the rows of b that are not dead. It refuses those that fit into no message.
	Batch(b *flow.Batch) error
	// End sends what is held back. Until then nothing may be missing from the Effects but the last message.
	End() error
}

// tooLong refuses a scored row that fits into no message of its topic.
func tooLong(b *flow.Batch, i, limit int) {
	f := b.Find(i, fault.FileTooLarge, nil, true)
	f.Limit = int64(limit)
}
