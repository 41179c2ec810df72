package flow

import (
	"fmt"
	"strings"
)

// Type is the type of a column's values.
type Type uint8

// The types of the contract language, and Int8, which only scorers produce.
const (
	String    Type = iota // Text
	Int64                 // Ints
	Float64               // Floats
	Decimal               // Decimals: unscaled 128-bit integers, scale in the field
	Bool                  // Ints: 0 or 1
	Date                  // Ints: days since 1970-01-01
	Timestamp             // Ints: nanoseconds since 1970-01-01 UTC, in the field's unit when it has one
	UUID                  // UUIDs
	Category              // Codes: index into the field's Labels
	Int8                  // Ints: output of scorers only
)

var typeNames = [...]string{"string", "int64", "float64", "decimal", "bool", "date", "timestamp", "uuid", "category", "int8"}

// String gives the contract's name of the type.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return fmt.Sprintf("Type(%d)", t)
}

// ParseType gives the type with a contract's name, without parameters. Int8 is not one of them.
func ParseType(s string) (Type, bool) {
	for i, n := range typeNames[:Int8] {
		if n == s {
			return Type(i), true
		}
	}
	return 0, false
}

// Field describes a column.
type Field struct {
	Name      string
	Type      Type
	Key       bool // the scored row's message key
	Required  bool // an empty cell is a fault
	PII       bool // masked in events, logs and pages
	AllowNaN  bool // float64: NaN and Inf are values
	Precision int32
	Scale     int32
	Unit      string // timestamp: "", or Unix time in s, ms, us, ns
	// Labels is the dictionary of a category column; a code is an index into it.
	Labels []string
	// Keeps says that a category column keeps cells that are no label as values: such a row's code is the number of labels, and
	// its value is its Text, which the column then has.
	Keeps bool
}

// FoldName gives the form in which names of columns are compared: trimmed, ASCII letters small (CSV rule 10).
func FoldName(name string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, TrimName(name))
}

// TrimName gives a name of a header without the blanks around it.
func TrimName(name string) string { return strings.Trim(name, " \t\r\n") }

// Schema is an ordered list of fields.
type Schema []Field

// Index gives the position of the field called name, or -1.
func (s Schema) Index(name string) int {
	for i := range s {
		if s[i].Name == name {
			return i
		}
	}
	return -1
}

// Places gives the place of each name, the first one of a name that stands twice: for who looks up many.
func (s Schema) Places() map[string]int {
	places := make(map[string]int, len(s))
	for i := range s {
		if _, ok := places[s[i].Name]; !ok {
			places[s[i].Name] = i
		}
	}
	return places
}
