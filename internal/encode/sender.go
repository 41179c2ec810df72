package encode

import (
	"github.com/assay-dev/assay/internal/fault"
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
	if v, ok := w.chunk.Header("x-request-id"); ok && len(v) > 0 && len(v) <= maxRequest {
		s.request = fault.Clean(v)
	} else {
		s.request = fault.EventID(w.chunk.Position, -1, "", "", "")
	}
	if v, ok := w.chunk.Header("assay-tenant"); ok {
		s.tenant, s.hasTenant = fault.Clean(v), true
	}
	if v, ok := w.chunk.Header("assay-key"); ok {
		s.keyID, s.hasKey = KeyID(v), true
	}
	return s
}
