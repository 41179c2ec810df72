package csvarrow

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-dev/assay/internal/flow"
)

// Plan says what the columns of the input are: one target for each, in the input's order.
type Plan struct {
	Columns []Target
}

// Target is one column of the input.
type Target struct {
	// Col takes the values; its field says what they are. nil is a column of which only the structure counts.
	Col *flow.Column
	// Order is the column's place in the contract: the findings of a row come in this order, and those of columns with the
	// same order in the input's.
	Order int
	// Vocab knows the labels of a category column. It may be shared between scanners.
	Vocab *Vocab
	// Empty is the code of an empty category cell, or EmptyNull or EmptyValue.
	Empty int16
	// Unknown says what becomes of a category cell that is no label.
	Unknown Unknown
	// UnknownCode is the code of such a cell with UnknownMapped, and with UnknownKept, where it should be one at which no other
	// cell arrives, like that behind the labels. Below 0 the cell is null.
	UnknownCode int16
}

// What an empty category cell can be besides a label (CSV rules 13 and 15). A label holds even where the column is
// required, and without a finding. With a relaxed vocabulary a cell whose key is empty is empty too.
const (
	EmptyNull  int16 = -1 // empty: null
	EmptyValue int16 = -2 // not set: looked up like any other cell
)

// Unknown is what becomes of a category cell that is no label (CSV rules 15 and 17).
type Unknown uint8

// The settings of unknown.
const (
	UnknownRejected Unknown = iota // INVALID_FORMAT, the row is dead
	UnknownKept                    // DQ_UNKNOWN_ENUM, flagged
	UnknownMapped                  // DQ_INVALID_VALUE, flagged
)

// step is one column's work on a row.
type step struct {
	Target
	kind  flow.Type
	input int // place in the input
}

// appendSteps gives the columns that have values, in the order of the contract.
func (p *Plan) appendSteps(dst []step) []step {
	for i := range p.Columns {
		if t := &p.Columns[i]; t.Col != nil {
			dst = append(dst, step{Target: *t, kind: t.Col.Type, input: i})
		}
	}
	slices.SortStableFunc(dst, func(a, b step) int { return cmp.Compare(a.Order, b.Order) })
	return dst
}

// maxListed is how many labels Expected lists.
const maxListed = 8

// Expected describes what a cell of the field must be, to stand behind "must be" or "expected".
func Expected(f *flow.Field) string {
	switch f.Type {
	case flow.Int64:
		return "a whole number"
	case flow.Float64:
		return "a number"
	case flow.Decimal:
		return "a number with at most " + strconv.Itoa(int(f.Precision)) + " digits, " + strconv.Itoa(int(f.Scale)) + " of them after the point"
	case flow.Bool:
		return "true or false"
	case flow.Date:
		return "a date (YYYY-MM-DD)"
	case flow.Timestamp:
		if name, ok := unitNames[f.Unit]; ok {
			return "a Unix time in " + name
		}
		return "an RFC 3339 time or YYYY-MM-DD HH:MM:SS"
	case flow.UUID:
		return "a UUID"
	case flow.Category:
		if n := len(f.Labels); n == 0 || n > maxListed {
			return "a known label"
		}
		last := len(f.Labels) - 1
		if last == 0 {
			return f.Labels[0]
		}
		return strings.Join(f.Labels[:last], ", ") + " or " + f.Labels[last]
	}
	return "text"
}

var unitNames = map[string]string{"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
