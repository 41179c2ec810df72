package encode

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/csvarrow"
	"github.com/assay-dev/assay/internal/flow"
)

// A cell that ends in a CR keeps it, wherever it stands in the row that leaves, and whatever follows it.
func TestCSVCellsThatEndInCR(t *testing.T) {
	for name, c := range map[string]struct {
		input string
		order []string
		want  string
	}{
		"moved to the end":             {"a,b\nx\r,y\n", []string{"b", "a"}, "b,a\ny,\"x\r\"\n"},
		"moved before a CRLF":          {"a,b\r\nx\r,y\r\n", []string{"b", "a"}, "b,a\r\ny,x\r\r\n"},
		"in quotes before":             {"a,b\n\"x\r\",y\n", []string{"b", "a"}, "b,a\ny,\"x\r\"\n"},
		"the only one":                 {"a,b\n\r,y\n", []string{"a"}, "a\n\"\r\"\n"},
		"a last record, no line end":   {"a,b\ny,x\r", nil, "a,b\ny,\"x\r\"\n"},
		"the same behind a CRLF":       {"a,b\r\ny,x\r", nil, "a,b\r\ny,x\r\r\n"},
		"a name in quotes, moved last": {"\"a\r\",b\n1,2\n", []string{"b", "a\r"}, "b,\"a\r\"\n2,1\n"},
		"quotes are not needed inside": {"a,b\nx\r,y\n", nil, "a,b\nx\r,y\n"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.order = c.order
			r.encode(NewCSVRows(r.begin(), false), c.input)
			if got := string(r.sent()[0].value); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// Whatever the dialect, the cells and the order of columns: who reads the output in the input's dialect finds the same texts, and
// the values that were added.
func TestCSVReadsBack(t *testing.T) {
	marks := []byte(",;\t|:^~ \"'`\\\x01\x1f")
	rapid.Check(t, func(t *rapid.T) {
		three := rapid.Permutation(marks).Draw(t, "marks")
		r := newRig(t)
		r.csv = csvarrow.Dialect{Delimiter: three[0], Quote: three[1]}
		if rapid.Bool().Draw(t, "escape") {
			r.csv.Escape = three[2]
		}
		style := (&Layout{Delimiter: r.csv.Delimiter, Quote: r.csv.Quote, Escape: r.csv.Escape}).style()
		eol := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "header's line end")
		columns := rapid.IntRange(2, 4).Draw(t, "columns")
		names := []string{"a", "b", "c", "d"}[:columns]
		cell := rapid.OneOf(rapid.StringOfN(rapid.RuneFrom([]rune("x1\r\n\r\n"+string(marks))), 0, 6, -1), rapid.SampledFrom([]string{"x\r", "\r", "12:30", "-1.5"}))
		input, want := strings.Join(names, string(r.csv.Delimiter))+eol, [][]string{}
		n := rapid.IntRange(1, 6).Draw(t, "rows")
		for i := range n {
			row, raw := make([]string, columns), ""
			for k := range row {
				row[k] = cell.Draw(t, "cell")
				if k > 0 {
					raw += string(r.csv.Delimiter)
				}
				raw += written(t, style, row[k])
			}
			want = append(want, row)
			switch {
			case i == n-1 && rapid.Bool().Draw(t, "no line end"):
			case strings.HasSuffix(raw, "\r"):
				raw += "\r\n" // a line feed alone would take the CR
			default:
				raw += rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "line end")
			}
			input += raw
		}
		if rapid.Bool().Draw(t, "scored") {
			r.outs = []output{
				{flow.Field{Name: "score", Type: flow.Float64}, func(i int64) any { return -1.5e-9 * float64(i) }},
				{flow.Field{Name: "at", Type: flow.Timestamp}, func(i int64) any { return int(i) * 1e9 }},
			}
			names = append(names, "score", "at")
			for i := range want {
				want[i] = append(want[i], string(appendNumber(nil, -1.5e-9*float64(i))), string(AppendTime(nil, time.Unix(int64(i), 0))))
			}
		}
		if rapid.Bool().Draw(t, "reordered") {
			r.order = rapid.Permutation(names).Draw(t, "order")
		}
		if refused := r.encode(NewCSVRows(r.begin(), false), input); len(refused) > 0 {
			t.Fatalf("refused: %+v", refused)
		}
		got := readBack(t, r.csv, string(r.sent()[0].value))
		order := names
		if r.order != nil {
			order = r.order
		}
		if !slices.Equal(got[0], order) {
			t.Fatalf("names %q, want %q", got[0], order)
		}
		for i, row := range want {
			for k, name := range order {
				if text := row[slices.Index(names, name)]; i+1 >= len(got) || got[i+1][k] != text {
					t.Fatalf("%q\nbecame %q:\nrow %d, column %s is not %q: %q", input, r.sent()[0].value, i, name, text, got)
				}
			}
		}
	})
}

// written gives a text as a cell, in quotes where it must be and sometimes where it need not.
func written(t *rapid.T, style cellStyle, text string) string {
	must := strings.ContainsAny(text, "\n"+string(style.delimiter)+string(style.quote))
	if !must && rapid.Bool().Draw(t, "bare") {
		return text
	}
	var b strings.Builder
	b.WriteByte(style.quote)
	for _, c := range []byte(text) {
		if c == style.quote || c == style.escape {
			b.WriteByte(style.escape)
		}
		b.WriteByte(c)
	}
	b.WriteByte(style.quote)
	return b.String()
}

// readBack gives the texts of the cells of CSV, the names first.
func readBack(t tb, dialect csvarrow.Dialect, text string) [][]string {
	t.Helper()
	r := newRig(t)
	r.csv = dialect
	s := r.open(text)
	rows := [][]string{nil}
	for _, c := range s.batch.Input {
		rows[0] = append(rows[0], c.Name)
	}
	for s.next() {
		b := &s.batch
		if len(b.Findings) > 0 {
			t.Fatalf("%q is not read: %+v", text, b.Findings)
		}
		for i := range b.N {
			var row []string
			for _, c := range b.Input {
				row = append(row, string(c.Cell(i)))
			}
			rows = append(rows, row)
		}
	}
	return rows
}
