package pipeline

import (
	"bytes"
	"fmt"
	"iter"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/ipc"
)

// Records reads a message of scored rows in Arrow format, from a Result or from a topic. A record is valid until the next one:
// whoever keeps it calls its Retain. An error is the last thing given.
func Records(message []byte) iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) {
		r, err := ipc.NewReader(bytes.NewReader(message))
		if err != nil {
			yield(nil, fmt.Errorf("reading an Arrow stream: %w", err))
			return
		}
		defer r.Release()
		for r.Next() {
			if !yield(r.Record(), nil) {
				return
			}
		}
		if err := r.Err(); err != nil {
			yield(nil, fmt.Errorf("reading an Arrow stream: %w", err))
		}
	}
}
