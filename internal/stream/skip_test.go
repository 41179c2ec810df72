package stream

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/assay-dev/assay/internal/charset"
)

func TestSkip(t *testing.T) {
	for _, test := range []struct {
		in    string
		n     int
		lines int64
		rest  string
	}{
		{"a\nb\nc\n", 0, 0, "a\nb\nc\n"},
		{"a\nb\nc\n", 2, 2, "c\n"},
		{"a\r\nb\r\nc", 1, 1, "b\r\nc"},
		{"a\rb\rc", 2, 2, "c"},
		{"a\rb\r\nc", 1, 1, "b\r\nc"},
		{"a\rb\r\nc\rd", 3, 3, "d"},
		{"a\nb\rc\nd", 2, 2, "d"}, // a lone CR is text where the first line does not end in one
		{"a\r\nb\rc\r\nd", 2, 2, "d"},
		{"\n\n\"x\ny\"\n", 3, 3, "y\"\n"}, // lines, not records
		{"a\nb", 2, 2, ""},
		{"a\nb", 9, 2, ""},
		{"a\nb\n", 9, 2, ""},
		{"a\r", 1, 1, ""},
		{"", 1, 0, ""},
	} {
		for _, in := range []io.Reader{strings.NewReader(test.in), iotest.OneByteReader(strings.NewReader(test.in))} {
			r := bufio.NewReader(in)
			lines, bytes, err := Skip(r, test.n, charset.UTF8)
			rest, _ := io.ReadAll(r) // of a string
			if lines != test.lines || string(rest) != test.rest || int(bytes) != len(test.in)-len(test.rest) || err != nil {
				t.Errorf("%d lines of %q: %d lines of %d bytes, then %q, %v", test.n, test.in, lines, bytes, rest, err)
			}
		}
	}
	r := bufio.NewReader(strings.NewReader("ä😀\nb"))
	if lines, bytes, err := Skip(r, 1, charset.UTF16LE); lines != 1 || bytes != 8 || err != nil {
		t.Errorf("%d lines of %d bytes, %v", lines, bytes, err)
	}
	for _, in := range []string{"a", "a\r"} {
		r := bufio.NewReader(io.MultiReader(strings.NewReader(in), iotest.ErrReader(os.ErrDeadlineExceeded)))
		if _, _, err := Skip(r, 1, charset.UTF8); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("after %q: %v", in, err)
		}
	}
}
