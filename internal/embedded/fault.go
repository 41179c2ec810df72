package embedded

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Fault is an answer that the broker gives in place of the right one: errors that it would never give by itself, such as
// CONCURRENT_TRANSACTIONS.
type Fault struct {
	Key   int16 // the request's API key
	Code  int16 // the error code of the answer
	Count int   // how many requests; 0 means one, -1 all until Remove

	Topic string // "" means any; else only requests that name the topic
	Group string // "" means any
	TxnID string // "" means any
	Top   bool   // put the code at the top of the answer rather than at its topics or partitions
}

// Injected is a Fault in force.
type Injected struct{ handle *kfake.FaultHandle }

// Inject puts a fault in force. A code that Kafka does not have is an error.
func (b *Broker) Inject(f Fault) (*Injected, error) {
	code := kerr.TypedErrorForCode(f.Code)
	if code == nil || code.Code != f.Code {
		return nil, fmt.Errorf("embedded broker: no Kafka error has code %d", f.Code)
	}
	return &Injected{b.cluster.Fault(kfake.Fault{
		Keys:     []kmsg.Key{kmsg.Key(f.Key)},
		Topic:    f.Topic,
		Group:    f.Group,
		TxnID:    f.TxnID,
		TopLevel: f.Top,
		Err:      code,
		Count:    f.Count,
	})}, nil
}

// Hits gives the number of requests that the fault has answered.
func (i *Injected) Hits() int { return i.handle.Hits() }

// Wait returns when the fault has answered n requests, or with the context's error.
func (i *Injected) Wait(ctx context.Context, n int) error { return i.handle.Wait(ctx, n) }

// Remove ends the fault.
func (i *Injected) Remove() { i.handle.Remove() }
