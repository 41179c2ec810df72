package detect

import (
	"bytes"
	"slices"

	"github.com/assay-dev/assay/internal/csvarrow"
	"github.com/assay-dev/assay/internal/flow"
)

// What a column's statistics are bounded by.
const (
	maxLabels  = 64      // distinct values that are counted one by one
	maxShown   = 64      // bytes of a value that is kept to be shown
	firstShown = 5       // distinct values that are kept to be shown
	maxHashes  = 4 << 20 // cells, of all columns together, that are remembered to find out whether a column repeats itself
)

// trialTypes are the types that every cell is tried for, until too many cells do not fit. Decimals, Unix times and categories are
// chosen afterwards by what has been counted.
var trialTypes = [...]flow.Type{flow.Int64, flow.Float64, flow.Bool, flow.Date, flow.Timestamp, flow.UUID}

// place is where a cell worth showing stands.
type place struct {
	line int64 // of the file, on which its record begins
	text string
}

// misfits counts the cells that a type does not read.
type misfits struct {
	dead  bool // there are so many that the type is out of the question, and no more are counted
	n     int64
	first place
}

// tally is what is known about a column's cells.
type tally struct {
	cells, empty int64
	longest      int
	out          [len(trialTypes)]misfits
	nulls        int64 // words for nothing, which no type but string reads
	firstNull    place

	// Of the cells that are numbers.
	numbers           int64
	whole             int64 // digits only, but for the sign
	zeros             int64 // with zeros in front that a number would lose
	firstZero         place
	plus              int64 // with a plus sign
	exponents         int64
	digits, decimals  int // most before and behind the point
	fewest            int // least behind the point
	significant       int
	low, high         float64
	lowInt, highInt   int64
	lowText, highText string
	styles            [decorated + 1]int64
	firstStyle        [decorated + 1]place

	pattern  int    // the one in which all cells are written as dates or times, or -1
	parts    [2]int // most of its first two numbers of one or two digits
	first    []string
	labels   map[string]int64 // nil when there are more than maxLabels
	min, max []byte           // text, cut
	emails   int64
	hashes   map[uint64]struct{} // nil when a value has come again, or the memory is used up
	memory   *int
}

func newTally(memory *int) *tally {
	return &tally{labels: map[string]int64{}, hashes: map[uint64]struct{}{}, memory: memory, fewest: 1 << 30}
}

// add counts a cell of the record that begins on the line.
func (y *tally) add(t []byte, line int64) {
	y.cells++
	if len(t) == 0 {
		y.empty++
		return
	}
	y.longest = max(y.longest, len(t))
	y.distinct(t)
	y.extremes(t)
	if isNullWord(t) {
		if y.nulls++; y.nulls == 1 {
			y.firstNull = placeOf(t, line)
		}
		return
	}
	for i := range trialTypes {
		if m := &y.out[i]; !m.dead && !y.reads(trialTypes[i], t) {
			if m.n++; m.n == 1 {
				m.first = placeOf(t, line)
			}
			m.dead = m.n > 3+y.cells/50
		}
	}
	y.number(t, line)
	y.moment(t)
	if at := bytes.IndexByte(t, '@'); at > 0 && bytes.IndexByte(t[at:], '.') > 1 && bytes.IndexByte(t, ' ') < 0 {
		y.emails++
	}
}

func placeOf(t []byte, line int64) place { return place{line, shorten(string(t), maxShown)} }

// reads reports whether the engine takes t for a value of the type.
func (y *tally) reads(kind flow.Type, t []byte) (ok bool) {
	switch kind {
	case flow.Int64:
		var v int64
		if v, ok = csvarrow.ParseInt64(t); ok {
			if y.whole == 0 || v < y.lowInt {
				y.lowInt = v
			}
			if y.whole == 0 || v > y.highInt {
				y.highInt = v
			}
			y.whole++
		}
	case flow.Float64:
		_, ok = csvarrow.ParseFloat64(t, false)
	case flow.Bool:
		_, ok = csvarrow.ParseBool(t)
	case flow.Date:
		_, ok = csvarrow.ParseDate(t)
	case flow.Timestamp:
		_, ok = csvarrow.ParseTimestamp(t, "")
	case flow.UUID:
		_, ok = csvarrow.ParseUUID(t)
	}
	return ok
}

