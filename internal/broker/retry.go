package broker

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// rule says what to do about an error code, whatever the request. A code without a rule is returned to the caller.
type rule struct {
	forgetLeader      bool // ask for metadata before the next try
	forgetCoordinator bool // ask for the coordinator before the next try
	slow              bool // begin with 5 ms instead of 1 ms
}

// retried are the codes that go away by themselves: the same request, and for Produce the same bytes with the same
// sequences, is sent again until the context ends. Trials on real brokers, node by node killed and moved, decided the list.
var retried = map[int16]rule{
	codeUnknownTopic:           {forgetLeader: true}, // for a moment after creation, although metadata names the leader
	codeLeaderNotAvailable:     {forgetLeader: true},
	codeNotLeader:              {forgetLeader: true},
	codeRequestTimedOut:        {},
	codeCoordinatorLoading:     {forgetCoordinator: true},
	codeCoordinatorUnavailable: {forgetCoordinator: true}, // the first call of a new cluster
	codeNotCoordinator:         {forgetCoordinator: true},
	codeNotEnoughReplicas:      {},
	codeAppendedToTooFew:       {}, // the sequence keeps the batch from being appended twice
	codeNotController:          {},
	codeConcurrentTransactions: {}, // the markers of the last transaction are being written: about once a transaction
	codeStorageError:           {forgetLeader: true},
	codeFencedLeaderEpoch:      {forgetLeader: true},
	codeUnknownLeaderEpoch:     {forgetLeader: true},
	codeOffsetNotAvailable:     {slow: true}, // a new leader does not know the high watermark yet
	codeUnstableOffsets:        {slow: true}, // a transaction with offsets is open, or its marker not yet written
	codeThrottled:              {slow: true},
}

// Waits between tries. Most codes above go away within 1 to 6 ms, some with a broker's election after seconds.
const (
	firstWait     = time.Millisecond
	firstSlowWait = 5 * time.Millisecond
	longestSlow   = 50 * time.Millisecond
	longestWait   = 200 * time.Millisecond
	transportWait = 50 * time.Millisecond // doubled for each of the few tries that a request without an answer gets
)

// unlistedWait is how long a broker may be missing in the Transport's list, which is still empty when brokers have just come
// back and is made anew every layoutAge.
const unlistedWait = 2 * layoutAge

// retry calls do until it succeeds, gives an error that retrying does not cure, or ctx ends. A request that has no answer is
// sent again only when it is idempotent, and only Config.Tries times: the caller is to hear of an outage.
func (c *Client) retry(ctx context.Context, idempotent bool, do func() error) error {
	var wait time.Duration
	began := time.Now()
	for unanswered := 0; ; {
		err := do()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ended(ctx, err)
		}
		var transport *TransportError
		var refusal *Error
		switch {
		case errors.As(err, &transport) && transport.unlisted && time.Since(began) < unlistedWait:
			wait = transportWait
		case errors.As(err, &transport):
			unanswered++
			if !idempotent || transport.final {
				return err
			}
			if unanswered >= c.config.Tries {
				transport.final = true
				return err
			}
			wait = transportWait << min(unanswered-1, 4)
		case errors.As(err, &refusal):
			rule, ok := retried[refusal.Code]
			if !ok {
				return err
			}
			wait = nextWait(wait, rule.slow)
		default:
			return err
		}
		if c.config.OnRetry != nil {
			c.config.OnRetry(err)
		}
		if !sleep(ctx, jitter(wait)) {
			return ended(ctx, err)
		}
	}
}

// nextWait grows by a half, so that the codes that take a few milliseconds are asked about often.
func nextWait(wait time.Duration, slow bool) time.Duration {
	first, longest := firstWait, longestWait
	if slow {
		first, longest = firstSlowWait, longestSlow
	}
	return min(max(wait+wait/2, first), longest)
}

// jitter keeps clients that met the same election from asking in step.
func jitter(d time.Duration) time.Duration { return d - time.Duration(rand.Int64N(int64(d)/4+1)) }

// ended joins the end of ctx with what was being waited for, so that errors.Is and errors.As find both.
func ended(ctx context.Context, err error) error {
	return fmt.Errorf("%w while waiting: %w", ctx.Err(), err)
}

// sleep waits for d and says whether ctx has lasted so long.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// losesLeader says that err is a reason to ask for metadata again.
func losesLeader(err error) bool { return IsTransport(err) || retried[Code(err)].forgetLeader }

// losesCoordinator says that err is a reason to look for the coordinator again.
func losesCoordinator(err error) bool {
	return IsTransport(err) || retried[Code(err)].forgetCoordinator
}
