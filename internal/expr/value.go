package expr

import (
	"fmt"

	"github.com/assay-dev/assay/internal/flow"
)

// value is what a node of the tree has been compiled to: a literal, a condition (type bool), or a vector.
type value struct {
	node    *node
	field   flow.Field // the type; of a literal text string
	literal bool
	number  number // of a literal number
	// reg is the register: of a condition among the conditions, of any other among the vectors. A literal has none.
	reg int
	own bool // the register is a temporary one
}

// lane is where the values of a vector are kept.
type lane uint8

const (
	ints     lane = iota // int64, int8, date, timestamp
	decimals             // decimal
	floats               // float64
	others               // text, category, uuid: columns only
)

func laneOf(t flow.Type) lane {
	switch t {
	case flow.Int64, flow.Int8, flow.Date, flow.Timestamp:
		return ints
	case flow.Decimal:
		return decimals
	case flow.Float64:
		return floats
	}
	return others
}

// family is what compares with what.
type family uint8

const (
	numbers family = iota
	texts
	conditions
	categories
	dates
	timestamps
	uuids
)

func familyOf(t flow.Type) family {
	switch t {
	case flow.String:
		return texts
	case flow.Bool:
		return conditions
	case flow.Category:
		return categories
	case flow.Date:
		return dates
	case flow.Timestamp:
		return timestamps
	case flow.UUID:
		return uuids
	}
	return numbers
}

func (v *value) family() family { return familyOf(v.field.Type) }

// scale gives the scale of the vector's whole numbers.
func (v *value) scale() int32 {
	switch v.field.Type {
	case flow.Decimal:
		return v.field.Scale
	case flow.Timestamp:
		return unitScale(&v.field)
	}
	return 0
}

// kind says in words what the value is.
func (v *value) kind() string {
	f := &v.field
	switch {
	case f.Type == flow.String:
		return "text"
	case v.literal && f.Type != flow.Bool:
		return "a number"
	case f.Type == flow.Decimal:
		return fmt.Sprintf("a decimal(%d,%d)", f.Precision, f.Scale)
	case f.Type == flow.Int64 || f.Type == flow.Int8:
		return "an " + f.Type.String()
	}
	return "a " + f.Type.String()
}
