package service_test

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/config"
	"github.com/assay-dev/assay/internal/service"
	"github.com/assay-dev/assay/internal/testkit"
)

// TestLookAndMove moves a feed that is stopped, as another client sees it, and not one that runs.
func TestLookAndMove(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		topic, prefix := testkit.Unique("offsets.in"), testkit.Unique("offsets")
		env.CreateTopics(t, 2, topic)
		other, err := kgo.NewClient(kgo.SeedBrokers(env.Addr...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
		must(t, err)
		defer other.Close()
		began := time.Date(2026, 5, 25, 12, 0, 0, 0, time.UTC)
		for i := range 4 {
			r := &kgo.Record{Topic: topic, Value: []byte("id\n1\n"), Timestamp: began.Add(time.Duration(i) * time.Minute)}
			must(t, other.ProduceSync(ctx, r).FirstErr())
		}

		settings, _, err := config.Load(config.Source{Env: []string{"ASSAY_KAFKA_BROKERS=" + strings.Join(env.Addr, ","), "ASSAY_GROUP=" + prefix}})
		must(t, err)
		settings.Feeds[0].Input.Topics = []string{topic}
		feeds, err := service.Load(settings)
		must(t, err)
		client, err := broker.NewClient(broker.Config{Brokers: env.Addr})
		must(t, err)
		defer client.Close()
		look := func() *service.Standing {
			t.Helper()
			st, err := service.Look(ctx, client, settings, &feeds[0])
			must(t, err)
			if st.Group != prefix+".census-profile" || len(st.Positions) != 2 {
				t.Fatalf("%+v", st)
			}
			return st
		}
		st := look()
		if p := st.Positions[0]; p.Committed != -1 || p.Next != 0 || p.End != 4 || p.Lag() != 4 || p.Lost != "" {
			t.Errorf("before it has begun: %+v", p)
		}
		settings.Start = config.Start{At: began.Add(90 * time.Second)}
		if p := look().Positions[0]; p.Next != 2 || p.Lag() != 2 {
			t.Errorf("before it has begun, to start at a time: %+v", p)
		}

		to, err := st.At(ctx, client, began.Add(time.Minute).UnixMilli())
		must(t, err)
		must(t, st.Move(ctx, client, to))
		st = look()
		if p := st.Positions[0]; p.Committed != 1 || p.Next != 1 || p.Lag() != 3 || p.Lost != "" {
			t.Errorf("moved: %+v", p)
		}
		admin := kadm.NewClient(other)
		committed, err := admin.FetchOffsets(ctx, st.Group)
		must(t, err)
		details, err := admin.ListTopics(ctx, topic)
		must(t, err)
		id := details[topic].ID
		if at, ok := committed.Lookup(topic, 0); !ok || at.At != 1 || at.Metadata != hex.EncodeToString(id[:]) {
			t.Errorf("another client reads %+v, want offset 1 of the topic %x", at, id)
		}

		// What was deleted before it was read is told, and where the feed would go on.
		_, err = admin.DeleteRecords(ctx, kadm.Offsets{topic: {0: {Topic: topic, Partition: 0, At: 3}}})
		must(t, err)
		if p := look().Positions[0]; p.First != 3 || p.Next != 3 || p.Lag() != 1 || p.Lost != "offsets 1 to 3 are gone: they were deleted before they were read" {
			t.Errorf("after records were deleted: %+v", p)
		}

		// A member that joins after the look is found by the brokers.
		m, err := broker.NewMember(broker.MemberConfig{Brokers: env.Addr, Group: st.Group, Topics: []string{topic}})
		must(t, err)
		defer m.Close()
		g, err := m.Next(ctx)
		for err != nil && ctx.Err() == nil {
			g, err = m.Next(ctx)
		}
		must(t, err)
		defer g.Release()
		for _, when := range []*service.Standing{st, look()} {
			if err := when.Move(ctx, client, to); !errors.As(err, new(*service.InUseError)) || !strings.HasPrefix(err.Error(), "census-profile is running in ") {
				t.Errorf("a feed that runs: %v", err)
			}
		}
		if p := look().Positions[0]; p.Committed != 1 {
			t.Errorf("it was moved all the same: %+v", p)
		}
	})
}

// A feed whose topic is not there says which.
func TestLookWithoutTopic(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		settings, _, err := config.Load(config.Source{Env: []string{"ASSAY_KAFKA_BROKERS=" + strings.Join(env.Addr, ",")}})
		must(t, err)
		settings.Feeds[0].Input.Topics = []string{"nowhere"}
		feeds, err := service.Load(settings)
		must(t, err)
		client, err := broker.NewClient(broker.Config{Brokers: env.Addr})
		must(t, err)
		defer client.Close()
		_, err = service.Look(t.Context(), client, settings, &feeds[0])
		if missing := (*service.MissingTopicError)(nil); !errors.As(err, &missing) || missing.Topic != "nowhere" {
			t.Error(err)
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
