package testkit

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// maxFrame is the largest request or answer, Kafka's socket.request.max.bytes.
const maxFrame = 100 << 20

// readFrame reads one request or answer, its 4-byte size included, into buf.
func readFrame(r io.Reader, buf []byte) ([]byte, error) {
	buf = slices.Grow(buf[:0], 4)[:4]
	if _, err := io.ReadFull(r, buf); err != nil {
		return buf, err
	}
	n := int(int32(uint32(buf[0])<<24 | uint32(buf[1])<<16 | uint32(buf[2])<<8 | uint32(buf[3])))
	if n < 4 || n > maxFrame {
		return buf, errors.New("not a Kafka frame: size " + strconv.Itoa(n))
	}
	buf = slices.Grow(buf, n)[:4+n]
	_, err := io.ReadFull(r, buf[4:])
	return buf, err
}

// Request is a request that came through a proxy. It is valid only during Rule.Where.
type Request struct {
	Node     int // from 1
	Key      int16
	Version  int16
	ClientID string

	body []byte // after the header
}

// parseRequest reads a request's header: key, version, correlation id, client id, and from "flexible" versions on, tags.
func parseRequest(node int, b []byte) (*Request, error) {
	if len(b) < 10 {
		return nil, errors.New("request without a header")
	}
	r := &Request{Node: node, Key: int16(uint16(b[0])<<8 | uint16(b[1])), Version: int16(uint16(b[2])<<8 | uint16(b[3]))}
	n := int(int16(uint16(b[8])<<8 | uint16(b[9])))
	b = b[10:]
	if n > len(b) {
		return nil, errors.New("client id past the end of the request")
	}
	if n > 0 {
		r.ClientID, b = string(b[:n]), b[n:]
	}
	r.body = b
	return r, nil
}

// Decode gives the request's body in franz-go's types.
func (r *Request) Decode() (kmsg.Request, error) {
	k := kmsg.RequestForKey(r.Key)
	if k == nil {
		return nil, fmt.Errorf("request with unknown key %d", r.Key)
	}
	k.SetVersion(r.Version)
	b := r.body
	if k.IsFlexible() {
		if len(b) == 0 || b[0] != 0 {
			return nil, errors.New("request with tags in its header")
		}
		b = b[1:]
	}
	if err := k.ReadFrom(slices.Clone(b)); err != nil {
		return nil, fmt.Errorf("%s %d: %w", kmsg.NameForKey(r.Key), r.Version, err)
	}
	return k, nil
}

// answered says whether the broker will answer: it does not where a producer wants no acknowledgement.
func (r *Request) answered() bool {
	if r.Key != kmsg.Produce.Int16() {
		return true
	}
	k, err := r.Decode()
	return err != nil || k.(*kmsg.ProduceRequest).Acks != 0
}
