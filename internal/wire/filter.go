package wire

import (
	"cmp"
	"slices"
)

// Aborted is an aborted transaction as a fetch lists it: its producer, and the offset of its first record in the partition.
type Aborted struct {
	ProducerID int64
	First      int64
}

// Filter hides what a reader of committed data must not see: control batches, and the data of aborted transactions. The zero
// value is ready for Reset.
type Filter struct {
	waiting []Aborted // by First; those that the walk has not reached
	next    int
	aborted map[int64]struct{} // producers inside an aborted transaction
}

// Reset begins a walk through one partition of a fetch, whose aborted transactions it is given in any order. Brokers list
// them in the order of their markers, which is not that of their beginnings when producers interleave; whoever takes the
// list as it comes hands out aborted records. aborted is copied.
func (f *Filter) Reset(aborted []Aborted) {
	f.waiting = append(f.waiting[:0], aborted...)
	slices.SortFunc(f.waiting, func(a, b Aborted) int { return cmp.Compare(a.First, b.First) })
	f.next = 0
	if f.aborted == nil {
		f.aborted = make(map[int64]struct{})
	}
	clear(f.aborted)
}

// Keep says whether b holds data to hand out. It must be called for every batch of the partition, in order.
func (f *Filter) Keep(b *Batch) bool {
	for f.next < len(f.waiting) && f.waiting[f.next].First <= b.Last {
		f.aborted[f.waiting[f.next].ProducerID] = struct{}{}
		f.next++
	}
	if b.Control {
		if b.Abort {
			delete(f.aborted, b.ProducerID)
		}
		return false
	}
	if !b.Transactional {
		return true
	}
	_, aborted := f.aborted[b.ProducerID]
	return !aborted
}
