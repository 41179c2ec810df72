package flow

import "math/bits"

// Bitmap is one bit a row, least significant bit first in each word: on little-endian machines the bytes of an Arrow
// validity buffer. Rows beyond the batch's length have undefined bits.
type Bitmap []uint64

// NewBitmap gives a bitmap for n rows, all bits clear.
func NewBitmap(n int) Bitmap { return make(Bitmap, (n+63)/64) }

// Get reports bit i.
func (b Bitmap) Get(i int) bool { return b[uint(i)/64]&(1<<(uint(i)%64)) != 0 }

// Set sets bit i.
func (b Bitmap) Set(i int) { b[uint(i)/64] |= 1 << (uint(i) % 64) }

// Clear clears bit i.
func (b Bitmap) Clear(i int) { b[uint(i)/64] &^= 1 << (uint(i) % 64) }

// Fill sets or clears all bits.
func (b Bitmap) Fill(on bool) {
	var w uint64
	if on {
		w = ^w
	}
	for i := range b {
		b[i] = w
	}
}

// Count gives the number of set bits among the first n.
func (b Bitmap) Count(n int) int {
	c := 0
	for _, w := range b[:n/64] {
		c += bits.OnesCount64(w)
	}
	if r := n % 64; r != 0 {
		c += bits.OnesCount64(b[n/64] & (1<<r - 1))
	}
	return c
}

// Any reports whether one of the first n bits is set.
func (b Bitmap) Any(n int) bool {
	for _, w := range b[:n/64] {
		if w != 0 {
			return true
		}
	}
	r := n % 64
	return r != 0 && b[n/64]&(1<<r-1) != 0
}

// Or sets in b every bit that is set in o.
func (b Bitmap) Or(o Bitmap) {
	for i := range o {
		b[i] |= o[i]
	}
}
