package broker

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
)

// Error is a refusal by a broker.
type Error struct {
	API  string // the request: Produce, EndTxn, …
	Code int16
	// Topic and Partition name what was refused; Topic is empty when it was the whole request, Partition is -1 when it was
	// a whole topic.
	Topic     string
	Partition int32
	Message   string // the broker's own words, if any
}

// Name gives the protocol's name of the code, such as UNSTABLE_OFFSET_COMMIT.
func (e *Error) Name() string { return codeName(e.Code) }

// Error gives the request, what it was about, and the code's name and number.
func (e *Error) Error() string {
	s := e.API
	switch {
	case e.Topic != "" && e.Partition >= 0:
		s = fmt.Sprintf("%s of %s/%d", s, e.Topic, e.Partition)
	case e.Topic != "":
		s += " of " + e.Topic
	}
	s = fmt.Sprintf("%s: %s (%d)", s, e.Name(), e.Code)
	if e.Message != "" {
		s += ": " + e.Message
	}
	return s
}

// TransportError says that a request has no answer: the broker could not be reached, the connection broke, or the deadline
// passed. The broker may have done what it was asked.
type TransportError struct {
	API  string
	Node int32 // -1 when any broker would have done
	Err  error

	final    bool // has been retried as often as it may be
	unlisted bool // the request has not left: the Transport's list of brokers lacks this one
}

// Error gives the request, the node and the cause.
func (e *TransportError) Error() string {
	if e.Node < 0 {
		return fmt.Sprintf("%s: no answer: %s", e.API, e.cause())
	}
	return fmt.Sprintf("%s: no answer from node %d: %s", e.API, e.Node, e.cause())
}

// cause gives the text of Err without our own address, whose port is another with each try and means nothing to anybody.
func (e *TransportError) cause() string {
	text := e.Err.Error()
	var op *net.OpError
	if errors.As(e.Err, &op) && op.Source != nil && op.Addr != nil {
		text = strings.Replace(text, op.Source.String()+"->", "", 1)
	}
	return text
}

// Unwrap gives the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// Code gives the code of the *Error in err, or 0 when there is none.
func Code(err error) int16 {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

// IsTransport says that a request has no answer, so that its effect is unknown.
func IsTransport(err error) bool {
	var e *TransportError
	return errors.As(err, &e)
}

// IsFenced says that the producer has been replaced under its transactional id, or that the coordinator has aborted its
// transaction because it took too long.
func IsFenced(err error) bool { return has(err, codeInvalidProducerEpoch, codeProducerFenced) }

// IsGenerationEnded says that the group has moved on without this member, or is about to.
func IsGenerationEnded(err error) bool {
	return has(err, codeIllegalGeneration, codeUnknownMember, codeRebalanceInProgress, codeFencedInstance)
}

// IsUnstable says that an open transaction may still change an offset that was asked for.
func IsUnstable(err error) bool { return has(err, codeUnstableOffsets) }

// IsTooLarge says that a record batch passes the topic's limit.
func IsTooLarge(err error) bool { return has(err, codeMessageTooLarge, codeRecordListTooLarge) }

// IsOffsetOutOfRange says that the offset to fetch from is not, or no longer, in the log.
func IsOffsetOutOfRange(err error) bool { return has(err, codeOffsetOutOfRange) }

// IsUnknownTopic says that the topic or the partition does not exist, or that the broker has not heard of it yet.
func IsUnknownTopic(err error) bool { return has(err, codeUnknownTopic) }

// IsAuthorization says that the user is not known or lacks a right.
func IsAuthorization(err error) bool {
	return has(err, codeTopicAuthorization, codeGroupAuthorization, codeClusterAuthorization, codeTxnIDAuthorization, codeAuthentication)
}

// IsPassing says that the refusal goes away by itself: the request is worth sending again.
func IsPassing(err error) bool {
	_, ok := retried[Code(err)]
	return ok
}

// IsTopicExists says that a topic cannot be created because it is there.
func IsTopicExists(err error) bool { return has(err, codeTopicExists) }

// IsNotLeader says that another broker leads the partition: ask for metadata again.
func IsNotLeader(err error) bool {
	return has(err, codeLeaderNotAvailable, codeNotLeader, codeFencedLeaderEpoch, codeUnknownLeaderEpoch, codeStorageError)
}

func has(err error, codes ...int16) bool {
	var e *Error
	return errors.As(err, &e) && slices.Contains(codes, e.Code)
}
