package engine

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"mime"
	"slices"
	"strings"

	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// admit checks what can be known before the first byte is parsed: size, content type, compression and character set
// (admission order, steps 10 and 11).
func (r *Run) admit() *flow.Fault {
	size := int64(len(r.chunk.Value))
	if limit := r.byteLimit(); limit > 0 && size > limit {
		return tooLarge(size, limit)
	}
	if v, ok := r.chunk.Header("content-type"); ok && len(v) > 0 {
		if f := r.w.contentOf(v); f != nil {
			return f
		}
	}
	if v, ok := r.chunk.Header("content-encoding"); ok && len(v) > 0 && !strings.EqualFold(string(v), "identity") {
		return unsupported("content-encoding "+fault.Clean(v), "identity")
	}
	if c := r.w.p.contract.CSV.Charset; c != charset.UTF8 {
		return unsupported("charset "+c.String(), "utf-8")
	}
	return nil
}

// byteLimit is the most bytes that the chunk may have, or 0.
func (r *Run) byteLimit() int64 {
	limit := r.w.p.opts.ChunkBytes
	if c := r.w.p.contract.Limits.Bytes; !r.w.p.opts.NoLimits && c > 0 && (limit == 0 || c < limit) {
		limit = c
	}
	return limit
}

// streamTooLarge refuses a file as soon as more bytes of it have come than it may have.
func (r *Run) streamTooLarge() *flow.Fault {
	if !r.stream {
		return nil
	}
	size := r.before + int64(len(r.window))
	if limit := r.byteLimit(); limit > 0 && size > limit {
		return tooLarge(size, limit)
	}
	return nil
}

// csvTypes are the content types under which people send CSV; the last is what browsers on Windows call it.
var csvTypes = []string{
	"text/csv", "application/csv", "text/tab-separated-values", "text/plain", "application/octet-stream", "application/vnd.ms-excel",
}

// contentOf gives what is wrong with a content type, or nil.
func (w *Worker) contentOf(v []byte) *flow.Fault {
	if w.contentType == nil || !bytes.Equal(w.contentType, v) {
		w.contentType = append([]byte{}, v...)
		w.contentFault = checkContent(string(v))
	}
	if w.contentFault == nil {
		return nil
	}
	f := *w.contentFault // a fault is its chunk's own
	return &f
}

func checkContent(v string) *flow.Fault {
	kind, parameters, err := mime.ParseMediaType(v)
	if err != nil || !slices.Contains(csvTypes, kind) {
		return &flow.Fault{Code: fault.UnsupportedFormat, Stage: stageAdmission, Value: v, Details: []flow.Detail{
			{Name: "supported_formats", Value: csvTypes[:1:1]}, {Name: "value", Value: fault.Clean([]byte(v))},
		}}
	}
	if name := parameters["charset"]; name != "" && !isUTF8(name) {
		return unsupported("charset "+fault.Clean([]byte(name)), "utf-8")
	}
	return nil
}

func isUTF8(charset string) bool {
	return strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "utf8") || strings.EqualFold(charset, "us-ascii")
}

func unsupported(codec, supported string) *flow.Fault {
	return &flow.Fault{Code: fault.UnsupportedCodec, Stage: stageAdmission, Details: []flow.Detail{
		{Name: "codec", Value: codec}, {Name: "supported_codecs", Value: []string{supported}},
	}}
}

func tooLarge(size, limit int64) *flow.Fault {
	return &flow.Fault{Code: fault.FileTooLarge, Stage: stageAdmission, Details: []flow.Detail{
		{Name: "max_size_mb", Value: megabytes(limit)}, {Name: "file_size_mb", Value: megabytes(size)},
	}}
}

// megabytes gives a size in units of 1,000,000 bytes, as the pages of the census feed count.
func megabytes(n int64) any {
	if n%1_000_000 == 0 {
		return n / 1_000_000
	}
	return float64(n) / 1e6
}

// rowLimit is the most data records that the chunk may have, or 0.
func (r *Run) rowLimit() int64 {
	if r.w.p.opts.NoLimits {
		return 0
	}
	return r.w.p.contract.Limits.Rows
}

// tooManyRows refuses the chunk whose records, with those of b, pass the limit.
func (r *Run) tooManyRows(b *flow.Batch) *flow.Fault {
	limit := r.rowLimit()
	if limit == 0 {
		return nil
	}
	rows := r.counts.Rows + int64(b.N)
	for i := range b.Findings {
		if isRecord(&b.Findings[i]) {
			rows++
		}
	}
	if rows <= limit {
		return nil
	}
	return r.tooMany(limit)
}

// tooMany is the fault of a chunk with more rows than limit. How many more nobody knows: reading stops at the first.
func (r *Run) tooMany(limit int64) *flow.Fault {
	d := []flow.Detail{{Name: "max_rows", Value: limit}, {Name: "rows", Value: limit + 1}}
	if bytes := r.w.p.contract.Limits.Bytes; bytes > 0 {
		d = append(d, flow.Detail{Name: "max_size_mb", Value: megabytes(bytes)})
	}
	return &flow.Fault{Code: fault.TooManyRows, Details: d, Stage: stageDecode}
}

// jobID names a chunk that failed, so that its sender can ask about it: score_YYYYMMDD_ and six characters derived from
// its position.
func jobID(c *flow.Chunk) string {
	sum := sha256.Sum256([]byte(fault.EventID(c.Position, -1, fault.ScoringFailed, "", "")))
	name := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:4]))[:6]
	return "score_" + c.Time.UTC().Format("20060102") + "_" + name
}
