// Package encode makes what leaves: scored rows as JSON, CSV or Arrow IPC, quality, error and result documents, and dead
// letters, each framed as a Kafka record straight into the chunk's Effects. Names and shapes are those of the messages
// specification; a test holds each of them.
package encode

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/wire"
)

// Feed is what all messages of a feed have in common. It is read-only once made.
type Feed struct {
	Name    string
	Version string // as in assay-version: <feed>@<contract version> model=<version>
	Dialect fault.Dialect
	Task    string // the lane, for dead letters
	// RowsPerCredit is how many started rows cost one credit; 0 charges nothing.
	RowsPerCredit int64
	// Allowed are the input headers that travel on to every output, in any case of letters.
	Allowed []string

	Headers    HeaderMode
	ByKey      bool                // scored rows: partition by the record's key instead of the input's partition
	Partitions [flow.Outputs]int32 // partitions of each output's topic; 0 takes the input's partition as it is
	Disabled   [flow.Outputs]bool  // outputs that nobody reads
}

// HeaderMode says which headers a scored row carries.
type HeaderMode uint8

// The header modes of scored rows.
const (
	HeadersSource HeaderMode = iota // assay-source
	HeadersNone
	HeadersAll // content-type, assay-source, assay-version and those that travel on
)

// TooLarge says that one record does not fit into its topic.
type TooLarge struct {
	Output flow.Output
	Size   int // bytes of the record at any place of a batch: up to four more than at the first
	Limit  int // bytes of records that a batch for the topic may hold
}

// Error says what does not fit where.
func (e *TooLarge) Error() string {
	return fmt.Sprintf("a record of %d bytes does not fit into the %s topic, which takes %d", e.Size, e.Output, e.Limit)
}

// Writer frames records of one chunk at a time. It belongs to one worker and is used again for every chunk.
type Writer struct {
	feed  *Feed
	fx    *flow.Effects
	chunk *flow.Chunk

	// What all records of the chunk have in common.
	version []byte
	origin  []byte // CloudEvents source
	source  []byte // topic/partition/offset
	at      []byte // the chunk's time, RFC 3339
	carried []flow.Header
	sender  sender
	letters letterHead

	// The record in the making.
	headers []flow.Header
	values  []byte // of headers
	buf     []byte // a document or a row
}

// NewWriter gives a writer for f.
func NewWriter(f *Feed) *Writer { return &Writer{feed: f, version: []byte(f.Version)} }

// Begin starts a chunk. Its CloudEvents source is origin.
func (w *Writer) Begin(c *flow.Chunk, origin string, fx *flow.Effects) {
	w.chunk, w.fx = c, fx
	w.origin = append(w.origin[:0], origin...)
	w.source = append(w.source[:0], c.Topic...)
	w.source = append(w.source, '/')
	w.source = strconv.AppendInt(w.source, int64(c.Partition), 10)
	w.source = append(w.source, '/')
	w.source = strconv.AppendInt(w.source, c.Offset, 10)
	w.at = AppendTime(w.at[:0], c.Time)
	w.sender, w.letters.ready = sender{}, false
	w.carried = w.carried[:0]
	for _, h := range c.Headers {
		for _, name := range w.feed.Allowed {
			if strings.EqualFold(h.Key, name) {
				w.carried = append(w.carried, withoutSecret(h))
				break
			}
		}
	}
}

// Effects replaces the Effects that records go to: the lane has taken the old one to send it.
func (w *Writer) Effects(fx *flow.Effects) { w.fx = fx }

// AppendTime appends t as RFC 3339 in UTC with as many fractional digits as it needs.
func AppendTime(dst []byte, t time.Time) []byte {
	return t.UTC().AppendFormat(dst, time.RFC3339Nano)
}

// emit frames one record, unless nobody reads the output. The error, if any, is a *TooLarge.
func (w *Writer) emit(out flow.Output, partition int32, key, value []byte, headers []flow.Header) error {
	if w.feed.Disabled[out] {
		return nil
	}
	// The size is taken with the greatest offset delta there can be, so that a record that fits here fits at any place.
	size := wire.RecordSize(math.MaxInt32, key, value, headers)
	f := w.fx.Open(out, partition, size)
	if f == nil {
		return &TooLarge{Output: out, Size: size, Limit: w.fx.Limit[out]}
	}
	n := len(f.Buf)
	f.Buf = wire.AppendRecord(f.Buf, f.Count, key, value, headers)
	w.fx.Added(f, len(f.Buf)-n)
	return nil
}

