package flow

// Example is a finding as people may be shown it: its value is cut, secrets are redacted, and of a column marked pii there is
// nothing. Nothing in it points into the chunk.
type Example struct {
	Code     Code
	Dead     bool // it refused its row, or the chunk; any other flagged a scored row
	Position Position
	Row      int64 // among the chunk's data records from 0; -1: the whole chunk
	Line     int64 // from 1; 0: the fault has no place
	Field    string
	Value    string
	Message  string
	Excerpt  Excerpt // empty unless whoever sent the chunk is the one who looks
}

// Excerpt is the line on which a fault stands, as it was sent, and where in it to put a caret.
type Excerpt struct {
	Line     int64  // the number of Text's line, from 1
	Text     string // one line, or the part of a long one around the caret
	From, To int    // what is at fault, in bytes of Text; equal when it is one place, such as an empty cell
}

// MostExamples is how many examples of each code are kept of a chunk, and about as many of a transaction.
const MostExamples = 3

// Wants reports whether another example of a code is kept, when at most most are.
func (c *Counts) Wants(code Code, most int) bool {
	for i := range c.Examples {
		if c.Examples[i].Code == code {
			most--
		}
	}
	return most > 0
}

// addExamples takes those of other, of codes of which there are not enough yet. Of one code it takes all or none.
func (c *Counts) addExamples(other []Example) {
	n := len(c.Examples)
	for i := range other {
		had := Counts{Examples: c.Examples[:n]}
		if had.Wants(other[i].Code, MostExamples) {
			c.Examples = append(c.Examples, other[i])
		}
	}
}
