package csvarrow

import (
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/flow"
)

// typedNames are the columns that typed makes.
var typedNames = []string{
	"string", "int", "float", "nan", "decimal", "bool", "date", "time", "unix", "uuid", "reject", "keep", "null", "map", "loose", "long",
}

// typed makes columns of all types: by name, required with a trailing exclamation mark.
func typed(d Dialect, l Limits) *reading {
	r := newReading(d, l)
	r.fields = map[string]func() (*flow.Field, Target){}
	add := func(name string, f flow.Field, t Target) {
		for _, required := range []bool{false, true} {
			r.fields[name] = func() (*flow.Field, Target) {
				g, u := f, t
				g.Required = required
				return &g, u
			}
			name += "!"
		}
	}
	add("string", flow.Field{Type: flow.String}, Target{})
	add("int", flow.Field{Type: flow.Int64}, Target{})
	add("float", flow.Field{Type: flow.Float64}, Target{})
	add("nan", flow.Field{Type: flow.Float64, AllowNaN: true}, Target{})
	add("decimal", flow.Field{Type: flow.Decimal, Precision: 5, Scale: 2}, Target{})
	add("bool", flow.Field{Type: flow.Bool}, Target{})
	add("date", flow.Field{Type: flow.Date}, Target{})
	add("time", flow.Field{Type: flow.Timestamp}, Target{})
	add("unix", flow.Field{Type: flow.Timestamp, Unit: "ms"}, Target{})
	add("uuid", flow.Field{Type: flow.UUID}, Target{})

	labels := []string{"Male", "Female", "Not stated"}
	entries := []Entry{{"Male", 0}, {"Female", 1}, {"Not stated", 2}}
	category := func(name string, t Target, relaxed func(dst, text []byte) []byte) {
		t.Vocab = NewVocab(entries, relaxed)
		add(name, flow.Field{Type: flow.Category, Labels: labels}, t)
	}
	category("reject", Target{Empty: EmptyValue}, nil)
	category("keep", Target{Empty: EmptyNull, Unknown: UnknownKept, UnknownCode: 2}, nil)
	category("null", Target{Empty: EmptyNull, Unknown: UnknownKept, UnknownCode: -1}, nil)
	category("map", Target{Empty: 2, Unknown: UnknownMapped, UnknownCode: 2}, relaxed)
	category("loose", Target{Empty: EmptyValue, Unknown: UnknownMapped, UnknownCode: 2}, relaxed)
	entries, labels = nil, nil
	for i, l := range longLabels {
		entries, labels = append(entries, Entry{l, int16(i)}), append(labels, l)
	}
	category("long", Target{Empty: EmptyNull, Unknown: UnknownKept, UnknownCode: 0}, nil)
	return r
}

// longLabels go together for longer than one look can tell apart, and end where vectors do, before and behind.
var longLabels = func() (labels []string) {
	for _, n := range []int{1, 6, 7, 8, 29, 30, 31, 32, 33, 61, 62, 63, 64, 65, 93, 94, 95, 96, 97} {
		labels = append(labels, strings.Repeat("ten bytes ", 10)[:n-1]+string(rune('A'+n%26)))
	}
	return append(labels, "ten bytes of another kind, and more", "ten bytes of another kind, and less")
}()

type cellCase struct {
	column, cell string
	want         string // the value
	found        string // code, and what was expected or became of it
}

func checkCells(t *testing.T, d Dialect, cases []cellCase) {
	t.Helper()
	for _, c := range cases {
		r := typed(d, Limits{})
		in := c.column + ",b\n" + c.cell + ",x\n"
		out := strings.Split(r.everyCut(t, []byte(in)), "\n")
		row := out[1]
		if want := "] " + c.want + ` "x"`; !strings.HasSuffix(row, want) {
			t.Errorf("%s %q: got %s, want %s", c.column, c.cell, row, want)
		}
		found, got := r.found, ""
		if len(found) > 0 {
			f := &found[0]
			got = strings.TrimSpace(string(f.Code) + " " + f.Expected + f.MappedTo)
			start := int64(len(c.column) + len(",b\n"))
			if f.Dead == strings.HasPrefix(got, "DQ_") || f.Slot != 0 || f.Column.Name != c.column || f.Place != start ||
				f.From != start || f.To != start+int64(len(c.cell)+len(",x")) {
				t.Errorf("%s %q: found %+v", c.column, c.cell, f)
			}
		}
		if len(found) > 1 || got != c.found {
			t.Errorf("%s %q: found %q, want %q", c.column, c.cell, got, c.found)
		}
	}
}

