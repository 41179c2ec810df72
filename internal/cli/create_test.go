package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/detect"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/testkit"
)

// loadContract reads a contract back.
func loadContract(t interface {
	Helper()
	Fatalf(string, ...any)
}, text []byte) *feed.Contract {
	t.Helper()
	c, err := feed.Load(fstest.MapFS{"feed.yaml": {Data: text}}, "feed.yaml")
	if err != nil {
		t.Fatalf("the contract is wrong: %v\n%s", err, text)
	}
	return c
}

// TestCreateCorpus writes a contract for each odd and broken file that has columns. It loads, says what detection has found, and the
// engine reads the sample's table with it as detection says: no row is lost, none is refused but broken ones.
func TestCreateCorpus(t *testing.T) {
	written := 0
	for _, path := range corpus(t) {
		name := strings.TrimSuffix(filepath.Base(path), ".csv")
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			r := detect.Read(data, true, detect.Declared{})
			text, err := newContract(path, r)
			if err != nil {
				t.Logf("no contract: %v", err)
				return
			}
			written++
			c := loadContract(t, text)
			says(t, c, r)
			table, _ := r.Table()
			counts, refused := runContract(t, c, table)
			if headerRefused(r) {
				if refused == nil {
					t.Error("the header is broken, but the file is not refused")
				}
				return
			}
			if refused != nil {
				t.Fatalf("the file is refused: %v\n%s", refused, text)
			}
			// Rows that are the header again, or go on with it, are rows to the engine, and say nothing of types.
			if again := headersAgain(r); counts.Rows != r.Rows+r.Refused || counts.RowsDead < r.Refused || counts.RowsDead > r.Refused+again {
				t.Errorf("%d rows, %d dead; detection has counted %d read and %d refused\n%s", counts.Rows, counts.RowsDead, r.Rows, r.Refused, text)
			}
		})
	}
	if written < 100 {
		t.Errorf("only %d contracts were written", written)
	}
}

// says holds a contract to what was found out.
func says(t *testing.T, c *feed.Contract, r *detect.Reading) {
	t.Helper()
	want := feed.CSV{Delimiter: r.Delimiter.Value, Quote: r.Quote.Value, Header: feed.HeaderAlways, Charset: r.Charset.Value, Trim: r.Trim.Value}
	if r.Escape.Value != r.Quote.Value {
		want.Escape = r.Escape.Value
	}
	if !r.Header.Value {
		want.Header = feed.HeaderNever
	}
	if c.CSV != want {
		t.Errorf("csv is %+v, not %+v", c.CSV, want)
	}
	for i := range c.Columns {
		got := c.Columns[i].Field
		var found *flow.Field
		for k := range r.Columns {
			name := r.Columns[k].Field.Name
			if r.Header.Value {
				name = strings.TrimSpace(r.Columns[k].Header)
			}
			if name == got.Name {
				found = &r.Columns[k].Field
			}
		}
		if found == nil {
			t.Errorf("column %q is declared and does not exist", got.Name)
			continue
		}
		want := *found
		want.Name = got.Name
		want.Keeps = want.Type == flow.Category // a sample does not show every label
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("column %s (-found +declared):\n%s", got.Name, diff)
		}
	}
}

// runContract runs a text through the engine.
func runContract(t *testing.T, c *feed.Contract, text []byte) (*flow.Counts, *flow.Fault) {
	t.Helper()
	c.CSV.Charset = charset.UTF8 // which the text is in by now
	p, err := engine.Compile(c, engine.Options{Stream: true, NoLimits: true})
	if err != nil {
		t.Fatal(err)
	}
	w, err := p.NewWorker("test")
	if err != nil {
		t.Fatal(err)
	}
	var fx flow.Effects
	r := w.Stream(&flow.Chunk{}, "test", &fx)
	r.Feed(text, true)
	for more := true; more; {
		if more, err = r.Next(); err != nil {
			t.Fatal(err)
		}
	}
	return r.Counts(), r.Refused()
}

func headerRefused(r *detect.Reading) bool {
	for _, p := range r.Problems {
		if p.Kind == detect.KindHeader && strings.Contains(p.Text, "malformed") {
			return true
		}
	}
	return false
}

// headersAgain counts rows that repeat the header or go on with it.
func headersAgain(r *detect.Reading) (n int64) {
	for _, p := range r.Problems {
		switch p.Kind {
		case detect.KindSecondHeader:
			n += 1 + p.More
		case detect.KindMultiHeader:
			n += 2 // the most lines of the corpus that go on with a header
		}
	}
	return n
}

// TestCreatePages compares some contracts, to be looked at.
func TestCreatePages(t *testing.T) {
	for _, name := range []string{
		"clean", "preamble-title", "types-all", "types-category", "types-personal", "header-same-names", "header-none", "charset-latin1",
		"delimiter-tab", "quote-backslash", "types-padded-numbers", "types-leading-zeros", "header-bare-quote",
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			c := createCmd{File: "../detect/testdata/corpus/" + name + ".csv"}
			err := c.Run(context.Background(), newStreams(strings.NewReader(""), &out, &errs))
			var exit *exitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			loadContract(t, out.Bytes())
			testkit.Golden(t, "testdata/create/"+name+".yaml", out.Bytes())
		})
	}
}

