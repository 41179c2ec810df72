package flow

// Code is a stable code of the error catalogue. The codes themselves stand in package fault.
type Code string

// Finding is something odd about one row. A dead finding refuses the row (it becomes a dead letter and an error event);
// any other only flags it (it is scored and told in the quality event).
type Finding struct {
	Code Code
	Slot int32 // row of the batch, or -1 when the scanner refused the record, which then is not in the batch
	Dead bool

	Row      int64  // index among the chunk's data records
	Line     int64  // 1-based line on which the record begins
	From, To int64  // the record's bytes in the decompressed chunk, without the line end
	Place    int64  // the offending byte in the decompressed chunk, or -1
	Column   *Field // nil when the fault is the record's
	Rule     string // the broken rule, or ""
	Value    []byte // the cell's text; valid until the next batch
	Reason   string // INVALID_FILE: what is wrong
	Expected string // INVALID_FORMAT: what would be right
	Limit    int64  // FILE_TOO_LARGE: the limit in bytes
	MappedTo string // DQ_INVALID_VALUE: what the value became
	Raw      []byte // a refused record's bytes, which may lie outside Batch.Bytes; nil when [From, To) of the batch holds them
	Part     Part   // whether Raw is the whole record
}

// Part says which part of a refused record Finding.Raw holds. Only a record that is longer than the window of a streamed
// file comes in more than one part: First, then Middle ones, then Last.
type Part uint8

// The parts of a record.
const (
	Whole Part = iota
	First
	Middle
	Last
)

// Detail is one named argument of a fault. Value is a string, bool, int64, float64, []string or Messages.
type Detail struct {
	Name  string
	Value any
}

// Messages maps fields to what is wrong with them, in the order of the columns.
type Messages []FieldMessage

// FieldMessage is one field's entry in Messages.
type FieldMessage struct {
	Field string
	Text  []string
}

// Fault refuses a whole chunk. It is an error, so that stages can return it.
type Fault struct {
	Code    Code
	Details []Detail // in the catalogue's order
	Field   string   // the column at fault, or ""
	Value   string   // the offending text, or ""
	Line    int64    // 1-based, or 0 when the fault has no place
	From    int64    // the offending bytes in the decompressed chunk, when Line is set
	To      int64
	Stage   string // ADMISSION, DECODE, VALIDATE, SCORE, ENCODE or PUBLISH
	Cause   error  // what the fault was made of, for logs; never published
	// Again says that the engine has failed once on the chunk and nothing is decided: as a Verdict it does not refuse the
	// chunk but leaves it one more try.
	Again bool
}

// Error gives the code and the cause.
func (f *Fault) Error() string {
	s := string(f.Code)
	for _, d := range f.Details {
		if t, ok := d.Value.(string); ok {
			s += " " + d.Name + "=" + t
		}
	}
	if f.Cause != nil {
		s += ": " + f.Cause.Error()
	}
	return s
}

// Unwrap gives the cause.
func (f *Fault) Unwrap() error { return f.Cause }

// Behind says that so many lines and bytes stand in front of what the fault's places were counted in.
func (f *Fault) Behind(lines, bytes int64) {
	if f.Line == 0 {
		return
	}
	f.Line, f.From, f.To = f.Line+lines, f.From+bytes, f.To+bytes
	for i := range f.Details {
		d := &f.Details[i]
		n, ok := d.Value.(int64)
		switch {
		case ok && d.Name == "line":
			d.Value = n + lines
		case ok && d.Name == "byte_offset":
			d.Value = n + bytes
		}
	}
}