func TestRule13Empty(t *testing.T) {
	cases := []cellCase{
		{"string", ``, `""`, ""}, {"string", `""`, `""`, ""}, {"string!", ``, `""`, "MISSING_FIELD"}, {"string!", `" "`, `" "`, ""},
		{"reject", ``, "null", "INVALID_FORMAT Male, Female or Not stated"},
		{"reject!", ``, "null", "MISSING_FIELD"},
		{"keep", `""`, "null", ""}, {"keep!", ``, "null", "MISSING_FIELD"},
		{"map", ``, "Not stated", ""}, {"map!", `""`, "Not stated", ""},
	}
	for _, kind := range []string{"int", "float", "nan", "decimal", "bool", "date", "time", "unix", "uuid"} {
		cases = append(cases,
			cellCase{kind, ``, "null", ""}, cellCase{kind, `""`, "null", ""}, cellCase{kind + "!", `""`, "null", "MISSING_FIELD"})
	}
	checkCells(t, Dialect{}, cases)
}

func TestRule14Cells(t *testing.T) {
	const number = "INVALID_FORMAT a number"
	checkCells(t, Dialect{}, []cellCase{
		{"int", "42", "42", ""}, {"int", `"-7"`, "-7", ""}, {"int", "4 2", "null", "INVALID_FORMAT a whole number"},
		{"int!", `"4""2"`, "null", "INVALID_FORMAT a whole number"}, {"int", " 42", "null", "INVALID_FORMAT a whole number"},
		{"float", "1.5", "1.5", ""}, {"float", "NaN", "null", number}, {"nan", "NaN", "NaN", ""}, {"nan", "-inf", "-Inf", ""},
		{"decimal", "123.4", "123.40", ""},
		{"decimal", "1234", "null", "INVALID_FORMAT a number with at most 5 digits, 2 of them after the point"},
		{"bool", "Yes", "1", ""}, {"bool", "n", "0", ""}, {"bool", "maybe", "null", "INVALID_FORMAT true or false"},
		{"date", "1970-01-02", "1", ""}, {"date", "1970-02-30", "null", "INVALID_FORMAT a date (YYYY-MM-DD)"},
		{"time", "1970-01-01T00:00:01Z", "1000000000", ""},
		{"time", "1", "null", "INVALID_FORMAT an RFC 3339 time or YYYY-MM-DD HH:MM:SS"},
		{"unix", "1700000000000", "1700000000000", ""}, {"unix", "x", "null", "INVALID_FORMAT a Unix time in milliseconds"},
		{"uuid", "00000000-0000-0000-0000-0000000000FF", "000000000000000000000000000000ff", ""},
		{"uuid", "0", "null", "INVALID_FORMAT a UUID"},
		{"string", `"a ""b"" c, which is long"`, `"a \"b\" c, which is long"`, ""},
	})
}

func TestRule15Category(t *testing.T) {
	checkCells(t, Dialect{}, []cellCase{
		{"reject", "Male", "Male", ""}, {"reject", `"Fem""ale"`, "null", "INVALID_FORMAT Male, Female or Not stated"},
		{"reject", "male", "null", "INVALID_FORMAT Male, Female or Not stated"},
		{"keep", "male", "Not stated", "DQ_UNKNOWN_ENUM"}, {"null", "male", "null", "DQ_UNKNOWN_ENUM"},
		{"map", "thirty", "Not stated", "DQ_INVALID_VALUE Not stated"}, {"map", "Not stated", "Not stated", ""},
		{"map", "  fEMALE ", "Female", ""}, {"map", `"Fem""ale"`, "Female", ""},
		{"map", "  ", "Not stated", ""}, {"map", `"'"`, "Not stated", ""}, {"map!", " ", "Not stated", ""},
		{"loose", "", "Not stated", "DQ_INVALID_VALUE Not stated"}, {"loose", " ", "Not stated", "DQ_INVALID_VALUE Not stated"},
		{"loose!", " ", "null", "MISSING_FIELD"},
	})
}

