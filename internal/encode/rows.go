package encode

import (
	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// Layout is the shape of a chunk's scored rows: which columns of a batch leave, under which names. It is made once a header
// and never changed, so that an encoder can tell by the pointer whether the shape is the one of the chunk before.
type Layout struct {
	Header []byte   // the header record's bytes, without line end
	EOL    []byte   // its line end
	Names  []string // unique names of the input's columns, in their order
	// Replaced says which input columns give way to an output column of the same name.
	Replaced []bool
	// Key is the input column with the message key, or -1.
	Key       int
	Delimiter byte
	Quote     byte
	Escape    byte // 0: quotes are doubled
}

// Rows encodes the scored rows of one chunk at a time. Its methods are called once a batch.
type Rows interface {
	// Begin starts a chunk with the columns of b. What an unfinished chunk has left behind is forgotten.
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
