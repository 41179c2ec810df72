package csvarrow

import (
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/flow"
)

// ruleCase is a chunk and everything that comes out of it, whole and cut at every byte.
type ruleCase struct {
	name    string
	in      string
	want    string // what reading writes
	dialect Dialect
	limits  Limits
}

func checkRules(t *testing.T, cases []ruleCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := newReading(c.dialect, c.limits).everyCut(t, []byte(c.in)); got != c.want {
				t.Errorf("%q\ngot:\n%swant:\n%s", c.in, got, c.want)
			}
		})
	}
}

func TestRule01LineEnds(t *testing.T) {
	checkRules(t, []ruleCase{
		{name: "LF", in: "a,b\n1,2\n3,4\n", want: lines(
			`header line 1 [0:3] eol "\n" ["a" "b"]`,
			`row 0 line 2 [4:7] "1" "2"`,
			`row 1 line 3 [8:11] "3" "4"`)},
		{name: "CRLF", in: "a,b\r\n1,2\r\n3,4\r\n", want: lines(
			`header line 1 [0:3] eol "\r\n" ["a" "b"]`,
			`row 0 line 2 [5:8] "1" "2"`,
			`row 1 line 3 [10:13] "3" "4"`)},
		{name: "mixed LF and CRLF", in: "a,b\n1,2\r\n3,4\n", want: lines(
			`header line 1 [0:3] eol "\n" ["a" "b"]`,
			`row 0 line 2 [4:7] "1" "2"`,
			`row 1 line 3 [9:12] "3" "4"`)},
		{name: "lone CR after such a header", in: "a,b\r1,2\r3,4\r\n5,6\n7,8", want: lines(
			`header line 1 [0:3] eol "\r" ["a" "b"]`,
			`row 0 line 2 [4:7] "1" "2"`,
			`row 1 line 3 [8:11] "3" "4"`,
			`row 2 line 4 [13:16] "5" "6"`,
			`row 3 line 5 [17:20] "7" "8"`)},
		{name: "lone CR elsewhere is text", in: "a,b\n1\r,\r2\n3,4\r", want: lines(
			`header line 1 [0:3] eol "\n" ["a" "b"]`,
			`row 0 line 2 [4:9] "1\r" "\r2"`,
			`row 1 line 3 [10:14] "3" "4\r"`)},
		{name: "lone CR behind a closing quote is text", in: "a,b\n1,\"2\"\r\n3,\"4\"\rx\n", want: lines(
			`header line 1 [0:3] eol "\n" ["a" "b"]`,
			`row 0 line 2 [4:9] "1" "2"`,
			`refused 1 line 3 [11:18] @16 text after a closing quote`)},
		{name: "lone CR in front of a header that ends in LF", in: "\ra,b\n1,2\n", want: lines(
			`header line 1 [0:4] eol "\n" ["\ra" "b"]`,
			`row 0 line 2 [5:8] "1" "2"`)},
		{name: "blank lone CR lines in front of a header that ends in one", in: "\r\ra,b\r1,2\r", want: lines(
			`header line 3 [2:5] eol "\r" ["a" "b"]`,
			`row 0 line 4 [6:9] "1" "2"`)},
		{name: "a leading CR that changes how quotes are read", in: "\r\"x,\"\ny\"\n1,2\n", want: lines(
			`fault line 1 @1 quote inside an unquoted cell`)},
	})
}

