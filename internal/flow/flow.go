// Package flow holds the words that every room of assay shares: chunks, batches, columns, bitmaps, findings, effects and the
// extension points. It does no I/O, starts no goroutine and reads no clock.
//
// Ownership: a lane owns one Batch and a few Effects and uses them again and again. Every []byte reached through a Batch is
// a view into the chunk and is valid until the next batch is decoded; whoever needs it longer copies it.
package flow

import (
	"strings"
	"time"
)

// MaxRows is the most rows that a Batch holds, so that its columns stay in the second-level cache.
const MaxRows = 4096

// MaxText is the text, in bytes, at which a Batch is closed even if it has fewer than MaxRows rows. A single row may be
// longer; it is then a batch of its own.
const MaxText = 1 << 20

// Position names one Kafka record.
type Position struct {
	Topic     string
	Partition int32
	Offset    int64
}

// Header is one Kafka record header. A nil Value is a null.
type Header struct {
	Key   string
	Value []byte
}

// Chunk is one input message: whole CSV rows. A file is one endless chunk, whose Value is nil and whose bytes are fed in
// windows. Key, Value and Headers point into the fetch buffer and are valid until the chunk has been processed.
type Chunk struct {
	Position
	Key     []byte // nil is a null key
	Value   []byte // nil is a tombstone
	Headers []Header
	Time    time.Time // the record's timestamp: the only clock of the core
	Attempt int       // 1 for the first, higher for replayed input
	// Verdict is set when an earlier run of this chunk was refused after part of its effects had left: the chunk is then
	// refused at once (but see Fault.Again).
	Verdict *Fault
}

// Header gives the value of the last header called key, in any case, and whether there is one: bridges from HTTP write
// names as they please.
func (c *Chunk) Header(key string) ([]byte, bool) {
	for i := len(c.Headers) - 1; i >= 0; i-- {
		if strings.EqualFold(c.Headers[i].Key, key) {
			return c.Headers[i].Value, true
		}
	}
	return nil, false
}

// Counts is what has become of rows, chunks and bytes. Core packages return it; the lane moves the metrics with it once
// the transaction has committed.
type Counts struct {
	Chunks       int64 // chunks ended, refused ones included
	ChunksDead   int64 // of these, refused whole
	Tombstones   int64 // null values, skipped
	Rows         int64 // data records, refused ones included
	RowsScored   int64
	RowsDead     int64
	RowsFlagged  int64 // scored rows with at least one flagged value
	BytesIn      int64 // decompressed bytes of the chunks
	Events       int64 // quality, error and result documents
	Letters      int64 // dead letters
	FindingsByID map[FindingID]int64
	Sets         []SetCount // one for each reference set that was asked
	Examples     []Example  // the first findings of each code, not all
}

// FindingID is what findings are counted by.
type FindingID struct {
	Code  Code
	Field string // column or rule; empty when the fault is the row's
}

// SetCount is what became of the keys that a reference set was asked for. Rows without a key are in neither number.
type SetCount struct {
	Set       string
	Matched   int64 // rows whose key the set has
	Unmatched int64 // rows whose key it does not have
}

// Add adds d to c.
func (c *Counts) Add(d *Counts) {
	c.Chunks += d.Chunks
	c.ChunksDead += d.ChunksDead
	c.Tombstones += d.Tombstones
	c.Rows += d.Rows
	c.RowsScored += d.RowsScored
	c.RowsDead += d.RowsDead
	c.RowsFlagged += d.RowsFlagged
	c.BytesIn += d.BytesIn
	c.Events += d.Events
	c.Letters += d.Letters
	for k, n := range d.FindingsByID {
		c.Found(k, n)
	}
	for i := range d.Sets {
		s := &d.Sets[i]
		c.LookedUp(s.Set, s.Matched, s.Unmatched)
	}
	c.addExamples(d.Examples)
}

// LookedUp counts rows whose keys a reference set was asked for. It is called once a batch and set; a feed has so few sets that
// going through them costs less than a map.
func (c *Counts) LookedUp(set string, matched, unmatched int64) {
	for i := range c.Sets {
		if s := &c.Sets[i]; s.Set == set {
			s.Matched += matched
			s.Unmatched += unmatched
			return
		}
	}
	c.Sets = append(c.Sets, SetCount{set, matched, unmatched})
}

// Found counts n rows with a finding.
func (c *Counts) Found(id FindingID, n int64) {
	if c.FindingsByID == nil {
		c.FindingsByID = map[FindingID]int64{}
	}
	c.FindingsByID[id] += n
}

// Reset makes every count zero and keeps the memory of maps and slices.
func (c *Counts) Reset() {
	m, examples := c.FindingsByID, c.Examples
	clear(m)
	clear(examples)
	*c = Counts{FindingsByID: m, Sets: c.Sets[:0], Examples: examples[:0]}
}
