package engine

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// admit checks what can be known before the first byte is parsed, size, content type, compression and character set
// (admission order, steps 10 and 11), and makes the text that the scanner reads.
func (r *Run) admit() *flow.Fault {
	w := r.w
	size := int64(len(r.chunk.Value))
	limit := r.byteLimit()
	if limit > 0 && size > limit {
		return tooLarge(size, limit)
	}
	kind, _ := r.chunk.Header("content-type")
	if f := w.content.of(kind, w.p.contract.CSV.Charset); f != nil {
		return f
	}
	if r.stream { // whoever reads the file has decompressed and decoded it
		return nil
	}
	largest := w.p.opts.DecompressedBytes
	if c := w.p.contract.Limits.Bytes; !w.p.opts.NoLimits && c > 0 {
		largest = min(largest, c)
	}
	var f *flow.Fault
	if r.window, f = w.text.decode(r.chunk, w.content.charset, largest); f == nil {
		w.text.show(r.window, true)
	}
	return f
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
	limit := r.byteLimit()
	if limit == 0 || r.come <= limit {
		return nil
	}
	f := tooLarge(r.come, limit)
	f.Details = f.Details[:1] // how much more of the file there is nobody knows
	return f
}

func unsupported(codec string, supported ...string) *flow.Fault {
	return &flow.Fault{Code: fault.UnsupportedCodec, Stage: stageAdmission, Details: []flow.Detail{
		{Name: "codec", Value: codec}, {Name: "supported_codecs", Value: supported},
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
