package encode

import (
	"fmt"
	"strconv"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// Letter is a dead letter: a refused row or chunk with the bytes it came with.
type Letter struct {
	Code      flow.Code
	Stage     string
	Message   string
	Value     []byte
	HeaderRow []byte // the header record that a row was read under; nil for a chunk
	Row       int64  // −1 for a chunk
	Line      int64  // 0 when there is no place
	From, To  int64
	Part      int  // 0, or the number of a part of a record that is too long for one letter
	Last      bool // the part is the last one
}

// DeadLetter sends l. Its headers are the input's, secrets replaced, the ones that Kafka Connect's viewers know, and ours.
func (w *Writer) DeadLetter(l *Letter) error {
	entry, ok := fault.Lookup(l.Code)
	if !ok {
		entry, _ = fault.Lookup(fault.InternalError)
	}
	c := w.chunk
	h := withoutSecrets(w.headers[:0], c.Headers)
	text := func(name, value string) { h = append(h, flow.Header{Key: name, Value: []byte(value)}) }
	number := func(name string, n int64) { text(name, strconv.FormatInt(n, 10)) }
	text("__connect.errors.topic", c.Topic)
	number("__connect.errors.partition", int64(c.Partition))
	number("__connect.errors.offset", c.Offset)
	text("__connect.errors.connector.name", w.feed.Name)
	text("__connect.errors.task.id", w.feed.Task)
	text("__connect.errors.stage", l.Stage)
	text("__connect.errors.class.name", string(l.Code))
	text("__connect.errors.exception.class.name", string(l.Code))
	text("__connect.errors.exception.message", l.Message)
	text("assay-error-code", string(l.Code))
	text("assay-error-class", entry.RetryClass)
	if l.Row >= 0 {
		number("assay-error-row", l.Row)
	}
	if l.Line > 0 {
		number("assay-error-line", l.Line)
		text("assay-error-bytes", fmt.Sprintf("%d-%d", l.From, l.To))
	}
	text("assay-error-feed", w.feed.Name)
	text("assay-error-version", w.feed.Version)
	number("assay-error-attempt", int64(max(c.Attempt, 1)))
	if _, replayed := c.Header("assay-error-first-seen"); !replayed {
		text("assay-error-first-seen", string(w.at))
	}
	if l.HeaderRow != nil {
		h = append(h, flow.Header{Key: "assay-header-row", Value: l.HeaderRow})
	}
	if l.Part > 0 {
		number("assay-part", int64(l.Part))
		if l.Last {
			text("assay-part-last", "1")
		}
	}
	w.headers = h
	return w.emit(flow.Dead, w.partition(flow.Dead), c.Key, l.Value, h)
}
