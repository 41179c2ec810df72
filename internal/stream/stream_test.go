package stream

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
)

func begin(t *testing.T, fx *flow.Effects) *engine.Run {
	t.Helper()
	c, err := feed.Load(fstest.MapFS{"f.yaml": {Data: []byte("feed: f\nversion: 1\ncolumns: {a: {type: string}}\n")}}, "f.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := engine.Compile(c, engine.Options{Stream: true, Format: engine.CSV})
	if err != nil {
		t.Fatal(err)
	}
	w, err := p.NewWorker("0")
	if err != nil {
		t.Fatal(err)
	}
	return w.Stream(&flow.Chunk{}, "/test", fx)
}

// A window grows for a row that does not fit, one longer than the greatest window goes by in parts, and the rows around them
// are scored. The window is used again for the next file.
func TestLongRows(t *testing.T) {
	var w Window
	for _, size := range []int{10, WindowBytes / 2, 2 * WindowBytes, WindowBytesMax + WindowBytes} {
		var fx flow.Effects
		r := begin(t, &fx)
		in := "a\nfirst\n" + strings.Repeat("x", size) + "\nlast\n"
		err := w.Run(t.Context(), "f", strings.NewReader(in), r, func() error {
			fx.Reset()
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.End(); err != nil {
			t.Fatal(err)
		}
		dead := int64(0)
		if size > engine.DefaultFieldBytes {
			dead = 1
		}
		if c := r.Counts(); c.Rows != 3 || c.RowsDead != dead || c.BytesIn != int64(len(in)) {
			t.Errorf("a row of %d bytes: %+v", size, c)
		}
	}
	if len(w.buf) != WindowBytesMax {
		t.Errorf("the window has %d bytes", len(w.buf))
	}
}

func TestRunSaysWhatCannotBeRead(t *testing.T) {
	var w Window
	var fx flow.Effects
	nothing := func() error { return nil }
	if err := w.Run(t.Context(), "people.csv", iotest.ErrReader(os.ErrDeadlineExceeded), begin(t, &fx), nothing); !errors.Is(err, os.ErrDeadlineExceeded) ||
		!strings.HasPrefix(err.Error(), "reading people.csv: ") {
		t.Error(err)
	}
	full := errors.New("full")
	if err := w.Run(t.Context(), "f", strings.NewReader("a\n1\n"), begin(t, &fx), func() error { return full }); !errors.Is(err, full) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Run(ctx, "f", strings.NewReader("a\n1\n"), begin(t, &fx), nothing); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestFill(t *testing.T) {
	for _, test := range []struct {
		in   io.Reader
		size int
		n    int
		last bool
		err  error
	}{
		{strings.NewReader("abc"), 2, 2, false, nil},
		{strings.NewReader("abc"), 3, 3, false, nil},
		{strings.NewReader("abc"), 4, 3, true, nil},
		{iotest.DataErrReader(strings.NewReader("abc")), 3, 3, true, nil},
		{iotest.OneByteReader(strings.NewReader("abc")), 4, 3, true, nil},
		{io.MultiReader(strings.NewReader("a"), iotest.ErrReader(io.ErrUnexpectedEOF)), 4, 1, false, io.ErrUnexpectedEOF},
	} {
		if n, last, err := Fill(test.in, make([]byte, test.size)); n != test.n || last != test.last || !errors.Is(err, test.err) {
			t.Errorf("%d, %t, %v, want %+v", n, last, err, test)
		}
	}
}
