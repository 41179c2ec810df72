package broker

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"sync"
)

const (
	allReplicas int16 = -1

	// A request of more than 100 MiB makes a broker close the connection without an answer, so that a request is closed
	// before it gets there. One batch is never that large: topics do not take it.
	largestProduce = 64 << 20

	// A batch of at least this size is written to the connection from where it lies; smaller ones are copied together,
	// because each piece is a system call.
	copiedBatch = 16 << 10
)

// Produce writes one record batch to each of several partitions, in one request for each leader, all at once, and gives p the
// next sequences. Refused batches are sent again in place with the same sequences, so that none is appended twice. On an
// error, which batches are in the log is unknown: the transaction must be given up.
func (c *Client) Produce(ctx context.Context, p *Producer, batches []ProduceBatch) error {
	if err := c.produce(ctx, p.TxnID, batches, false); err != nil {
		return err
	}
	for i := range batches {
		b := &batches[i]
		p.Sequences[b.TopicPartition] = nextSequence(p.Sequences[b.TopicPartition], b.Count)
	}
	return nil
}

// ProducePlain writes record batches that belong to no producer (their producer id, epoch and sequence are -1) outside of any
// transaction, with all replicas acknowledging. A batch without an answer is sent again and may then be in the log twice: at
// least once, for loading files, never for output.
func (c *Client) ProducePlain(ctx context.Context, batches []ProduceBatch) error {
	return c.produce(ctx, "", batches, true)
}

// nextSequence counts as brokers do: after 2³¹-1 comes 0.
func nextSequence(sequence, count int32) int32 {
	return int32((int64(sequence) + int64(count)) & math.MaxInt32)
}

func (c *Client) produce(ctx context.Context, txnID string, batches []ProduceBatch, idempotent bool) error {
	pending := make([]*ProduceBatch, len(batches))
	for i := range batches {
		pending[i] = &batches[i]
	}
	slices.SortFunc(pending, func(a, b *ProduceBatch) int { return compare(a.TopicPartition, b.TopicPartition) })
	for i := 1; i < len(pending); i++ {
		if pending[i].TopicPartition == pending[i-1].TopicPartition {
			return fmt.Errorf("two batches for %s/%d in one Produce", pending[i].Topic, pending[i].Partition)
		}
	}
	if len(pending) == 0 {
		return nil
	}
	return c.retry(ctx, idempotent, func() error {
		requests, err := c.produceRequests(ctx, txnID, pending)
		if err != nil {
			return err
		}
		var all sync.WaitGroup
		for _, r := range requests[1:] {
			all.Go(func() { r.send(ctx) })
		}
		requests[0].send(ctx)
		all.Wait()

		var left []*ProduceBatch
		var failed error
		for _, r := range requests {
			for i, err := range r.errs {
				if err == nil {
					continue
				}
				left = append(left, r.batches[i])
				if losesLeader(err) {
					c.forgetLeader(r.batches[i].TopicPartition, r.node)
				}
				if failed == nil || gravity(err) > gravity(failed) {
					failed = err
				}
			}
		}
		pending = left
		slices.SortFunc(pending, func(a, b *ProduceBatch) int { return compare(a.TopicPartition, b.TopicPartition) })
		return failed
	})
}

// gravity orders the errors of several partitions: what ends the transaction comes before what can be retried, and a refusal
// with a name before a lost answer.
func gravity(err error) int {
	if IsTransport(err) {
		return 2
	}
	if _, ok := retried[Code(err)]; ok {
		return 1
	}
	return 3
}

// produceRequest is one request to one leader.
type produceRequest struct {
	client  *Client
	node    int32
	txnID   string
	batches []*ProduceBatch // sorted by topic
	errs    []error         // one for each batch
	size    int
}

