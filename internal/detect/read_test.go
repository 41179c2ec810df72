package detect

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/csvarrow"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/testkit"
)

// corpus gives the broken and odd files, by name.
func corpus(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("testdata/corpus/*.csv")
	if err != nil || len(paths) < 80 {
		t.Fatalf("%d files in the corpus: %v", len(paths), err)
	}
	files := map[string][]byte{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[strings.TrimSuffix(filepath.Base(path), ".csv")] = data
	}
	return files
}

func TestCorpus(t *testing.T) {
	for name, data := range corpus(t) {
		t.Run(name, func(t *testing.T) {
			r := Read(data, true, Declared{})
			holds(t, r)
			testkit.Golden(t, "testdata/readings/"+name+".txt", []byte(render(r)))
		})
	}
}

// holds checks what must be true of any reading: no row is lost, and the proposed types read every sampled value.
func holds(t *testing.T, r *Reading) {
	t.Helper()
	for _, p := range r.Problems {
		if p.Line > 0 && len([]rune(p.Caret)) > len([]rune(p.Source))+1 {
			t.Errorf("the caret of %q stands behind the line", p.Text)
		}
		if n := len([]rune(p.Source)); n > shownWide+2 {
			t.Errorf("the line shown for %q has %d characters", p.Text, n)
		}
	}
	if len(r.Columns) == 0 {
		return
	}
	if got, want := r.Rows+r.Refused, records(r); got != want {
		t.Errorf("%d rows read and %d refused, the table has %d records", r.Rows, r.Refused, want)
	}
	proposalReads(t, r)
}

// records counts the table's data records, but for one that the end of an incomplete sample cuts.
func records(r *Reading) (n int64) {
	text, _ := r.Table()
	w := newWalker(r.Dialect(), text, r.Complete)
	w.begin(0, 1)
	if !r.Header.Value {
		w.loneCR = false
	}
	for {
		x, ok := w.record()
		if !ok {
			break
		}
		if !r.Complete && x.next == x.to || !r.Complete && x.next == len(text) && text[x.next-1] == '\r' {
			break // it may go on
		}
		n++
	}
	if r.Header.Value && n > 0 {
		n--
	}
	return n
}

// proposalReads reads the table under the proposed contract, as the engine would, and demands that nothing is found but
// broken records, and headers that are read as rows.
func proposalReads(t *testing.T, r *Reading) {
	t.Helper()
	text, line := r.Table()
	s := csvarrow.New(r.Dialect(), r.Limits())
	if !r.Header.Value {
		s.NoHeader(make([]string, len(r.Columns)))
	}
	s.Begin(nil)
	n, h, err := s.Header(text, r.Complete)
	if err != nil || h == nil {
		return // told by a problem of its own
	}
	rows := 64
	b := flow.Batch{Cap: rows, Rows: make([]flow.Row, rows), Dead: flow.NewBitmap(rows), Flagged: flow.NewBitmap(rows)}
	b.Cols = make([]flow.Column, len(r.Columns))
	plan := csvarrow.Plan{}
	for i := range r.Columns {
		f := &r.Columns[i].Field
		b.Cols[i] = flow.NewColumn(f, rows, true)
		target := csvarrow.Target{Col: &b.Cols[i], Order: i, Empty: csvarrow.EmptyNull}
		if f.Type == flow.Category {
			var entries []csvarrow.Entry
			for code, label := range f.Labels {
				entries = append(entries, csvarrow.Entry{Text: label, Code: int16(code)})
			}
			target.Vocab = csvarrow.NewVocab(entries, nil)
		}
		plan.Columns = append(plan.Columns, target)
	}
	s.Bind(&plan)
	for at := n; ; at += n {
		if n, err = s.Next(&b, text[at:], r.Complete); err != nil {
			t.Fatal(err)
		}
		if n == 0 && b.N == 0 && len(b.Findings) == 0 {
			return
		}
		for _, f := range b.Findings {
			again := f.Slot >= 0 && h.Raw != nil && string(b.Raw(int(f.Slot))) == string(h.Raw)
			if f.Slot >= 0 && !again && !r.units[f.Line+int64(line)-1] {
				t.Errorf("line %d: the proposed type of %s does not read %q (%s)", f.Line+int64(line)-1, f.Column.Name, f.Value, f.Code)
			}
		}
	}
}

