package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"

	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/pipeline"
)

// FuzzInspect shows any message: it is one line of JSON with a format, and text that does nothing to a terminal. Nobody knows who
// else writes to a topic.
func FuzzInspect(f *testing.F) {
	f.Add([]byte("a,b\n1,\xe9\n"), "text/csv; charset=latin-1", "", "key")
	f.Add([]byte("\xff\xfea\x00\x3d\xd8"), "", "", "\x1b[31m")
	f.Add([]byte(`{"a": [1, "\u202e"], "b": null}`), "application/json", "identity", "")
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte("id,AGE5P\n1,30\n"))
	_ = z.Close()
	f.Add(zipped.Bytes(), "text/csv", "gzip", "k")
	feed, err := pipeline.Load("../engine/testdata/orders/feed.yaml", pipeline.WithFormat(pipeline.Arrow))
	if err != nil {
		f.Fatal(err)
	}
	res, err := feed.Process(f.Context(), strings.NewReader("order_id;email;amount;ordered;country\n1;a@example.org;9.50;2026-05-25 10:00:00;NL\n2;;1;;FR\n"))
	if err != nil || len(res.Rows) != 1 {
		f.Fatalf("%v, %d messages", err, len(res.Rows))
	}
	f.Add(res.Rows[0], "application/vnd.apache.arrow.stream", "", "k")
	f.Fuzz(func(t *testing.T, value []byte, kind, coding, key string) {
		if len(value) > 1<<14 {
			t.Skip("long inputs only make fuzzing slow")
		}
		m := &message{topic: "t", key: []byte(key), value: value, headers: []flow.Header{
			{Key: "content-type", Value: []byte(kind)}, {Key: "Content-Encoding", Value: []byte(coding)}, {Key: key, Value: value},
		}}
		var line struct {
			Format string
			Value  json.RawMessage
		}
		if text := m.json(); strings.Count(text, "\n") != 1 || json.Unmarshal([]byte(text), &line) != nil || line.Format == "" || len(line.Value) == 0 {
			t.Fatalf("%q as JSON: %q", value, text)
		}
		text := m.text()
		if !strings.HasSuffix(text, "\n") || !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\x1b\u202e\u2028\r\b\x7f\u009b") {
			t.Fatalf("%q as text: %q", value, text)
		}
	})
}

// FuzzCut cuts any bytes into chunks of any size: no byte of a row is lost, each chunk has the header in front, and a reader of the
// chunks sees as many rows as one of the file.
func FuzzCut(f *testing.F) {
	for i, path := range corpus(f) {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, uint8(5*i))
	}
	f.Fuzz(func(t *testing.T, data []byte, size uint8) {
		if len(data) > 1<<13 {
			t.Skip("long inputs only make fuzzing slow")
		}
		whole, rows := cut(t, data, 64<<10)
		pieces, n := cut(t, data, int(size))
		if rows != n || !bytes.Equal(withoutEnds(whole), withoutEnds(pieces)) {
			t.Fatalf("%q in chunks of %d bytes: %d rows, want %d\n%q\n%q", data, size, n, rows, pieces, whole)
		}
	})
}

// cut cuts a file, and counts the rows of its chunks once more as their reader does. Blank lines may be missing between
// chunks.
func cut(t *testing.T, data []byte, size int) (body []byte, rows int) {
	t.Helper()
	c := newCutter(bytes.NewReader(data), size, &feed.Contract{})
	for {
		chunk, n, err := c.next()
		var fault *flow.Fault
		switch {
		case errors.Is(err, io.EOF):
			return body, rows
		case errors.As(err, &fault) && rows == 0: // no header
			return nil, -1
		case err != nil:
			t.Fatal(err)
		}
		rest, ok := bytes.CutPrefix(chunk, c.header)
		if !ok || n < 1 || len(chunk) > size && n > 1 {
			t.Fatalf("a chunk of %d rows, %d bytes, behind the header %q: %q", n, len(chunk), c.header, chunk)
		}
		again := newCutter(bytes.NewReader(chunk), 64<<10, &feed.Contract{})
		if _, k, err := again.next(); err != nil || k != n {
			t.Fatalf("a chunk of %d rows is read as %d, %v: %q", n, k, err, chunk)
		}
		body, rows = append(body, rest...), rows+n
	}
}

// withoutEnds takes the bytes of line ends out of a text.
func withoutEnds(text []byte) []byte {
	return bytes.Map(func(r rune) rune {
		if r == '\r' || r == '\n' {
			return -1
		}
		return r
	}, bytes.ToValidUTF8(text, []byte("?")))
}
