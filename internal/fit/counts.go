package fit

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/score"
)

// MostDifferent is how many different rows Counts keeps, so that memory does not depend on the input. The census variables
// have fewer combinations.
const MostDifferent = 1 << 21

// maxLabels is how many labels a variable of a model may have: a code fits codeBits.
const (
	codeBits  = 4
	maxLabels = 1 << codeBits
)

// Counts is how often each different row of nine labels was seen. It is a scorer that adds no column: put in the place of a
// contract's own, it sees the rows as the engine reads them. Rows in another order, or from another number of files, give the
// same Counts.
type Counts struct {
	Rows int64 // that were seen; refused rows are not

	names   [score.Variables]string
	columns [score.Variables]int // the variables' places in the batch
	labels  [score.Variables][]string
	missing [score.Variables]int16 // the code of NotStated
	seen    map[uint64]int64       // by packed codes
	most    int
}

// NewCounts counts rows by these category columns.
func NewCounts(variables [score.Variables]string) *Counts {
	return &Counts{names: variables, seen: map[uint64]int64{}, most: MostDifferent}
}

// Bind finds the variables. Each must be a category with at most 16 labels, score.NotStated among them.
func (c *Counts) Bind(in flow.Schema) (flow.Schema, error) {
	for v, name := range c.names {
		place := in.Index(name)
		switch {
		case place < 0:
			return nil, fmt.Errorf("a fit needs the column %s, which the contract does not have", name)
		case in[place].Type != flow.Category:
			return nil, fmt.Errorf("a fit needs the column %s as a category, but it is of type %s", name, in[place].Type)
		case len(in[place].Labels) > maxLabels:
			return nil, fmt.Errorf("the column %s has %d labels; a model takes at most %d", name, len(in[place].Labels), maxLabels)
		}
		missing := slices.Index(in[place].Labels, score.NotStated)
		if missing < 0 {
			return nil, fmt.Errorf("the column %s has no label %q", name, score.NotStated)
		}
		c.columns[v], c.labels[v], c.missing[v] = place, in[place].Labels, int16(missing)
	}
	return nil, nil
}

// Score counts the rows of b that no rule has refused. A null counts as NotStated. It fails before it has counted anything,
// so that the engine may run it again.
func (c *Counts) Score(b *flow.Batch) error {
	if len(c.seen)+b.N > c.most {
		return fmt.Errorf("there are more than %d different rows: fit fewer of them, a sample drawn by chance", c.most)
	}
	for i := range b.N {
		if b.Dead.Get(i) {
			continue
		}
		key := uint64(0)
		for v, place := range c.columns {
			col := &b.Cols[place]
			code := col.Codes[i]
			if !col.Valid.Get(i) || code < 0 || int(code) >= len(c.labels[v]) {
				code = c.missing[v]
			}
			key = key<<codeBits | uint64(code)
		}
		c.seen[key]++
		c.Rows++
	}
	return nil
}

// row is a different row with how often it was seen.
type row struct {
	codes [score.Variables]uint8
	n     int64
}

// rows gives the different rows, sorted: first those that answer every variable, of which there are complete.
func (c *Counts) rows() (all []row, complete int) {
	for key, n := range c.seen {
		r := row{n: n}
		for v := score.Variables - 1; v >= 0; v-- {
			r.codes[v] = uint8(key & (maxLabels - 1))
			key >>= codeBits
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b row) int {
		if d := cmp.Compare(c.unanswered(&a), c.unanswered(&b)); d != 0 {
			return d
		}
		return slices.Compare(a.codes[:], b.codes[:])
	})
	for complete < len(all) && c.unanswered(&all[complete]) == 0 {
		complete++
	}
	return all, complete
}

// unanswered counts the variables that a row does not answer.
func (c *Counts) unanswered(r *row) (n int) {
	for v, code := range r.codes {
		if int16(code) == c.missing[v] {
			n++
		}
	}
	return n
}
