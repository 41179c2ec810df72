package lane_test

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/lane"
	"github.com/assay-dev/assay/internal/testkit"
)

// place commits an offset of partition 2 from outside.
func (r *rig) place(at int64, metadata string) {
	r.t.Helper()
	var o kadm.Offsets
	o.Add(kadm.Offset{Topic: r.in.Plan.Topic, Partition: 2, At: at, LeaderEpoch: -1, Metadata: metadata})
	if err := admin(r.t, r.env).CommitAllOffsets(r.ctx(), r.group, o); err != nil {
		r.t.Fatal(err)
	}
}

// accept has the operator accept what partition 2 has lost.
func (r *rig) accept() {
	r.tune = func(c *lane.Config) {
		c.AcceptDataLost = []broker.TopicPartition{{Topic: r.in.Plan.Topic, Partition: 2}}
	}
}

// TestTruncated has the log end before the committed offset, as after an unclean election: what is left has been read, and must
// not be read again when the operator accepts the loss.
func TestTruncated(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		r := newRig(t, env, clean(40))
		f, err := r.in.Feed(env.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.Write(r.ctx(), 20); err != nil {
			t.Fatal(err)
		}
		p := r.start("a")
		r.await()
		p.end()
		r.place(50, "")
		p = r.start("a")
		if text := p.condition("DATA_LOST"); !strings.Contains(text, "offsets 5 to 50 are gone") {
			t.Errorf("the condition says %q", text)
		}
		p.end()
		r.accept()
		p = r.start("a")
		r.await()
		if _, err := f.Write(r.ctx(), 20); err != nil {
			t.Fatal(err)
		}
		r.await()
		r.flawless()
		p.end()
	})
}

// What others write beside an offset says nothing of the topic.
func TestForeignMetadata(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		r := newRig(t, env, clean(40))
		r.produce()
		r.place(5, "set by ops")
		p := r.start("a")
		r.await()
		p.end()
		if rows, want := count(r.scored()), r.rows(0, 40)-r.lost(2, 0, 5); rows != want {
			t.Errorf("%d rows scored, want %d", rows, want)
		}
	})
}

// The id of another topic says that this one has taken its place. When that is accepted the new one is read from its start.
func TestOtherTopic(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		r := newRig(t, env, clean(40))
		r.produce()
		r.place(5, "00112233445566778899aabbccddeeff")
		p := r.start("a")
		text := p.condition("DATA_LOST")
		if !strings.Contains(text, "what it held from offset 5 on is gone") || !strings.Contains(text, "--accept-data-lost "+r.in.Plan.Topic+"/2") {
			t.Errorf("the condition says %q", text)
		}
		p.committed(30)
		p.end()
		r.accept()
		p = r.start("a")
		r.await()
		r.flawless()
		p.end()
	})
}
