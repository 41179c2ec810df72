package detect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/assay-dev/assay/internal/csvarrow"
	"github.com/assay-dev/assay/internal/flow"
)

// When a type is proposed that reads less than text does.
const (
	categoryCells   = 20         // fewest cells of a category
	categoryRepeats = 5          // how often a label comes, on average
	requiredCells   = 100        // fewest cells from which it is taken that a column is never empty
	keyCells        = 10         // fewest rows from which a column without a key's name may be the key
	unixFrom        = 946684800  // 2000-01-01, the first second that is taken for a Unix time
	unixTo          = 2208988800 // 2040-01-01
)

// Column is what a column holds and how a contract would best declare it.
type Column struct {
	// Field is the proposal. A category's labels are sorted; to be read without findings its empty cells must be null
	// (`empty: null`), and labels that the sample lacks be kept (`unknown: keep`).
	Field    flow.Field
	Header   string // the name as written; Field.Name is made unique (CSV rule 10)
	Evidence string
	Notes    []string // what somebody should know who reads or changes the proposal
	PII      string   // what makes it personal data, or ""

	Cells    int64 // of rows that were read
	Empty    int64
	Distinct int      // values other than empty; more than maxLabels are not counted
	More     bool     // there are more than Distinct
	Unique   bool     // no value comes again, and none is empty
	Min, Max string   // by value for numbers, by bytes for text, with those cut to 64 bytes
	Longest  int      // bytes
	First    []string // the first distinct values, cut

	form   form
	emails bool
	misfit place // a cell that keeps the column from being something else, and the sentence that says so
}

// propose makes a column of each tally.
func propose(names []string, tallies []*tally, r *Reading) []Column {
	columns := make([]Column, len(names))
	used := map[string]bool{}
	for i, y := range tallies {
		c := &columns[i]
		c.Header = names[i]
		c.Field.Name = unique(strings.TrimSpace(names[i]), i, used)
		c.Cells, c.Empty, c.Longest = y.cells, y.empty, y.longest
		c.Distinct, c.More = len(y.labels), y.labels == nil
		if c.More {
			c.Distinct = maxLabels
		}
		c.Unique = y.hashes != nil && y.empty == 0 && y.cells > 1
		c.Min, c.Max = shorten(string(y.min), maxShown), shorten(string(y.max), maxShown)
		c.First = y.first
		for k := range c.First {
			c.First[k] = shorten(c.First[k], maxShown)
		}
		y.propose(c, r)
		c.personal(y)
		if y.empty == 0 && y.cells >= requiredCells {
			c.Field.Required = true
		}
	}
	return columns
}

// unique gives a name that no column before has, as JSON output does (CSV rule 10).
func unique(name string, i int, used map[string]bool) string {
	if name == "" {
		name = fmt.Sprintf("column_%d", i+1)
	}
	base := name
	for n := 2; used[flow.FoldName(name)]; n++ {
		name = fmt.Sprintf("%s_%d", base, n)
	}
	used[flow.FoldName(name)] = true
	return name
}

func (c *Column) personal(y *tally) {
	c.PII = personal(c.Header)
	c.emails = y.emails > 0 && y.emails*10 >= (y.cells-y.empty)*8
	switch {
	case c.PII != "":
		c.PII = "the name speaks of " + c.PII
	case c.emails:
		c.PII = "the cells look like e-mail addresses"
	}
	c.Field.PII = c.PII != ""
}

func (c *Column) note(format string, args ...any) {
	c.Notes = append(c.Notes, fmt.Sprintf(format, args...))
}

// all begins a sentence about all cells that have text.
func (y *tally) all() string {
	n := y.cells - y.empty
	s := "all " + plural(n, "cell")
	switch n {
	case 1:
		s = "the only cell"
	case 2:
		s = "both cells"
	}
	if y.empty > 0 {
		s += " with text"
	}
	return s
}

// be is the verb for all cells that have text.
func (y *tally) be(plural, singular string) string {
	if y.cells-y.empty == 1 {
		return singular
	}
	return plural
}

