package lane_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/encode"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/lane"
	"github.com/assay-dev/assay/internal/testkit"
	"github.com/assay-dev/assay/internal/wire"
)

// A changed contract takes effect between two transactions (CP-21): here another one is in force at each look, and still
// whatever leaves in one transaction names one version.
func TestReload(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		r := newRig(t, env, plan(200))
		var programs [2]*engine.Program
		for i, version := range []string{"1", "2"} {
			contract, err := feed.Pack("census-profile")
			if err != nil {
				t.Fatal(err)
			}
			contract.Version = version
			o := engine.Options{Headers: encode.HeadersAll}
			for j := range o.Partitions {
				o.Partitions[j] = partitions
			}
			if programs[i], err = engine.Compile(contract, o); err != nil {
				t.Fatal(err)
			}
		}
		var looks atomic.Int64
		r.tune = func(c *lane.Config) {
			c.Program = func() *engine.Program { return programs[looks.Add(1)%2] }
			c.Commit = lane.Commit{Every: 100 * time.Millisecond, Idle: 20 * time.Millisecond, Bytes: 20_000} // several chunks
		}
		seen := &versions{of: map[string]map[string]bool{}, all: map[string]bool{}}
		r.wrap = func(b broker.Broker) broker.Broker { return &reader{Broker: b, t: t, seen: seen} }
		p := r.start("a")
		r.produce()
		r.await()
		r.flawless()
		p.end()
		if !seen.all["census-profile@1"] || !seen.all["census-profile@2"] {
			t.Errorf("versions seen: %v", seen.all)
		}
		if looks.Load() < 6 {
			t.Errorf("only %d looks", looks.Load())
		}
	})
}

// versions are those that each producer has named in its open transaction, and all.
type versions struct {
	mu  sync.Mutex
	of  map[string]map[string]bool
	all map[string]bool
}

// reader reads what is produced and demands one version a transaction.
type reader struct {
	broker.Broker
	t    *testing.T
	seen *versions
}

func (r *reader) Produce(ctx context.Context, p *broker.Producer, batches []broker.ProduceBatch) error {
	r.seen.mu.Lock()
	defer r.seen.mu.Unlock()
	decoder := wire.NewDecoder(1 << 24)
	var rec wire.Record
	for i := range batches {
		b, _, err := wire.Next(batches[i].Batch)
		if err != nil {
			r.t.Errorf("a batch that is produced: %v", err)
			continue
		}
		records, err := decoder.Records(&b)
		if err != nil {
			r.t.Errorf("a batch that is produced: %v", err)
			continue
		}
		for records.Next(&rec) {
			for _, h := range rec.Headers(nil) {
				if h.Key == "assay-version" {
					version, _, _ := strings.Cut(string(h.Value), " ")
					r.note(p, version)
				}
			}
		}
	}
	return r.Broker.Produce(ctx, p, batches)
}

func (r *reader) note(p *broker.Producer, version string) {
	r.seen.all[version] = true
	of := r.seen.of[p.TxnID]
	if of == nil {
		of = map[string]bool{}
		r.seen.of[p.TxnID] = of
	}
	if of[version] = true; len(of) > 1 {
		r.t.Errorf("a transaction of %s names the versions %v", p.TxnID, of)
	}
}

func (r *reader) EndTxn(ctx context.Context, p *broker.Producer, commit bool) error {
	r.seen.mu.Lock()
	delete(r.seen.of, p.TxnID)
	r.seen.mu.Unlock()
	return r.Broker.EndTxn(ctx, p, commit)
}
