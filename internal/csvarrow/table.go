package csvarrow

import (
	"encoding/binary"
	"math/bits"
)

// table is a hash table from bytes to codes with open addressing. A look-up costs little more than the branches that the
// processor predicts wrongly, and labels come in random order and length. So a text of up to 32 bytes is turned into four
// words without a branch on its length, and the seed of the hash is chosen such that as few labels as possible stand
// elsewhere than where they belong: none, in a vocabulary of common size.
type table struct {
	slots []slot
	seed  uint64
	text  []byte // of all entries, one behind the other
}

type slot struct {
	key      key
	from, to uint32 // in text
	code     int16
	used     bool
}

// key is a text's first and last 8 bytes (the text itself twice when it is shorter than that), and for one longer than 16
// bytes also the 8 bytes next to them. Texts of the same key and length can only differ in what lies between. Four fields
// are as many as the compiler keeps in registers.
type key struct {
	head, tail, head2, tail2 uint64
}

// wholeKey is the longest text of which key and length say everything.
const wholeKey = 32

func word(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

func keyOf(b []byte) key {
	n := len(b)
	if n < 8 {
		var w [8]byte
		copy(w[:], b)
		return key{head: word(w[:]), tail: word(w[:])}
	}
	k := key{head: word(b), tail: word(b[n-8:])}
	if n > 16 {
		k.head2, k.tail2 = word(b[8:]), word(b[n-16:])
	}
	return k
}

// keyAt is keyOf(buf[from:to]) for a text amid others: it reads whole words beyond the text's ends and cuts them by shifts.
func keyAt(buf []byte, from, to int) key {
	if to < 16 || from+16 > len(buf) {
		return keyOf(buf[from:to])
	}
	n := to - from
	cut := uint(max(8-n, 0)) * 8
	long := uint64(int64(16-n) >> 63) // all ones when n > 16
	return key{
		head:  word(buf[from:]) << cut >> cut,
		tail:  word(buf[to-8:]) >> cut,
		head2: word(buf[from+8:]) & long,
		tail2: word(buf[to-16:]) & long,
	}
}

// hash needs no secret: the table's content is the contract's, so that a cell can at worst walk over the entries that the
// contract itself made collide.
func (k key) hash(b []byte, seed uint64) uint64 {
	const k0, k1, k2, k3 = 0x9e3779b97f4a7c15, 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3, 0x589965cc75374cc3
	h := fold(k.head^seed, k.tail^k1) + fold(k.head2^k2, k.tail2^k3^seed) + uint64(len(b))*k0
	for i := 16; i+16 < len(b); i += 8 { // what the key does not hold
		h = fold(h^word(b[i:]), k1)
	}
	return h
}

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// Bounds of the search for a seed: tables up to so many slots an entry, so many seeds for each size, so many entries put
// down in all.
const (
	mostSlots = 16
	mostSeeds = 64
	mostPuts  = 1 << 20
)

// newTable makes a table of entries, of which the first of equal ones counts. Of the tables that it tries it keeps the one
// in which the fewest entries are displaced, and among these the smallest.
func newTable(entries []Entry) table {
	var best table
	displaced, puts := len(entries)+1, 0
	for size := 8; displaced > 0 && size <= max(8, mostSlots*len(entries)); size *= 2 {
		if size < 2*len(entries) {
			continue
		}
		for i := uint64(1); i <= mostSeeds && displaced > 0 && (puts < mostPuts || best.slots == nil); i++ {
			t := table{slots: make([]slot, size), seed: i * 0x9e3779b97f4a7c15}
			n := 0
			for _, e := range entries {
				if !t.add([]byte(e.Text), e.Code) {
					n++
				}
			}
			if puts += len(entries); n < displaced {
				best, displaced = t, n
			}
		}
	}
	return best
}

// find gives the slot that holds b, whose key is k, or the free one where it belongs.
func (t *table) find(k key, b []byte) *slot {
	mask := len(t.slots) - 1
	for i := int(k.hash(b, t.seed)) & mask; ; i = (i + 1) & mask {
		s := &t.slots[i]
		if !s.used || s.is(k, len(b)) && (len(b) <= wholeKey || t.same(s, b)) {
			return s
		}
	}
}

func (s *slot) is(k key, n int) bool {
	o := &s.key
	return (k.head^o.head)|(k.tail^o.tail)|(k.head2^o.head2)|(k.tail2^o.tail2)|uint64(n-int(s.to-s.from)) == 0
}

// same compares what equal keys do not hold.
func (t *table) same(s *slot, b []byte) bool {
	return string(t.text[s.from+16:s.to-16]) == string(b[16:len(b)-16])
}

func (t *table) get(k key, b []byte) (int16, bool) {
	s := t.find(k, b)
	return s.code, s.used
}

// add puts an entry down and reports whether it stands where it belongs.
func (t *table) add(b []byte, code int16) bool {
	k := keyOf(b)
	s := t.find(k, b)
	if !s.used {
		from := uint32(len(t.text))
		*s = slot{key: k, from: from, to: from + uint32(len(b)), code: code, used: true}
		t.text = append(t.text, b...)
	}
	return s == &t.slots[int(k.hash(b, t.seed))&(len(t.slots)-1)]
}
