package broker

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/segmentio/kafka-go/protocol"
)

// pipe is the two ends of a connection.
func pipe(t *testing.T) (client, server net.Conn) {
	client, server = net.Pipe()
	t.Cleanup(func() { _ = client.Close(); _ = server.Close() })
	return client, server
}

// TestExchangeNeverOutlivesItsCall stops an exchange at each of its stages. Once settle has returned nobody uses the
// exchange's buffer, which the race detector checks by the write at the end.
func TestExchangeNeverOutlivesItsCall(t *testing.T) {
	buf := make([]byte, 8)
	read := func(conn io.ReadWriter) error { _, err := io.ReadFull(conn, buf); return err }

	t.Run("before it has a connection", func(t *testing.T) {
		x := &exchange{run: read, done: make(chan struct{})}
		if ended, _ := x.settle(); ended {
			t.Error("it has not begun")
		}
		client, _ := pipe(t)
		if _, err := x.RawExchange(client); err == nil {
			t.Error("it runs after it was stopped")
		}
	})
	t.Run("while it waits", func(t *testing.T) {
		client, server := pipe(t)
		x := &exchange{run: read, done: make(chan struct{})}
		returned := make(chan error, 1)
		go func() { _, err := x.RawExchange(client); returned <- err }()
		_, err := server.Write([]byte("half")) // returns when it has been read, and so when the exchange runs
		must(t, err)
		if ended, err := x.settle(); !ended || err == nil {
			t.Errorf("ended %v, %v", ended, err)
		}
		clear(buf)
		if <-returned == nil {
			t.Error("an error is told to kafka-go, which closes the connection")
		}
	})
	t.Run("after its end", func(t *testing.T) {
		client, server := pipe(t)
		x := &exchange{run: read, done: make(chan struct{})}
		returned := make(chan protocol.Message, 1)
		go func() { m, _ := x.RawExchange(client); returned <- m }()
		_, err := server.Write([]byte("all of it"[:8]))
		must(t, err)
		if <-returned == nil {
			t.Error("no message")
		}
		if ended, err := x.settle(); !ended || err != nil {
			t.Errorf("ended %v, %v", ended, err)
		}
		clear(buf)
		// The connection may be at another's work by now: settle must leave it alone.
		go func() { _, _ = server.Write([]byte("x")) }()
		if _, err := client.Read(make([]byte, 1)); err != nil {
			t.Errorf("the connection was touched: %v", err)
		}
	})
}

// TestCancelledFetch cancels a fetch that waits at the broker. The buffer is free at once, and the next fetch works.
func TestCancelledFetch(t *testing.T) {
	c, ctx := connect(t, bootstrap(t)), within(t)
	tp := TopicPartition{topic(t, ctx, c, 1), 0}
	must(t, c.ProducePlain(ctx, []ProduceBatch{batchOf(t, nil, tp, "value")}))
	leaders, err := c.leadersOf(ctx, []TopicPartition{tp})
	must(t, err)
	f := &Fetch{Node: leaders[0], MinBytes: 1, MaxBytes: 1 << 20, Parts: []FetchPart{{TopicPartition: tp, MaxBytes: 1 << 20}}}
	must(t, c.Fetch(ctx, f))
	for range 5 {
		f.Parts[0].Offset, f.MaxWait = 1, 30*time.Second
		short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		err := c.Fetch(short, f)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) && !IsTransport(err) {
			t.Fatal(err)
		}
		for i := range f.buf[:cap(f.buf)] {
			f.buf[:cap(f.buf)][i] = 0xdb
		}
		f.Parts[0].Offset, f.MaxWait = 0, 0
		must(t, c.Fetch(ctx, f))
		if len(f.Parts[0].Records) == 0 {
			t.Fatal("nothing fetched")
		}
	}
}

// TestAnswerIsChecked reads answers that are not.
func TestAnswerIsChecked(t *testing.T) {
	frame := func(n int32, id int32, body ...byte) []byte {
		b := binary.BigEndian.AppendUint32(nil, uint32(n))
		return append(binary.BigEndian.AppendUint32(b, uint32(id)), body...)
	}
	for name, in := range map[string][]byte{
		"nothing":          nil,
		"half a length":    {0, 0},
		"negative length":  frame(-1, correlation),
		"too short":        frame(3, correlation),
		"another's answer": frame(8, correlation+1, 0, 0, 0, 0),
		"cut":              frame(9, correlation, 0, 0, 0, 0),
		"tags beyond":      frame(7, correlation, 1, 9, 200),
	} {
		if _, _, err := readAnswer(bytes.NewReader(in), apiEndTxn, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	buf, r, err := readAnswer(bytes.NewReader(frame(10, correlation, 0, 1, 2, 3, 4, 5)), apiEndTxn, make([]byte, 0, 100))
	must(t, err)
	if d := cmp.Diff([]byte{1, 2, 3, 4, 5}, r.b); d != "" || cap(buf) != 100 {
		t.Error(d, cap(buf))
	}
}
