package judge

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
)

// originHeader is a header of every input message, with the chunk's id. It must travel on into dead letters.
const originHeader = "x-judge-origin"

// Feeder writes an Input bit by bit, so that a test can do its mischief in between.
type Feeder struct {
	in        *Input
	bootstrap []string
	plain     *kgo.Client
	aborting  [2]*kgo.Client // nil until needed
	next      int            // chunk
	name      string         // prefix of transactional ids
	nextGhost int
	open      []*phantom
}

// Feed prepares to write the input; the topic must exist. The caller closes the Feeder.
func (in *Input) Feed(bootstrap []string) (*Feeder, error) {
	plain, err := kgo.NewClient(
		kgo.SeedBrokers(bootstrap...),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(kgo.Lz4Compression(), kgo.NoCompression()),
	)
	if err != nil {
		return nil, err
	}
	return &Feeder{in: in, bootstrap: bootstrap, plain: plain, name: "judge-" + in.Plan.Topic}, nil
}

// Produce writes the whole input.
func (in *Input) Produce(ctx context.Context, bootstrap []string) error {
	f, err := in.Feed(bootstrap)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.Write(ctx, len(in.Chunks))
	return err
}

// Close ends the Feeder's connections.
func (f *Feeder) Close() {
	f.plain.Close()
	for _, c := range f.aborting {
		if c != nil {
			c.Close()
		}
	}
}

// Write writes the next n chunks, waits until the broker has them, and says whether more are left; behind the last one
// partitions end where they will. It waits out a broker that is away for as long as ctx lives.
func (f *Feeder) Write(ctx context.Context, n int) (more bool, err error) {
	end := min(f.next+n, len(f.in.Chunks))
	for ; f.next < end; f.next++ {
		if err := f.haunt(ctx); err != nil {
			return false, err
		}
		f.send(ctx, f.plain, f.in.Chunks[f.next], &err)
	}
	if flushed := f.plain.Flush(ctx); flushed != nil || err != nil {
		return false, errors.Join(err, flushed)
	}
	if f.next < len(f.in.Chunks) {
		return true, nil
	}
	if err := f.haunt(ctx); err != nil {
		return false, err
	}
	if err := f.haunt(ctx); err != nil { // ends what the first has begun
		return false, err
	}
	return false, f.settle(ctx)
}

// settle waits until the markers of all transactions stand in the input: a broker says that a transaction has ended before it
// has written them, and until then the end of a partition is not its last.
func (f *Feeder) settle(ctx context.Context) error {
	r, err := newReader(f.bootstrap)
	if err != nil {
		return err
	}
	defer r.close()
	for {
		open, err := r.unsettled(ctx, f.in.Plan.Topic)
		if err == nil && !open {
			return nil
		}
		if e := sleep(ctx); e != nil {
			return errors.Join(fmt.Errorf("%s has open transactions: %w", f.in.Plan.Topic, e), err)
		}
	}
}

// send writes a chunk and notes its offset, or the first error in err. Both are safe to read after the client's Flush.
func (f *Feeder) send(ctx context.Context, client *kgo.Client, c *Chunk, err *error) {
	client.Produce(ctx, f.in.record(c), func(r *kgo.Record, failed error) {
		if failed != nil {
			*err = errors.Join(*err, fmt.Errorf("write chunk %s: %w", c.ID, failed))
			return
		}
		c.Offset = r.Offset
	})
}

func (in *Input) record(c *Chunk) *kgo.Record {
	return &kgo.Record{
		Topic: in.Plan.Topic, Partition: c.Partition, Key: []byte(c.ID), Value: c.Value,
		Headers: []kgo.RecordHeader{{Key: "content-type", Value: []byte("text/csv")}, {Key: originHeader, Value: []byte(c.ID)}},
	}
}

// haunt ends the aborting transactions that end before the next chunk, then begins those that begin there.
func (f *Feeder) haunt(ctx context.Context) error {
	var open []*phantom
	for _, p := range f.open {
		if p.to > f.next {
			open = append(open, p)
			continue
		}
		if err := f.abort(ctx, p); err != nil {
			return fmt.Errorf("abort of %s: %w", p.ID, err)
		}
	}
	f.open = open
	for ; f.nextGhost < len(f.in.phantoms) && f.in.phantoms[f.nextGhost].from <= f.next; f.nextGhost++ {
		p := f.in.phantoms[f.nextGhost]
		// What comes before it must stand before it.
		if err := f.plain.Flush(ctx); err != nil {
			return err
		}
		if err := f.begin(ctx, p); err != nil {
			return fmt.Errorf("transaction of %s: %w", p.ID, err)
		}
		f.open = append(f.open, p)
	}
	return nil
}

func (f *Feeder) begin(ctx context.Context, p *phantom) error {
	if f.aborting[p.producer] == nil {
		c, err := kgo.NewClient(
			kgo.SeedBrokers(f.bootstrap...),
			kgo.RecordPartitioner(kgo.ManualPartitioner()),
			kgo.TransactionalID(fmt.Sprintf("%s-%d", f.name, p.producer)),
		)
		if err != nil {
			return err
		}
		f.aborting[p.producer] = c
	}
	c := f.aborting[p.producer]
	if err := c.BeginTransaction(); err != nil {
		return err
	}
	var failed error
	f.send(ctx, c, p.Chunk, &failed)
	if err := c.Flush(ctx); err != nil {
		return err
	}
	// A phantom that did not get through is none; its transaction is aborted all the same.
	return ctx.Err()
}

// abort ends a phantom's transaction. Where the client cannot, because the coordinator has done it already or the answer was
// lost, a new producer under the same id makes sure of it.
func (f *Feeder) abort(ctx context.Context, p *phantom) error {
	c := f.aborting[p.producer]
	if c.EndTransaction(ctx, kgo.TryAbort) == nil {
		return nil
	}
	c.Close()
	f.aborting[p.producer] = nil
	again, err := kgo.NewClient(kgo.SeedBrokers(f.bootstrap...), kgo.TransactionalID(fmt.Sprintf("%s-%d", f.name, p.producer)))
	if err != nil {
		return err
	}
	defer again.Close()
	_, _, err = again.ProducerID(ctx)
	return err
}
