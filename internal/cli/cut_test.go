package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
)

// cutAll gives the chunks of a file without their headers, and the rows that they hold together.
func cutAll(t require, in io.Reader, size int) (chunks []string, header string, rows int) {
	c := newCutter(in, size, &feed.Contract{})
	for {
		chunk, n, err := c.next()
		if errors.Is(err, io.EOF) {
			return chunks, string(c.header), rows
		}
		if err != nil {
			t.Fatalf("next: %v", err)
		}
		body, ok := bytes.CutPrefix(chunk, c.header)
		if !ok {
			t.Fatalf("a chunk does not begin with the header: %q", chunk)
		}
		if n < 1 {
			t.Fatalf("a chunk has %d rows", n)
		}
		if len(chunk) > size && n > 1 {
			t.Fatalf("a chunk of %d rows has %d bytes, more than %d", n, len(chunk), size)
		}
		chunks = append(chunks, string(body))
		rows += n
	}
}

type require interface{ Fatalf(string, ...any) }

func TestCutter(t *testing.T) {
	const header = "id,note\n"
	for _, c := range []struct {
		name, in string
		size     int
		want     []string
	}{
		{"all in one", "a,1\nb,2\n", 100, []string{"a,1\nb,2\n"}},
		{"exactly full", "a,1\nb,2\nc,3\n", len(header) + 8, []string{"a,1\nb,2\n", "c,3\n"}},
		{"one byte short", "a,1\nb,2\nc,3\n", len(header) + 7, []string{"a,1\n", "b,2\n", "c,3\n"}},
		{"smaller than the header", "a,1\nb,2\n", 1, []string{"a,1\n", "b,2\n"}},
		{"a long row", "a,1\nb,\"" + strings.Repeat("x\n", 50) + "\"\nc,3\n", 20, []string{"a,1\n", "b,\"" + strings.Repeat("x\n", 50) + "\"\n", "c,3\n"}},
		{"no line end behind the last row", "a,1\nb,2", len(header) + 4, []string{"a,1\n", "b,2"}},
		{"refused rows are rows", "a\nb,\"1\"x\nc,3,4\n", len(header) + 2, []string{"a\n", "b,\"1\"x\n", "c,3,4\n"}},
		{"an open quote takes the rest", "a,1\n\"b,2\nc,3\n", len(header) + 4, []string{"a,1\n", "\"b,2\nc,3\n"}},
		{"blank lines between chunks", "a,1\n\n\r\n\nb,2\n", len(header) + 4, []string{"a,1\n", "b,2\n"}},
		{"more blank lines than a chunk", "a,1\n" + strings.Repeat("\n", 3000) + "b,2\n\n\n", len(header) + 4, []string{"a,1\n", "b,2\n"}},
		{"a header alone", "", 100, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _, _ := cutAll(t, strings.NewReader(header+c.in), c.size)
			if strings.Join(got, "|") != strings.Join(c.want, "|") {
				t.Errorf("cut to %q, want %q", got, c.want)
			}
		})
	}
}

func TestCutterKeepsTheHeadersLineEnd(t *testing.T) {
	for _, eol := range []string{"\n", "\r\n", "\r"} {
		chunks, header, rows := cutAll(t, strings.NewReader("\xef\xbb\xbf"+eol+"id"+eol+"a"+eol+"b"+eol), len("id"+eol+"a"+eol))
		if header != "id"+eol || rows != 2 || strings.Join(chunks, "|") != "a"+eol+"|b"+eol {
			t.Errorf("line end %q: header %q, chunks %q", eol, header, chunks)
		}
	}
	if _, header, _ := cutAll(t, strings.NewReader("id"), 10); header != "id\n" {
		t.Errorf("header without a line end: %q", header)
	}
}

func TestCutterRefusesWhatHasNoHeader(t *testing.T) {
	for _, in := range []string{"", "\n\n", "\xef\xbb\xbf", "id,\"a\n", "i\x00d\n"} {
		_, _, err := newCutter(strings.NewReader(in), 100, &feed.Contract{}).next()
		var fault *flow.Fault
		if !errors.As(err, &fault) {
			t.Errorf("%q: %v, want a fault", in, err)
		}
	}
}

