package csvarrow

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// FuzzEncodingCSV holds the scanner against the standard library where the two mean the same: no CR, which the library drops
// in places, no NUL, no byte order mark, valid UTF-8. Then the library refuses exactly what has a refused record.
func FuzzEncodingCSV(f *testing.F) {
	for _, in := range corpus {
		f.Add([]byte(in), byte(','))
	}
	f.Fuzz(func(t *testing.T, in []byte, delimiter byte) {
		d := Dialect{Delimiter: delimiter}
		if d.Check() != nil || delimiter == 0 || bytes.ContainsAny(in, "\r\x00\ufeff") || !utf8.Valid(in) {
			t.Skip("another language")
		}
		r := csv.NewReader(bytes.NewReader(in))
		r.Comma = rune(delimiter)
		want, err := r.ReadAll()
		got := newReading(d, Limits{}).read(t, in)
		if err != nil || len(want) == 0 {
			if !strings.Contains(got, "refused") && !strings.HasPrefix(got, "fault") {
				t.Fatalf("%q: the library says %v, we say\n%s", in, err, got)
			}
			return
		}
		var b strings.Builder
		for i, record := range want {
			if i > 0 {
				for j, cell := range record {
					if j > 0 {
						b.WriteByte(' ')
					}
					fmt.Fprintf(&b, "%q", cell)
				}
			} else {
				fmt.Fprintf(&b, "%q", record)
			}
			b.WriteByte('\n')
		}
		if got := texts(got); got != b.String() {
			t.Fatalf("%q:\ngot:\n%swant:\n%s", in, got, b.String())
		}
	})
}

// texts reduces what reading writes to the texts of cells.
func texts(s string) string {
	var b strings.Builder
	for l := range strings.Lines(s) {
		_, l, _ = strings.Cut(l, "] ")
		if strings.HasPrefix(l, "eol ") {
			l = l[strings.IndexByte(l, '['):]
		}
		b.WriteString(l)
	}
	return b.String()
}

// TestQuotingRoundTrip writes any cells, quoted where they must be or for no reason, and reads them back.
func TestQuotingRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.SampledFrom(dialects).Draw(t, "dialect")
		f := d.filled()
		eol := rapid.SampledFrom([]string{"\n", "\r\n", "\r"}).Draw(t, "eol")
		columns := rapid.IntRange(1, 4).Draw(t, "columns")
		special := string([]byte{f.Delimiter, f.Quote, f.Escape}) + "\r\n ab\té"
		cell := rapid.OneOf(rapid.StringOf(rapid.SampledFrom([]rune(special))), rapid.StringN(0, 30, -1))
		var in, want strings.Builder
		for i := range columns {
			fmt.Fprintf(&in, "%s%d", strings.Repeat(string(f.Delimiter), min(i, 1)), i)
		}
		in.WriteString(eol)
		for range rapid.IntRange(0, 5).Draw(t, "rows") {
			for i := range columns {
				text := strings.ReplaceAll(cell.Draw(t, "cell"), "\x00", "")
				if i > 0 {
					in.WriteByte(f.Delimiter)
					want.WriteByte(' ')
				}
				fmt.Fprintf(&want, "%q", text)
				if !strings.ContainsAny(text, "\r\n"+string([]byte{f.Delimiter, f.Quote})) && text != "" && rapid.Bool().Draw(t, "bare") {
					in.WriteString(text)
					continue
				}
				text = strings.ReplaceAll(text, string(f.Escape), string([]byte{f.Escape, f.Escape}))
				if f.Escape != f.Quote {
					text = strings.ReplaceAll(text, string(f.Quote), string([]byte{f.Escape, f.Quote}))
				}
				in.WriteString(string(f.Quote) + text + string(f.Quote))
			}
			in.WriteString(eol)
			want.WriteByte('\n')
		}
		r := newReading(d, Limits{})
		out := r.read(t, []byte(in.String()))
		_, rows, _ := strings.Cut(texts(out), "\n")
		if rows != want.String() {
			t.Fatalf("%q\ngot:\n%swant:\n%s", in.String(), out, want.String())
		}
	})
}
