package observe

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"time"

	"github.com/assay-dev/assay/internal/flow"
)

// Span is one chunk on its way through a feed: from the moment its work began to the commit of its transaction. What was rolled
// back has none, so that each chunk has one span, as its rows have one fate.
type Span struct {
	Parent Parent
	Began  time.Time
	Worked time.Time // the chunk's output was complete, and waited for its commit

	At    flow.Position
	Group string // the consumer group
	Feed  string // set by Feed.Spans

	Rows, RowsDead int64
	Refused        flow.Code // of the whole chunk; empty when its rows have gone their ways

	id        [8]byte // drawn by Feed.Spans
	committed time.Time
}

// Parent is what a traceparent header says: whose work a span goes on with. The zero value is nobody's.
type Parent struct {
	Trace   [16]byte
	Span    [8]byte
	Sampled bool
	State   string // the tracestate header, as it came
}

// None reports whether there is no parent.
func (p *Parent) None() bool { return p.Trace == [16]byte{} }

// maxTraceState is the longest tracestate that is passed on; the W3C asks for at least 512 characters.
const maxTraceState = 512

// ParseParent reads the headers traceparent and tracestate of the W3C's Trace Context, level 1. It keeps nothing of them. What is
// not well formed is no parent, and the span begins a trace of its own.
func ParseParent(traceparent, tracestate []byte) Parent {
	var p Parent
	var version, flags [1]byte
	const length = len("00-0123456789abcdef0123456789abcdef-0123456789abcdef-00")
	b := traceparent
	if len(b) < length || b[2] != '-' || b[35] != '-' || b[52] != '-' ||
		!unhex(version[:], b[:2]) || !unhex(p.Trace[:], b[3:35]) || !unhex(p.Span[:], b[36:52]) || !unhex(flags[:], b[53:55]) {
		return Parent{}
	}
	// A later version may be longer, after another dash; 255 is none.
	if version[0] == 255 || len(b) > length && (version[0] == 0 || b[length] != '-') || p.Trace == [16]byte{} || p.Span == [8]byte{} {
		return Parent{}
	}
	p.Sampled = flags[0]&1 == 1
	if len(tracestate) <= maxTraceState {
		p.State = string(tracestate)
	}
	return p
}

// unhex reads lower-case digits, the only ones that the format has.
func unhex(to, digits []byte) bool {
	for _, c := range digits {
		if c >= 'A' && c <= 'F' {
			return false
		}
	}
	_, err := hex.Decode(to, digits)
	return err == nil
}

// complete gives the span what it gets when its transaction has committed: ids and its end.
func (s *Span) complete(feed string, now time.Time) {
	s.Feed, s.committed = feed, now
	drawID(s.id[:])
	if s.Parent.None() {
		drawID(s.Parent.Trace[:])
	}
}

// drawID fills an id with chance, never with zeros alone.
func drawID(id []byte) {
	for i := 0; i < len(id); i += 8 {
		binary.BigEndian.PutUint64(id[i:], rand.Uint64()|1)
	}
}
