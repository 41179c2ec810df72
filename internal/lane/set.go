package lane

import (
	"sync"

	"github.com/assay-dev/assay/internal/broker"
)

// partitionSet is a set of partitions for use by several goroutines. Its zero value is empty.
type partitionSet struct {
	mu  sync.Mutex
	set map[broker.TopicPartition]bool
}

func (s *partitionSet) add(tp broker.TopicPartition) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.set == nil {
		s.set = map[broker.TopicPartition]bool{}
	}
	s.set[tp] = true
}

func (s *partitionSet) has(tp broker.TopicPartition) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.set[tp]
}

// take removes tp and reports whether it was there.
func (s *partitionSet) take(tp broker.TopicPartition) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	had := s.set[tp]
	delete(s.set, tp)
	return had
}

func (s *partitionSet) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.set)
}

// memory is where a process stood in the partitions that it has worked on. A topic that is deleted and made again takes the
// group's offsets with it, so that nobody else remembers.
type memory struct {
	mu sync.Mutex
	at map[broker.TopicPartition]broker.Offset
}

func (m *memory) keep(offsets []broker.Offset) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.at == nil {
		m.at = map[broker.TopicPartition]broker.Offset{}
	}
	for _, o := range offsets {
		m.at[o.TopicPartition] = o
	}
}

func (m *memory) of(tp broker.TopicPartition) (broker.Offset, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.at[tp]
	return o, ok
}
