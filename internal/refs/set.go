package refs

import (
	"encoding/binary"
	"hash/maphash"
	"unsafe"

	"github.com/assay-dev/assay/internal/flow"
)

// Set is an immutable version of a reference set. It may be used by any number of goroutines.
type Set struct {
	version string
	table   table
	add     [][]flow.View // of each added column, the text of each row
	arena   []byte        // what the views point into
}

// Version gives the version that outputs name.
func (s *Set) Version() string { return s.version }

// Rows gives the number of the set's rows.
func (s *Set) Rows() int { return s.table.rows() }

// Bytes gives the memory that the set holds.
func (s *Set) Bytes() int64 {
	t := &s.table
	n := cap(t.slots)*int(unsafe.Sizeof(slot{})) + cap(t.keys) + cap(t.ends)*4 + cap(s.arena)
	for _, texts := range s.add {
		n += cap(texts) * int(unsafe.Sizeof(flow.View{}))
	}
	return int64(n)
}

// Lookup finds the rows of the set whose keys are the first n values of keys, at most flow.MaxRows. keys must be of the type that
// the set was built for, or a category where that is a string. A null or an empty text is no key and finds nothing. The
// outcome in h is valid until the next call with h.
func (s *Set) Lookup(keys *flow.Column, n int, h *Hits) {
	h.set, h.Matched, h.Unmatched = s, 0, 0
	if cap(h.rows) < n {
		h.rows = make([]int32, flow.MaxRows)
	}
	h.rows = h.rows[:n]
	var fixed [16]byte
	switch keys.Type {
	case flow.String:
		for i := range h.rows {
			var key []byte
			if keys.Valid.Get(i) {
				key = keys.Cell(i)
			}
			h.rows[i] = s.find(key, h)
		}
	case flow.Category:
		for i := range h.rows {
			var key []byte
			if keys.Valid.Get(i) {
				h.label = keys.AppendLabel(h.label[:0], i)
				key = h.label
			}
			h.rows[i] = s.find(key, h)
		}
	default:
		for i := range h.rows {
			var key []byte
			if keys.Valid.Get(i) {
				key = fixed[:fixedKey(&fixed, keys, i)]
			}
			h.rows[i] = s.find(key, h)
		}
	}
}

// find gives the row of a key or missing, and counts the keys that the set has and those that it lacks.
func (s *Set) find(key []byte, h *Hits) int32 {
	if len(key) == 0 {
		return missing
	}
	row := s.table.find(key)
	if row == missing {
		h.Unmatched++
	} else {
		h.Matched++
	}
	return row
}

// fixedKey writes the bytes by which the value of row i is known, for types whose values are no text, and gives their number.
func fixedKey(to *[16]byte, c *flow.Column, i int) int {
	switch c.Type {
	case flow.UUID:
		*to = c.UUIDs[i]
		return 16
	case flow.Decimal:
		binary.LittleEndian.PutUint64(to[:8], c.Decimals[i].LowBits())
		binary.LittleEndian.PutUint64(to[8:], uint64(c.Decimals[i].HighBits()))
		return 16
	}
	binary.LittleEndian.PutUint64(to[:8], uint64(c.Ints[i]))
	return 8
}

// Hits is the outcome of a look-up. A lane keeps one for each set, so that it allocates its memory once.
type Hits struct {
	Matched   int // keys that the set has
	Unmatched int // keys that it does not have

	set   *Set
	rows  []int32 // the set's row for each row of the batch, or missing
	label []byte
}

// Column fills column, which is text, with the set's kth added column: null where no row was found. The texts point into the
// set and stay valid as long as the column refers to them.
func (h *Hits) Column(k int, column *flow.Column) {
	texts := h.set.add[k]
	column.Buffers[0] = h.set.arena
	column.Valid.Fill(false)
	for i, row := range h.rows {
		if row == missing {
			column.Text[i] = flow.View{}
			continue
		}
		column.Text[i] = texts[row]
		column.Valid.Set(i)
	}
}

// Count fills column, which is an int64, with the number of rows that were found: 0 or 1, since no key stands twice.
func (h *Hits) Count(column *flow.Column) {
	column.Valid.Fill(true)
	for i, row := range h.rows {
		column.Ints[i] = 0
		if row != missing {
			column.Ints[i] = 1
		}
	}
}

// missing stands for no row.
const missing int32 = -1

// table finds rows by their keys: a hash table with open addressing. A set is built once and read for ever, so it holds no
// more than it needs: 8 bytes a slot, the keys one behind the other. The hash is seeded, so that whoever writes the feed's keys
// cannot make them collide.
type table struct {
	seed  maphash.Seed
	slots []slot // a power of two, at most half of them full
	keys  []byte
	ends  []uint32 // of each row's key
}

// slot is a row, from 1, with a part of its key's hash; or 0.
type slot struct{ hash, row uint32 }

func (t *table) rows() int { return len(t.ends) }

// key gives the key of a row.
func (t *table) key(row int32) []byte {
	from := uint32(0)
	if row > 0 {
		from = t.ends[row-1]
	}
	return t.keys[from:t.ends[row]]
}

// append adds a row, which find knows only after index.
func (t *table) append(key []byte) {
	t.keys = append(t.keys, key...)
	t.ends = append(t.ends, uint32(len(t.keys)))
}

// index makes the rows findable. It ends at the first row whose key stood before and gives both, or missing twice.
func (t *table) index() (first, second int32) {
	size := 8
	for size < 2*len(t.ends) {
		size *= 2
	}
	t.seed, t.slots = maphash.MakeSeed(), make([]slot, size)
	for row := range t.ends {
		key := t.key(int32(row))
		hash, s := t.slot(key)
		if s.row != 0 {
			return int32(s.row) - 1, int32(row)
		}
		*s = slot{hash: hash, row: uint32(row) + 1}
	}
	return missing, missing
}

func (t *table) find(key []byte) int32 {
	_, s := t.slot(key)
	return int32(s.row) - 1
}

// slot gives the slot of a key, or the free one where it belongs.
func (t *table) slot(key []byte) (hash uint32, s *slot) {
	h := maphash.Bytes(t.seed, key)
	hash = uint32(h >> 32)
	for i := h; ; i++ {
		s := &t.slots[i&uint64(len(t.slots)-1)]
		if s.row == 0 || s.hash == hash && string(t.key(int32(s.row)-1)) == string(key) {
			return hash, s
		}
	}
}