// fits says whether every cell that has text is of the type.
func (y *tally) fits(kind flow.Type) bool {
	m := &y.out[slices.Index(trialTypes[:], kind)]
	return !m.dead && m.n == 0 && y.nulls == 0
}

// propose chooses the type. A type is proposed only if it reads every cell of the sample.
func (y *tally) propose(c *Column, r *Reading) {
	c.form = words
	switch {
	case y.cells == y.empty:
		c.Evidence = "no cell has text"
		switch {
		case y.cells == 0 && r.Refused > 0:
			c.Evidence = "no row could be read"
		case y.cells == 0:
			c.Evidence = "there are no rows"
		}
	case y.fits(flow.UUID):
		c.set(flow.UUID, "%s %s", y.all(), y.be("are UUIDs", "is a UUID"))
	case y.fits(flow.Int64):
		y.integer(c)
	case y.fits(flow.Float64):
		y.fraction(c)
	case y.fits(flow.Date):
		c.set(flow.Date, "%s %s written YYYY-MM-DD, %s to %s", y.all(), y.be("are dates", "is a date"), c.Min, c.Max)
	case y.fits(flow.Timestamp):
		c.set(flow.Timestamp, "%s %s, %s to %s", y.all(), y.be("are times", "is a time"), c.Min, c.Max)
	case y.fits(flow.Bool) && y.saysTruth():
		c.set(flow.Bool, "all values are %s", strings.Join(y.sorted(), " or "))
	case y.isCategory(c.Header):
		c.Field.Labels = y.sorted()
		c.set(flow.Category, "%s have only %s", y.all(), plural(len(y.labels), "different value"))
	default:
		y.text(c)
	}
}

func (c *Column) set(kind flow.Type, format string, args ...any) {
	c.Field.Type = kind
	c.Evidence = fmt.Sprintf(format, args...)
}

// integer decides between whole numbers and what only looks like them.
func (y *tally) integer(c *Column) {
	c.form = number
	c.Min, c.Max = y.lowText, y.highText
	switch unit := y.unixUnit(c.Header); {
	case y.zeros > 0:
		c.set(flow.String, "digits, but %s begin%s with a zero, which a number would lose: first %s on line %d",
			plural(y.zeros, "cell"), y.s(y.zeros), y.firstZero.text, y.firstZero.line)
		c.Min, c.Max = string(y.min), string(y.max)
	case y.plus > 0 && (personal(c.Header) != "" || y.plus == y.numbers && y.digits > 9):
		c.set(flow.String, "digits behind a plus sign, as telephone numbers have, which a number would lose")
	case unit != "":
		c.Field.Unit = unit
		c.set(flow.Timestamp, "the name speaks of a point in time, and %s %s from %s to %s, which are Unix times in %s from 2000 to 2040", y.all(),
			y.be("are whole numbers", "is a whole number"), y.lowText, y.highText, unit)
	case y.lowText == y.highText:
		c.set(flow.Int64, "%s %s %s", y.all(), y.be("are", "is"), y.lowText)
	default:
		c.set(flow.Int64, "%s are whole numbers, %s to %s", y.all(), y.lowText, y.highText)
	}
	if c.Field.Type == flow.Int64 && y.lowInt == 0 && y.highInt == 1 {
		c.note("only 0 and 1: bool reads them too")
	}
	if c.Field.Type == flow.Int64 && y.digits == 8 && y.lowInt >= 1900_01_01 && y.highInt <= 2100_12_31 && anyOf(parts(c.Header), "date", "day") {
		c.note("dates written YYYYMMDD? The date type reads YYYY-MM-DD only")
	}
}

func (y *tally) s(n int64) string {
	if n == 1 {
		return "s"
	}
	return ""
}