// produceRequests shares batches out among their leaders.
func (c *Client) produceRequests(ctx context.Context, txnID string, batches []*ProduceBatch) ([]*produceRequest, error) {
	tps := make([]TopicPartition, len(batches))
	for i, b := range batches {
		tps[i] = b.TopicPartition
	}
	leaders, err := c.leadersOf(ctx, tps)
	if err != nil {
		return nil, err
	}
	var requests []*produceRequest
	for i, b := range batches {
		k := slices.IndexFunc(requests, func(r *produceRequest) bool {
			return r.node == leaders[i] && r.size+len(b.Batch) <= largestProduce
		})
		if k < 0 {
			k = len(requests)
			requests = append(requests, &produceRequest{client: c, node: leaders[i], txnID: txnID})
		}
		r := requests[k]
		r.batches, r.size = append(r.batches, b), r.size+len(b.Batch)
	}
	return requests, nil
}

// piece is a part of a request: what has been written up to a point, and then a batch from where it lies.
type piece struct {
	upto  int
	batch []byte
}

// send sends the request once and notes what became of each batch.
func (p *produceRequest) send(ctx context.Context) {
	w, pieces, err := p.write()
	if err == nil {
		p.errs = make([]error, len(p.batches))
		err = p.client.exchange(ctx, apiProduce, p.node, p.client.config.RequestTimeout, func(conn io.ReadWriter) error {
			if err := writePieces(conn, w.b, pieces); err != nil {
				return err
			}
			_, r, err := readAnswer(conn, apiProduce, nil)
			if err != nil {
				return err
			}
			return p.read(&r)
		})
	}
	if err == nil {
		return
	}
	p.errs = slices.Repeat([]error{err}, len(p.batches))
}

func (p *produceRequest) write() (writer, []piece, error) {
	w := p.client.begin(apiProduce)
	if p.txnID == "" {
		w.null()
	} else {
		w.string(p.txnID)
	}
	w.int16(allReplicas)
	w.int32(int32(p.client.config.RequestTimeout.Milliseconds()))
	var pieces []piece
	elsewhere := 0
	topic := func(i int) string { return p.batches[i].Topic }
	w.array(runs(len(p.batches), topic))
	for i := 0; i < len(p.batches); {
		n := run(len(p.batches), i, topic)
		w.string(topic(i))
		w.array(n)
		for _, b := range p.batches[i : i+n] {
			w.int32(b.Partition)
			w.int32(int32(len(b.Batch)))
			if len(b.Batch) < copiedBatch {
				w.b = append(w.b, b.Batch...)
				continue
			}
			pieces = append(pieces, piece{len(w.b), b.Batch})
			elsewhere += len(b.Batch)
		}
		i += n
	}
	return w, pieces, w.frame(elsewhere)
}

func writePieces(conn io.Writer, own []byte, pieces []piece) error {
	from := 0
	for _, p := range pieces {
		if _, err := conn.Write(own[from:p.upto]); err != nil {
			return err
		}
		if _, err := conn.Write(p.batch); err != nil {
			return err
		}
		from = p.upto
	}
	if from == len(own) {
		return nil
	}
	_, err := conn.Write(own[from:])
	return err
}

// read notes the codes of the answer. A batch that the broker has already is where it belongs.
func (p *produceRequest) read(r *reader) error {
	answered := 0
	for n := r.array(); n > 0; n-- {
		topic := r.string()
		for k := r.array(); k > 0; k-- {
			tp := TopicPartition{topic, r.int32()}
			code := r.int16()
			r.int64() // offset
			r.int64() // time
			r.int64() // log start
			for e := r.array(); e > 0; e-- {
				r.int32() // index of a refused record
				r.text()  // why
			}
			message := r.string()
			i := slices.IndexFunc(p.batches, func(b *ProduceBatch) bool { return b.TopicPartition == tp })
			if i < 0 || r.bad {
				return errShortAnswer
			}
			answered++
			if code != 0 && code != codeDuplicateSequence {
				p.errs[i] = &Error{API: apiProduce.name, Code: code, Topic: topic, Partition: tp.Partition, Message: message}
			}
		}
	}
	if answered != len(p.batches) {
		return errShortAnswer
	}
	return r.end()
}