// TestCutAnywhere reads the beginning of a file as a sample that ends at any byte.
func TestCutAnywhere(t *testing.T) {
	for _, name := range []string{"clean", "quote-line-breaks-inside", "charset-utf16le-mark", "ends-cr-only", "charset-utf8", "ends-crlf"} {
		data := corpus(t)[name]
		whole := Read(data, true, Declared{})
		for n := range data {
			r := Read(data[:n], false, Declared{})
			holds(t, r)
			if r.Refused > 0 {
				t.Fatalf("%s cut at byte %d: %d rows refused\n%s", name, n, r.Refused, render(r))
			}
			if 2*n > len(data) && (r.Dialect() != whole.Dialect() || r.Header.Value != whole.Header.Value || r.Charset.Value != whole.Charset.Value) {
				t.Fatalf("%s cut at byte %d is read otherwise:\n%s", name, n, render(r))
			}
		}
	}
}

func TestDeclaredWins(t *testing.T) {
	text := []byte("remark\na;b\n'1,5';2\n'3,5';4\n")
	r := Read(text, true, Declared{Delimiter: ',', Quote: '"', Escape: '\\', Header: HeaderNever, Skip: 0, SkipSet: true, Charset: charset.Latin1, CharsetSet: true})
	if r.Dialect() != (csvarrow.Dialect{Delimiter: ',', Quote: '"', Escape: '\\'}) || r.Header.Value || r.Skip.Value != 0 || r.Charset.Value != charset.Latin1 {
		t.Errorf("declared values were changed:\n%s", render(r))
	}
	for what, declared := range map[string]bool{
		"charset": r.Charset.Declared, "delimiter": r.Delimiter.Declared, "quote": r.Quote.Declared, "escape": r.Escape.Declared,
		"header": r.Header.Declared, "skip": r.Skip.Declared,
	} {
		if !declared {
			t.Errorf("%s is not said to be declared", what)
		}
	}
	found := Read(text, true, Declared{})
	if found.Delimiter.Value != ';' || found.Quote.Value != '\'' || found.Skip.Value != 1 || !found.Header.Value {
		t.Errorf("without declarations:\n%s", render(found))
	}
}

func TestDeclaredInPart(t *testing.T) {
	text := []byte("x\ny\nid;n\n1;'a'\n2;'b'\n")
	r := Read(text, true, Declared{Skip: 2, SkipSet: true})
	if _, line := r.Table(); line != 3 || r.Rows != 2 || r.Columns[0].Header != "id" {
		t.Errorf("two lines skipped as declared:\n%s", render(r))
	}
	r = Read(text, true, Declared{Skip: 3, SkipSet: true, Header: HeaderAlways})
	if !r.Header.Value || r.Rows != 1 || r.Columns[0].Header != "1" {
		t.Errorf("a header where none would be found:\n%s", render(r))
	}
}

func TestDeclaredWrongly(t *testing.T) {
	r := Read([]byte("a;b;c\n1;2;3\n4;5;6\n"), true, Declared{Delimiter: ','})
	if len(r.Problems) != 1 || r.Problems[0].Kind != KindDialect || !strings.Contains(r.Problems[0].Guess, "; 2 times in every line") {
		t.Errorf("want a problem that names the delimiter:\n%s", render(r))
	}
}

func TestDeclaredCharset(t *testing.T) {
	utf16 := "a\x00,\x00b\x00\n\x001\x00,\x002\x00\n\x00"
	for _, c := range []struct {
		in       string
		declared charset.Charset
		want     charset.Charset
		problem  string
	}{
		{"\xff\xfe" + utf16, charset.UTF8, charset.UTF16LE, "note charset: the file is in utf-16le"}, // the mark says more
		{utf16, charset.UTF16, charset.UTF16LE, ""},
		{utf16, charset.UTF8, charset.UTF8, "file charset: the file looks like utf-16le"},
		{utf16, charset.Latin1, charset.Latin1, "file charset: the file looks like utf-16le"},
		{"a,b\n1,2\n", charset.UTF16BE, charset.UTF16BE, "file charset: the file looks like utf-8"},
		{"a,b\n\xe9,2\n", charset.Windows1252, charset.Windows1252, ""},
		{"a,b\n1,2\n", charset.Latin1, charset.Latin1, ""},
		{"a,b\né,2\n", charset.Latin1, charset.Latin1, "file charset: the file looks like utf-8"},
	} {
		r := Read([]byte(c.in), true, Declared{Charset: c.declared, CharsetSet: true})
		if text := render(r); r.Charset.Value != c.want || !strings.Contains(text, c.problem) || c.problem == "" && len(r.Problems) > 0 {
			t.Errorf("%q as %s: want %s, %q\n%s", c.in, c.declared, c.want, c.problem, text)
		}
	}
}

