package broker

import (
	"cmp"
	"context"
	"slices"
)

// StableOffsets gives the group's committed offsets. While one of them belongs to an open transaction, or to one whose markers
// are still being written, it waits: the offsets then decide whether that transaction's output counts.
func (c *Client) StableOffsets(ctx context.Context, group string, tps []TopicPartition) (map[TopicPartition]Committed, error) {
	tps = byTopic(tps)
	w := c.begin(apiOffsetFetch)
	w.string(group)
	writeByTopic(&w, tps, func(i int) TopicPartition { return tps[i] }, func(int) {})
	w.bool(true) // require stable
	w.tags()
	var offsets map[TopicPartition]Committed
	err := c.atCoordinator(ctx, coordinated{groupKind, group}, true, func(node int32) error {
		var refusal *Error
		err := c.ask(ctx, apiOffsetFetch, node, w, func(r *reader) { offsets, refusal = readStableOffsets(r, tps) })
		return first(err, refusal)
	})
	if err != nil {
		return nil, err
	}
	return offsets, nil
}

// readStableOffsets reads the offsets of tps, in which no partition stands twice.
func readStableOffsets(r *reader, tps []TopicPartition) (offsets map[TopicPartition]Committed, refusal *Error) {
	offsets = make(map[TopicPartition]Committed, len(tps))
	r.int32() // throttle
	for n := r.array(); n > 0; n-- {
		topic := r.string()
		for k := r.array(); k > 0; k-- {
			tp := TopicPartition{topic, r.int32()}
			at := Committed{Offset: r.int64()}
			r.int32() // leader's epoch
			at.Metadata = r.string()
			refusal = worse(refusal, apiOffsetFetch, r.int16(), tp)
			r.tags()
			offsets[tp] = at
		}
		r.tags()
	}
	switch code := r.int16(); {
	case code == codeGroupNotFound: // some brokers' way to say that a new group has committed nothing
		for _, tp := range tps {
			offsets[tp] = Committed{Offset: -1}
		}
	case code != 0:
		refusal = &Error{API: apiOffsetFetch.name, Code: code, Partition: -1}
	case !holds(offsets, tps):
		r.bad = true // a partition that is not told would be taken for offset 0
	}
	return offsets, refusal
}

// ListOffsets gives, for each partition, the offset of the first record whose timestamp is at or after the time at, in
// milliseconds since 1970; or Earliest, the first offset of the log; or Latest, the last stable offset, which is where a
// reader of committed data ends. Where no record is so late the answer is the last stable offset too.
func (c *Client) ListOffsets(ctx context.Context, at int64, tps []TopicPartition) (map[TopicPartition]int64, error) {
	offsets := make(map[TopicPartition]int64, len(tps))
	if err := c.listOffsets(ctx, at, byTopic(tps), offsets); err != nil {
		return nil, err
	}
	var none []TopicPartition
	for _, tp := range tps {
		if offsets[tp] < 0 {
			none = append(none, tp)
		}
	}
	if at >= 0 && len(none) > 0 {
		if err := c.listOffsets(ctx, Latest, byTopic(none), offsets); err != nil {
			return nil, err
		}
	}
	return offsets, nil
}

// listOffsets puts the offsets of tps, which are sorted, into offsets, asking each leader for its own.
func (c *Client) listOffsets(ctx context.Context, at int64, tps []TopicPartition, offsets map[TopicPartition]int64) error {
	pending := tps
	return c.retry(ctx, true, func() error {
		leaders, err := c.leadersOf(ctx, pending)
		if err != nil {
			return err
		}
		var left []TopicPartition
		var failed error
		for node, asked := range byLeader(pending, leaders) {
			refused := make(map[TopicPartition]error)
			err := c.ask(ctx, apiListOffsets, node, c.listOffsetsRequest(at, asked), func(r *reader) {
				readListOffsets(r, offsets, refused)
				if len(refused) == 0 && !holds(offsets, asked) {
					r.bad = true // as above
				}
			})
			for _, tp := range asked {
				lost := first(err, nil)
				if lost == nil {
					lost = refused[tp]
				}
				if lost == nil {
					continue
				}
				left = append(left, tp)
				failed = lost
				if losesLeader(lost) {
					c.forgetLeader(tp, node)
				}
			}
		}
		pending = byTopic(left)
		return failed
	})
}

func (c *Client) listOffsetsRequest(at int64, tps []TopicPartition) writer {
	w := c.begin(apiListOffsets)
	w.int32(-1) // no replica
	w.int8(readCommitted)
	writeByTopic(&w, tps, func(i int) TopicPartition { return tps[i] }, func(int) {
		w.int32(-1) // leader's epoch: not known
		w.int64(at)
	})
	return w
}

func readListOffsets(r *reader, offsets map[TopicPartition]int64, refused map[TopicPartition]error) {
	r.int32() // throttle
	for n := r.array(); n > 0; n-- {
		topic := r.string()
		for k := r.array(); k > 0; k-- {
			tp := TopicPartition{topic, r.int32()}
			code := r.int16()
			r.int64() // timestamp
			offset := r.int64()
			r.int32() // leader's epoch
			if code != 0 {
				refused[tp] = &Error{API: apiListOffsets.name, Code: code, Topic: tp.Topic, Partition: tp.Partition}
				continue
			}
			offsets[tp] = offset
		}
	}
}

func holds[V any](offsets map[TopicPartition]V, tps []TopicPartition) bool {
	for _, tp := range tps {
		if _, ok := offsets[tp]; !ok {
			return false
		}
	}
	return true
}

// byTopic gives tps sorted, without repetition.
func byTopic(tps []TopicPartition) []TopicPartition {
	tps = slices.Clone(tps)
	slices.SortFunc(tps, compare)
	return slices.Compact(tps)
}

func compare(a, b TopicPartition) int {
	return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
}

func byLeader(tps []TopicPartition, leaders []int32) map[int32][]TopicPartition {
	m := make(map[int32][]TopicPartition)
	for i, tp := range tps {
		m[leaders[i]] = append(m[leaders[i]], tp)
	}
	return m
}

// writeByTopic writes an array of topics, each with an array of its partitions, from a list that is sorted by topic. In the
// requests where a partition is a structure, more writes its further fields; where it is a bare number, it writes nothing.
func writeByTopic(w *writer, tps []TopicPartition, at func(i int) TopicPartition, more func(i int)) {
	n := len(tps)
	topic := func(i int) string { return at(i).Topic }
	w.array(runs(n, topic))
	for i := 0; i < n; {
		k := run(n, i, topic)
		w.string(topic(i))
		w.array(k)
		for j := i; j < i+k; j++ {
			w.int32(at(j).Partition)
			more(j)
		}
		w.tags()
		i += k
	}
}

// worse gives the refusal to act on when an answer holds several: one that is not worth retrying before one that is, and any
// before the note that a partition was not tried because of another.
func worse(before *Error, a api, code int16, tp TopicPartition) *Error {
	if code == 0 {
		return before
	}
	e := &Error{API: a.name, Code: code, Topic: tp.Topic, Partition: tp.Partition}
	if before == nil || rank(code) > rank(before.Code) {
		return e
	}
	return before
}

func rank(code int16) int {
	if code == codeNotAttempted {
		return 0
	}
	if _, ok := retried[code]; ok {
		return 1
	}
	return 2
}

// first gives err, or else refusal as an error that is nil when refusal is.
func first(err error, refusal *Error) error {
	if err != nil {
		return err
	}
	if refusal != nil {
		return refusal
	}
	return nil
}
