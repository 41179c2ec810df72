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

// A changed contract takes effect between two transactions (CP-20, CP-21): here another one is in force at each look, and still
// whatever leaves in one transaction, to whichever topic, names one version.
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
		seen := &versions{of: map[string]map[string]bool{}, all: map[string]map[string]int{}}
		r.wrap = func(b broker.Broker) broker.Broker { return &reader{Broker: b, r: r, seen: seen} }
		p := r.start("a")
		r.produce()
		r.await()
		r.flawless()
		p.end()
		for _, topic := range []string{r.out.Scored, r.out.Quality, r.out.Errors, r.out.Dead, r.out.Results} {
			for _, version := range []string{"census-profile@1", "census-profile@2"} {
				if seen.all[topic][version] == 0 {
					t.Errorf("nothing on %s names %s", topic, version)
				}
			}
		}
		if looks.Load() < 6 {
			t.Errorf("only %d looks", looks.Load())
		}
	})
}

// versions are those that each producer has named in its open transaction, and how many records of each topic name them.
type versions struct {
	mu  sync.Mutex
	of  map[string]map[string]bool
	all map[string]map[string]int
}

// reader reads what is produced and demands that every record names its versions, and each transaction the same ones.
type reader struct {
	broker.Broker
	r    *rig
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
			r.r.t.Errorf("a batch that is produced: %v", err)
			continue
		}
		records, err := decoder.Records(&b)
		if err != nil {
			r.r.t.Errorf("a batch that is produced: %v", err)
			continue
		}
		for records.Next(&rec) {
			r.note(p, batches[i].Topic, &rec)
		}
	}
	return r.Broker.Produce(ctx, p, batches)
}

func (r *reader) note(p *broker.Producer, topic string, rec *wire.Record) {
	header := map[string]string{}
	for _, h := range rec.Headers(nil) {
		header[h.Key] = string(h.Value)
	}
	versions := header["assay-version"]
	version, model, _ := strings.Cut(versions, " ")
	if !strings.HasPrefix(model, "model=") {
		r.r.t.Errorf("a record on %s names the versions %q", topic, versions)
	}
	if topic == r.r.out.Dead && header["assay-error-version"] != versions {
		r.r.t.Errorf("a letter of %s says that %q refused it", versions, header["assay-error-version"])
	}
	if (topic == r.r.out.Quality || topic == r.r.out.Errors) && !strings.Contains(string(rec.Value), `"version":"`+versions+`"`) {
		r.r.t.Errorf("an event of %s on %s is %s", versions, topic, rec.Value)
	}
	if r.seen.all[topic] == nil {
		r.seen.all[topic] = map[string]int{}
	}
	r.seen.all[topic][version]++
	of := r.seen.of[p.TxnID]
	if of == nil {
		of = map[string]bool{}
		r.seen.of[p.TxnID] = of
	}
	if of[version] = true; len(of) > 1 {
		r.r.t.Errorf("a transaction of %s names the versions %v", p.TxnID, of)
	}
}

func (r *reader) EndTxn(ctx context.Context, p *broker.Producer, commit bool) error {
	r.seen.mu.Lock()
	delete(r.seen.of, p.TxnID)
	r.seen.mu.Unlock()
	return r.Broker.EndTxn(ctx, p, commit)
}