func TestRule02Quotes(t *testing.T) {
	checkRules(t, []ruleCase{
		{name: "delimiters, line ends and doubled quotes", in: "a,b\n\"x,\"\"y\",\"1\r\n2\n\"\n3,\"\"\n", want: lines(
			`header line 1 [0:3] eol "\n" ["a" "b"]`,
			`row 0 line 2 [4:19] "x,\"y" "1\r\n2\n"`,
			`row 1 line 5 [20:24] "3" ""`)},
		{name: "quote inside an unquoted cell", in: "a,b\n1\"x,2\n3,4\n", want: lines(
			`header line 1 [0:3] eol "\n" ["a" "b"]`,
			`refused 0 line 2 [4:9] @5 quote inside an unquoted cell`,
			`row 1 line 3 [10:13] "3" "4"`)},
		{name: "text after a closing quote", in: "a,b\n\"1\"x,2\n3,4\n", want: lines(
			`header line 1 [0:3] eol "\n" ["a" "b"]`,
			`refused 0 line 2 [4:10] @7 text after a closing quote`,
			`row 1 line 3 [11:14] "3" "4"`)},
		{name: "after a bare quote, quotes are read as before", in: "a,b\n1\"\n2\"x,\"3\n4\"\n5,6\n", want: lines(
			`header line 1 [0:3] eol "\n" ["a" "b"]`,
			`refused 0 line 2 [4:6] @5 quote inside an unquoted cell`,
			`refused 1 line 3 [7:16] @8 quote inside an unquoted cell`,
			`row 2 line 5 [17:20] "5" "6"`)},
		{name: "a space in front of a quote", in: "a,b\n1, \"2\"\n", want: lines(
			`header line 1 [0:3] eol "\n" ["a" "b"]`,
			`refused 0 line 2 [4:10] @7 quote inside an unquoted cell`)},
		{name: "another escape", in: "a,b\n\"x\\\"y\\\\\",\"\\n\"\n1,\"\"\"\"\n\"a\\\n\",\\\n",
			dialect: Dialect{Escape: '\\'}, want: lines(
				`header line 1 [0:3] eol "\n" ["a" "b"]`,
				`row 0 line 2 [4:17] "x\"y\\" "n"`,
				`refused 1 line 3 [18:24] @22 text after a closing quote`,
				`row 2 line 4 [25:32] "a\n" "\\"`)},
		{name: "another delimiter and quote", in: "a;b\n'x;''y';\"\n", dialect: Dialect{Delimiter: ';', Quote: '\''}, want: lines(
			`header line 1 [0:3] eol "\n" ["a" "b"]`,
			`row 0 line 2 [4:13] "x;'y" "\""`)},
		{name: "line ends inside quotes where a lone CR is one", in: "a,b\r\"1\r\n2\r3\n\",x\ry,z\r", want: lines(
			`header line 1 [0:3] eol "\r" ["a" "b"]`,
			`row 0 line 2 [4:15] "1\r\n2\r3\n" "x"`,
			`row 1 line 6 [16:19] "y" "z"`)},
	})
}

func TestRule03UnterminatedQuote(t *testing.T) {
	checkRules(t, []ruleCase{
		{name: "takes everything", in: "a,b\n1,2\n3,\"4\n5,6\n", want: lines(
			`header line 1 [0:3] eol "\n" ["a" "b"]`,
			`row 0 line 2 [4:7] "1" "2"`,
			`refused 1 line 3 [8:17] @10 quote is never closed`)},
		{name: "comes before what stands inside", in: "a,b\n3,\"4\x00\xff", want: lines(
			`header line 1 [0:3] eol "\n" ["a" "b"]`,
			`refused 0 line 2 [4:10] @6 quote is never closed`)},
		{name: "ends in an escape", in: "a\n\"x\\", dialect: Dialect{Escape: '\\'}, want: lines(
			`header line 1 [0:1] eol "\n" ["a"]`,
			`refused 0 line 2 [2:5] @2 quote is never closed`)},
		{name: "the chunk ends behind the opening quote", in: "a\n\"", want: lines(
			`header line 1 [0:1] eol "\n" ["a"]`,
			`refused 0 line 2 [2:3] @2 quote is never closed`)},
	})
}

func TestRule04BlankLines(t *testing.T) {
	checkRules(t, []ruleCase{
		{name: "count as lines only", in: "\n\r\na\n\n1\n\r\n\n2\n\n", want: lines(
			`header line 3 [3:4] eol "\n" ["a"]`,
			`row 0 line 5 [6:7] "1"`,
			`row 1 line 8 [11:12] "2"`)},
		{name: "white space is a cell", in: "a\n \n\t\n\"\"\n", want: lines(
			`header line 1 [0:1] eol "\n" ["a"]`,
			`row 0 line 2 [2:3] " "`,
			`row 1 line 3 [4:5] "\t"`,
			`row 2 line 4 [6:8] ""`)},
	})
}

func TestRule05NoLastLineEnd(t *testing.T) {
	checkRules(t, []ruleCase{
		{name: "plain", in: "a,b\n1,2", want: lines(
			`header line 1 [0:3] eol "\n" ["a" "b"]`,
			`row 0 line 2 [4:7] "1" "2"`)},
		{name: "empty last cell", in: "a,b\n1,", want: lines(
			`header line 1 [0:3] eol "\n" ["a" "b"]`,
			`row 0 line 2 [4:6] "1" ""`)},
		{name: "header", in: "a,b", want: lines(`header line 1 [0:3] eol "" ["a" "b"]`)},
	})
}

