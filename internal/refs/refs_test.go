package refs

import (
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/decimal128"

	"github.com/assay-dev/assay/internal/csvarrow"
	"github.com/assay-dev/assay/internal/flow"
)

// load reads a set as a shell does: with the scanner of feeds, the key as the feed's column is read, the rest as text.
func load(data, key string, on flow.Field, add []string, l Limits) (*Set, error) {
	s := csvarrow.New(csvarrow.Dialect{}, csvarrow.Limits{})
	s.Begin(&flow.Chunk{})
	window := []byte(data)
	n, h, err := s.Header(window, true)
	if err != nil {
		return nil, err
	}
	places, err := Columns(h.Names, key, add)
	if err != nil {
		return nil, err
	}
	var batch flow.Batch
	batch.Reset(nil)
	plan := csvarrow.Plan{Columns: make([]csvarrow.Target, len(h.Names))}
	fields := make([]flow.Field, len(places))
	batch.Cols = make([]flow.Column, len(places))
	for i, place := range places {
		fields[i] = flow.Field{Name: h.Names[place]}
		if i == 0 {
			fields[i] = KeyField(h.Names[place], &on)
		}
		batch.Cols[i] = flow.NewColumn(&fields[i], flow.MaxRows, true)
		if slices.Contains(places[:i], place) {
			continue
		}
		plan.Columns[place] = csvarrow.Target{Col: &batch.Cols[i], Order: i}
	}
	s.Bind(&plan)
	b := NewBuilder(places, l)
	for {
		window = window[n:]
		if n, err = s.Next(&batch, window, true); err != nil {
			return nil, err
		}
		if n == 0 && batch.N == 0 && len(batch.Findings) == 0 {
			return b.Set("v1")
		}
		if err := b.Add(&batch); err != nil {
			return nil, err
		}
	}
}

// look gives what a batch finds, a line a row: the count and the added texts, or null.
func look(s *Set, keys *flow.Column, n, add int) string {
	var h Hits
	s.Lookup(keys, n, &h)
	count := flow.NewColumn(&flow.Field{Type: flow.Int64}, flow.MaxRows, false)
	h.Count(&count)
	columns := make([]flow.Column, add)
	for k := range columns {
		columns[k] = flow.NewColumn(&flow.Field{}, flow.MaxRows, true)
		h.Column(k, &columns[k])
	}
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d", count.Ints[i])
		for k := range columns {
			if columns[k].Valid.Get(i) {
				fmt.Fprintf(&b, " %q", columns[k].Cell(i))
			} else {
				b.WriteString(" null")
			}
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "unmatched %d\n", h.Unmatched)
	return b.String()
}

// texts gives a string column; a null where the text is "null".
func texts(values ...string) *flow.Column {
	c := flow.NewColumn(&flow.Field{}, flow.MaxRows, true)
	c.Valid.Fill(true)
	for i, v := range values {
		if v == "null" {
			c.Valid.Clear(i)
			continue
		}
		from := len(c.Buffers[1])
		c.Buffers[1] = append(c.Buffers[1], v...)
		c.Text[i].SetView(c.Buffers[1], from, len(c.Buffers[1]), 1)
	}
	return &c
}

