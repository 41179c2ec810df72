package lane_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/embedded"
	"github.com/assay-dev/assay/internal/testkit"
)

// tamper passes requests on to a broker, by way of functions of the test where there are any.
type tamper struct {
	broker.Broker
	fetch  func(ctx context.Context, f *broker.Fetch, send func() error) error
	end    func(ctx context.Context, send func() error) error
	create func(b []broker.ProduceBatch, send func() error) error
}

// on gives x as the wrapper of a rig. It is for one process at a time.
func (x *tamper) on(b broker.Broker) broker.Broker {
	x.Broker = b
	return x
}

func (x *tamper) Fetch(ctx context.Context, f *broker.Fetch) error {
	if x.fetch == nil {
		return x.Broker.Fetch(ctx, f)
	}
	return x.fetch(ctx, f, func() error { return x.Broker.Fetch(ctx, f) })
}

func (x *tamper) EndTxn(ctx context.Context, p *broker.Producer, commit bool) error {
	if x.end == nil {
		return x.Broker.EndTxn(ctx, p, commit)
	}
	return x.end(ctx, func() error { return x.Broker.EndTxn(ctx, p, commit) })
}

func (x *tamper) Produce(ctx context.Context, p *broker.Producer, b []broker.ProduceBatch) error {
	if x.create == nil {
		return x.Broker.Produce(ctx, p, b)
	}
	return x.create(b, func() error { return x.Broker.Produce(ctx, p, b) })
}

// refuse gives a partition of an answer an error in place of its records.
func refuse(p *broker.FetchPart, code int16) {
	p.Records, p.Err = nil, &broker.Error{API: "Fetch", Code: code, Topic: p.Topic, Partition: p.Partition}
}

// errGone is what a broker that is away comes to.
func errGone(api string, node int32) error {
	return &broker.TransportError{API: api, Node: node, Err: errors.New("connection refused")}
}

// batches gives the record batches of an answer, as far as they are whole.
func batches(records []byte) (all [][]byte) {
	for len(records) > 12 {
		n := int(records[8])<<24 + int(records[9])<<16 + int(records[10])<<8 + int(records[11]) + 12
		if n > len(records) {
			break
		}
		all = append(all, records[:n])
		records = records[n:]
	}
	return all
}

// threeNodes is an embedded broker whose partitions have several leaders.
func threeNodes(t *testing.T) testkit.Env {
	t.Helper()
	b, err := embedded.Start(embedded.Options{Nodes: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return testkit.Env{Name: "embedded", Addr: b.Addrs(), Embedded: b}
}

// names gives the conditions that a process shows, each once.
func (p *process) names() (names []string) {
	for _, c := range p.state.Status().Conditions {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
