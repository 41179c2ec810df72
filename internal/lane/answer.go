package lane

import (
	"errors"
	"fmt"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/observe"
	"github.com/assay-dev/assay/internal/wire"
)

// corruptTries is how often a batch that cannot be right is fetched again before its partition stops.
const corruptTries = 3

// read walks through the answer about parts, which are in the order of the request: it checks the batches and leaves out
// control batches and aborted data. Partitions that were refused have their refusal.
func (f *fetching) read(r *broker.Fetch, parts []*partition) (got *fetched, refused []*partition) {
	got = &fetched{}
	first := true // no partition before has had records
	for i, p := range parts {
		a := &r.Parts[i]
		if p.refusal = a.Err; a.Err != nil {
			refused = append(refused, p)
			continue
		}
		f.well(p)
		if a.LastStable >= 0 {
			f.c.Feed.Readable(p.Topic, p.Partition, a.LastStable)
		}
		part := fetchedPart{p: p, from: p.next, next: p.next}
		var filter wire.Filter
		filter.Reset(a.Aborted)
		for rest := a.Records; len(rest) > 0; {
			b, after, err := wire.Next(rest)
			// A broker cuts what does not fit, but sends the first batch of all whole, whatever its size.
			if errors.Is(err, wire.ErrCut) {
				if !first || len(rest) < len(a.Records) {
					break
				}
				err = errLength
			}
			if err != nil {
				f.corruptBatch(p, part.next, err)
				break
			}
			rest = after
			if b.Last < p.next {
				filter.Keep(&b)
				continue // a batch that was read before: the offset lay inside it
			}
			p.corrupt = 0
			if filter.Keep(&b) {
				part.batches = append(part.batches, b)
				got.size += b.Size
			}
			part.next = b.Last + 1
		}
		first = first && len(a.Records) == 0
		if part.next != part.from {
			got.parts = append(got.parts, part)
		}
	}
	return got, refused
}

// errLength is why a batch cannot be right that is longer than an answer which must have all of it.
var errLength = errors.New("it says that it is longer than it is")

// corruptBatch notes a batch that cannot be right. It is fetched again a few times, then the partition stops before it.
func (f *fetching) corruptBatch(p *partition, at int64, err error) {
	p.corrupt++
	if p.corrupt <= corruptTries {
		f.c.Log.Warn("fetching a corrupt record batch again", "topic", p.Topic, "partition", p.Partition, "offset", at, "try", p.corrupt, "cause", err)
		return
	}
	f.stop(p, at, observe.CorruptBatch, fmt.Sprintf("the record batch at offset %d is corrupt: %v", at, err))
}
