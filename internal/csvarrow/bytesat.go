package csvarrow

import (
	"encoding/binary"
	"unsafe"

	"github.com/assay-dev/assay/internal/flow"
)

// bytesAt is the beginning of a window, for loops that read a few bytes at each of many places: what Go does to check a place
// and to cut a slice there is as much again as what these loops are for. Whoever uses it has to know that the places lie in
// the window. They do: a cursor stands at most at the end of its row, a row of a block ends more than slack bytes in front of
// the window's end, and nothing looks further than slack bytes ahead of a cursor, except for text and numbers, which are read
// word by word and come to a stop at the row's end, which is no text and no digit.
type bytesAt struct{ first unsafe.Pointer }

func start(w []byte) bytesAt { return bytesAt{unsafe.Pointer(unsafe.SliceData(w))} }

// behind gives the bytes from place i on.
func (t bytesAt) behind(i uint64) bytesAt { return bytesAt{unsafe.Add(t.first, i)} }

// word gives the eight bytes from place i on.
func (t bytesAt) word(i uint64) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(t.first, i))[:])
}

// slice gives the bytes from place i to place j.
func (t bytesAt) slice(i, j uint32) []byte { return unsafe.Slice((*byte)(unsafe.Add(t.first, i)), j-i) }

// setView does what flow.View.SetView does for text buffer 0, without a branch on the length of short texts: sixteen bytes
// from place i on must be there to be read. A view has Arrow's layout, in the machine's order of bytes.
func setView(v *flow.View, t bytesAt, i, j uint32) {
	if !littleEndian {
		v.SetView(t.slice(0, j), int(i), int(j), 0)
		return
	}
	n := j - i
	head, rest := t.word(uint64(i)), uint64(i)<<32
	if n <= 12 {
		keep := &viewMasks[n]
		head, rest = head&keep[0], t.word(uint64(i)+4)&keep[1]
	}
	b := (*[16]byte)(unsafe.Pointer(v))
	binary.LittleEndian.PutUint64(b[:8], uint64(n)|head<<32)
	binary.LittleEndian.PutUint64(b[8:], rest)
}

var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// viewMasks keep the bytes of a short text, by length: its first four, and the others.
var viewMasks = func() (m [13][2]uint64) {
	for n := range m {
		m[n] = [2]uint64{1<<(8*min(n, 4)) - 1, 1<<(8*max(n-4, 0)) - 1}
	}
	return m
}()
