package cli

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/csvarrow"
	"github.com/assay-dev/assay/internal/detect"
	"github.com/assay-dev/assay/internal/stream"
	"github.com/assay-dev/assay/internal/testkit"
)

// peekLine is a line of peek --json --all.
type peekLine struct {
	Columns []string
	Values  []string
	Finding *struct {
		Code   string
		Row    *int64
		Line   int64
		Bytes  [2]int64
		Reason string
	}
}

// peekLines runs peek --json --all and gives its output, as text and read, and the exit code.
func peekLines(t testing.TB, c peekCmd, name string) (text string, lines []peekLine, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	c.JSON, c.All, c.Files = true, true, []string{name}
	err := c.Run(context.Background(), newStreams(strings.NewReader(""), &out, &errs))
	var exit *exitError
	switch {
	case errors.As(err, &exit):
		code = exit.code
	case err != nil:
		t.Fatalf("%s: %v", name, err)
	}
	text = out.String()
	return text, readLines(t, &out), code
}

// readLines reads what peek --json --all has printed.
func readLines(t testing.TB, out io.Reader) (lines []peekLine) {
	t.Helper()
	d := json.NewDecoder(out)
	for d.More() {
		var l peekLine
		if err := d.Decode(&l); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
	if len(lines) == 0 || lines[0].Columns == nil {
		t.Fatal("the output does not begin with the columns")
	}
	return lines
}

// corpus gives the odd and broken files that detection is tested with, but for gzip, which the command line never shows it.
func corpus(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob("../detect/testdata/corpus/*.csv")
	if err != nil || len(paths) < 80 {
		t.Fatalf("%d files in the corpus: %v", len(paths), err)
	}
	return slices.DeleteFunc(paths, func(p string) bool { return filepath.Base(p) == "not-csv-gzip.csv" })
}

// TestPeekAllCorpus reads each file with golden values and findings. No row is lost: every record that detection has counted
// is there, in order, and what a finding says of its bytes is true.
func TestPeekAllCorpus(t *testing.T) {
	for _, path := range corpus(t) {
		name := strings.TrimSuffix(filepath.Base(path), ".csv")
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			text, lines, code := peekLines(t, peekCmd{}, path)
			testkit.Golden(t, "testdata/all/"+name+".jsonl", []byte(text))
			r := detect.Read(data, true, detect.Declared{})
			records := int64(len(lines) - 1)
			if want := r.Rows + r.Refused; len(r.Columns) > 0 && records != want {
				t.Errorf("%d records, detection has counted %d", records, want)
			}
			found := checkFindings(t, lines, data, r)
			if lines[0].Finding == nil && len(r.Columns) > 0 && found != r.Refused {
				t.Errorf("%d findings, detection has counted %d", found, r.Refused)
			}
			if found > 0 && code != exitFindings {
				t.Errorf("exit code %d with %d findings", code, found)
			}
			if found == 0 && r.Header.Value && r.Escape.Value == r.Quote.Value {
				agreesWithLibrary(t, lines, r)
			}
		})
	}
}

// checkFindings holds each finding to the file: its bytes are its record, on its line, and give its values.
func checkFindings(t *testing.T, lines []peekLine, data []byte, r *detect.Reading) (found int64) {
	t.Helper()
	d := r.Dialect()
	d.Trim = false
	cs, _ := charset.Sniff(data, r.Charset.Value)
	for i, l := range lines[1:] {
		f := l.Finding
		if f == nil {
			if len(l.Values) != len(lines[0].Columns) {
				t.Errorf("row %d has %d values", i, len(l.Values))
			}
			continue
		}
		found++
		if f.Code != "INVALID_FILE" || f.Row == nil || *f.Row != int64(i) || f.Reason == "" {
			t.Errorf("record %d has the finding %+v", i, f)
		}
		raw := data[f.Bytes[0]:f.Bytes[1]]
		text, _ := cs.Append(nil, raw, true)
		got := detect.Cells(d, text)
		for k := range got {
			got[k] = toUTF8(got[k])
		}
		if diff := cmp.Diff(l.Values, got); diff != "" {
			t.Errorf("record %d at bytes %v is not what stands there (-values +bytes):\n%s", i, f.Bytes, diff)
		}
		before, _ := cs.Append(nil, data[:f.Bytes[0]], true)
		if n := int64(bytes.Count(before, []byte("\n"))) + 1; r.LineEnds.CR == 0 && f.Line != n {
			t.Errorf("record %d is said to be on line %d, not %d", i, f.Line, n)
		}
	}
	return found
}

