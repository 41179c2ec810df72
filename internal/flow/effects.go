package flow

// Output is one of the topics that a feed writes.
type Output uint8

// The outputs of a feed.
const (
	Scored Output = iota
	Quality
	Errors
	Dead
	Results
	Outputs // how many there are
)

var outputNames = [Outputs]string{"scored", "quality", "errors", "dead", "results"}

// String gives the output's name in the settings.
func (o Output) String() string { return outputNames[o] }

// Frames is one record batch in the making: Kafka records, framed by package wire, uncompressed, without the batch's header.
type Frames struct {
	Output    Output
	Partition int32
	Count     int32
	Buf       []byte
}

// Effects is everything that chunks do to the outside: framed output records per output and partition, and what has been
// counted. One Effects belongs to one transaction; the lane sends it and uses it again.
type Effects struct {
	// Limit is the most bytes of records in one record batch of an output; 0 means no limit.
	Limit [Outputs]int

	Counts Counts

	frames []Frames // in the order in which they were begun; frames[n:cap] keep their buffers
	open   []int32  // indexes into frames of the batches that still take records: one per output and partition
	bytes  int
}

// Mark is a state of an Effects to which it can go back.
type Mark struct {
	frames []Frames // length and count only
	open   []int32
	bytes  int
	counts Counts
}

// Open gives the record batch of output and partition that has room for a record of size bytes; it begins one when there
// is none. It gives nil when the record alone passes the output's limit. The caller appends exactly one record
// (wire.AppendRecord with Count as its offset delta) and then calls Added.
func (e *Effects) Open(out Output, partition int32, size int) *Frames {
	limit := e.Limit[out]
	if limit > 0 && size > limit {
		return nil
	}
	for k, i := range e.open {
		f := &e.frames[i]
		if f.Output != out || f.Partition != partition {
			continue
		}
		if limit == 0 || len(f.Buf)+size <= limit {
			return f
		}
		j := e.begin(out, partition)
		e.open[k] = j
		return &e.frames[j]
	}
	j := e.begin(out, partition)
	e.open = append(e.open, j)
	return &e.frames[j]
}

func (e *Effects) begin(out Output, partition int32) int32 {
	n := len(e.frames)
	if n < cap(e.frames) {
		e.frames = e.frames[:n+1]
		f := &e.frames[n]
		f.Output, f.Partition, f.Count, f.Buf = out, partition, 0, f.Buf[:0]
	} else {
		e.frames = append(e.frames, Frames{Output: out, Partition: partition})
	}
	return int32(n)
}

// Added notes that a record of n bytes has been appended to f.
func (e *Effects) Added(f *Frames, n int) {
	f.Count++
	e.bytes += n
}

// Frames gives the record batches in the order in which they were begun, valid until Reset.
func (e *Effects) Frames() []Frames { return e.frames }

// Bytes gives the size of all records.
func (e *Effects) Bytes() int { return e.bytes }

// Mark notes the present state in m, whose memory is used again.
func (e *Effects) Mark(m *Mark) {
	m.frames = m.frames[:0]
	for i := range e.frames {
		f := &e.frames[i]
		m.frames = append(m.frames, Frames{Count: f.Count, Buf: f.Buf[:len(f.Buf):len(f.Buf)]})
	}
	m.open = append(m.open[:0], e.open...)
	m.bytes = e.bytes
	m.counts.Reset()
	m.counts.Add(&e.Counts)
}

// Rollback goes back to m, which must be a mark of e taken since its last Reset.
func (e *Effects) Rollback(m *Mark) {
	for i := range m.frames {
		f := &e.frames[i]
		f.Count, f.Buf = m.frames[i].Count, f.Buf[:len(m.frames[i].Buf)]
	}
	e.frames = e.frames[:len(m.frames)]
	e.open = append(e.open[:0], m.open...)
	e.bytes = m.bytes
	e.Counts.Reset()
	e.Counts.Add(&m.counts)
}

// Reset empties e and keeps its memory.
func (e *Effects) Reset() {
	e.frames, e.open, e.bytes = e.frames[:0], e.open[:0], 0
	e.Counts.Reset()
}