func TestRule06BytesThatAreNoText(t *testing.T) {
	checkRules(t, []ruleCase{
		{name: "byte order mark", in: "\xef\xbb\xbfa,b\n1,2\n", want: lines(
			`header line 1 [3:6] eol "\n" ["a" "b"]`,
			`row 0 line 2 [7:10] "1" "2"`)},
		{name: "only at the start", in: "\n\xef\xbb\xbfa\n", want: lines(
			"header line 2 [1:5] eol \"\\n\" [\"\\ufeffa\"]")},
		{name: "NUL", in: "a,b\n1,x\x00y\n\"\x00\",2\n3,4\n", want: lines(
			`header line 1 [0:3] eol "\n" ["a" "b"]`,
			`refused 0 line 2 [4:9] @7 NUL byte`,
			`refused 1 line 3 [10:15] @11 NUL byte`,
			`row 2 line 4 [16:19] "3" "4"`)},
		{name: "UTF-8", in: "a,b\n1,caf\xe9\n\xc3\xa9,\"\xf0\x9f\x98\x80\"\n\xed\xa0\x80,2\n", want: lines(
			`header line 1 [0:3] eol "\n" ["a" "b"]`,
			`refused 0 line 2 [4:10] @9 invalid UTF-8`,
			`row 1 line 3 [11:20] "é" "😀"`,
			`refused 2 line 4 [21:26] @21 invalid UTF-8`)},
		{name: "the first flaw counts", in: "a,b\n\xff\"\x00\n\x00\"\xff\n\"\"\"x\"\x00\xff\n", want: lines(
			`header line 1 [0:3] eol "\n" ["a" "b"]`,
			`refused 0 line 2 [4:7] @4 invalid UTF-8`,
			`refused 1 line 3 [8:11] @8 NUL byte`,
			`refused 2 line 4 [12:19] @17 text after a closing quote`)},
	})
}

func TestRule07Limits(t *testing.T) {
	small := Limits{FieldBytes: 4, Columns: 3}
	checkRules(t, []ruleCase{
		{name: "cell", in: "a,b\n1234,\"34\"\n12345,2\n\"1\n4\",5\n2,\"\n\n\"\n", limits: small, want: lines(
			`header line 1 [0:3] eol "\n" ["a" "b"]`,
			`row 0 line 2 [4:13] "1234" "34"`,
			`refused 1 line 3 [14:21] @14 cell is longer than 4 bytes`,
			`refused 2 line 4 [22:29] @22 cell is longer than 4 bytes`,
			`row 3 line 6 [30:36] "2" "\n\n"`)},
		{name: "cells", in: "a,b\n1,2,3,4\n1,2,3\n1,2,\"3\n\",\"4\n\",5\n6,7\n", limits: small, want: lines(
			`header line 1 [0:3] eol "\n" ["a" "b"]`,
			`refused 0 line 2 [4:11] @10 row has more than 3 cells`,
			`refused 1 line 3 [12:17] @16 row has 3 cells, the header has 2`,
			`refused 2 line 4 [18:33] @27 row has more than 3 cells`,
			`row 3 line 7 [34:37] "6" "7"`)},
	})
}

func TestRule08Ragged(t *testing.T) {
	checkRules(t, []ruleCase{
		{name: "more and fewer", in: "a,b,c\n1,2\n1\n1,2,3,4,5\n1,2,3\n", want: lines(
			`header line 1 [0:5] eol "\n" ["a" "b" "c"]`,
			`refused 0 line 2 [6:9] @9 row has 2 cells, the header has 3`,
			`refused 1 line 3 [10:11] @11 row has 1 cell, the header has 3`,
			`refused 2 line 4 [12:21] @18 row has 5 cells, the header has 3`,
			`row 3 line 5 [22:27] "1" "2" "3"`)},
		{name: "another flaw goes before", in: "a,b\n1,2,3\"\n", want: lines(
			`header line 1 [0:3] eol "\n" ["a" "b"]`,
			`refused 0 line 2 [4:10] @9 quote inside an unquoted cell`)},
	})
}

func TestRule09BadHeader(t *testing.T) {
	small := Limits{FieldBytes: 4, Columns: 3}
	checkRules(t, []ruleCase{
		{name: "NUL", in: "a,b\x00\n1,2\n", want: "fault line 1 @3 NUL byte\n"},
		{name: "bare quote", in: "\n\na\",b\n1,2\n", want: "fault line 3 @3 quote inside an unquoted cell\n"},
		{name: "unterminated", in: "a,\"b\n1,2\n", want: "fault line 1 @2 quote is never closed\n"},
		{name: "UTF-8", in: "\xef\xbb\xbfa,\xc3(\n", want: "fault line 1 @5 invalid UTF-8\n"},
		{name: "names", in: "a,b,c,d\n", limits: small, want: "fault line 1 @6 header has more than 3 names\n"},
		{name: "name", in: "a,bcdef\n", limits: small, want: "fault line 1 @2 name is longer than 4 bytes\n"},
		{name: "repeated and empty names are none", in: "a,a,\n", want: lines(`header line 1 [0:4] eol "\n" ["a" "a" ""]`)},
	})
}

