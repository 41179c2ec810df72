package judge

import (
	"errors"
	"fmt"
	"strings"
)

// Kind is a way in which a history can be wrong.
type Kind uint8

// The kinds of anomalies.
const (
	Lost         Kind = iota // below the committed offset, yet a row, letter, event or result is missing
	Duplicated               // there more than once
	Phantom                  // made of something that was never committed to the input: aborted, or out of nothing
	WrongFate                // scored instead of dead, or the other way round, or dead with the wrong code
	Differs                  // the right fate, but other bytes or values
	Order                    // rows of one input partition stand out of order in an output partition
	Misplaced                // in another partition than its source's
	Quality                  // a quality event or a result counts wrongly, or is there without cause
	OffsetAhead              // the committed offset is past chunks of which there is no output at all, or past the log's end
	OffsetBehind             // output is committed, its input's offset is not: the row will come again
	Incomplete               // input is left over, although all of it was to be processed
	Malformed                // a message that cannot be read: header missing, not JSON, no source
	kinds
)

var kindNames = [kinds]string{
	"lost", "duplicated", "phantom", "wrong fate", "bytes differ", "order", "wrong partition", "quality",
	"offset ahead", "offset behind", "incomplete", "malformed",
}

// String gives the kind's name for people.
func (k Kind) String() string { return kindNames[k] }

// Anomaly is all that is wrong in one way.
type Anomaly struct {
	Kind    Kind
	Count   int    // rows, or messages or chunks where the anomaly is theirs
	Example string // the first one, with its place
}

// Verdict is what the judge has found.
type Verdict struct {
	Chunks     int // committed chunks below the committed offsets
	Rows       int // data records in them
	Scored     int // scored rows read
	DeadRows   int // dead letters of rows read
	DeadChunks int // dead letters of chunks read
	Events     int // quality, error and result documents read

	found [kinds]Anomaly
}

func (v *Verdict) add(k Kind, n int, format string, args ...any) {
	a := &v.found[k]
	if a.Count == 0 {
		*a = Anomaly{Kind: k, Example: fmt.Sprintf(format, args...)}
	}
	a.Count += n
}

// Count gives how often one kind of anomaly was found.
func (v *Verdict) Count(k Kind) int { return v.found[k].Count }

// Anomalies gives what is wrong, in the order of the kinds; nothing means exactly once.
func (v *Verdict) Anomalies() []Anomaly {
	var all []Anomaly
	for _, a := range v.found {
		if a.Count > 0 {
			all = append(all, a)
		}
	}
	return all
}

// Err gives the verdict as an error, or nil when nothing is wrong.
func (v *Verdict) Err() error {
	if len(v.Anomalies()) == 0 {
		return nil
	}
	return errors.New(v.String())
}

// String gives the verdict for people: what was judged, then one line for each kind of anomaly.
func (v *Verdict) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "judged %d chunks with %d rows: %d scored, %d dead, %d chunks dead, %d events",
		v.Chunks, v.Rows, v.Scored, v.DeadRows, v.DeadChunks, v.Events)
	all := v.Anomalies()
	if len(all) == 0 {
		s.WriteString("; each has its one fate")
	}
	for _, a := range all {
		fmt.Fprintf(&s, "\n%s: %d, such as %s", a.Kind, a.Count, a.Example)
	}
	return s.String()
}
