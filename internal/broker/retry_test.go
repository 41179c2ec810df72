package broker

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"
)

// TestRetryTable holds the table against the rules that came from trials on real brokers.
func TestRetryTable(t *testing.T) {
	const (
		no = iota
		again
		newLeader
		newCoordinator
	)
	want := map[int16]int{3: newLeader, 5: newLeader, 6: newLeader, 7: again, 14: newCoordinator, 15: newCoordinator,
		16: newCoordinator, 19: again, 20: again, 41: again, 51: again, 56: newLeader, 74: newLeader, 75: newLeader, 78: again, 88: again, 89: again}
	for code := int16(-1); code < 140; code++ {
		got := no
		rule, ok := retried[code]
		err := &Error{Code: code}
		switch {
		case losesLeader(err) && losesCoordinator(err):
			t.Errorf("code %d forgets both", code)
		case losesLeader(err):
			got = newLeader
		case losesCoordinator(err):
			got = newCoordinator
		case ok:
			got = again
		}
		if got != want[code] {
			t.Errorf("code %d (%s): %d, want %d", code, codeName(code), got, want[code])
		}
		if rule.slow != (code == 78 || code == 88 || code == 89) {
			t.Errorf("code %d: slow %v", code, rule.slow)
		}
	}
	lost := &TransportError{Err: io.EOF}
	if !losesLeader(lost) || !losesCoordinator(lost) || losesLeader(nil) || losesCoordinator(nil) {
		t.Error("a lost answer forgets both, success nothing")
	}
}

func TestRetry(t *testing.T) {
	busy, fatal, lost := &Error{Code: 51}, &Error{Code: 48}, &TransportError{Err: io.EOF}
	unlisted := &TransportError{Err: errUnlisted, unlisted: true}
	for _, c := range []struct {
		name       string
		idempotent bool
		answers    []error
		want       error
		calls      int
	}{
		{"at once", false, []error{nil}, nil, 1},
		{"busy for a while", false, []error{busy, busy, busy, nil}, nil, 4},
		{"refused", true, []error{busy, fatal}, fatal, 2},
		{"lost", false, []error{busy, lost}, lost, 2},
		{"has not left", false, []error{unlisted, unlisted, unlisted, unlisted, unlisted, nil}, nil, 6},
		{"lost, but idempotent", true, []error{lost, busy, lost, nil}, nil, 4},
		{"lost too often", true, []error{lost, lost, busy, lost, nil}, lost, 4},
		{"something else", true, []error{io.ErrShortBuffer}, io.ErrShortBuffer, 1},
	} {
		client := &Client{config: Config{Tries: 3}}
		calls := 0
		err := client.retry(t.Context(), c.idempotent, func() error {
			calls++
			return c.answers[calls-1]
		})
		if !errors.Is(err, c.want) || calls != c.calls {
			t.Errorf("%s: %d calls, %v", c.name, calls, err)
		}
		lost.final = false
	}
}

// TestRetryOfARetry says that an inner call that has given up is not begun again by the outer one.
func TestRetryOfARetry(t *testing.T) {
	client := &Client{config: Config{Tries: 3}}
	calls := 0
	err := client.retry(t.Context(), true, func() error {
		return client.retry(t.Context(), true, func() error {
			calls++
			return &TransportError{Err: io.EOF}
		})
	})
	if !IsTransport(err) || calls != 3 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

func TestRetryEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	client := &Client{config: Config{OnRetry: func(error) { cancel() }}}
	err := client.retry(ctx, false, func() error { return &Error{Code: 51} })
	if !errors.Is(err, context.Canceled) || Code(err) != 51 {
		t.Error(err)
	}
}

// TestWaits says that waits grow, and to a bound.
func TestWaits(t *testing.T) {
	for _, slow := range []bool{false, true} {
		first, longest := firstWait, longestWait
		if slow {
			first, longest = firstSlowWait, longestSlow
		}
		wait := nextWait(0, slow)
		if wait != first {
			t.Errorf("begins with %v", wait)
		}
		for range 100 {
			after := nextWait(wait, slow)
			if after <= wait && after != longest {
				t.Errorf("%v after %v", after, wait)
			}
			if j := jitter(after); j > after || j < after*3/4 {
				t.Errorf("%v becomes %v", after, j)
			}
			wait = after
		}
		if wait != longest {
			t.Errorf("ends with %v", wait)
		}
	}
	if jitter(time.Nanosecond) <= 0 {
		t.Error("no wait at all")
	}
}
