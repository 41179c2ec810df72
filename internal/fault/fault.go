// Package fault is the error catalogue: the codes, what they mean, which retry class they have, and how each of six dialects
// says them. The table is generated from schemas/errors.json; this package adds the rendering, stable event ids and the
// redaction of secrets.
//
// Everything here is pure and safe for concurrent use. Nothing panics on a code or a dialect that it does not know.
package fault

import "github.com/assay-dev/assay/internal/flow"

//go:generate go run ./gen

// Entry is what the catalogue says of one code. Entries are shared: do not change them.
type Entry struct {
	Code       flow.Code
	Category   string // authentication, authorization, validation, size, quota, rate, not_found, state, system, upstream, data_quality
	Direction  string // inbound, upstream, internal: whose fault it is
	Severity   string // info, warning, error, critical
	Scope      string // row, chunk, job, source: what usually has the fault
	Title      string
	Message    string // a template, see Fill
	HTTPStatus int    // 0 for codes that are never an answer to a request
	Retryable  bool
	RetryClass string // R0 to R6
	// DefaultRetryAfterMS is the wait of the class when nobody names one, or -1 when it has none.
	DefaultRetryAfterMS int64
	Alternate           *Alternate // nil when the class never changes
	Details             []DetailSpec
	FieldMessage        string // a template: the text as one of several in a VALIDATION_ERROR; "" when it has none of its own
	Trigger             string
	Advice              string
	Doc                 string           // place in the catalogue's text
	Aliases             [dialects]*Alias // by dialect; nil where the code is foreign. Problem uses Synthient's.
}

// Alternate is the retry class that a code has under a condition.
type Alternate struct {
	RetryClass string
	When       string // for people
}

// DetailSpec declares one argument of a code.
type DetailSpec struct {
	Name     string
	Type     string // string, int, number, bool, timestamp, map, object, or a list of one of them: T[]
	Required bool
}

// Alias is the form that a dialect has of its own for a code. Which members mean something depends on the dialect.
type Alias struct {
	// Status replaces the catalogue's HTTP status when it is not 0. In the kleene dialect it is the row of the table.
	Status        int
	ProblemStatus int           // the same for the problem form of synthient
	Name          string        // sentinel: the code in its documentation, which is not on the wire
	Error         string        // ausynth: the error word; scriptix and sentinel: the title
	Message       string        // a template; "" means that the body has none
	ErrorCode     string        // scriptix; "" means that the body has none
	Fields        []Pair        // members at the top of the body
	Details       []Pair        // scriptix: members of details
	FirstErrors   bool          // scriptix: details maps each field of the argument errors to its first message
	AllErrors     bool          // synthient: errors is the argument errors
	Title         string        // synthient: the title of a field fault
	Errors        flow.Messages // synthient: field templates and text templates of a field fault
	Wrapper       string        // ausynth: the one member that holds Fields
	Variants      []Variant     // the first whose conditions hold replaces Message or Errors
}

// Pair says which argument stands under which key on the wire.
type Pair struct{ Key, Arg string }

// Variant replaces the text of an alias when all arguments in When have those values.
type Variant struct {
	When    []Condition
	Message string
	Errors  flow.Messages
}

// Condition is one argument and the value that it must have.
type Condition struct{ Arg, Value string }

var byCode = func() map[flow.Code]*Entry {
	m := make(map[flow.Code]*Entry, len(catalogue))
	for i := range catalogue {
		m[catalogue[i].Code] = &catalogue[i]
	}
	return m
}()

// Lookup gives the entry of code, and whether the catalogue has one.
func Lookup(code flow.Code) (*Entry, bool) {
	e, ok := byCode[code]
	return e, ok
}

// Codes gives all codes in the catalogue's order.
func Codes() []flow.Code {
	codes := make([]flow.Code, len(catalogue))
	for i := range catalogue {
		codes[i] = catalogue[i].Code
	}
	return codes
}