// A row that no chunk can hold ends the work at its line, in bounded memory.
func TestCutterRefusesARowWithoutEnd(t *testing.T) {
	endless := io.MultiReader(strings.NewReader("id\na\nb\n\""), &endlessReader{left: 4 * maxChunk})
	c := newCutter(endless, 1024, &feed.Contract{})
	if _, rows, err := c.next(); err != nil || rows != 2 {
		t.Fatalf("the rows before: %d, %v", rows, err)
	}
	_, _, err := c.next()
	if err == nil || !strings.HasPrefix(err.Error(), "line 4: a row is longer than 16,777,216 bytes") {
		t.Errorf("error %v", err)
	}
	if len(c.buf) > maxChunk {
		t.Errorf("the window has grown to %d", len(c.buf))
	}
}

type endlessReader struct{ left int }

func (r *endlessReader) Read(p []byte) (int, error) {
	n := min(len(p), r.left)
	if r.left -= n; n == 0 {
		return 0, io.EOF
	}
	for i := range p[:n] {
		p[i] = 'x'
	}
	return n, nil
}

func TestCutterGivesReadErrors(t *testing.T) {
	broken := errors.New("the disk is gone")
	in := io.MultiReader(strings.NewReader("id\na\nb\n"), iotest.ErrReader(broken))
	if _, _, err := newCutter(in, 64, &feed.Contract{}).next(); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

// Whatever the rows are, the size, and the pieces in which the input comes: the chunks without their headers are the file
// without its header and without blank lines at the cuts; and a reader of the chunks sees the rows of the file.
func TestCutterLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		eol := rapid.SampledFrom([]string{"\n", "\r\n", "\r"}).Draw(t, "eol")
		cell := rapid.OneOf(
			rapid.StringOf(rapid.SampledFrom([]rune("abc .;'é€"))),
			rapid.StringOf(rapid.SampledFrom([]rune("a\n\r,\""))),
			rapid.Just(""),
		)
		quoted := rapid.Custom(func(t *rapid.T) string {
			text := cell.Draw(t, "text")
			if strings.ContainsAny(text, "\"\r\n,") || rapid.Bool().Draw(t, "quoted anyway") {
				return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
			}
			return text
		})
		row := rapid.Custom(func(t *rapid.T) string {
			n := rapid.SampledFrom([]int{1, 2, 2, 2, 2, 3}).Draw(t, "cells") // some are ragged
			cells := rapid.SliceOfN(quoted, n, n).Draw(t, "row")
			if strings.Join(cells, "") == "" && n == 1 {
				return "x" // not blank
			}
			return strings.Join(cells, ",")
		})
		rows := rapid.SliceOfN(row, 0, 60).Draw(t, "rows")
		var file strings.Builder
		file.WriteString("id,note" + eol)
		body := ""
		for i, r := range rows {
			if i+1 < len(rows) || rapid.Bool().Draw(t, "last line end") {
				r += eol
			}
			body += r
		}
		file.WriteString(body)
		var in io.Reader = strings.NewReader(file.String())
		if rapid.Bool().Draw(t, "in pieces") {
			in = iotest.OneByteReader(in)
		}
		chunks, header, n := cutAll(t, in, rapid.IntRange(1, 300).Draw(t, "size"))
		if header != "id,note"+eol {
			t.Fatalf("header %q", header)
		}
		if got := strings.Join(chunks, ""); got != body {
			t.Fatalf("the chunks are\n%q, want\n%q", got, body)
		}
		if n != len(rows) {
			t.Fatalf("%d rows, want %d", n, len(rows))
		}
	})
}

func BenchmarkCutter(b *testing.B) {
	file := []byte("id,note\n" + strings.Repeat("CUST_0000001,\"a note, with a comma\"\n", 30000))
	for _, size := range []int{4 << 10, 64 << 10, 1 << 20} {
		b.Run(fmt.Sprint(size>>10, "KiB"), func(b *testing.B) {
			b.SetBytes(int64(len(file)))
			for b.Loop() {
				c := newCutter(bytes.NewReader(file), size, &feed.Contract{})
				for {
					if _, _, err := c.next(); errors.Is(err, io.EOF) {
						break
					} else if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
