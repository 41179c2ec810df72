package encode

import (
	"github.com/assay-dev/assay/internal/flow"
)

// Result is what became of a chunk.
type Result struct {
	Failed  bool
	Body    []byte // of the fault that refused the chunk, in the feed's dialect; not the Writer's own memory
	Rows    int64  // data records, refused ones included
	Scored  int64
	Dead    int64
	Quality *Quality
}

// Result sends the chunk's result document and gives it, valid until the next document or row. A refused chunk costs
// nothing, however many of its rows had been read.
func (w *Writer) Result(r *Result) ([]byte, error) {
	status, credits := "complete", Credits(r.Rows, w.feed.RowsPerCredit)
	if r.Failed {
		status, credits = "failed", 0
	}
	b := append(w.buf[:0], `{"status":"`...)
	b = append(b, status...)
	b = append(b, `","job_id":null`...)
	b = appendMemberString(b, "feed", w.feed.Name)
	b = append(b, `,"source":`...)
	b = w.appendSource(b, -1)
	b = appendMemberInt(b, "rows_in", r.Rows)
	b = appendMemberInt(b, "rows_scored", r.Scored)
	b = appendMemberInt(b, "rows_dead", r.Dead)
	b = appendMemberInt(b, "rows_with_invalid_values", r.Quality.Rows)
	b = appendMemberInt(b, "credits_charged", credits)
	if r.Quality.Rows > 0 {
		b = append(b, `,"data_quality":`...)
		b = r.Quality.append(b)
	}
	if r.Failed {
		b = append(b, `,"error":`...)
		b = append(b, r.Body...)
	}
	b = append(b, '}')
	w.buf = b
	return b, w.document(flow.Results, -1, w.eventID(-1, "RESULT", "", ""), typeResult, b)
}

var typeResult = []byte("assay.result.v1")

// Credits is what rows cost: one credit for each started perCredit rows.
func Credits(rows, perCredit int64) int64 {
	if perCredit <= 0 {
		return 0
	}
	return (rows + perCredit - 1) / perCredit
}
