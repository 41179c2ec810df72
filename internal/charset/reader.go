package charset

import (
	"errors"
	"io"
)

// Reader gives a text as UTF-8 while it is read. It asks its source for a few bytes before the first Read.
type Reader struct {
	src     io.Reader
	charset Charset
	mark    int
	begun   bool
	raw     []byte // read and not yet turned
	text    []byte // turned and not yet given
	given   int
	buf     []byte
	err     error
}

// rawBytes is how much a Reader reads at a time.
const rawBytes = 64 << 10

// NewReader gives a Reader of src, which is in the declared charset unless a byte order mark says otherwise.
func NewReader(src io.Reader, declared Charset) *Reader {
	return &Reader{src: src, charset: declared}
}

// Charset gives the charset that the text is in, and how many bytes of a byte order mark stand before it and are left out. An
// error of the source is left to Read.
func (r *Reader) Charset() (c Charset, mark int) {
	r.begin()
	return r.charset, r.mark
}

// Read gives UTF-8.
func (r *Reader) Read(p []byte) (int, error) {
	r.begin()
	if r.charset == UTF8 {
		if len(r.raw) > 0 {
			n := copy(p, r.raw)
			r.raw = r.raw[n:]
			return n, nil
		}
		if r.err != nil {
			return 0, r.err
		}
		return r.src.Read(p)
	}
	for r.given == len(r.text) {
		if r.err != nil && len(r.raw) == 0 {
			return 0, r.err
		}
		r.turn()
	}
	n := copy(p, r.text[r.given:])
	r.given += n
	return n, nil
}

// begin reads far enough to see a byte order mark.
func (r *Reader) begin() {
	if r.begun {
		return
	}
	r.begun = true
	r.buf = make([]byte, rawBytes)
	n := 0
	for n < len(mark8) && r.err == nil {
		var k int
		k, r.err = r.src.Read(r.buf[n:])
		n += k
	}
	r.raw = r.buf[:n]
	r.charset, r.mark = Sniff(r.raw, r.charset)
	r.raw = r.raw[r.mark:]
}

// turn makes text of what has been read, and reads more when that is not enough.
func (r *Reader) turn() {
	var used int
	r.text, used = r.charset.Append(r.text[:0], r.raw, errors.Is(r.err, io.EOF))
	r.given = 0
	n := copy(r.buf, r.raw[used:])
	r.raw = r.buf[:n]
	if used > 0 {
		return
	}
	if r.err != nil && !errors.Is(r.err, io.EOF) {
		r.raw = nil // what is left is part of a character whose rest cannot be read
		return
	}
	var k int
	k, r.err = r.src.Read(r.buf[n:])
	r.raw = r.buf[:n+k]
}
