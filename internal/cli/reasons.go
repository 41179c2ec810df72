package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// reasons are why the first rows were refused, for the summary.
type reasons struct {
	shown []string
}

// mostReasons is how many rows the summary tells of.
const mostReasons = 3

// add notes an error event; those of whole files are told elsewhere.
func (r *reasons) add(event []byte) {
	if len(r.shown) == mostReasons {
		return
	}
	var e struct {
		Message string
		Source  struct {
			Topic string
			Row   *int64
		}
		At      struct{ Line int64 }
		Details struct{ Reason string }
	}
	if err := json.Unmarshal(event, &e); err != nil || e.Source.Row == nil {
		return
	}
	text := e.Message
	if e.Details.Reason != "" { // the message has the line too
		text = e.Details.Reason
	}
	r.shown = append(r.shown, fmt.Sprintf("%s:%d: %s", e.Source.Topic, e.At.Line, text))
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
