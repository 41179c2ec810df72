package encode

import (
	"math"
	"strconv"
	"strings"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// Letter is a dead letter: a refused row or chunk with the bytes it came with.
type Letter struct {
	Code      flow.Code
	Stage     string
	Message   []byte
	Value     []byte
	HeaderRow []byte // the header record that a row was read under; nil for a chunk
	Row       int64  // −1 for a chunk
	Line      int64  // 0 when there is no place
	From, To  int64
	Part      int  // 0, or the number of a part of a record that is too long for one letter
	Of        int  // how many parts there are, or 0: it shows with the last one only
	Last      bool // the part is the last one
}

// letterHead is what all letters of a chunk begin with. It is made with the chunk's first letter.
type letterHead struct {
	ready    bool
	headers  []flow.Header
	values   []byte
	replayed bool // the input tells when the record was first refused
}

const firstSeen = "assay-error-first-seen"

// ours reports whether a letter sets a header of this name itself. An input that has it was a dead letter once, or
// left another feed.
func ours(name string) bool {
	return strings.HasPrefix(name, "__connect.errors.") || strings.HasPrefix(name, "assay-error-") && name != firstSeen ||
		name == "assay-source" || name == "assay-version" || name == "assay-header-row" || name == "assay-part" || name == "assay-part-last"
}

func (w *Writer) letterHead() *letterHead {
	l := &w.letters
	if l.ready {
		return l
	}
	c := w.chunk
	l.headers, l.values, l.replayed = l.headers[:0], l.values[:0], false
	for _, h := range c.Headers {
		l.replayed = l.replayed || h.Key == firstSeen
		if !ours(h.Key) {
			l.headers = append(l.headers, withoutSecret(h))
		}
	}
	add := func(name string, from int) {
		l.headers = append(l.headers, flow.Header{Key: name, Value: l.values[from:len(l.values):len(l.values)]})
	}
	text := func(name, value string) {
		n := len(l.values)
		l.values = append(l.values, value...)
		add(name, n)
	}
	number := func(name string, value int64) {
		n := len(l.values)
		l.values = strconv.AppendInt(l.values, value, 10)
		add(name, n)
	}
	if _, ok := c.Header("content-type"); !ok {
		l.headers = append(l.headers, flow.Header{Key: "content-type", Value: contentCSV})
	}
	text("__connect.errors.topic", c.Topic)
	number("__connect.errors.partition", int64(c.Partition))
	number("__connect.errors.offset", c.Offset)
	text("__connect.errors.connector.name", w.feed.Name)
	text("__connect.errors.task.id", w.feed.Task)
	l.ready = true
	return l
}

// DeadLetter sends l, in parts when it does not fit into one message.
func (w *Writer) DeadLetter(l *Letter) error {
	if w.feed.Disabled[flow.Dead] {
		return nil
	}
	w.letterHeaders(l)
	err := w.emit(flow.Dead, w.partition(flow.Dead), w.chunk.Key, l.Value, w.headers)
	if err != nil && l.Part == 0 {
		return w.letterParts(l, err)
	}
	return err
}

// letterShare is the part of a message, one in so many bytes, that must be left for the bytes of a letter beside its key and
// other headers. Each part repeats those: with less room, they would make a letter many times as large as what it is about.
const letterShare = 8

// letterParts sends a letter that does not fit into one message. The header row is cut like the value, and stands before it:
// joined over all parts, each of the two is whole again. It gives whole, the error of sending l in one piece, when the key and
// the other headers leave too little room.
func (w *Writer) letterParts(l *Letter, whole error) error {
	part := *l
	part.Value, part.From, part.Part, part.Of = nil, l.To, math.MaxInt32, math.MaxInt32
	if l.HeaderRow != nil {
		part.HeaderRow = noBytes
	}
	w.letterHeaders(&part)
	const length = 4 // that of the header row may take four bytes more than that of an empty one
	room := w.room(flow.Dead, w.chunk.Key, w.headers) - length
	if room < w.fx.Limit[flow.Dead]/letterShare {
		return whole
	}
	header, value := l.HeaderRow, l.Value
	part.From, part.Of = l.From, (len(header)+len(value)+room-1)/room
	for part.Part = 1; part.Part <= part.Of; part.Part++ {
		n := min(len(header), room)
		part.HeaderRow, header = header[:n:n], header[n:]
		if n == 0 && part.Part > 1 {
			part.HeaderRow = nil
		}
		n = min(len(value), room-n)
		part.Value, value = value[:n:n], value[n:]
		if l.Row >= 0 { // the place of a row is its bytes, that of a chunk's fault is not
			part.To = part.From + int64(n)
		}
		if err := w.DeadLetter(&part); err != nil {
			return err
		}
		if l.Row >= 0 {
			part.From = part.To
		}
	}
	return nil
}

var noBytes = []byte{}

// letterHeaders makes the headers of l: the input's, secrets replaced, the ones that Kafka Connect's viewers know, and ours.
func (w *Writer) letterHeaders(l *Letter) {
	entry := lookup(l.Code)
	head := w.letterHead()
	w.headers, w.values = append(w.headers[:0], head.headers...), w.values[:0]
	w.bytes("assay-source", w.sourceOf(l.Row))
	w.bytes("assay-version", w.version)
	w.text("__connect.errors.stage", l.Stage)
	w.text("__connect.errors.class.name", string(l.Code))
	w.text("__connect.errors.exception.class.name", string(l.Code))
	w.bytes("__connect.errors.exception.message", l.Message)
	w.text("assay-error-code", string(l.Code))
	w.text("assay-error-class", entry.RetryClass)
	if l.Row >= 0 {
		w.number("assay-error-row", l.Row)
	}
	if l.Line > 0 {
		w.number("assay-error-line", l.Line)
		n := len(w.values)
		w.values = strconv.AppendInt(w.values, l.From, 10)
		w.values = append(w.values, '-')
		w.values = strconv.AppendInt(w.values, l.To, 10)
		w.bytes("assay-error-bytes", w.values[n:len(w.values):len(w.values)])
	}
	w.text("assay-error-feed", w.feed.Name)
	w.bytes("assay-error-version", w.version)
	w.number("assay-error-attempt", int64(max(w.chunk.Attempt, 1)))
	if !head.replayed {
		w.bytes(firstSeen, w.at)
	}
	if l.HeaderRow != nil {
		w.bytes("assay-header-row", l.HeaderRow)
	}
	switch {
	case l.Of > 0:
		n := len(w.values)
		w.values = strconv.AppendInt(w.values, int64(l.Part), 10)
		w.values = append(w.values, '/')
		w.values = strconv.AppendInt(w.values, int64(l.Of), 10)
		w.bytes("assay-part", w.values[n:len(w.values):len(w.values)])
	case l.Part > 0:
		w.number("assay-part", int64(l.Part))
		if l.Last {
			w.bytes("assay-part-last", one)
		}
	}
}

// lookup gives the catalogue's entry of a code, that of INTERNAL_ERROR for a code that is none.
func lookup(code flow.Code) *fault.Entry {
	entry, ok := fault.Lookup(code)
	if !ok {
		entry, _ = fault.Lookup(fault.InternalError)
	}
	return entry
}

// bytes adds a header to the record in the making.
func (w *Writer) bytes(name string, value []byte) {
	w.headers = append(w.headers, flow.Header{Key: name, Value: value})
}

func (w *Writer) text(name, value string) {
	n := len(w.values)
	w.values = append(w.values, value...)
	w.bytes(name, w.values[n:len(w.values):len(w.values)])
}

func (w *Writer) number(name string, value int64) {
	n := len(w.values)
	w.values = strconv.AppendInt(w.values, value, 10)
	w.bytes(name, w.values[n:len(w.values):len(w.values)])
}
