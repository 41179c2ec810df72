package broker

import (
	"context"
	"fmt"
	"io"

	"github.com/assay-dev/assay/internal/wire"
)

// readCommitted is the isolation at which open and, as a list beside the records, aborted transactions are told.
const readCommitted int8 = 1

// Fetch sends f to the broker f.Node and fills f.Parts. The answer is read into f's own buffer, which has the size of the
// largest answer so far: a batch larger than f.MaxBytes still comes whole. Nothing is retried: leaders move, and which broker
// to ask is f's to say. A partition's own trouble is in its Err; on an error of Fetch no partition has records.
func (c *Client) Fetch(ctx context.Context, f *Fetch) error {
	w := begin(f.request, apiFetch, c.config.ClientID)
	writeFetch(&w, f)
	f.request = w.b
	if err := w.frame(0); err != nil {
		return err
	}
	for i := range f.Parts {
		f.Parts[i].clear()
	}
	var code int16
	err := c.exchange(ctx, apiFetch, f.Node, f.MaxWait+c.config.RequestTimeout, func(conn io.ReadWriter) error {
		if _, err := conn.Write(w.b); err != nil {
			return err
		}
		buf, r, err := readAnswer(conn, apiFetch, f.buf)
		f.buf = buf
		if err != nil {
			return err
		}
		code, err = readFetch(&r, f)
		return err
	})
	if err == nil && code != 0 {
		err = &Error{API: apiFetch.name, Code: code}
	}
	for i := range f.Parts {
		part := &f.Parts[i]
		lost := part.Err
		if err != nil {
			part.clear()
			lost = err
		}
		if losesLeader(lost) {
			c.forgetLeader(part.TopicPartition, f.Node)
		}
	}
	return err
}

// clear forgets the part of the answer before, but for the memory of its list.
func (p *FetchPart) clear() {
	*p = FetchPart{TopicPartition: p.TopicPartition, Offset: p.Offset, MaxBytes: p.MaxBytes, Aborted: p.Aborted[:0],
		HighWatermark: -1, LastStable: -1, LogStart: -1}
}

func writeFetch(w *writer, f *Fetch) {
	w.int32(-1) // no replica
	w.int32(int32(f.MaxWait.Milliseconds()))
	w.int32(f.MinBytes)
	w.int32(f.MaxBytes)
	w.int8(readCommitted)
	w.int32(0)  // no session:
	w.int32(-1) // every fetch names all its partitions
	w.array(runs(len(f.Parts), func(i int) string { return f.Parts[i].Topic }))
	for i := 0; i < len(f.Parts); {
		n := run(len(f.Parts), i, func(i int) string { return f.Parts[i].Topic })
		w.string(f.Parts[i].Topic)
		w.array(n)
		for _, p := range f.Parts[i : i+n] {
			w.int32(p.Partition)
			w.int32(-1) // leader's epoch: not known
			w.int64(p.Offset)
			w.int64(-1) // log start: for followers
			w.int32(p.MaxBytes)
		}
		i += n
	}
	w.array(0)   // forgotten by the session
	w.string("") // rack
}

func readFetch(r *reader, f *Fetch) (code int16, err error) {
	r.int32() // throttle
	code = r.int16()
	r.int32() // session
	next := 0
	for n := r.array(); n > 0; n-- {
		topic := r.text()
		for k := r.array(); k > 0; k-- {
			partition := r.int32()
			i := f.find(topic, partition, next)
			if r.bad {
				return code, errShortAnswer
			}
			if i < 0 {
				return code, fmt.Errorf("the answer is about %s/%d, which was not asked for", topic, partition)
			}
			next = i + 1
			readFetchPart(r, &f.Parts[i])
		}
	}
	return code, r.end()
}

func readFetchPart(r *reader, p *FetchPart) {
	if code := r.int16(); code != 0 {
		p.Err = &Error{API: apiFetch.name, Code: code, Topic: p.Topic, Partition: p.Partition}
	}
	p.HighWatermark = r.int64()
	p.LastStable = r.int64()
	p.LogStart = r.int64()
	for n := r.array(); n > 0; n-- {
		p.Aborted = append(p.Aborted, wire.Aborted{ProducerID: r.int64(), First: r.int64()})
	}
	r.int32() // preferred replica: none without a rack
	if n := r.int32(); n > 0 {
		p.Records = r.take(int(n))
	}
}

// find gives the index of a partition in f.Parts, or -1. Answers mostly have the order of the request, where it is at next.
func (f *Fetch) find(topic []byte, partition int32, next int) int {
	for k := range f.Parts {
		i := (next + k) % len(f.Parts)
		if f.Parts[i].Partition == partition && f.Parts[i].Topic == string(topic) {
			return i
		}
	}
	return -1
}

// run gives the length of the run of equal topics that begins at i, and runs the number of runs: requests name a topic once for
// the partitions that follow each other.
func run(n, i int, topic func(int) string) int {
	k := i + 1
	for k < n && topic(k) == topic(i) {
		k++
	}
	return k - i
}

func runs(n int, topic func(int) string) int {
	count := 0
	for i := 0; i < n; i += run(n, i, topic) {
		count++
	}
	return count
}
