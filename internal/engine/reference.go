package engine

import (
	"errors"
	"fmt"
	"slices"

	"github.com/assay-dev/assay/internal/csvarrow"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/refs"
)

// reference is a reference set as rows meet it.
type reference struct {
	name  string
	set   *refs.Set
	on    int // place of the column that is looked up
	first int // place of the first column that the set adds
	adds  int // how many it adds
}

// references reads the reference sets and adds their columns to the schema, also those of a set that cannot be read: what else
// is wrong with the contract is told too. Sets that have been read are taken as they are.
func (k *compiler) references(read []reference) {
	p := k.p
	for i := range k.c.Refs {
		r := &k.c.Refs[i]
		ref := reference{name: r.Name, on: p.schema.Index(r.On), first: len(p.schema), adds: len(r.Add)}
		fields := r.Fields() // the last one is the count
		p.schema = append(p.schema, fields[:ref.adds]...)
		p.counts = append(p.counts, fields[ref.adds])
		var err error
		if read != nil {
			ref.set = read[i].set
		} else if ref.set, err = readSet(r, &p.schema[ref.on], p.opts.FieldBytes, p.opts.Columns); err != nil {
			k.badSet(r, err)
		}
		p.refs = append(p.refs, ref)
	}
}

// badSet tells why a set cannot be read, at the place of the contract that names what is wrong.
func (k *compiler) badSet(r *feed.Ref, err error) {
	at, file, suggestion := r.FileAt, r.File, ""
	var bad *refs.Error
	var header *flow.Fault
	switch {
	case errors.As(err, &bad):
		for i, name := range r.Add {
			if bad.Column == name {
				at = r.AddAt[i]
			}
		}
		if bad.Column == r.Key && bad.Line == 0 {
			at = r.KeyAt
		}
		if bad.Line > 0 {
			file = fmt.Sprintf("%s:%d", r.File, bad.Line)
		}
		err, suggestion = errors.New(bad.Text), bad.Suggestion
	case errors.As(err, &header):
		file = fmt.Sprintf("%s:%d", r.File, header.Line)
		err = errors.New(detailText(header.Details, "reason"))
	}
	k.problem(at, "reference set %s: %s: %v", r.Name, file, err).Suggestion = suggestion
}

// readSet reads the file of a set with the scanner of feeds: the key as the feed's column on is read, the columns that it adds as
// text.
func readSet(r *feed.Ref, on *flow.Field, fieldBytes, columns int) (*refs.Set, error) {
	s := csvarrow.New(csvarrow.Dialect{}, csvarrow.Limits{FieldBytes: fieldBytes, Columns: columns})
	s.Begin(&flow.Chunk{})
	window := r.Data
	n, h, err := s.Header(window, true)
	if err != nil {
		return nil, err
	}
	places, err := refs.Columns(h.Names, r.Key, r.Add)
	if err != nil {
		return nil, err
	}
	var b flow.Batch
	b.Reset(nil)
	b.Cols = make([]flow.Column, len(places))
	fields := make([]flow.Field, len(places))
	plan := csvarrow.Plan{Columns: make([]csvarrow.Target, len(h.Names))}
	for i, place := range places {
		fields[i] = flow.Field{Name: h.Names[place]}
		if i == 0 {
			fields[i] = refs.KeyField(r.Key, on)
		}
		b.Cols[i] = flow.NewColumn(&fields[i], flow.MaxRows, slices.Contains(places[i+1:], place))
		if slices.Contains(places[:i], place) {
			continue // the key, which is added too
		}
		plan.Columns[place] = csvarrow.Target{Col: &b.Cols[i], Order: i}
	}
	s.Bind(&plan)
	set := refs.NewBuilder(places, refs.Limits{})
	for {
		window = window[n:]
		if n, err = s.Next(&b, window, true); err != nil {
			return nil, err
		}
		if n == 0 && b.N == 0 && len(b.Findings) == 0 {
			return set.Set(r.Version)
		}
		if err := set.Add(&b); err != nil {
			return nil, err
		}
	}
}

// newCounts makes the columns in which a worker keeps how many rows of each set its batch's rows have found.
func (p *Program) newCounts() []*flow.Column {
	counts := make([]*flow.Column, len(p.counts))
	for i := range counts {
		c := flow.NewColumn(&p.counts[i], flow.MaxRows, false)
		counts[i] = &c
	}
	return counts
}

// Set is what a program's reference set is, for whoever shows it.
type Set struct {
	Name    string
	Version string
	Rows    int
	Bytes   int64 // of memory that it holds
}

// Sets gives the reference sets in the order of the contract.
func (p *Program) Sets() []Set {
	sets := make([]Set, len(p.refs))
	for i := range p.refs {
		r := &p.refs[i]
		sets[i] = Set{Name: r.name, Version: r.set.Version(), Rows: r.set.Rows(), Bytes: r.set.Bytes()}
	}
	return sets
}

// lookUp fills the columns that the reference sets add, and counts what they have.
func (w *Worker) lookUp(b *flow.Batch, counts *flow.Counts) {
	for i := range w.p.refs {
		r, h := &w.p.refs[i], &w.hits[i]
		r.set.Lookup(&b.Cols[r.on], b.N, h)
		for k := range r.adds {
			h.Column(k, &b.Cols[r.first+k])
		}
		h.Count(w.counts[i])
		counts.LookedUp(r.name, int64(h.Matched), int64(h.Unmatched))
	}
}
