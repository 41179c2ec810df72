package encode

import (
	"strings"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// sender is what a chunk's headers say of who sent it, as events tell it. It is made when a chunk has its first event.
type sender struct {
	ready             bool
	request           string
	tenant, keyID     string
	hasTenant, hasKey bool
}

// maxRequest is the most bytes of a request id that the sender may choose.
const maxRequest = 200

func (w *Writer) from() *sender {
	s := &w.sender
	if s.ready {
		return s
	}
	s.ready = true
	if v, ok := header(w.chunk, "x-request-id"); ok && len(v) > 0 && len(v) <= maxRequest {
		s.request = fault.Clean(v)
	} else {
		s.request = fault.EventID(w.chunk.Position, -1, "", "", "")
	}
	if v, ok := header(w.chunk, "assay-tenant"); ok {
		s.tenant, s.hasTenant = fault.Clean(v), true
	}
	if v, ok := header(w.chunk, "assay-key"); ok {
		s.keyID, s.hasKey = KeyID(v), true
	}
	return s
}

// header gives the value of the last header called name, however the sender has written it: X-Request-ID is one.
func header(c *flow.Chunk, name string) ([]byte, bool) {
	for i := len(c.Headers) - 1; i >= 0; i-- {
		if strings.EqualFold(c.Headers[i].Key, name) {
			return c.Headers[i].Value, true
		}
	}
	return nil, false
}
