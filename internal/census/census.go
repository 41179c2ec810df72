// Package census draws sample persons for the census-profile feed: CSV rows of an id and nine census variables, from the
// shares stated in shares.go. The demo, the samples of the feed pack and the load tests are drawn by it.
//
// The persons are invented, one by one, not in households. Their variables depend on each other in a simple way (age decides
// much of the rest, education the occupation, occupation the industry and the income), so that every profile has members.
//
// The same seed and options give the same bytes in every version: nothing here may be changed without a new pack sample.
package census

import "math/rand/v2"

// Options says how persons are written.
type Options struct {
	// ABS writes the names and labels of the Australian Bureau of Statistics instead of the collapsed ones. The persons of
	// a seed are the same either way.
	ABS bool
	// Flagged is the share of cells that hold a label that no mapping knows, from 0 to 1. Ids are never among them.
	Flagged float64
	// Broken is the share of rows that are not valid CSV under the header: a cell too few, a cell too many, or a bare quote.
	// A broken row never takes its neighbours with it.
	Broken float64
}

// Generator writes rows, each with the next id. It belongs to one goroutine.
type Generator struct {
	people  *rand.PCG // decides persons
	mishaps *rand.PCG // decides faults, apart from people, so that faults leave all other cells as they are
	model   *model
	cells   *[variables][]string
	header  []byte
	id      []byte // the last id, counted up in place

	flagged uint64 // threshold of 2³²
	broken  uint64
}

// New starts a generator at the first person of a seed, CUST_0000001.
func New(seed uint64, opts Options) *Generator {
	g := &Generator{
		people:  rand.NewPCG(seed, 1),
		mishaps: rand.NewPCG(seed, 2),
		model:   newModel(),
		id:      []byte("CUST_0000000"),
		flagged: uint64(opts.Flagged * (1 << 32)),
		broken:  uint64(opts.Broken * (1 << 32)),
	}
	g.cells, g.header = written(opts.ABS)
	return g
}

// Header gives the header row with its line end.
func (g *Generator) Header() []byte { return g.header }

// Shares names the shares that persons are drawn from, for what is made of them: a fitted model, say.
const Shares = "census-1"

// MaxRow is the most bytes of a row, line feed included.
const MaxRow = 400

// Append adds the next n rows to dst, each with a line feed. It allocates only when dst has to grow.
func (g *Generator) Append(dst []byte, n int) []byte {
	for range n {
		g.id = increment(g.id)
		p := g.model.draw(g.people.Uint64(), g.people.Uint64())
		if g.flagged|g.broken != 0 {
			dst = g.appendFaulty(dst, &p)
			continue
		}
		dst = append(dst, g.id...)
		for v := range p {
			dst = append(dst, g.cells[v][p[v]]...)
		}
		dst = append(dst, '\n')
	}
	return dst
}

// increment adds one to the number at the end of id, which grows by a digit when it must.
func increment(id []byte) []byte {
	i := len(id) - 1
	for ; id[i] == '9'; i-- {
		id[i] = '0'
	}
	if id[i] != '_' {
		id[i]++
		return id
	}
	id = append(id, '0')
	id[i+1] = '1'
	return id
}