func TestRule10NamesAsWritten(t *testing.T) {
	checkRules(t, []ruleCase{
		{name: "quoted, spaced, mixed case", in: "\" x \"\"y\"\" \", B ,\"a\nb\"\n1,2,3\n", want: lines(
			`header line 1 [0:21] eol "\n" [" x \"y\" " " B " "a\nb"]`,
			`row 0 line 3 [22:27] "1" "2" "3"`)},
	})
}

func TestRule11NoHeader(t *testing.T) {
	for _, in := range []string{"", "\xef\xbb\xbf", "\n", "\r\n\n", "\r\r", "\xef\xbb\xbf\r\n\r"} {
		if got := newReading(Dialect{}, Limits{}).everyCut(t, []byte(in)); got != "fault line 1 @0 there is no header row\n" {
			t.Errorf("%q: %s", in, got)
		}
	}
	checkRules(t, []ruleCase{
		{name: "a header alone is no rows", in: "a,b\r\n\r\n", want: lines(`header line 1 [0:3] eol "\r\n" ["a" "b"]`)},
	})
}

func TestHeaderNever(t *testing.T) {
	never := func() *reading {
		r := newReading(Dialect{}, Limits{})
		for _, s := range append(r.fast, r.plain) {
			s.NoHeader([]string{"a", "b"})
		}
		return r
	}
	got := never().everyCut(t, []byte("\xef\xbb\xbf\n1,2\r3\r\n4\n"))
	want := lines(
		`header line 0 [0:0] eol "" ["a" "b"]`,
		`row 0 line 2 [4:9] "1" "2\r3"`,
		`refused 1 line 3 [11:12] @12 row has 1 cell, the header has 2`)
	if got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
	for _, in := range []string{"", "\xef\xbb\xbf", "\r\n\n"} {
		if got := never().everyCut(t, []byte(in)); got != "fault line 1 @0 there are no rows\n" {
			t.Errorf("%q: %s", in, got)
		}
	}
}

// TestRule12FirstMalformed holds the structure pass against Next: it finds the first record that Next refuses, and changes
// nothing.
func TestRule12FirstMalformed(t *testing.T) {
	for _, in := range []string{
		"a,b\n1,2\n", "a,b\n1,2\n\n3\n4\"\n", "a,b\n", "a,b\n\"x\ny\",1\n2,\"\n", "a,b\n\"\xff\",1", "a,b\r1\r2,3\r",
		"a,b\n\x00,2\n", "a,b\n\"1\"2,3\n", "a,b\n\n\n\n1,2,3",
	} {
		r := newReading(Dialect{}, Limits{})
		first := ""
		for l := range strings.Lines(r.read(t, []byte(in))) {
			if first == "" && strings.HasPrefix(l, "refused") {
				first = l
			}
		}
		s := New(Dialect{}, Limits{})
		n, _, err := s.Header([]byte(in), true)
		if err != nil {
			t.Fatal(err)
		}
		s.Bind(r.plan)
		for range 2 { // it leaves no trace
			f := s.FirstMalformed([]byte(in)[n:])
			r.out.Reset()
			if f != nil {
				r.finding(t, []byte(in), f)
			}
			if got := r.out.String(); got != first {
				t.Errorf("%q: got %q, want %q", in, got, first)
			}
		}
	}
}

func TestRule18Batches(t *testing.T) {
	read := func(row string, n int) (sizes []int) {
		r := newReading(Dialect{}, Limits{FieldBytes: 4 << 20})
		in := []byte("a\n" + strings.Repeat(row, n))
		at, h, err := r.s.Header(in, true)
		if err != nil {
			t.Fatal(err)
		}
		r.bind(h)
		for in = in[at:]; ; in = in[at:] {
			if at, err = r.s.Next(&r.b, in, true); err != nil {
				t.Fatal(err)
			}
			if at == 0 {
				return sizes
			}
			if at > flow.MaxText && r.b.N+len(r.b.Findings) != 1 {
				t.Errorf("a batch of %d bytes", at)
			}
			sizes = append(sizes, r.b.N+len(r.b.Findings))
		}
	}
	half := strings.Repeat("x", flow.MaxText/2-1) + "\n"
	for _, c := range []struct {
		name string
		row  string
		n    int
		want []int
	}{
		{"rows", "x\n", flow.MaxRows*2 + 1, []int{flow.MaxRows, flow.MaxRows, 1}},
		{"refused rows", "x,y\n", flow.MaxRows + 1, []int{flow.MaxRows, 1}},
		{"text to the byte", half, 5, []int{2, 2, 1}},
		{"text and a byte", "x" + half, 3, []int{1, 1, 1}},
		{"a row of its own", half[:len(half)-1] + half[:len(half)-1] + half, 2, []int{1, 1}},
	} {
		got := read(c.row, c.n)
		if len(got) != len(c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: got %v, want %v", c.name, got, c.want)
			}
		}
	}
}
