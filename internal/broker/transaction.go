package broker

import (
	"context"
	"slices"
	"time"
)

// Retries in this file are for refusals only, but for InitProducer's: after an answer that is lost the caller does not know
// where the transaction stands, and InitProducer, which settles it and fences whatever is still under way, finds out.

// InitProducer starts a producer under the transactional id with producer id and epoch -1: whatever was open under that id is
// settled first, and every earlier producer is fenced. timeout is how long a transaction may stay open.
func (c *Client) InitProducer(ctx context.Context, id string, timeout time.Duration) (*Producer, error) {
	w := c.begin(apiInitProducer)
	w.string(id)
	w.int32(int32(timeout.Milliseconds()))
	w.int64(-1)
	w.int16(-1)
	w.tags()
	p := &Producer{TxnID: id, Sequences: make(map[TopicPartition]int32)}
	err := c.atCoordinator(ctx, coordinated{txnKind, id}, true, func(node int32) error {
		refusal := Error{API: apiInitProducer.name}
		err := c.ask(ctx, apiInitProducer, node, w, func(r *reader) {
			r.int32() // throttle
			refusal.Code = r.int16()
			p.ID, p.Epoch = r.int64(), r.int16()
		})
		p.Doubtful = p.Doubtful || IsTransport(err)
		return refused(err, &refusal)
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// AddPartitions adds partitions to the producer's transaction, which it opens. Directly after EndTxn it waits until the
// markers are written.
func (c *Client) AddPartitions(ctx context.Context, p *Producer, tps []TopicPartition) error {
	tps = byTopic(tps)
	w := c.transactional(apiAddPartitions, p)
	writeByTopic(&w, tps, func(i int) TopicPartition { return tps[i] }, func(int) {})
	w.tags()
	return c.atCoordinator(ctx, coordinated{txnKind, p.TxnID}, false, func(node int32) error {
		return c.askPartitions(ctx, apiAddPartitions, node, w, len(tps))
	})
}

// CommitOffsets adds the group's offsets to the transaction: AddOffsetsToTxn, then TxnOffsetCommit to the group's coordinator,
// which checks the token.
func (c *Client) CommitOffsets(ctx context.Context, p *Producer, group string, t Token, offsets []Offset) error {
	w := c.transactional(apiAddOffsets, p)
	w.string(group)
	w.tags()
	err := c.atCoordinator(ctx, coordinated{txnKind, p.TxnID}, false, func(node int32) error {
		return c.askCode(ctx, apiAddOffsets, node, w)
	})
	if err != nil {
		return err
	}
	w = c.txnOffsetCommitRequest(p, group, t, offsets)
	return c.atCoordinator(ctx, coordinated{groupKind, group}, false, func(node int32) error {
		return c.askPartitions(ctx, apiTxnOffsetCommit, node, w, len(offsets))
	})
}

func (c *Client) txnOffsetCommitRequest(p *Producer, group string, t Token, offsets []Offset) writer {
	offsets, tps := sorted(offsets)
	w := c.begin(apiTxnOffsetCommit)
	w.string(p.TxnID)
	w.string(group)
	w.int64(p.ID)
	w.int16(p.Epoch)
	w.int32(t.Generation)
	w.string(t.MemberID)
	w.null() // no instance id: membership is dynamic
	writeByTopic(&w, tps, func(i int) TopicPartition { return tps[i] }, func(i int) {
		w.int64(offsets[i].Offset)
		w.int32(-1) // leader's epoch: not known
		w.string(offsets[i].Metadata)
		w.tags()
	})
	w.tags()
	return w
}

// sorted gives offsets by topic, and their partitions.
func sorted(offsets []Offset) ([]Offset, []TopicPartition) {
	offsets = slices.Clone(offsets)
	slices.SortFunc(offsets, func(a, b Offset) int { return compare(a.TopicPartition, b.TopicPartition) })
	tps := make([]TopicPartition, len(offsets))
	for i := range offsets {
		tps[i] = offsets[i].TopicPartition
	}
	return offsets, tps
}

// EndTxn commits or aborts. It must not be called while a Produce of p is unanswered, nor for an empty transaction, which
// brokers refuse. When the answer is lost, what became of the transaction shows in StableOffsets after InitProducer.
func (c *Client) EndTxn(ctx context.Context, p *Producer, commit bool) error {
	w := c.transactional(apiEndTxn, p)
	w.bool(commit)
	w.tags()
	return c.atCoordinator(ctx, coordinated{txnKind, p.TxnID}, false, func(node int32) error {
		return c.askCode(ctx, apiEndTxn, node, w)
	})
}

// transactional starts a request to the transaction coordinator, all of which begin alike.
func (c *Client) transactional(a api, p *Producer) writer {
	w := c.begin(a)
	w.string(p.TxnID)
	w.int64(p.ID)
	w.int16(p.Epoch)
	return w
}

// askCode sends a request whose answer is a code.
func (c *Client) askCode(ctx context.Context, a api, node int32, w writer) error {
	refusal := Error{API: a.name}
	err := c.ask(ctx, a, node, w, func(r *reader) {
		r.int32() // throttle
		refusal.Code = r.int16()
	})
	return refused(err, &refusal)
}

// askPartitions sends a request about n partitions whose answer is a code for each.
func (c *Client) askPartitions(ctx context.Context, a api, node int32, w writer, n int) error {
	var refusal *Error
	err := c.ask(ctx, a, node, w, func(r *reader) { refusal = readPartitions(r, a, n) })
	return first(err, refusal)
}

// readPartitions reads the codes of n partitions.
func readPartitions(r *reader, a api, n int) (refusal *Error) {
	r.int32() // throttle
	answered := 0
	for topics := r.array(); topics > 0; topics-- {
		topic := r.string()
		for k := r.array(); k > 0; k-- {
			tp := TopicPartition{topic, r.int32()}
			refusal = worse(refusal, a, r.int16(), tp)
			r.tags()
			answered++
		}
		r.tags()
	}
	if answered != n {
		r.bad = true
	}
	return refusal
}

// refused gives err, or else refusal when it has a code.
func refused(err error, refusal *Error) error {
	if err == nil && refusal.Code != 0 {
		return refusal
	}
	return err
}