func TestManyColumns(t *testing.T) {
	const n = 10_000
	var b strings.Builder
	for line := range 4 {
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			if line == 0 {
				b.WriteByte('c')
			}
			fmt.Fprint(&b, i+line)
		}
		b.WriteByte('\n')
	}
	r := Read([]byte(b.String()), true, Declared{})
	holds(t, r)
	if len(r.Columns) != n || r.Rows != 3 || r.Columns[n-1].Field.Type != flow.Int64 || r.Columns[n-1].Header != "c9999" {
		t.Errorf("%d columns, %d rows", len(r.Columns), r.Rows)
	}
	if len(r.Problems) != 1 || r.Problems[0].Kind != KindManyColumns {
		t.Errorf("want a problem that names the limit:\n%s", render(r))
	}
}

func TestTooManyColumns(t *testing.T) {
	r := Read([]byte(strings.Repeat(",", 200_000)+"\n"), true, Declared{})
	if len(r.Columns) != 0 || len(r.Problems) != 1 || r.Problems[0].Kind != KindManyColumns {
		t.Errorf("want nothing but a problem:\n%s", render(r))
	}
}

func TestHugeCells(t *testing.T) {
	huge := strings.Repeat("long, longer ", 100_000)
	r := Read([]byte("id,text\n1,\"short\"\n2,\""+huge+"\"\n3,\"short\"\n"), true, Declared{})
	holds(t, r)
	if r.Rows != 2 || r.Refused != 1 || r.Delimiter.Value != ',' || r.Problems[0].Kind != KindLong {
		t.Errorf("a cell over the limit:\n%s", render(r))
	}
	r = Read([]byte("id,text\n1,\"short\"\n2,\""+huge[:1<<19]+"\"\n3,\"short\"\n"), true, Declared{})
	holds(t, r)
	if r.Rows != 3 || r.Columns[1].Longest != 1<<19 {
		t.Errorf("a cell of half the limit:\n%s", render(r))
	}
}

// TestLargeSample has rows beyond the part from which the dialect is found, and a quote there that hides the rest.
func TestLargeSample(t *testing.T) {
	var b strings.Builder
	b.WriteString("id,name,n\n")
	rows := int64(0)
	for b.Len() < 2*DialectBytes {
		rows++
		fmt.Fprintf(&b, "%d,name %d,%d\n", rows, rows, rows%7)
	}
	r := Read([]byte(b.String()), true, Declared{})
	holds(t, r)
	if r.Rows != rows || r.Key != 0 || !r.Columns[2].Field.Required {
		t.Errorf("%d rows:\n%s", rows, render(r))
	}
	b.WriteString("0,\"never closed,1\n" + strings.Repeat("1,name,1\n", 100))
	for _, complete := range []bool{true, false} {
		r = Read([]byte(b.String()), complete, Declared{})
		holds(t, r)
		if len(r.Problems) == 0 || r.Problems[0].Kind != KindUnclosedQuote || r.Problems[0].Line != rows+2 ||
			!strings.Contains(r.Problems[0].Guess, fmt.Sprintf("line %d looks like a new row", rows+3)) {
			t.Errorf("a quote never closed, complete %t:\n%s", complete, render(r))
		}
	}
}

// TestManyUnclosedQuotes has a quote on every line that leads to the end of the text if one lets it.
func TestManyUnclosedQuotes(t *testing.T) {
	r := Read([]byte("a,b\n"+strings.Repeat("1,\"x\\\n", 1<<18)), true, Declared{})
	holds(t, r)
}
