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
	// open tells, by output and partition, which batch still takes records: its index in frames plus 1, or 0. It is the
	// last one begun, so that Rollback can find it again and Mark need not keep it.
	open  [Outputs][]int32
	bytes int
}

// Mark is a state of an Effects to which it can go back.
type Mark struct {
	frames []markedFrames
	bytes  int
	counts Counts
}

type markedFrames struct {
	count int32
	size  int
}

// Open gives the record batch of output and partition that has room for a record of size bytes; it begins one when there
// is none. It gives nil when the record alone passes the output's limit. The caller appends exactly one record
// (wire.AppendRecord with Count as its offset delta) and then calls Added.
func (e *Effects) Open(out Output, partition int32, size int) *Frames {
	limit := e.Limit[out]
	if limit > 0 && size > limit {
		return nil
	}
	if int(partition) < len(e.open[out]) {
		if i := e.open[out][partition]; i > 0 {
			if f := &e.frames[i-1]; limit == 0 || len(f.Buf)+size <= limit {
				return f
			}
		}
	}
	return e.begin(out, partition)
}

func (e *Effects) begin(out Output, partition int32) *Frames {
	n := len(e.frames)
	if n < cap(e.frames) {
		e.frames = e.frames[:n+1]
		f := &e.frames[n]
		f.Output, f.Partition, f.Count, f.Buf = out, partition, 0, f.Buf[:0]
	} else {
		e.frames = append(e.frames, Frames{Output: out, Partition: partition})
	}
	e.opened(n)
	return &e.frames[n]
}

// opened makes frames[n] the batch that takes the records of its output and partition.
func (e *Effects) opened(n int) {
	f := &e.frames[n]
	open := e.open[f.Output]
	for int(f.Partition) >= len(open) {
		open = append(open, 0)
	}
	open[f.Partition] = int32(n + 1)
	e.open[f.Output] = open
}

func (e *Effects) closeAll() {
	for _, open := range e.open {
		clear(open)
	}
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
		m.frames = append(m.frames, markedFrames{e.frames[i].Count, len(e.frames[i].Buf)})
	}
	m.bytes = e.bytes
	m.counts.Reset()
	m.counts.Add(&e.Counts)
}

// Rollback goes back to m, which must be a mark of e taken since its last Reset.
func (e *Effects) Rollback(m *Mark) {
	e.frames = e.frames[:len(m.frames)]
	e.closeAll()
	for i := range m.frames {
		f := &e.frames[i]
		f.Count, f.Buf = m.frames[i].count, f.Buf[:m.frames[i].size]
		e.opened(i)
	}
	e.bytes = m.bytes
	e.Counts.Reset()
	e.Counts.Add(&m.counts)
}

// spare is the memory that an Effects keeps beyond twice what it held last.
const spare = 4 << 20

// Reset empties e and keeps its memory, but not much more of it than was needed this time: the places of frames change hands
// between outputs and partitions, and each would in the end keep the largest batch that it ever held.
func (e *Effects) Reset() {
	keep := 2*e.bytes + spare
	all := e.frames[:cap(e.frames)]
	for i := range all {
		if keep -= cap(all[i].Buf); keep < 0 {
			all[i].Buf = nil
		}
	}
	e.frames, e.bytes = e.frames[:0], 0
	e.closeAll()
	e.Counts.Reset()
}