// number counts how numbers are written, as long as the column may be one of numbers in any style.
func (y *tally) number(t []byte, line int64) {
	if y.numbers+y.nulls+y.empty+3+y.cells/50 < y.cells || len(t) > maxFormed {
		return
	}
	s := numeral(t)
	if s == noNumeral {
		return
	}
	y.numbers++
	if y.styles[s]++; y.styles[s] == 1 {
		y.firstStyle[s] = placeOf(t, line)
	}
	if s != plainNumeral {
		return
	}
	u := t
	if u[0] == '+' {
		y.plus++
	}
	if u[0] == '+' || u[0] == '-' {
		u = u[1:]
	}
	whole := digits(u)
	if whole > 1 && u[0] == '0' {
		if y.zeros++; y.zeros == 1 {
			y.firstZero = placeOf(t, line)
		}
	}
	lead := whole - len(bytes.TrimLeft(u[:whole], "0"))
	fraction, rest := 0, u[whole:]
	if len(rest) > 0 && rest[0] == '.' {
		fraction = digits(rest[1:])
		rest = rest[1+fraction:]
	}
	if len(rest) > 0 {
		y.exponents++
	}
	y.digits, y.decimals = max(y.digits, whole-lead), max(y.decimals, fraction)
	y.fewest = min(y.fewest, fraction)
	y.significant = max(y.significant, whole-lead+fraction)
	v, _ := csvarrow.ParseFloat64(t, false)
	if y.lowText == "" || v < y.low {
		y.low, y.lowText = v, shorten(string(t), maxShown)
	}
	if y.highText == "" || v > y.high {
		y.high, y.highText = v, shorten(string(t), maxShown)
	}
}

// moment finds out whether all cells are dates or times in one pattern.
func (y *tally) moment(t []byte) {
	if y.pattern < 0 {
		return
	}
	if y.cells-y.empty-y.nulls == 1 {
		y.pattern = momentPattern(t)
	} else if !matchMoment(t, momentPatterns[y.pattern]) {
		y.pattern = -1
	}
	if y.pattern >= 0 {
		a := digits(t)
		if a > 0 && a <= 2 && len(t) > a+1 {
			first, _ := csvarrow.ParseInt64(t[:a])
			second, _ := csvarrow.ParseInt64(t[a+1:][:digits(t[a+1:])])
			y.parts[0], y.parts[1] = max(y.parts[0], int(first)), max(y.parts[1], int(second))
		}
	}
}

// distinct counts values one by one while they are few, and finds out whether one comes again.
func (y *tally) distinct(t []byte) {
	if y.labels != nil {
		if n, known := y.labels[string(t)]; known || len(y.labels) < maxLabels && len(t) <= maxShown {
			y.labels[string(t)] = n + 1
			if !known && len(y.first) < firstShown {
				y.first = append(y.first, string(t))
			}
		} else {
			y.labels = nil
		}
	}
	if y.labels == nil && len(y.first) < firstShown {
		if s := shorten(string(t), maxShown); !slices.Contains(y.first, s) {
			y.first = append(y.first, s)
		}
	}
	if y.hashes == nil {
		return
	}
	h := hash(t)
	if _, again := y.hashes[h]; again || *y.memory == 0 {
		*y.memory += len(y.hashes)
		y.hashes = nil
		return
	}
	*y.memory--
	y.hashes[h] = struct{}{}
}

// hash is FNV-1a. Two values with the same hash make a column look as if it repeated itself, which costs a proposal, no row.
func hash(t []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, b := range t {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return h
}

func (y *tally) extremes(t []byte) {
	t = t[:min(len(t), maxShown)]
	if y.min == nil || bytes.Compare(t, y.min) < 0 {
		y.min = append(y.min[:0], t...)
	}
	if y.max == nil || bytes.Compare(t, y.max) > 0 {
		y.max = append(y.max[:0], t...)
	}
}