func TestTrim(t *testing.T) {
	checkCells(t, Dialect{Trim: true}, []cellCase{
		{"string", " \ta b\t ", `"a b"`, ""}, {"string", `" a"`, `"a"`, ""}, {"string", `" ""a"" "`, `"\"a\""`, ""},
		{"string!", " \t", `""`, "MISSING_FIELD"}, {"int", " 42 ", "42", ""}, {"int", "  ", "null", ""}, {"reject", " Male\t", "Male", ""},
	})
	got := newReading(Dialect{Trim: true}, Limits{}).everyCut(t, []byte(" a ,b\n \"x\",y\n"))
	if want := lines(
		`header line 1 [0:5] eol "\n" [" a " "b"]`,
		`refused 0 line 2 [6:12] @7 quote inside an unquoted cell`); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

// TestFindingOrder reads a header whose columns stand in another order than the contract's, with refused rows between.
func TestFindingOrder(t *testing.T) {
	r := typed(Dialect{}, Limits{})
	in := "int,date,bool\nx,y,z\n1,2\n3,q,true\nx,1970-01-01,z\n"
	_, h, err := r.s.Header([]byte(in), true)
	if err != nil {
		t.Fatal(err)
	}
	r.bind(h)
	p := *r.plan
	for i, order := range []int{2, 0, 1} {
		p.Columns[i].Order = order
	}
	r.plan = &p
	got := r.everyCut(t, []byte(in))
	want := lines(
		`header line 1 [0:13] eol "\n" ["int" "date" "bool"]`,
		`row 0 line 2 [14:19] null null null`,
		`refused 1 line 3 [20:23] @23 row has 2 cells, the header has 3`,
		`row 2 line 4 [24:32] 3 null 1`,
		`row 3 line 5 [33:47] null 0 null`)
	var rest []string
	var order []string
	for l := range strings.Lines(got) {
		if strings.HasPrefix(l, "  found") {
			f := strings.Fields(l)
			order = append(order, f[1]+f[3])
		} else {
			rest = append(rest, l)
		}
	}
	if got := strings.Join(rest, ""); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
	if got := strings.Join(order, " "); got != "0date 0bool 0int 2date 3bool 3int" {
		t.Errorf("found %s", got)
	}
	r.read(t, []byte(in))
	last := int64(-1)
	for _, f := range r.found {
		if f.Row < last {
			t.Errorf("row %d is told after row %d", f.Row, last)
		}
		last = f.Row
	}
}

// TestColumnsNobodyReads scans a plan without columns: only the structure counts.
func TestColumnsNobodyReads(t *testing.T) {
	bothScanners(Dialect{}, Limits{}, func(name string, s scanner) {
		var b flow.Batch
		in := []byte("a,b\n1,2\n\"x\"\"y\",\"\"\n1\n" + strings.Repeat("x,y\n", 50))
		n, _, err := s.Header(in, true)
		if err != nil {
			t.Fatal(err)
		}
		s.Bind(&Plan{Columns: make([]Target, 2)})
		if _, err := s.Next(&b, in[n:], true); err != nil || b.N != 52 || len(b.Findings) != 1 || len(b.Arena) != 0 {
			t.Errorf("%s: %d rows, %d findings, %d bytes unescaped, %v", name, b.N, len(b.Findings), len(b.Arena), err)
		}
	})
}

// TestSameHeader checks that equal headers are the same pointer, which callers rely on to keep what they made of them.
func TestSameHeader(t *testing.T) {
	s := New(Dialect{}, Limits{})
	read := func(in string) *Header {
		s.Begin(&flow.Chunk{})
		_, h, err := s.Header([]byte(in), true)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	h := read("a,b\n1,2\n")
	if read("a,b\n3,4\n") != h {
		t.Error("an equal header is another one")
	}
	for _, in := range []string{"a,c\n", "a,b\r\n", "a,b", "\na,b\n", "\xef\xbb\xbfa,b\n", "a,b\r"} {
		if read("a,b\n"); read(in) == h {
			t.Errorf("%q has the header of a,b", in)
		}
	}
	if got := s.HeaderTooLong([]byte("a,b")); got.Details[2].Value != "header is longer than 3 bytes" {
		t.Errorf("got %+v", got)
	}
}
