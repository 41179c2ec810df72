package testkit_test

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/assay-dev/assay/internal/testkit"
)

func newClient(t *testing.T, addr []string, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append(opts, kgo.SeedBrokers(addr...))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// ask sends one request over a connection of its own and waits for its answer.
func ask(t *testing.T, addr string) error {
	t.Helper()
	conn, err := send(addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	return receive(t, conn, time.Minute)
}

// send opens a connection and writes the request.
func send(addr string) (net.Conn, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	req := kmsg.NewPtrMetadataRequest()
	req.Version, req.Topics = 1, []kmsg.MetadataRequestTopic{}
	if _, err := conn.Write(kmsg.NewRequestFormatter(kmsg.FormatterClientID("ask")).AppendRequest(nil, req, 7)); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// receive reads the beginning of the answer.
func receive(t *testing.T, conn net.Conn, limit time.Duration) error {
	t.Helper()
	conn.SetReadDeadline(time.Now().Add(limit))
	answer := make([]byte, 8)
	if _, err := io.ReadFull(conn, answer); err != nil {
		return err
	}
	if answer[7] != 7 {
		t.Errorf("answer to another request: % x", answer)
	}
	return nil
}

// A transaction whose commit was answered by the broker, but not to the client: the situation that the judge is for.
func TestProxyHoldsEndTxn(t *testing.T) {
	testkit.OnEachBehindProxy(t, func(t *testing.T, e testkit.Env, p *testkit.Proxy) {
		topic := testkit.Unique("held")
		e.CreateTopics(t, 1, topic)
		hold := p.On(testkit.Rule{Key: kmsg.EndTxn.Int16(), Do: testkit.HoldAnswer, Where: testkit.Committing})

		producer, err := kgo.NewClient(kgo.SeedBrokers(e.Addr...), kgo.TransactionalID(testkit.Unique("txn")), kgo.DefaultProduceTopic(topic))
		if err != nil {
			t.Fatal(err)
		}
		transact := func(value string, end kgo.TransactionEndTry) error {
			if err := producer.BeginTransaction(); err != nil {
				return err
			}
			if err := producer.ProduceSync(t.Context(), kgo.StringRecord(value)).FirstErr(); err != nil {
				return err
			}
			return producer.EndTransaction(t.Context(), end)
		}
		if err := transact("aborted", kgo.TryAbort); err != nil {
			t.Fatalf("the abort is none of the rule's business: %v", err)
		}
		ended := make(chan error, 1)
		go func() { ended <- transact("kept", kgo.TryCommit) }()
		testkit.Await(t, "EndTxn on its way", hold.Forwarded())
		testkit.Await(t, "EndTxn's answer held", hold.Reached())
		producer.CloseAllowingRebalance()
		testkit.Await(t, "the client's end", hold.Orphaned())
		if err := <-ended; err == nil {
			t.Error("the client was told that its commit succeeded")
		}
		n := p.Count(kmsg.EndTxn.Int16())
		if n.Forwarded < 2 || n.Held != 1 || n.Orphaned != 1 {
			t.Errorf("counts %+v, want at least 2 forwarded, 1 held, 1 orphaned", n)
		}

		reader := newClient(t, e.Addr, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
			kgo.FetchIsolationLevel(kgo.ReadCommitted()))
		got := reader.PollFetches(t.Context()).Records()
		if len(got) != 1 || string(got[0].Value) != "kept" {
			t.Errorf("%d records; the broker has committed one, \"kept\"", len(got))
		}
	})
}

func TestProxyActions(t *testing.T) {
	key := kmsg.Metadata.Int16()
	testkit.OnEachBehindProxy(t, func(t *testing.T, e testkit.Env, p *testkit.Proxy) {
		long := func() error { return ask(t, e.Addr[0]) }

		drop := p.On(testkit.Rule{Key: key, Do: testkit.DropAnswer})
		conn, err := send(e.Addr[0])
		if err != nil {
			t.Fatal(err)
		}
		testkit.Await(t, "the drop", drop.Done())
		if err := receive(t, conn, 100*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a dropped answer came, or its connection ended: %v", err)
		}
		conn.Close()
		if err := long(); err != nil {
			t.Errorf("after the drop: %v", err)
		}

		before := p.Count(key)
		p.On(testkit.Rule{Key: key, Do: testkit.CutBefore})
		if long() == nil {
			t.Error("a request was answered over a connection cut before it")
		}
		if n := p.Count(key); n.Forwarded != before.Forwarded || n.Cut != before.Cut+1 {
			t.Errorf("cut before: counts %+v, then %+v", before, n)
		}

		before = p.Count(key)
		cut := p.On(testkit.Rule{Key: key, Do: testkit.CutAfter})
		if long() == nil {
			t.Error("a request was answered over a connection cut after it")
		}
		testkit.Await(t, "the cut", cut.Done())
		if n := p.Count(key); n.Forwarded != before.Forwarded+1 || n.Answered != before.Answered {
			t.Errorf("cut after: counts %+v, then %+v", before, n)
		}

		hold := p.On(testkit.Rule{Key: key, Do: testkit.HoldRequest})
		answered := make(chan error, 1)
		go func() { answered <- long() }()
		testkit.Await(t, "the hold", hold.Reached())
		select {
		case <-hold.Forwarded():
			t.Error("a held request was forwarded")
		default:
		}
		hold.Release()
		if err := <-answered; err != nil {
			t.Errorf("after the release: %v", err)
		}

		delay := p.On(testkit.Rule{Key: key, Do: testkit.DelayAnswer, For: 30 * time.Millisecond})
		began := time.Now()
		if err := long(); err != nil || time.Since(began) < 30*time.Millisecond {
			t.Errorf("delayed answer after %s, %v", time.Since(began), err)
		}
		testkit.Await(t, "the delay", delay.Reached())

		refuse := p.On(testkit.Rule{Key: key, Do: testkit.CutBefore, Times: -1})
		for range 3 {
			if long() == nil {
				t.Error("answered in spite of a rule for all requests")
			}
		}
		refuse.Remove()
		if err := long(); err != nil {
			t.Errorf("after Remove: %v", err)
		}
		p.On(testkit.Rule{Key: key, Do: testkit.CutBefore, Node: 2})
		if err := long(); err != nil {
			t.Errorf("a rule for another node acted: %v", err)
		}
	})
}

func TestProxyRefuses(t *testing.T) {
	testkit.OnEachBehindProxy(t, func(t *testing.T, e testkit.Env, p *testkit.Proxy) {
		conn, err := net.Dial("tcp", e.Addr[0])
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		p.Refuse(true)
		if ask(t, e.Addr[0]) == nil {
			t.Error("answered while the proxy refuses")
		}
		conn.SetDeadline(time.Now().Add(time.Minute))
		if _, err := conn.Read(make([]byte, 1)); err == nil || os.IsTimeout(err) {
			t.Errorf("a connection from before lives on: %v", err)
		}
		p.Refuse(false)
		if err := ask(t, e.Addr[0]); err != nil {
			t.Errorf("after it: %v", err)
		}
	})
}

// A producer that wants no acknowledgement gets no answer: the proxy must not wait for one.
func TestProxyNoAcks(t *testing.T) {
	testkit.OnEachBehindProxy(t, func(t *testing.T, e testkit.Env, _ *testkit.Proxy) {
		topic := testkit.Unique("noacks")
		e.CreateTopics(t, 1, topic)
		c := newClient(t, e.Addr, kgo.RequiredAcks(kgo.NoAck()), kgo.DisableIdempotentWrite(), kgo.DefaultProduceTopic(topic),
			kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
		for _, v := range []string{"a", "b"} {
			if err := c.ProduceSync(t.Context(), kgo.StringRecord(v)).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		for seen := 0; seen < 2; {
			f := c.PollFetches(t.Context())
			if err := f.Err(); err != nil {
				t.Fatal(err)
			}
			seen += len(f.Records())
		}
	})
}
