package engine

import (
	"bytes"
	"errors"
	"mime"
	"slices"

	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/wire"
)

// text makes the bytes that the scanner reads out of a chunk's value: decompressed, and in UTF-8. It belongs to a worker and
// keeps its buffers, unless a chunk has been much larger than others are.
type text struct {
	decompressor wire.Decompressor
	plain        []byte // decompressed
	utf8         []byte

	// The way back to the bytes of the chunk or file that is being read.
	places charset.Places
	start  int64  // the text's byte with which the window begins
	lines  int64  // of a file, in front of its first window
	moved  bool   // its places are not the text's
	header []byte // the header record as it stands there, where that is not UTF-8
	raw    []byte // the same of the row whose faults are told
}

// textKept is the largest buffer that a worker keeps for its next chunk.
const textKept = 16 << 20

func (t *text) begin() {
	t.behind(charset.UTF8, 0, 0)
	t.header = nil
	if cap(t.plain) > textKept {
		t.plain = nil
	}
	if cap(t.utf8) > textKept {
		t.utf8 = nil
	}
}

// decode gives the chunk's text. Of the headers it takes the compression and, where the content type names one, the
// character set, which goes before the contract's.
func (t *text) decode(c *flow.Chunk, declared charset.Charset, limit int64) ([]byte, *flow.Fault) {
	value := c.Value
	name, _ := c.Header("content-encoding")
	codec, ok := wire.ContentEncoding(string(name))
	if !ok {
		return nil, unsupported("content-encoding "+fault.Clean(name), "identity", "gzip", "zstd")
	}
	if codec != wire.None {
		var f *flow.Fault
		if value, f = t.decompress(codec, value, limit); f != nil {
			return nil, f
		}
	}
	set, mark := charset.Sniff(value, declared)
	if set == charset.UTF8 {
		return value, nil
	}
	t.behind(set, 0, int64(mark))
	t.utf8, _ = set.Append(t.utf8[:0], value[mark:], true)
	return t.utf8, nil
}

func (t *text) decompress(codec wire.Codec, value []byte, limit int64) ([]byte, *flow.Fault) {
	t.decompressor.Limit = int(limit)
	var err error
	t.plain, err = t.decompressor.Open(t.plain[:0], codec, value)
	switch {
	case errors.Is(err, wire.ErrTooLarge):
		return nil, &flow.Fault{Code: fault.FileTooLarge, Stage: stageAdmission, Details: []flow.Detail{
			{Name: "max_size_mb", Value: megabytes(limit)},
		}}
	case err != nil:
		return nil, &flow.Fault{Code: fault.InvalidFile, Stage: stageAdmission, Cause: err, Details: []flow.Detail{
			{Name: "line", Value: int64(1)}, {Name: "reason", Value: "the chunk is not whole " + codec.String() + ": " + fault.Clean([]byte(err.Error()))},
		}}
	}
	return t.plain, nil
}

// behind says where the text begins: behind so many lines and bytes of what is in a charset.
func (t *text) behind(c charset.Charset, lines, bytes int64) {
	t.places, t.start, t.lines = charset.NewPlaces(c, bytes), 0, lines
	t.moved = c != charset.UTF8 || lines > 0 || bytes > 0
}

// foreign reports whether the scanner's bytes are not the chunk's own.
func (t *text) foreign() bool { return t.places.Charset() != charset.UTF8 }

// show shows the window, which begins where the last one was moved to, and gives as much of it as is to be read: a part of a record
// must not end within a character, which could not be told in the chunk's bytes.
func (t *text) show(window []byte, last bool) []byte {
	if t.foreign() && !last {
		window = window[:charset.Whole(window)]
	}
	t.places.Show(window)
	return window
}

// end gives the place where the window ends.
func (t *text) end(window []byte) int64 {
	return t.place(t.start) + int64(t.places.Charset().Size(window))
}

// move says that n bytes of the text have been used up.
func (t *text) move(n int) {
	t.places.Move(n)
	t.start += int64(n)
}

// place gives the place in the decompressed chunk from which the text's nth byte came.
func (t *text) place(n int64) int64 { return t.places.Of(int(n - t.start)) }

// bytes gives the bytes that a part of the text was, valid until it is called again.
func (t *text) bytes(part []byte) []byte {
	if !t.foreign() {
		return part
	}
	t.raw = t.places.Charset().Restore(t.raw[:0], part)
	return t.raw
}

// find gives a finding the places that it has in the decompressed chunk.
func (t *text) find(f *flow.Finding) {
	f.Line += t.lines
	f.From = t.place(f.From)
	if f.Place >= 0 {
		f.Place = t.place(f.Place)
	}
	f.To = t.place(f.To)
}

// refuse gives the fault of a chunk the places that it has in the decompressed chunk.
func (t *text) refuse(f *flow.Fault) {
	if f.Line == 0 || !t.moved {
		return
	}
	f.Line, f.From, f.To = f.Line+t.lines, t.place(f.From), t.place(f.To)
	for i := range f.Details {
		d := &f.Details[i]
		n, ok := d.Value.(int64)
		switch {
		case ok && d.Name == "line":
			d.Value = n + t.lines
		case ok && d.Name == "byte_offset":
			d.Value = t.place(n)
		}
	}
}

// content is what a content type says of a chunk.
type content struct {
	value   []byte // the last content type seen: parsing one takes a dozen allocations
	fault   *flow.Fault
	charset charset.Charset // the contract's, unless the content type names another
}

// of gives what is wrong with a content type, or nil, and notes its character set.
func (k *content) of(v []byte, declared charset.Charset) *flow.Fault {
	if k.value == nil || !bytes.Equal(k.value, v) {
		k.value = append(make([]byte, 0, len(v)), v...)
		k.charset, k.fault = checkContent(string(v), declared)
	}
	if k.fault == nil {
		return nil
	}
	f := *k.fault // a fault is its chunk's own
	return &f
}

// csvTypes are the content types under which people send CSV; the last is what browsers on Windows call it.
var csvTypes = []string{
	"text/csv", "application/csv", "text/tab-separated-values", "text/plain", "application/octet-stream", "application/vnd.ms-excel",
}

func checkContent(v string, declared charset.Charset) (charset.Charset, *flow.Fault) {
	if v == "" {
		return declared, nil
	}
	kind, parameters, err := mime.ParseMediaType(v)
	if err != nil || !slices.Contains(csvTypes, kind) {
		return declared, &flow.Fault{Code: fault.UnsupportedFormat, Stage: stageAdmission, Value: v, Details: []flow.Detail{
			{Name: "supported_formats", Value: csvTypes[:1:1]}, {Name: "value", Value: fault.Clean([]byte(v))},
		}}
	}
	name := parameters["charset"]
	if name == "" {
		return declared, nil
	}
	set, ok := charset.Parse(name)
	if !ok {
		return declared, unsupported("charset "+fault.Clean([]byte(name)), charset.Names()...)
	}
	return set, nil
}
