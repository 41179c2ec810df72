package detect

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/csvarrow"
	"github.com/assay-dev/assay/internal/flow"
)

// sameRecords holds the walker against the engine's scanner: the same records at the same bytes on the same lines, and the
// same ones refused, with the flaw in the same place.
func sameRecords(t interface {
	Helper()
	Fatalf(string, ...any)
}, d csvarrow.Dialect, text []byte) {
	t.Helper()
	s := csvarrow.New(d, csvarrow.Limits{})
	s.Begin(nil)
	w := newWalker(d, text, true)
	text0 := text
	if bytes.HasPrefix(text, []byte("\xef\xbb\xbf")) {
		return // Decode takes the mark off before the walker sees the text
	}
	n, h, err := s.Header(text, true)
	w.begin(0, 1)
	head, ok := w.record()
	if err != nil {
		if ok && head.flaw == sound && utf8.Valid(text[head.from:head.to]) {
			t.Fatalf("the scanner refuses the header: %v; the walker takes it", err)
		}
		return
	}
	if !ok || int64(head.from) != h.From || int64(head.to) != h.To || head.width != len(h.Names) || int64(head.line) != h.Line || w.loneCR != h.LoneCR {
		t.Fatalf("header: walker %+v, scanner %+v", head, h)
	}
	for i, c := range w.cells {
		if string(w.value(c)) != h.Names[i] {
			t.Fatalf("name %d: walker %q, scanner %q", i, w.value(c), h.Names[i])
		}
	}
	s.Bind(&csvarrow.Plan{Columns: make([]csvarrow.Target, len(h.Names))})
	var b flow.Batch
	for at := n; ; at += n {
		if n, err = s.Next(&b, text0[at:], true); err != nil || n == 0 && b.N == 0 && len(b.Findings) == 0 {
			break
		}
		row, finding := 0, 0
		for row < b.N || finding < len(b.Findings) {
			r, ok := w.record()
			if !ok {
				t.Fatalf("the walker has no record where the scanner has one")
			}
			if finding < len(b.Findings) && (row == b.N || b.Findings[finding].Row < b.Index(row)) {
				f := &b.Findings[finding]
				finding++
				if int64(r.from) != f.From || int64(r.to) != f.To || int64(r.line) != f.Line {
					t.Fatalf("refused record: walker %+v, scanner %+v", r, *f)
				}
				bad := !utf8.Valid(text[r.from:r.to])
				if r.flaw == sound && r.width == len(h.Names) && !bad {
					t.Fatalf("the scanner refuses what the walker takes: %+v, %+v", r, *f)
				}
				if r.flaw != sound && !bad && int64(r.place) != f.Place {
					t.Fatalf("the flaw: walker %+v, scanner %+v", r, *f)
				}
				continue
			}
			from, to := b.Range(row)
			if int64(r.from) != from || int64(r.to) != to || int64(r.line) != b.Line(row) || r.flaw != sound || r.width != len(h.Names) {
				t.Fatalf("row: walker %+v, scanner [%d, %d) on line %d", r, from, to, b.Line(row))
			}
			row++
		}
	}
	if r, ok := w.record(); ok {
		t.Fatalf("the walker has a record more than the scanner: %+v", r)
	}
}

var testDialects = []csvarrow.Dialect{
	{Delimiter: ',', Quote: '"', Escape: '"'}, {Delimiter: ',', Quote: '"', Escape: '\\'},
	{Delimiter: ';', Quote: '\'', Escape: '\''}, {Delimiter: '\t', Quote: '\'', Escape: '\\'},
}

func TestWalkerReadsAsTheScanner(t *testing.T) {
	for name, data := range corpus(t) {
		for _, d := range testDialects {
			t.Run(name, func(t *testing.T) { sameRecords(t, d, data) })
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOf(rapid.SampledFrom([]byte("ab,;\t\"'\\\n\n\r\x00\xc3"))).Draw(t, "text")
		sameRecords(t, rapid.SampledFrom(testDialects).Draw(t, "dialect"), text)
	})
}

func TestMendEndsARecordAtItsLine(t *testing.T) {
	w := newWalker(testDialects[0], []byte("a,b,c\n1,\"2,3\n4,5,6\n"), true)
	w.begin(0, 1)
	w.record()
	r, _ := w.record()
	if r.flaw != neverClosed || r.next != len(w.text) {
		t.Fatalf("record %+v", r)
	}
	w.mend(&r)
	if string(w.text[r.from:r.to]) != "1,\"2,3" || r.width != 3 || len(w.cells) != 3 {
		t.Errorf("mended %+v, %d cells", r, len(w.cells))
	}
	if r, ok := w.record(); !ok || r.line != 3 || r.width != 3 || r.flaw != sound {
		t.Errorf("the record behind it: %+v", r)
	}
}
