package encode

import (
	"strconv"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// Result is what became of a chunk.
type Result struct {
	Failed  bool
	Body    []byte // of the fault that refused the chunk, in the feed's dialect
	Rows    int64  // data records, refused ones included
	Scored  int64
	Dead    int64
	Quality *Quality
}

// Result sends the chunk's result document and gives it, valid until the next document.
func (w *Writer) Result(r *Result) ([]byte, error) {
	status := "complete"
	if r.Failed {
		status = "failed"
	}
	// The body may lie in w.buf, so the document is made in another buffer.
	b := append(w.arena[:0], `{"status":"`...)
	b = append(b, status...)
	b = append(b, `","job_id":null,"feed":`...)
	b = fault.AppendJSONString(b, w.feed.Name)
	b = append(b, `,"source":`...)
	b = w.appendSource(b, -1)
	b = append(b, `,"rows_in":`...)
	b = strconv.AppendInt(b, r.Rows, 10)
	b = append(b, `,"rows_scored":`...)
	b = strconv.AppendInt(b, r.Scored, 10)
	b = append(b, `,"rows_dead":`...)
	b = strconv.AppendInt(b, r.Dead, 10)
	b = append(b, `,"rows_with_invalid_values":`...)
	b = strconv.AppendInt(b, r.Quality.Rows, 10)
	b = append(b, `,"credits_charged":`...)
	b = strconv.AppendInt(b, Credits(r.Rows, w.feed.RowsPerCredit), 10)
	if r.Quality.Rows > 0 {
		b = append(b, `,"data_quality":`...)
		b = r.Quality.append(b)
	}
	if r.Failed {
		b = append(b, `,"error":`...)
		b = append(b, r.Body...)
	}
	b = append(b, '}')
	w.arena = b
	id := fault.EventID(w.chunk.Position, -1, "RESULT", "", "")
	return b, w.emit(flow.Results, w.partition(flow.Results), w.chunk.Key, b, w.cloudEvent(id, "assay.result.v1"))
}

// Credits is what rows cost: one credit for each started perCredit rows.
func Credits(rows, perCredit int64) int64 {
	if perCredit <= 0 {
		return 0
	}
	return (rows + perCredit - 1) / perCredit
}