// TestCreateNames writes contracts for headers and labels of any text: what YAML would take for something else comes back as it was.
func TestCreateNames(t *testing.T) {
	odd := rapid.SampledFrom([]string{
		"true", "No", "null", "~", "y", "N", "on", "1", "1e5", "0x1f", "1_000", "2024-01-01", "12:30", ".inf", "NaN", "-", "--- a", "a: b", "a #b", "#a",
		"[x]", "{x}", "a,b", "'a'", `"a"`, `a\b`, "&a", "*a", "!a", "%a", "@a", "`a", "|", ">", "?", "a:", ": a", "größe", "名前", "a  b", "é\u0301", "😀", "a\tb",
		"a\nb", "<<", "=", "Ünï", "\u2028x", "x\u0085y", "feed", "type", "a.b", "a-b", "\u00a0x",
	})
	anything := rapid.OneOf(odd, rapid.StringMatching(`[ -~]{1,12}`), rapid.StringN(1, 8, 40))
	rapid.Check(t, func(t *rapid.T) {
		headers := rapid.SliceOfN(anything, 1, 6).Draw(t, "headers")
		labels := rapid.SliceOfNDistinct(anything, 1, 30, rapid.ID).Draw(t, "labels")
		r := &detect.Reading{Complete: true}
		r.Delimiter.Value, r.Quote.Value, r.Escape.Value, r.Header.Value = ',', '"', '"', true
		seen := map[string]int{}
		for _, h := range headers {
			h = strings.ToValidUTF8(strings.ReplaceAll(h, "\x00", ""), "")
			seen[strings.ToLower(strings.Trim(h, " \t\r\n"))]++
			c := detect.Column{Header: h, Evidence: "a\nb # c"}
			c.Field = flow.Field{Name: h, Type: flow.Category, Labels: valid(labels)}
			r.Columns = append(r.Columns, c)
		}
		want := []string{}
		for _, c := range r.Columns {
			name := strings.Trim(c.Header, " \t\r\n")
			if name != "" && seen[strings.ToLower(name)] == 1 && strings.TrimSpace(name) == name {
				want = append(want, name)
			}
		}
		text, err := newContract("x.csv", r)
		if len(want) == 0 {
			if err == nil {
				t.Fatalf("a contract without columns:\n%s", text)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		c := loadContract(t, text)
		got := []string{}
		for i := range c.Columns {
			got = append(got, c.Columns[i].Name)
			if diff := cmp.Diff(r.Columns[0].Field.Labels, c.Columns[i].Labels); diff != "" {
				t.Fatalf("labels (-written +read):\n%s\n%s", diff, text)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("names (-written +read):\n%s\n%s", diff, text)
		}
	})
}

// valid gives labels as a sample may have them: UTF-8 without NUL, different, not empty.
func valid(labels []string) (list []string) {
	seen := map[string]bool{feed.NotStated: true}
	for _, l := range labels {
		l = strings.ToValidUTF8(strings.ReplaceAll(l, "\x00", ""), "")
		if l != "" && !seen[l] {
			seen[l] = true
			list = append(list, l)
		}
	}
	if list == nil {
		list = []string{"x"}
	}
	return list
}

func TestCreateFeedNames(t *testing.T) {
	for file, want := range map[string]string{
		"orders.csv": "orders", "/a/b/Orders 2024 (1).CSV.gz": "Orders-2024-1", "-": "stdin", ".csv": "csv", "größe.csv": "gr-e", "名前.csv": "feed",
		"_x.tsv": "x", "a.b.csv": "a.b", strings.Repeat("n", 120): strings.Repeat("n", 100), "x.csv.zst": "x",
	} {
		if got := feedName(file); got != want {
			t.Errorf("%s: %q, want %q", file, got, want)
		}
	}
}

// TestCreateWide has more columns than a contract has room for with comments, and with or without them.
func TestCreateWide(t *testing.T) {
	for _, c := range []struct {
		columns  int
		evidence bool
		fails    bool
	}{{2_000, true, false}, {15_000, false, false}, {60_000, false, true}} {
		r := &detect.Reading{Complete: true}
		r.Delimiter.Value, r.Quote.Value, r.Escape.Value, r.Header.Value = ',', '"', '"', true
		for i := range c.columns {
			name := fmt.Sprintf("column number %d", i)
			r.Columns = append(r.Columns, detect.Column{Header: name, Evidence: "all 100 cells are whole numbers, 1 to 100"})
			r.Columns[i].Field = flow.Field{Name: name, Type: flow.Int64}
		}
		text, err := newContract("wide.csv", r)
		if (err != nil) != c.fails {
			t.Errorf("%d columns: %v", c.columns, err)
		}
		if err != nil {
			continue
		}
		if n := bytes.Count(text, []byte("{type: int64}")); n != c.columns || bytes.Contains(text, []byte("  # ")) != c.evidence {
			t.Errorf("%d columns became %d in %d bytes", c.columns, n, len(text))
		}
	}
}

// FuzzCreate writes contracts for any bytes: each loads, and the engine reads the sample with it as detection says.
func FuzzCreate(f *testing.F) {
	for _, path := range corpus(f) {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<13 {
			t.Skip("long inputs only make fuzzing slow")
		}
		r := detect.Read(data, true, detect.Declared{})
		text, err := newContract("fuzz.csv", r)
		if err != nil {
			t.Skip("no contract")
		}
		c := loadContract(t, text)
		says(t, c, r)
		if headerRefused(r) || headersAgain(r) > 0 {
			t.Skip("the header, or what repeats it, is read otherwise")
		}
		table, _ := r.Table()
		counts, refused := runContract(t, c, table)
		if refused != nil && r.Rows+r.Refused > 0 || counts.Rows != r.Rows+r.Refused || counts.RowsDead != r.Refused {
			t.Errorf("%d rows, %d dead, refused: %v; detection has counted %d read and %d refused\n%s",
				counts.Rows, counts.RowsDead, refused, r.Rows, r.Refused, text)
		}
	})
}
