package broker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
)

// TestCodeNames compares the names with another client's.
func TestCodeNames(t *testing.T) {
	for code := int16(-1); code < 200; code++ {
		want := fmt.Sprintf("code %d", code)
		if e := kerr.TypedErrorForCode(code); e != nil && e.Code == code {
			want = e.Message
		}
		if got := codeName(code); code != 0 && got != want {
			t.Errorf("%d is %s, want %s", code, got, want)
		}
	}
}

func TestErrorText(t *testing.T) {
	for want, err := range map[string]error{
		"EndTxn: INVALID_TXN_STATE (48)":                                 &Error{API: "EndTxn", Code: 48},
		"Produce of out/3: MESSAGE_TOO_LARGE (10)":                       &Error{API: "Produce", Code: 10, Topic: "out", Partition: 3},
		"Metadata of in: UNKNOWN_TOPIC_OR_PARTITION (3)":                 &Error{API: "Metadata", Code: 3, Topic: "in", Partition: -1},
		"CreateTopics of in: POLICY_VIOLATION (44): too many partitions": &Error{API: "CreateTopics", Code: 44, Topic: "in", Partition: -1, Message: "too many partitions"},
		"Fetch: no answer from node 2: EOF":                              &TransportError{API: "Fetch", Node: 2, Err: io.EOF},
		"Metadata: no answer: EOF":                                       &TransportError{API: "Metadata", Node: -1, Err: io.EOF},
		"Fetch: no answer from node 2: read tcp 10.0.0.2:9092: reset": &TransportError{API: "Fetch", Node: 2, Err: &net.OpError{
			Op: "read", Net: "tcp", Source: &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 40123}, Addr: &net.TCPAddr{IP: net.IPv4(10, 0, 0, 2), Port: 9092}, Err: errors.New("reset"),
		}},
		"EndTxn: code 999 (999)": &Error{API: "EndTxn", Code: 999},
		"context canceled while waiting: EndTxn: CONCURRENT_TRANSACTIONS (51)": ended(canceled(), &Error{API: "EndTxn", Code: 51}),
	} {
		if got := err.Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// TestKinds says which helper knows which code, wrapped or not.
func TestKinds(t *testing.T) {
	kinds := map[string]func(error) bool{"fenced": IsFenced, "generation ended": IsGenerationEnded, "too large": IsTooLarge,
		"offset out of range": IsOffsetOutOfRange, "unknown topic": IsUnknownTopic, "topic exists": IsTopicExists, "not leader": IsNotLeader,
		"authorization": IsAuthorization}
	want := map[int16]string{1: "offset out of range", 3: "unknown topic", 5: "not leader", 6: "not leader", 10: "too large",
		18: "too large", 22: "generation ended", 25: "generation ended", 27: "generation ended", 29: "authorization", 30: "authorization", 31: "authorization",
		36: "topic exists", 53: "authorization", 58: "authorization", 47: "fenced",
		56: "not leader", 74: "not leader", 75: "not leader", 82: "generation ended", 90: "fenced"}
	for code := int16(-1); code < 140; code++ {
		err := fmt.Errorf("while testing: %w", &Error{Code: code})
		for kind, is := range kinds {
			if is(err) != (want[code] == kind) {
				t.Errorf("code %d, %s: %v", code, kind, is(err))
			}
		}
		if Code(err) != code || IsTransport(err) {
			t.Errorf("code %d: %d", code, Code(err))
		}
	}
	err := fmt.Errorf("while testing: %w", &TransportError{Err: io.EOF})
	if !IsTransport(err) || !errors.Is(err, io.EOF) || Code(err) != 0 {
		t.Error(err)
	}
	for kind, is := range kinds {
		if is(err) || is(nil) {
			t.Errorf("%s: a lost answer or nothing at all", kind)
		}
	}
}