func TestLookup(t *testing.T) {
	const long = "a tier whose name does not fit into a view"
	s, err := load("note,email,tier,\"since, when\"\nx,a@example.org,gold,\ny,\"b,\"\"@example.org\","+long+",2021\nz,c,"+long+",2022",
		"EMAIL", flow.Field{Name: "mail"}, []string{"tier", "since, when"}, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Rows() != 3 || s.Version() != "v1" || len(s.arena) != len("gold")+len(long)+len("20212022") {
		t.Errorf("%d rows of version %s, arena %q", s.Rows(), s.Version(), s.arena)
	}
	got := look(s, texts("a@example.org", "null", "", "c", "A@example.org", `b,"@example.org`), 6, 2)
	want := "1 \"gold\" \"\"\n0 null null\n0 null null\n1 \"" + long + "\" \"2022\"\n0 null null\n1 \"" + long + "\" \"2021\"\nunmatched 1\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// Keys are compared as values of the feed's column, however they are written in the file.
func TestLookupByType(t *testing.T) {
	for _, c := range []struct {
		on   flow.Field
		file string // three keys
		want string // which of them the feed's first, second and third row find; the fourth is null
		fill func(c *flow.Column)
	}{
		{flow.Field{Type: flow.Int64}, "7\n+8\n-0009\n", "a b c", func(c *flow.Column) { copy(c.Ints, []int64{7, 8, -9}) }},
		{flow.Field{Type: flow.Bool}, "yes\nf\n", "b a b", func(c *flow.Column) { copy(c.Ints, []int64{0, 1, 0}) }},
		{flow.Field{Type: flow.Date}, "1970-01-02\n1970-01-01\n", "b a -", func(c *flow.Column) { copy(c.Ints, []int64{0, 1, 2}) }},
		{flow.Field{Type: flow.Timestamp}, "1970-01-01T00:00:01Z\n1970-01-01 00:00:02\n", "a b -", func(c *flow.Column) {
			copy(c.Ints, []int64{1e9, 2e9, 3e9})
		}},
		{flow.Field{Type: flow.Decimal, Precision: 5, Scale: 2}, "1.5\n2\n-3.25\n", "a b c", func(c *flow.Column) {
			for i, x := range []int64{150, 200, -325} {
				c.Decimals[i] = decimal128.FromI64(x)
			}
		}},
		{flow.Field{Type: flow.UUID}, "00000000-0000-0000-0000-0000000000AB\n00000000-0000-0000-0000-0000000000ac\n", "a b -", func(c *flow.Column) {
			c.UUIDs[0][15], c.UUIDs[1][15], c.UUIDs[2][15] = 0xab, 0xac, 0xad
		}},
		{flow.Field{Type: flow.Category, Labels: []string{"NL", "BE", "DE"}}, "BE\nNL\n", "a b -", func(c *flow.Column) {
			copy(c.Codes, []int16{1, 0, 2})
		}},
	} {
		t.Run(c.on.Type.String(), func(t *testing.T) {
			var file strings.Builder
			file.WriteString("k,letter\n")
			for i, line := range strings.Split(strings.TrimSuffix(c.file, "\n"), "\n") {
				fmt.Fprintf(&file, "%s,%c\n", line, 'a'+i)
			}
			s, err := load(file.String(), "k", c.on, []string{"letter"}, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			keys := flow.NewColumn(&c.on, flow.MaxRows, false)
			keys.Valid.Fill(true)
			keys.Valid.Clear(3)
			c.fill(&keys)
			var want strings.Builder
			for _, w := range strings.Fields(c.want) {
				if w == "-" {
					want.WriteString("0 null\n")
				} else {
					fmt.Fprintf(&want, "1 %q\n", w)
				}
			}
			fmt.Fprintf(&want, "0 null\nunmatched %d\n", strings.Count(c.want, "-"))
			if got := look(s, &keys, 4, 1); got != want.String() {
				t.Errorf("got\n%swant\n%s", got, want.String())
			}
		})
	}
}

func TestBrokenFiles(t *testing.T) {
	text, number := flow.Field{Name: "mail"}, flow.Field{Name: "id", Type: flow.Int64}
	var many strings.Builder
	many.WriteString("k\n")
	for i := range 5000 {
		fmt.Fprintf(&many, "%d\n", i)
	}
	for _, c := range []struct {
		name, data, key string
		on              flow.Field
		add             []string
		limits          Limits
		want            string
	}{
		{"no key column", "email,tier\n", "emial", text, nil, Limits{}, "there is no column emial; did you mean email?"},
		{"no added column", "email,tier\n", "email", text, []string{"colour"}, Limits{}, "there is no column colour"},
		{"another letter", "\u212a\n", "k", text, nil, Limits{}, "there is no column k; did you mean \u212a?"},
		{"column twice", "email,tier, Email \n", "email", text, nil, Limits{}, "the column email stands twice in the header"},
		{"key twice", "k\na\nb\n\n\"x\ny\"\na\nb\n", "k", text, nil, Limits{}, "line 7: the key stands on line 2 already"},
		{"key twice as a value", "k\n7\n+7\n", "k", number, nil, Limits{}, "line 3: the key stands on line 2 already"},
		{"key twice far apart", many.String() + "0\n", "k", text, nil, Limits{}, "line 5002: the key stands on line 2 already"},
		{"key empty", "k,t\na,\n,b\n", "k", text, []string{"t"}, Limits{}, "line 3: k is empty"},
		{"key of a wrong form", "k\n1\nx\n", "k", number, nil, Limits{}, "line 3: k must be a whole number"},
		{"ragged", "k,t\na,b\nc\n", "k", text, nil, Limits{}, "line 3: row has 1 cell, the header has 2"},
		{"bare quote", "k\na\nb\"c\n", "k", text, nil, Limits{}, "line 3: quote inside an unquoted cell"},
		{"too many rows", "k\na\nb\nc\n", "k", text, nil, Limits{Rows: 2}, "line 4: the file has more than 2 rows"},
		{"too many bytes of keys", "k\nabcd\ne\n", "k", text, nil, Limits{Bytes: 4}, "line 3: the file has more than 4 bytes of text"},
		{"too many bytes of texts", "k,t\na,bcd\nb,ef\n", "k", text, []string{"t"}, Limits{Bytes: 4}, "line 3: the file has more than 4 bytes of text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := load(c.data, c.key, c.on, c.add, c.limits)
			var e *Error
			if s != nil || !errors.As(err, &e) || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// A header alone is a set without rows: nothing is found in it.
func TestEmptySet(t *testing.T) {
	s, err := load("k,t\n", "k", flow.Field{}, []string{"t"}, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := look(s, texts("a", ""), 2, 1), "0 null\n0 null\nunmatched 1\n"; got != want || s.Rows() != 0 {
		t.Errorf("%d rows, got\n%s", s.Rows(), got)
	}
}

func TestKeyField(t *testing.T) {
	on := flow.Field{Name: "mail", Type: flow.Decimal, Precision: 5, Scale: 2, Key: true, PII: true}
	f := KeyField("k", &on)
	if f.Name != "k" || f.Type != flow.Decimal || f.Precision != 5 || f.Scale != 2 || f.Key || !f.Required || !f.PII {
		t.Errorf("%+v", f)
	}
	if on.Name != "mail" || on.Required {
		t.Errorf("the feed's column became %+v", on)
	}
}

// FuzzSet reads any bytes behind a header as the file of a set: an error that says where, or a set that finds each row of the file
// by its key, and nothing by another one. encoding/csv says what the file holds.
func FuzzSet(f *testing.F) {
	f.Add("7,gold\n+8,\"silver, old\"\n-0009,\n", "x")
	f.Add("a@example.org,gold\n\"b,\"\"@example.org\",a tier whose name does not fit into a view\nlonger than a view@example.org,\n", "a@example.org ")
	f.Add("1,a\n\n01,b\n", "1")
	f.Add("9223372036854775807,a\n9223372036854775808,b\n", "")
	f.Fuzz(func(t *testing.T, rows, other string) {
		if len(rows) > 1<<12 {
			t.Skip("long inputs only make fuzzing slow")
		}
		model, known := modelOf(rows)
		for _, kind := range []flow.Type{flow.String, flow.Int64} {
			s, err := load("k,t\n"+rows, "k", flow.Field{Name: "k", Type: kind}, []string{"t"}, Limits{Rows: 100, Bytes: 1 << 10})
			if err != nil {
				var e *Error
				if !errors.As(err, &e) || e.Text == "" || e.Line < 2 || e.Line > int64(3+strings.Count(rows, "\n")+strings.Count(rows, "\r")) {
					t.Fatalf("%q: %v", rows, err)
				}
				continue
			}
			if !known {
				continue // encoding/csv reads it otherwise, or not at all
			}
			if s.Rows() != len(model) {
				t.Fatalf("%q: %d rows, want %d", rows, s.Rows(), len(model))
			}
			for _, row := range append(model, [2]string{other, ""}) {
				want, keys := find(model, kind, row[0])
				if keys == nil {
					continue
				}
				if got := look(s, keys, 1, 1); got != want {
					t.Fatalf("%q: %q finds %s, want %s", rows, row[0], got, want)
				}
			}
		}
	})
}

// modelOf gives the rows of a file as encoding/csv reads them; false where it cannot be asked: it changes CR LF inside of quotes and
// takes a lone CR for text.
func modelOf(rows string) ([][2]string, bool) {
	if strings.ContainsAny(rows, "\r\x00") {
		return nil, false
	}
	r := csv.NewReader(strings.NewReader(rows))
	r.FieldsPerRecord = 2
	records, err := r.ReadAll()
	if err != nil {
		return nil, false
	}
	var model [][2]string
	for _, record := range records {
		model = append(model, [2]string{record[0], record[1]})
	}
	return model, true
}

// find gives what a lookup of key should find, and the column that asks for it, or nil for what is no key.
func find(model [][2]string, kind flow.Type, key string) (string, *flow.Column) {
	if key == "" || key == "null" { // of which texts makes a null
		return "", nil
	}
	same := func(k string) bool { return k == key }
	keys := texts(key)
	if kind == flow.Int64 {
		n, err := strconv.ParseInt(key, 10, 64)
		if err != nil {
			return "", nil
		}
		same = func(k string) bool { m, err := strconv.ParseInt(k, 10, 64); return err == nil && m == n }
		c := flow.NewColumn(&flow.Field{Type: flow.Int64}, flow.MaxRows, false)
		c.Valid.Fill(true)
		c.Ints[0] = n
		keys = &c
	}
	for _, row := range model {
		if same(row[0]) {
			return fmt.Sprintf("1 %q\nunmatched 0\n", row[1]), keys
		}
	}
	return "0 null\nunmatched 1\n", keys
}
