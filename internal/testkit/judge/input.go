package judge

import (
	"fmt"
	"math/rand/v2"
)

// Plan says what input to make. Shares are from 0 to 1.
type Plan struct {
	Topic      string
	Partitions int32
	Chunks     int
	Rows       int // in a chunk, on average
	Seed       uint64

	Flagged  float64 // rows with one or two values that no vocabulary knows; they are scored and flagged
	Dead     float64 // rows that no CSV reader accepts: ragged, bare quote, NUL; at most 100 a chunk
	Bad      float64 // chunks that are refused whole: columns missing, unreadable header, empty value
	Odd      float64 // chunks that are fine but unusual: CRLF, byte order mark, header alone, tombstone, blank lines
	Phantoms float64 // chunks, on top of Chunks, written in transactions that abort
}

// Standard is a plan with something of everything.
func Standard(topic string, partitions int32, chunks, rows int) Plan {
	return Plan{
		Topic: topic, Partitions: partitions, Chunks: chunks, Rows: rows, Seed: 1,
		Flagged: 0.05, Dead: 0.02, Bad: 0.04, Odd: 0.1, Phantoms: 0.08,
	}
}

// Input is everything that was, or will be, written to the input topic, and what must become of it.
type Input struct {
	Plan   Plan
	Chunks []*Chunk // in the order in which they are written; chunk i goes to partition i modulo Partitions

	phantoms []*phantom
}

// Chunk is one message of the input.
type Chunk struct {
	ID        string // "c000123", or "p000123" when it is written in a transaction that aborts
	Partition int32
	Offset    int64 // -1 until it has been written
	Value     []byte
	Header    []byte // the header row's bytes without line end and byte order mark
	Names     []string
	Rows      []Row
	Code      string // the fault for which it must be refused whole, or ""
	Tombstone bool   // a null value: counted and skipped, nothing comes of it
}

// Row is one data record of a chunk.
type Row struct {
	ID       string // "c000123-r0042"
	Text     []byte // as it stands in the chunk, without line end
	Line     int    // 1-based
	From, To int    // its bytes in the chunk
	Cells    []string
	Dead     string // the code with which it must die, or "" when it must be scored
	Flags    []flagged
	Low      bool // three or more of its nine values are not stated: its confidence is low
}

// flagged is a value that must be reported as unknown.
type flagged struct{ Field, Value string }

// phantom is a chunk in a transaction that aborts.
type phantom struct {
	*Chunk
	producer int // 0 or 1
	from     int // written before Chunks[from]; one past the last chunk means behind it
	to       int // aborted before Chunks[to]
}

// flaggedRows gives the number of rows with a flagged value.
func (c *Chunk) flaggedRows() int {
	n := 0
	for i := range c.Rows {
		if len(c.Rows[i].Flags) > 0 {
			n++
		}
	}
	return n
}

// deadRows gives the number of rows that must die.
func (c *Chunk) deadRows() int {
	n := 0
	for i := range c.Rows {
		if c.Rows[i].Dead != "" {
			n++
		}
	}
	return n
}

// New makes the input of a plan. The same plan gives the same bytes.
func New(p Plan) *Input {
	in := &Input{Plan: p}
	r := rand.New(rand.NewPCG(p.Seed, 0x6a75646765))
	for i := range p.Chunks {
		in.Chunks = append(in.Chunks, newChunk(r, p, fmt.Sprintf("c%06d", i), int32(i)%p.Partitions))
	}
	in.addPhantoms(r)
	return in
}

// addPhantoms spreads pairs of transactions over the input. The second of a pair opens after the first and aborts before
// it, so that the broker lists them in the order of their ends, not of their beginnings: a reader that trusts the order
// lets the first one's records through.
func (in *Input) addPhantoms(r *rand.Rand) {
	p := in.Plan
	pairs := int(p.Phantoms*float64(p.Chunks)+1) / 2
	if p.Phantoms == 0 || pairs == 0 {
		return
	}
	stride := max(p.Chunks/pairs, 1)
	add := func(producer, from, to int) {
		id := fmt.Sprintf("p%06d", len(in.phantoms))
		plain := Plan{Rows: p.Rows}
		in.phantoms = append(in.phantoms, &phantom{
			Chunk: newChunk(r, plain, id, int32(r.IntN(int(p.Partitions)))), producer: producer, from: from, to: to,
		})
	}
	for from := 0; from < p.Chunks; from += stride {
		step := max(stride/5, 1)
		add(0, from, min(from+3*step, from+stride, p.Chunks))
		if stride >= 4 && from+2*step < p.Chunks {
			add(1, from+step, from+2*step)
		}
	}
	add(0, p.Chunks, p.Chunks) // a drained partition has lag 0 although what it ends in is never seen
}
