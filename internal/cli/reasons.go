package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/flow"
)

// reasons are why the first rows were refused, for the summary.
type reasons struct {
	shown     []string // one a row, or message
	last      string   // the place of the last one
	row       int64
	full      bool // there is another one
	positions bool // places are those of messages
}

// mostReasons is how many rows the summary tells of.
const mostReasons = 3

// add notes an error event; those of whole files are told elsewhere.
func (r *reasons) add(event []byte) {
	if r.full {
		return
	}
	var e refusal
	if err := json.Unmarshal(event, &e); err != nil || e.Source.Row == nil {
		return
	}
	at := fmt.Sprintf("%s:%d: ", e.Source.Topic, e.At.Line)
	if r.positions {
		at = fmt.Sprintf("%s/%d/%d:%d: ", e.Source.Topic, e.Source.Partition, e.Source.Offset, e.At.Line)
	}
	n := len(r.shown)
	switch {
	case n > 0 && r.last == at && r.row == *e.Source.Row:
		r.shown[n-1] += "; " + e.reason()
	case n == mostReasons:
		r.full = true
	default:
		r.shown, r.last, r.row = append(r.shown, at+e.reason()), at, *e.Source.Row
	}
}

// refused notes a message that was refused whole.
func (r *reasons) refused(at flow.Position, fault *flow.Fault) {
	if len(r.shown) < mostReasons {
		r.shown, r.last = append(r.shown, fmt.Sprintf("%s: %s: %s", where(at), fault.Code, engine.Message(fault))), ""
	}
}

// refusal is what an error event tells of a refused row.
type refusal struct {
	Message string
	Rule    string
	Source  struct {
		Topic             string
		Partition, Offset int64
		Row               *int64
	}
	At      struct{ Line int64 }
	Details struct {
		Reason string
		Errors map[string][]string
	}
}

// reason says what is wrong with the row, where the message does not.
func (e *refusal) reason() string {
	switch {
	case e.Details.Reason != "": // the message has the line too
		return e.Details.Reason
	case len(e.Details.Errors) == 0:
		return e.Message
	}
	var of []string
	for _, name := range slices.Sorted(maps.Keys(e.Details.Errors)) {
		text := name + ": " + strings.Join(e.Details.Errors[name], ", ")
		if name == e.Rule {
			text = "rule " + text
		}
		of = append(of, text)
	}
	return strings.Join(of, "; ")
}

// print tells the reasons under a summary with so many refused rows, and where the others are to be had.
func (r *reasons) print(w io.Writer, refused int64, hint string) error {
	if len(r.shown) == 0 {
		return nil
	}
	for _, text := range r.shown {
		if _, err := fmt.Fprintf(w, "  %s\n", text); err != nil {
			return err
		}
	}
	var last []string
	if n := refused - int64(len(r.shown)); n > 0 {
		last = append(last, fmt.Sprintf("and %s more", thousands(n)))
	}
	if hint != "" {
		last = append(last, hint)
	}
	if len(last) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "  %s\n", strings.Join(last, "; "))
	return err
}
