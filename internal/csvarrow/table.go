package csvarrow

import (
	"encoding/binary"
	"math/bits"
)

// table is a hash table from bytes to codes with open addressing. What makes look-ups slow is branches that the processor
// predicts wrongly, since labels come in random order and length. So a text of up to 32 bytes is turned into four words
// without a branch on its length, and the seed of the hash is chosen such that as few labels as possible stand elsewhere
// than where they belong: none, in a vocabulary of common size.
type table struct {
	slots []slot // a power of two
	seed  uint64
	text  []byte // of all entries, one behind the other
}

// slot is an entry or, when size is 0, free.
type slot struct {
	key
	size uint32 // length of the text, plus 1
	from uint32 // of the text
	code int16
}

// key is a text's first and last 8 bytes (the text itself twice when it is shorter than that), and for one longer than 16
// bytes also the 8 bytes next to them. Texts of the same key and length can only differ in what lies between. Four fields
// are as many as the compiler keeps in registers.
type key struct{ head, tail, head2, tail2 uint64 }

// wholeKey is the longest text of which key and length say everything.
const wholeKey = 32

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

func word(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// hash needs no secret: the table's content is the contract's, so that a cell can at worst walk over the entries that the
// contract itself made collide.
func (k key) hash(n int, seed uint64) uint64 {
	const k0, k1, k2, k3 = 0x9e3779b97f4a7c15, 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3, 0x589965cc75374cc3
	return fold(k.head^seed, k.tail^k1) + fold(k.head2^k2, k.tail2^k3) + uint64(n)*k0
}

// middle adds to a hash what the key of b does not hold.
func middle(h uint64, b []byte) uint64 {
	for i := 16; i+16 < len(b); i += 8 {
		h = fold(h^word(b[i:]), 0x9e3779b97f4a7c15)
	}
	return h
}

// fold mixes two words into the halves of their product.
func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// get gives the code of buf[from:to], a text amid others, and whether it is there. It reads whole words beyond the text's
// ends and cuts them by shifts.
func (t *table) get(buf []byte, from, to int) (int16, bool) {
	if to < 16 || from+16 > len(buf) {
		s := t.find(buf[from:to])
		return s.code, s.size > 0
	}
	n := to - from
	cut := uint(max(8-n, 0)) * 8
	long := uint64(int64(16-n) >> 63) // all ones when n > 16
	a, z := (*[16]byte)(buf[from:]), (*[16]byte)(buf[to-16:])
	k := key{head: word(a[:8]) << cut >> cut, tail: word(z[8:]) >> cut, head2: word(a[8:]) & long, tail2: word(z[:8]) & long}
	h := k.hash(n, t.seed)
	if n > wholeKey {
		h = middle(h, buf[from:to])
	}
	for i := h; ; i++ {
		s := &t.slots[i&uint64(len(t.slots)-1)]
		if s.size == uint32(n+1) && s.key == k && (n <= wholeKey || t.same(s, buf[from:to])) {
			return s.code, true
		}
		if s.size == 0 {
			return 0, false
		}
	}
}

// find gives the slot that holds b, or the free one where it belongs.
func (t *table) find(b []byte) *slot {
	k := keyOf(b)
	for i := t.home(k, b); ; i++ {
		s := &t.slots[i&uint64(len(t.slots)-1)]
		if s.size == 0 || s.size == uint32(len(b)+1) && s.key == k && (len(b) <= wholeKey || t.same(s, b)) {
			return s
		}
	}
}

// home gives the index of the slot where b belongs, modulo the number of slots.
func (t *table) home(k key, b []byte) uint64 {
	return middle(k.hash(len(b), t.seed), b)
}

// same compares what equal keys do not hold.
func (t *table) same(s *slot, b []byte) bool {
	return string(t.text[s.from:][16:len(b)-16]) == string(b[16:len(b)-16])
}

// add puts an entry down, unless an equal one is there, and reports whether it stands where it belongs.
func (t *table) add(b []byte, code int16) bool {
	k := keyOf(b)
	s := t.find(b)
	if s.size == 0 {
		*s = slot{key: k, size: uint32(len(b) + 1), from: uint32(len(t.text)), code: code}
		t.text = append(t.text, b...)
	}
	return s == &t.slots[t.home(k, b)&uint64(len(t.slots)-1)]
}

// Bounds of the search for a seed: tables of up to so many slots an entry, so many seeds for each size, so many
// entries put down in all.
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
			t := table{slots: make([]slot, size), seed: i * 0xd1342543de82ef95}
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