// toUTF8 makes each invalid byte U+FFFD, as JSON output does.
func toUTF8(s string) string { return string([]rune(s)) }

// agreesWithLibrary compares what was read with Go's encoding/csv, which has no idea of lone CRs.
func agreesWithLibrary(t *testing.T, lines []peekLine, r *detect.Reading) {
	t.Helper()
	table, _ := r.Table()
	if bytes.ContainsRune(table, '\r') || r.Quote.Value != '"' || len(r.Columns) == 0 {
		return
	}
	c := csv.NewReader(bytes.NewReader(table))
	c.Comma = rune(r.Delimiter.Value)
	want, err := c.ReadAll()
	if err != nil {
		t.Fatalf("encoding/csv: %v", err)
	}
	got := [][]string{lines[0].Columns}
	for _, l := range lines[1:] {
		got = append(got, l.Values)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("encoding/csv reads otherwise (-library +peek):\n%s", diff)
	}
}

// TestPeekAllSpectrum reads the public csv-spectrum files as their JSON answers say. That of location_coordinates belongs to
// another file; its quotes inside an unquoted cell are what encoding/csv calls lazy.
func TestPeekAllSpectrum(t *testing.T) {
	paths, err := filepath.Glob("../detect/testdata/spectrum/*.csv")
	if err != nil || len(paths) != 12 {
		t.Fatalf("%d files: %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			_, lines, code := peekLines(t, peekCmd{}, path)
			var got []map[string]string
			for _, l := range lines[1:] {
				row := map[string]string{}
				for i, v := range l.Values {
					row[lines[0].Columns[i]] = v
				}
				got = append(got, row)
			}
			var want []map[string]string
			if filepath.Base(path) == "location_coordinates.csv" {
				want = lazily(t, path)
				if code != exitFindings || lines[1].Finding == nil {
					t.Errorf("exit code %d; want the row to be refused", code)
				}
			} else if code != exitOK {
				t.Errorf("exit code %d", code)
			} else if data, err := os.ReadFile(strings.TrimSuffix(path, ".csv") + ".json"); err != nil {
				t.Fatal(err)
			} else if err := json.Unmarshal(data, &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func lazily(t *testing.T, path string) (rows []map[string]string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c := csv.NewReader(f)
	c.LazyQuotes = true
	records, err := c.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records[1:] {
		row := map[string]string{}
		for i, v := range r {
			row[records[0][i]] = v
		}
		rows = append(rows, row)
	}
	return rows
}

// writeTemp writes a file for a test.
func writeTemp(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPeekAllLarge reads more than a window and more than a sample, with findings here and there, in UTF-8 and in UTF-16.
func TestPeekAllLarge(t *testing.T) {
	var b strings.Builder
	b.WriteString("id,name,text\n")
	const rows = 40_000
	for i := range rows {
		if i%1_007 == 0 {
			fmt.Fprintf(&b, "%d,é%d\n", i, i)
			continue
		}
		fmt.Fprintf(&b, "%d,\"name é %d\",%s\n", i, i, strings.Repeat("x", 400+i%150))
	}
	if b.Len() < sampleBytes {
		t.Fatalf("the file has only %d bytes", b.Len())
	}
	for _, cs := range []charset.Charset{charset.UTF8, charset.UTF16LE} {
		text := b.String()
		if cs == charset.UTF16LE {
			text = utf16LE(b.String())
		}
		path := writeTemp(t, "large.csv", text)
		_, lines, _ := peekLines(t, peekCmd{}, path)
		if len(lines) != rows+1 {
			t.Fatalf("%s: %d records, not %d", cs, len(lines)-1, rows)
		}
		for i, l := range lines[1:] {
			if l.Values[0] != fmt.Sprint(i) || (l.Finding != nil) != (i%1_007 == 0) {
				t.Fatalf("%s: record %d is %+v", cs, i, l)
			}
			if f := l.Finding; f != nil {
				raw, _ := cs.Append(nil, []byte(text[f.Bytes[0]:f.Bytes[1]]), true)
				if string(raw) != fmt.Sprintf("%d,é%d", i, i) || f.Line != int64(i)+2 || *f.Row != int64(i) {
					t.Fatalf("%s: record %d has the finding %+v, at its bytes stands %q", cs, i, f, raw)
				}
			}
		}
	}
}

// utf16LE writes characters of the basic plane as UTF-16, little-endian, with a byte order mark.
func utf16LE(s string) string {
	out := []byte("\xff\xfe")
	for _, r := range s {
		out = append(out, byte(r), byte(r>>8))
	}
	return string(out)
}

// TestPeekAllGiant has a record that is longer than the greatest window: it leaves in parts, as one cell.
func TestPeekAllGiant(t *testing.T) {
	giant := "2,\"" + strings.Repeat("1234567890é ", stream.WindowBytesMax/12) + strings.Repeat("é\n", 4<<20) + "end"
	for _, end := range []string{"\"\n3,c\n", ""} {
		text := "id,name\n1,a\n" + giant + end
		_, lines, code := peekLines(t, peekCmd{}, writeTemp(t, "giant.csv", text))
		f := lines[2].Finding
		if code != exitFindings || len(lines) != 3 && end == "" || len(lines) != 4 && end != "" || f == nil {
			t.Fatalf("%d lines, exit code %d", len(lines), code)
		}
		if got := strings.Join(lines[2].Values, ""); got != text[f.Bytes[0]:f.Bytes[1]] || len(got) < len(giant) {
			t.Errorf("the record of %d bytes at %v became one of %d", len(giant), f.Bytes, len(got))
		}
		if f.Line != 3 || *f.Row != 1 {
			t.Errorf("finding %+v", f)
		}
		if end != "" && (lines[3].Finding != nil || lines[3].Values[1] != "c") {
			t.Errorf("the row behind it: %+v", lines[3])
		}
	}
}

func TestPeekAllManyColumns(t *testing.T) {
	var b strings.Builder
	for line := range 3 {
		for i := range 10_000 {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, "%s%d", []string{"c", "", ""}[line], i+line)
		}
		b.WriteByte('\n')
	}
	_, lines, code := peekLines(t, peekCmd{}, writeTemp(t, "wide.csv", b.String()))
	if len(lines) != 3 || len(lines[0].Columns) != 10_000 || lines[2].Values[9_999] != "10001" || code != exitFindings {
		t.Errorf("%d lines, %d columns, exit code %d", len(lines), len(lines[0].Columns), code)
	}
}

// TestPeekAllDeclared reads a file as it is declared, whatever would be found out.
func TestPeekAllDeclared(t *testing.T) {
	two := 2
	path := writeTemp(t, "x.csv", "remark; remark\nanother\n'a;b';c\n1;'it\\'s'\nx;\xe9;y\n")
	_, lines, _ := peekLines(t, peekCmd{dialectFlags: dialectFlags{
		Delimiter: ";", Quote: "'", Escape: `\`, Charset: "latin-1", SkipLines: &two, NoHeader: true,
	}}, path)
	want := []peekLine{
		{Columns: []string{"column_1", "column_2"}}, {Values: []string{"a;b", "c"}}, {Values: []string{"1", "it's"}}, {Values: []string{"x", "é", "y"}},
	}
	f := lines[len(lines)-1].Finding
	if f == nil || f.Line != 5 || *f.Row != 2 || f.Bytes != [2]int64{41, 46} {
		t.Fatalf("the last row has the finding %+v", f)
	}
	lines[len(lines)-1].Finding = nil
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// FuzzPeekAll reads any bytes: nothing panics, no record is lost, and what a finding says of its bytes is true.
func FuzzPeekAll(f *testing.F) {
	for _, path := range corpus(f) {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			t.Skip("long inputs only make fuzzing slow")
		}
		var out bytes.Buffer
		p := &sample{in: &input{Reader: strings.NewReader(""), name: "fuzz"}, data: data, reading: detect.Read(data, true, detect.Declared{})}
		if _, err := new(peekCmd).all(context.Background(), newStreams(nil, &out, nil), p); err != nil {
			t.Fatal(err)
		}
		lines := readLines(t, &out)
		if want := p.reading.Rows + p.reading.Refused; len(p.reading.Columns) > 0 && int64(len(lines)-1) != want {
			t.Errorf("%d records, detection has counted %d", len(lines)-1, want)
		}
		checkFindings(t, lines, data, p.reading)
	})
}

func TestParseByte(t *testing.T) {
	for in, want := range map[string]byte{
		";": ';', "tab": '\t', `\t`: '\t', "space": ' ', `\x01`: 1, `\`: '\\', `\\`: '\\', `\u007c`: '|', `\x1f`: 0x1f,
	} {
		if got, ok := parseByte(in); !ok || got != want {
			t.Errorf("%s: %q %t, want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{"ab", `\q`, `\x`, `\x00`, "é", `\xff`, `\t;`} {
		if got, ok := parseByte(in); ok {
			t.Errorf("%s is taken for %q", in, got)
		}
	}
}

// TestPeekPages compares the pages of some files, at the width of a plain page.
func TestPeekPages(t *testing.T) {
	for _, name := range []string{
		"quote-never-closed", "preamble-several-lines", "header-none", "types-null-words", "not-csv-xlsx", "empty", "charset-latin1",
		"delimiter-tab", "quote-backslash", "ragged-most-rows", "header-same-names", "types-padded-numbers", "delimiter-unit-separator", "ends-cr-in-text",
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			c := peekCmd{Files: []string{"../detect/testdata/corpus/" + name + ".csv"}, Rows: 4}
			if err := c.Run(context.Background(), newStreams(strings.NewReader(""), &out, &out)); err != nil {
				fmt.Fprintln(&out, err)
			}
			testkit.Golden(t, "testdata/peek/"+name+".txt", out.Bytes())
		})
	}
}

// TestPeekFitsTerminals draws every file of the corpus for terminals of several widths: no line is wider.
func TestPeekFitsTerminals(t *testing.T) {
	for _, path := range corpus(t) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		p := &sample{in: &input{name: filepath.Base(path)}, data: data, reading: detect.Read(data, true, detect.Declared{})}
		for _, width := range []int{40, 80, 120} {
			rows, err := firstRows(context.Background(), p, 5)
			if err != nil {
				t.Fatal(err)
			}
			pg, inked := &page{width: width}, &page{width: width, ink: true}
			pg.show(p, rows)
			inked.show(p, rows)
			if plain := ink.ReplaceAllString(inked.String(), ""); plain != pg.String() {
				t.Errorf("%s at %d: with inks the text is another (-plain +inked):\n%s", filepath.Base(path), width, cmp.Diff(pg.String(), plain))
			}
			for line := range strings.Lines(pg.String()) {
				line = strings.TrimSuffix(line, "\n")
				if w := textWidth(line); w > width && w > longestWord(line)+2*len(indent) {
					t.Errorf("%s at %d: a line is %d wide:\n%s", filepath.Base(path), width, w, line)
				}
				if line != detect.Visible(line) {
					t.Errorf("%s: what is shown holds control characters: %q", filepath.Base(path), line)
				}
			}
		}
	}
}

var ink = regexp.MustCompile("\x1b\\[[0-9]*m")

// longestWord gives the width of the longest word of a line: one that is longer than the page is not broken.
func longestWord(line string) (n int) {
	for _, w := range strings.Fields(line) {
		n = max(n, textWidth(w))
	}
	return n
}

func TestCells(t *testing.T) {
	for text, want := range map[string][]string{
		`a,"b ""c""",d`: {"a", `b "c"`, "d"}, `a,"b`: {"a", "b"}, `a,"b"c,d`: {"a", `"b"c`[1:], "d"}, "": {}, ",": {"", ""},
	} {
		if diff := cmp.Diff(want, detect.Cells(csvarrow.Dialect{Delimiter: ',', Quote: '"', Escape: '"'}, []byte(text))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}
