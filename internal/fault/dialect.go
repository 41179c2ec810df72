package fault

import "github.com/assay-dev/assay/internal/flow"

// Dialect is the form that errors have in one system.
type Dialect uint8

// The dialects.
const (
	Problem   Dialect = iota // RFC 9457 problem documents; the default
	Ausynth                  // error word, fields, message
	Scriptix                 // error, message, error_code, details
	Kleene                   // one of ten rows: status, meaning, advice
	Sentinel                 // error, message, status
	Synthient                // detail, or title and errors
	dialects
)

var dialectNames = [dialects]string{"problem", "ausynth", "scriptix", "kleene", "sentinel", "synthient"}

// String gives the dialect's name in contracts, events and commands.
func (d Dialect) String() string {
	if d < dialects {
		return dialectNames[d]
	}
	return "unknown"
}

// ParseDialect gives the dialect called name, and whether there is one.
func ParseDialect(name string) (Dialect, bool) {
	for i, n := range dialectNames {
		if n == name {
			return Dialect(i), true
		}
	}
	return 0, false
}

// DialectNames gives the names of all dialects.
func DialectNames() []string { return append([]string(nil), dialectNames[:]...) }

// ContentType gives the media type of the dialect's bodies.
func (d Dialect) ContentType() string {
	if d == Problem {
		return "application/problem+json"
	}
	return "application/json"
}

// HTTPStatus gives the status that an answer with this code has in dialect d, or 0 for a code that is never an answer and for
// one that the catalogue does not know.
func HTTPStatus(d Dialect, code flow.Code) int {
	e, ok := Lookup(code)
	if !ok || e.HTTPStatus == 0 || d >= dialects {
		return 0
	}
	if d == Kleene {
		return kleeneRow(e).status
	}
	a := e.alias(d)
	switch {
	case a == nil:
		return e.HTTPStatus
	case d == Problem && a.ProblemStatus != 0:
		return a.ProblemStatus
	case d != Problem && a.Status != 0:
		return a.Status
	}
	return e.HTTPStatus
}

// alias gives the dialect's own form of the code, or nil where the code is foreign to it.
func (e *Entry) alias(d Dialect) *Alias {
	if d == Problem {
		d = Synthient
	}
	return e.Aliases[d]
}
