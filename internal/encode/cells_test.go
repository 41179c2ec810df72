package encode

import (
	"bytes"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/assay-dev/assay/internal/csvarrow"
)

func TestCellStyle(t *testing.T) {
	comma := (&Layout{Delimiter: ',', Quote: '"'}).style()
	slash := (&Layout{Delimiter: ';', Quote: '\'', Escape: '\\'}).style()
	for _, c := range []struct {
		style      cellStyle
		text, want string
	}{
		{comma, "", ""},
		{comma, "plain; 'text' \\", "plain; 'text' \\"},
		{comma, "a,b", `"a,b"`},
		{comma, `say "hi"`, `"say ""hi"""`},
		{comma, `"`, `""""`},
		{comma, "a\nb", "\"a\nb\""},
		{comma, "a\rb", "\"a\rb\""},
		{slash, "a,b", "a,b"},
		{slash, "a;b", "'a;b'"},
		{slash, "it's", `'it\'s'`},
		// An escape is text outside quotes, and inside them stands behind another.
		{slash, `back\slash`, `back\slash`},
		{slash, `a;\`, `'a;\\'`},
	} {
		if got := string(c.style.append([]byte("x"), []byte(c.text))); got != "x"+c.want {
			t.Errorf("%q became %q, want %q", c.text, got[1:], c.want)
		}
	}
}

func TestSplit(t *testing.T) {
	comma := (&Layout{Delimiter: ',', Quote: '"'}).style()
	slash := (&Layout{Delimiter: ';', Quote: '\'', Escape: '\\'}).style()
	for _, c := range []struct {
		style  cellStyle
		record string
		want   []string
	}{
		{comma, "", []string{""}},
		{comma, "a,b,c", []string{"a", "b", "c"}},
		{comma, ",", []string{"", ""}},
		{comma, `"a,b",c`, []string{`"a,b"`, "c"}},
		{comma, `"a"",",c`, []string{`"a"","`, "c"}},
		{comma, "\"two\r\nlines\",", []string{"\"two\r\nlines\"", ""}},
		{slash, `'a\';';b`, []string{`'a\';'`, "b"}},
		{slash, `'a\\';b`, []string{`'a\\'`, "b"}},
		{slash, `a\;b`, []string{`a\`, "b"}},
	} {
		var got []string
		for _, cell := range c.style.split([]byte(c.record)) {
			got = append(got, string(cell))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q became %q, want %q", c.record, got, c.want)
		}
	}
}

// FuzzCells writes cells, which a byte that cannot stand in text keeps apart, and splits the record again: the same cells come
// back, and the scanner reads the same texts. A record of any bytes is split so that it can be put together again.
func FuzzCells(f *testing.F) {
	f.Add([]byte("id\x00note, \"long\"\x00\r\n"), byte(0))
	f.Add([]byte("a;b\x00it's\x00back\\slash;\\"), byte(1))
	f.Add([]byte("\x00\x00"), byte(2))
	layouts := []*Layout{
		{Delimiter: ',', Quote: '"'}, {Delimiter: ';', Quote: '\'', Escape: '\\'}, {Delimiter: '\t', Quote: '"', Escape: '"'}, {Delimiter: '|', Quote: '~', Escape: '^'},
	}
	var scanners []*csvarrow.Scanner
	for _, l := range layouts {
		scanners = append(scanners, csvarrow.New(csvarrow.Dialect{Delimiter: l.Delimiter, Quote: l.Quote, Escape: l.Escape}, csvarrow.Limits{}))
	}
	f.Fuzz(func(t *testing.T, in []byte, choice byte) {
		l, r := layouts[int(choice)%len(layouts)], scanners[int(choice)%len(layouts)]
		s, delimiter := l.style(), []byte{l.Delimiter}
		if got := bytes.Join(s.split(in), delimiter); !bytes.Equal(got, in) {
			t.Fatalf("%q became %q", in, got)
		}
		texts := bytes.Split(in, []byte{0})
		var written [][]byte
		for _, text := range texts {
			written = append(written, s.append(nil, text))
		}
		record := bytes.Join(written, delimiter)
		if got := s.split(record); !slices.EqualFunc(got, written, bytes.Equal) {
			t.Fatalf("%q was split into %q, want %q", record, got, written)
		}
		if !utf8.Valid(in) || len(record) == 0 || bytes.HasPrefix(record, []byte("\ufeff")) {
			return // no header record
		}
		r.Begin(nil)
		_, h, err := r.Header(append(record, '\n'), true)
		if err != nil {
			t.Fatalf("%q cannot be read: %v", record, err)
		}
		if !slices.EqualFunc(h.Names, texts, func(a string, b []byte) bool { return a == string(b) }) {
			t.Fatalf("%q was read as %q, want %q", record, h.Names, texts)
		}
	})
}