// unixUnit gives the unit in which all whole numbers are times from 2000 to 2040, if the column's name speaks of time.
func (y *tally) unixUnit(name string) string {
	if !instantName(name) {
		return ""
	}
	scale := int64(1)
	for _, unit := range []string{"s", "ms", "us", "ns"} {
		if y.lowInt >= unixFrom*scale && y.highInt <= unixTo*scale {
			return unit
		}
		scale *= 1000
	}
	return ""
}

// fraction decides between float64, which rounds, and decimal, which does not.
func (y *tally) fraction(c *Column) {
	c.form = number
	c.Min, c.Max = y.lowText, y.highText
	width := y.digits + y.decimals
	switch {
	case y.decimals == 0 && y.exponents == 0:
		c.set(flow.String, "digits, up to %d of them, more than int64 holds: identifiers?", y.digits)
		c.Min, c.Max = string(y.min), string(y.max)
	case y.exponents > 0 || width > 38:
		c.set(flow.Float64, "%s %s, %s to %s", y.all(), y.be("are numbers", "is a number"), y.lowText, y.highText)
	case moneyName(c.Header) && y.decimals <= 4 || y.significant > 17:
		c.Field.Scale = int32(y.decimals)
		c.Field.Precision = roomy(width)
		c.set(flow.Decimal, "%s %s, %s to %s, at most %s in front of the point and %d behind it", y.all(),
			y.be("are numbers", "is a number"), y.lowText, y.highText,
			plural(y.digits, "digit"), y.decimals)
		if y.significant > 17 {
			c.note("float64 would round them")
		}
	default:
		c.set(flow.Float64, "%s %s, %s to %s, with %s behind the point", y.all(), y.be("are numbers", "is a number"), y.lowText, y.highText,
			y.decimalsText())
		if y.decimals == 2 && y.fewest == 2 {
			c.note("if this is money, decimal(%d,2) keeps it exact", roomy(width))
		}
	}
}

func (y *tally) decimalsText() string {
	if y.fewest == y.decimals {
		return plural(y.decimals, "digit")
	}
	return fmt.Sprintf("%d to %d digits", y.fewest, y.decimals)
}

// roomy gives a precision with room for numbers larger than the sample's.
func roomy(width int) int32 {
	for _, p := range []int{12, 18, 38} {
		if width+2 <= p {
			return int32(p)
		}
	}
	return 38
}

// saysTruth says whether values that bool reads are meant so. A column of one letter only is more likely a code.
func (y *tally) saysTruth() bool {
	return len(y.labels) > 1 || len(y.first) > 0 && isTruth([]byte(y.first[0]))
}

// isCategory says whether the values are so few that they come again and again.
func (y *tally) isCategory(name string) bool {
	n := y.cells - y.empty
	return len(y.labels) > 1 && keyName(name) < 3 && n >= categoryCells && n >= int64(categoryRepeats*len(y.labels)) && personal(name) == "" &&
		y.numbers+y.nulls < n && y.pattern < 0
}

func (y *tally) sorted() []string {
	all := make([]string, 0, len(y.labels))
	for l := range y.labels {
		all = append(all, l)
	}
	slices.Sort(all)
	return all
}

// reads says whether the engine takes a cell for a value of the field.
func reads(f *flow.Field, t []byte) (ok bool) {
	switch f.Type {
	case flow.Int64:
		_, ok = csvarrow.ParseInt64(t)
	case flow.Float64:
		_, ok = csvarrow.ParseFloat64(t, f.AllowNaN)
	case flow.Decimal:
		_, ok = csvarrow.ParseDecimal(t, f.Precision, f.Scale)
	case flow.Bool:
		_, ok = csvarrow.ParseBool(t)
	case flow.Date:
		_, ok = csvarrow.ParseDate(t)
	case flow.Timestamp:
		_, ok = csvarrow.ParseTimestamp(t, f.Unit)
	case flow.UUID:
		_, ok = csvarrow.ParseUUID(t)
	case flow.Category:
		_, ok = slices.BinarySearch(f.Labels, string(t))
	default:
		ok = true
	}
	return ok
}
