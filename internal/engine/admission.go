package engine

import (
	"crypto/sha256"
	"encoding/base32"
	"mime"
	"strings"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// admit checks what can be known before the first byte is parsed: size, compression and character set (admission order
// steps 10 and 11).
func (r *Run) admit() *flow.Fault {
	size := int64(len(r.chunk.Value))
	limit := r.w.p.opts.ChunkBytes
	if c := r.w.p.contract.Limits.Bytes; !r.w.p.opts.NoLimits && c > 0 && (limit == 0 || c < limit) {
		limit = c
	}
	if limit > 0 && size > limit {
		return tooLarge(size, limit)
	}
	if v, ok := r.chunk.Header("content-encoding"); ok && !strings.EqualFold(string(v), "identity") && len(v) > 0 {
		return unsupported("content-encoding "+string(v), []string{"identity"})
	}
	if v, ok := r.chunk.Header("content-type"); ok {
		_, params, err := mime.ParseMediaType(string(v))
		if charset := params["charset"]; err == nil && charset != "" && !isUTF8(charset) {
			return unsupported("charset "+charset, []string{"utf-8"})
		}
	}
	if charset := r.w.p.contract.CSV.Charset; charset != "" && !isUTF8(charset) {
		return unsupported("charset "+charset, []string{"utf-8"})
	}
	return nil
}

func isUTF8(charset string) bool {
	return strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "utf8") || strings.EqualFold(charset, "us-ascii")
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

func unsupported(codec string, supported []string) *flow.Fault {
	return &flow.Fault{Code: fault.UnsupportedCodec, Stage: stageAdmission, Details: []flow.Detail{
		{Name: "codec", Value: codec}, {Name: "supported_codecs", Value: supported},
	}}
}

// tooMany counts the batch's records and refuses the chunk whose rows pass the contract's limit.
func (r *Run) tooMany(b *flow.Batch) *flow.Fault {
	rows := r.counts.Rows + int64(b.N)
	for i := range b.Findings {
		if f := &b.Findings[i]; f.Slot < 0 && (f.Part == flow.Whole || f.Part == flow.Last) {
			rows++
		}
	}
	limit := r.w.p.contract.Limits.Rows
	if limit <= 0 || r.w.p.opts.NoLimits || rows <= limit {
		return nil
	}
	d := []flow.Detail{{Name: "max_rows", Value: limit}, {Name: "rows", Value: rows}}
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

// message fills a code's message template.
func message(code flow.Code, details []flow.Detail) string {
	e, ok := fault.Lookup(code)
	if !ok {
		return string(code)
	}
	return e.Fill(details)
}

func detailText(details []flow.Detail, name string) string {
	for _, d := range details {
		if s, ok := d.Value.(string); ok && d.Name == name {
			return s
		}
	}
	return ""
}
