package engine

import (
	"bytes"
	"errors"
	"mime"
	"slices"
	"strings"

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

	// Of the chunk that is being read, when it is not UTF-8: what the way back to its own bytes needs.
	charset charset.Charset
	source  []byte // decompressed, without the byte order mark
	header  []byte // the header record as it stands there
	mark    int64  // bytes of the mark
	at      int    // utf8[:at] was source[:from]
	from    int
	rowAt   int // the same of the row that was looked for last: its faults ask for it again and again
	rowFrom int
}

// textKept is the largest buffer that a worker keeps for its next chunk.
const textKept = 16 << 20

func (t *text) begin() {
	t.charset, t.source, t.header, t.mark, t.at, t.from, t.rowAt, t.rowFrom = charset.UTF8, nil, nil, 0, 0, 0, 0, 0
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
	if name, _ := c.Header("content-encoding"); len(name) > 0 && !strings.EqualFold(string(name), "identity") {
		var f *flow.Fault
		if value, f = t.decompress(string(name), value, limit); f != nil {
			return nil, f
		}
	}
	set, mark := charset.Sniff(value, declared)
	if set == charset.UTF8 {
		return value, nil
	}
	t.charset, t.source, t.mark = set, value[mark:], int64(mark)
	t.utf8, _ = set.Append(t.utf8[:0], t.source, true)
	return t.utf8, nil
}

// encodings are the content encodings that can be undone, by all their names.
var encodings = map[string]wire.Codec{"gzip": wire.Gzip, "x-gzip": wire.Gzip, "zstd": wire.Zstd}

func (t *text) decompress(name string, value []byte, limit int64) ([]byte, *flow.Fault) {
	codec, ok := encodings[strings.ToLower(strings.TrimSpace(name))]
	if !ok {
		return nil, unsupported("content-encoding "+fault.Clean([]byte(name)), "identity", "gzip", "zstd")
	}
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

// foreign reports whether the scanner's bytes are not the chunk's own.
func (t *text) foreign() bool { return t.charset != charset.UTF8 }

// place gives the place in the decompressed chunk from which the text's nth byte came. Places are asked for mostly in
// ascending order: it walks on from the last one.
func (t *text) place(n int64) int64 {
	switch {
	case int(n) >= t.at:
	case int(n) >= t.rowAt:
		t.at, t.from = t.rowAt, t.rowFrom
	default:
		t.at, t.from = 0, 0
	}
	to := min(int(n), len(t.utf8))
	t.from += t.charset.Size(t.utf8[t.at:to])
	t.at = to
	return t.mark + int64(t.from)
}

// bytes gives the decompressed chunk's bytes in [from, to).
func (t *text) bytes(from, to int64) []byte { return t.source[from-t.mark : to-t.mark] }

// find gives a finding the places and the bytes that it has in the decompressed chunk.
func (t *text) find(f *flow.Finding) {
	f.From = t.place(f.From)
	t.rowAt, t.rowFrom = t.at, t.from
	if f.Place >= 0 {
		f.Place = t.place(f.Place)
	}
	f.To = t.place(f.To)
	f.Raw = t.bytes(f.From, f.To)
}

// refuse gives the fault of a chunk the places that it has in the decompressed chunk.
func (t *text) refuse(f *flow.Fault) {
	if f.Line == 0 {
		return
	}
	f.From, f.To = t.place(f.From), t.place(f.To)
	for i := range f.Details {
		if d := &f.Details[i]; d.Name == "byte_offset" {
			if n, ok := d.Value.(int64); ok {
				d.Value = t.place(n)
			}
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
