package refs

import (
	"sync"
	"sync/atomic"
)

// Holder holds the current version of a set, which a reload swaps as a whole. Whoever works on a chunk takes the set once and
// keeps it to the chunk's end, so that no chunk sees two versions.
type Holder struct {
	load    func() (*Set, error)
	reload  sync.Mutex // one at a time: an older file must not win over a newer one
	current atomic.Pointer[Set]
}

// NewHolder loads a set. load gives a new version each time; what it reads is its own affair.
func NewHolder(load func() (*Set, error)) (*Holder, error) {
	h := &Holder{load: load}
	if _, err := h.Reload(); err != nil {
		return nil, err
	}
	return h, nil
}

// Load gives the current version.
func (h *Holder) Load() *Set { return h.current.Load() }

// Reload loads the set again and reports whether there is a new version. One that cannot be loaded is refused with its error,
// and the old one stays.
func (h *Holder) Reload() (changed bool, err error) {
	h.reload.Lock()
	defer h.reload.Unlock()
	next, err := h.load()
	if err != nil {
		return false, err
	}
	if now := h.current.Load(); now != nil && now.Version() == next.Version() {
		return false, nil
	}
	h.current.Store(next)
	return true, nil
}