// room gives the most bytes that the value of a record with such a key and headers may have.
func (w *Writer) room(out flow.Output, key []byte, headers []flow.Header) int {
	limit := w.fx.Limit[out]
	if limit == 0 {
		return math.MaxInt
	}
	const lengths = 2 * 4 // those of the value and of the record may each take four bytes more than those of an empty one
	return limit - wire.RecordSize(math.MaxInt32, key, nil, headers) - lengths
}

// partition gives the partition of an output for records that stay with their input's partition.
func (w *Writer) partition(out flow.Output) int32 {
	if n := w.feed.Partitions[out]; n > 0 {
		return w.chunk.Partition % n
	}
	return w.chunk.Partition
}

// sourceOf adds to the values what a message about a row, or with −1 about the chunk, has as its assay-source.
func (w *Writer) sourceOf(row int64) []byte {
	if row < 0 {
		return w.source
	}
	n := len(w.values)
	w.values = append(w.values, w.source...)
	w.values = append(w.values, '/')
	w.values = strconv.AppendInt(w.values, row, 10)
	return w.values[n:len(w.values):len(w.values)]
}

// document sends a JSON document about a row, or with −1 about the chunk, as a CloudEvent, keyed like the chunk.
func (w *Writer) document(out flow.Output, row int64, id, kind, value []byte) error {
	w.headers = append(w.headers[:0],
		flow.Header{Key: "content-type", Value: contentJSON},
		flow.Header{Key: "ce_specversion", Value: ceVersion},
		flow.Header{Key: "ce_id", Value: id},
		flow.Header{Key: "ce_source", Value: w.origin},
		flow.Header{Key: "ce_type", Value: kind},
		flow.Header{Key: "ce_time", Value: w.at},
		flow.Header{Key: "assay-source", Value: w.sourceOf(row)},
		flow.Header{Key: "assay-version", Value: w.version},
	)
	w.headers = append(w.headers, w.carried...)
	return w.emit(out, w.partition(out), w.chunk.Key, value, w.headers)
}

// eventID gives the id of an event, valid until the next document or letter.
func (w *Writer) eventID(row int64, code flow.Code, field, rule string) []byte {
	w.values = fault.AppendEventID(w.values[:0], w.chunk.Position, row, code, field, rule)
	return w.values
}

// part gives the headers of a message of whole scored rows, valid until the next one.
func (w *Writer) part(content []byte, rows, part int, last bool) []flow.Header {
	w.values = strconv.AppendInt(w.values[:0], int64(rows), 10)
	n := len(w.values)
	w.values = strconv.AppendInt(w.values, int64(part), 10)
	w.headers = append(w.headers[:0],
		flow.Header{Key: "content-type", Value: content},
		flow.Header{Key: "assay-source", Value: w.source},
		flow.Header{Key: "assay-version", Value: w.version},
		flow.Header{Key: "assay-rows", Value: w.values[:n:n]},
		flow.Header{Key: "assay-part", Value: w.values[n:]})
	if last {
		w.headers = append(w.headers, flow.Header{Key: "assay-part-last", Value: one})
	}
	w.headers = append(w.headers, w.carried...)
	return w.headers
}

// rowsRoom gives the most bytes of a message of whole scored rows.
func (w *Writer) rowsRoom(content []byte) int {
	return w.room(flow.Scored, w.chunk.Key, w.part(content, math.MaxInt32, math.MaxInt32, true))
}

var (
	contentJSON  = []byte("application/json")
	contentCSV   = []byte("text/csv")
	contentArrow = []byte("application/vnd.apache.arrow.stream")
	ceVersion    = []byte("1.0")
	one          = []byte("1")
)

// appendSource appends the source object of a document; row −1 is null.
func (w *Writer) appendSource(dst []byte, row int64) []byte {
	dst = append(dst, `{"topic":`...)
	dst = fault.AppendJSONString(dst, w.chunk.Topic)
	dst = append(dst, `,"partition":`...)
	dst = strconv.AppendInt(dst, int64(w.chunk.Partition), 10)
	dst = append(dst, `,"offset":`...)
	dst = strconv.AppendInt(dst, w.chunk.Offset, 10)
	dst = append(dst, `,"row":`...)
	if row < 0 {
		dst = append(dst, "null"...)
	} else {
		dst = strconv.AppendInt(dst, row, 10)
	}
	return append(dst, '}')
}
