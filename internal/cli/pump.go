package cli

import (
	"context"
	"io"
	"sync"
)

// pump reads a stream ahead in a goroutine, so that a command which waits for input that does not come still ends with its
// context. The goroutine ends after close with the read that it is in: for a terminal or a pipe that nobody writes to that is
// the end of the process.
type pump struct {
	cancelled <-chan struct{}
	closed    chan struct{}
	closing   sync.Once
	full      chan pumped
	free      chan []byte
	block     []byte // taken from full
	rest      []byte // of block
	err       error
}

type pumped struct {
	block []byte
	err   error
}

const (
	pumpBlock  = 256 << 10
	pumpBlocks = 3 // one is filled, one waits, one is used
)

func newPump(r io.Reader, cancelled <-chan struct{}) *pump {
	p := &pump{cancelled: cancelled, closed: make(chan struct{}), full: make(chan pumped, pumpBlocks), free: make(chan []byte, pumpBlocks)}
	for range pumpBlocks {
		p.free <- make([]byte, pumpBlock)
	}
	go p.run(r)
	return p
}

func (p *pump) run(r io.Reader) {
	for {
		select {
		case block := <-p.free:
			n, err := r.Read(block)
			p.full <- pumped{block[:n], err} // never waits: there are no more blocks than places
			if err != nil {
				return
			}
		case <-p.closed:
			return
		}
	}
}

// Read gives what has been read, or context.Canceled once the context has ended.
func (p *pump) Read(b []byte) (int, error) {
	for len(p.rest) == 0 {
		if p.err != nil {
			return 0, p.err
		}
		if p.block != nil {
			p.free <- p.block[:cap(p.block)]
			p.block = nil
		}
		select {
		case next := <-p.full:
			p.block, p.rest, p.err = next.block, next.block, next.err
		case <-p.cancelled:
			return 0, context.Canceled
		}
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

func (p *pump) close() error {
	p.closing.Do(func() { close(p.closed) })
	return nil
}
