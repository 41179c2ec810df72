package lane

import (
	"sync"

	"github.com/assay-dev/assay/internal/broker"
)

// table holds a value for each of some partitions, for use by several goroutines. Its zero value is empty.
type table[V any] struct {
	mu sync.Mutex
	of map[broker.TopicPartition]V
}

func (t *table[V]) put(tp broker.TopicPartition, v V) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[broker.TopicPartition]V{}
	}
	t.of[tp] = v
}

func (t *table[V]) get(tp broker.TopicPartition) (V, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	v, ok := t.of[tp]
	return v, ok
}

// take removes what is there for tp and reports whether there was anything.
func (t *table[V]) take(tp broker.TopicPartition) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, had := t.of[tp]
	delete(t.of, tp)
	return had
}

func (t *table[V]) clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.of)
}
