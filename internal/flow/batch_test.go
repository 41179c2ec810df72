package flow

import (
	"errors"
	"testing"
)

// rows makes a batch over text, one row for each [from, to).
func rows(text string, ranges ...[2]uint32) *Batch {
	b := &Batch{}
	b.Reset(&Chunk{})
	b.Bytes, b.Offset, b.FirstRow, b.FirstLine = []byte(text), 1000, 50, 70
	for i, r := range ranges {
		b.Rows[i] = Row{From: r[0], To: r[1], Index: uint32(i), Line: uint32(2 * i)}
	}
	b.N = len(ranges)
	return b
}

func TestRowsKnowTheirPlace(t *testing.T) {
	b := rows("ab\ncd\r\nef\rgh", [2]uint32{0, 2}, [2]uint32{3, 5}, [2]uint32{7, 9}, [2]uint32{10, 12})
	for i, want := range []struct {
		raw, eol string
		from     int64
	}{{"ab", "\n", 1000}, {"cd", "\r\n", 1003}, {"ef", "\r", 1007}, {"gh", "", 1010}} {
		from, to := b.Range(i)
		if string(b.Raw(i)) != want.raw || string(b.EOL(i)) != want.eol || from != want.from || to != from+2 {
			t.Errorf("row %d: %q %q [%d, %d), want %+v", i, b.Raw(i), b.EOL(i), from, to, want)
		}
		if b.Index(i) != 50+int64(i) || b.Line(i) != 70+2*int64(i) {
			t.Errorf("row %d: index %d, line %d", i, b.Index(i), b.Line(i))
		}
	}
}

func TestFindTellsTheRow(t *testing.T) {
	b := rows("ab\ncd\n", [2]uint32{0, 2}, [2]uint32{3, 5})
	c := NewColumn(&Field{Name: "x"}, 2, true)
	c.Text[1].SetView(b.Bytes, 3, 5, 0)
	c.Buffers[0] = b.Bytes
	b.Find(0, "FLAG", nil, false)
	f := *b.Find(1, "DEAD", &c, true)
	if string(f.Value) != "cd" || f.Column != c.Field {
		t.Errorf("value %q of %v", f.Value, f.Column)
	}
	if f.Row != 51 || f.Line != 72 || f.From != 1003 || f.To != 1005 || f.Place != -1 || f.Slot != 1 || !f.Dead {
		t.Errorf("%+v", f)
	}
	if !b.Flagged.Get(0) || b.Flagged.Get(1) || b.Dead.Get(0) || !b.Dead.Get(1) {
		t.Error("the wrong rows are flagged or dead")
	}
}

func TestUnfindTakesBack(t *testing.T) {
	b := rows("ab\ncd\nef\n", [2]uint32{0, 2}, [2]uint32{3, 5}, [2]uint32{6, 8})
	b.Findings = append(b.Findings, Finding{Slot: -1, Dead: true})
	b.Find(0, "FLAG", nil, false)
	b.Find(2, "DEAD", nil, true)
	n := len(b.Findings)
	b.Find(1, "FLAG", nil, false)
	b.Find(0, "DEAD", nil, true)
	b.Unfind(n)
	if len(b.Findings) != n || b.Dead.Count(3) != 1 || !b.Dead.Get(2) || b.Flagged.Count(3) != 1 || !b.Flagged.Get(0) {
		t.Errorf("%d findings, %d dead, %d flagged", len(b.Findings), b.Dead.Count(3), b.Flagged.Count(3))
	}
}

func TestResetForgetsTheRows(t *testing.T) {
	b := rows("ab\n", [2]uint32{0, 2})
	b.Cap = 16
	b.Find(0, "DEAD", nil, true)
	b.Find(0, "FLAG", nil, false)
	b.Arena, b.Cells = append(b.Arena, 'x'), append(b.Cells, Span{})
	c := &Chunk{}
	b.Reset(c)
	if b.Chunk != c || b.N+len(b.Findings)+len(b.Arena)+len(b.Cells) != 0 || b.Dead.Any(MaxRows) || b.Flagged.Any(MaxRows) {
		t.Error("something is left")
	}
	if b.Cap != 16 {
		t.Errorf("the bound of %d rows is lost", b.Cap)
	}
}

func TestFaultSaysWhat(t *testing.T) {
	cause := errors.New("disk on fire")
	f := &Fault{Code: "INVALID_FILE", Details: []Detail{{"line", int64(3)}, {"reason", "NUL byte"}}, Cause: cause}
	if got := f.Error(); got != "INVALID_FILE reason=NUL byte: disk on fire" {
		t.Error(got)
	}
	if !errors.Is(f, cause) {
		t.Error("the cause is lost")
	}
}

func TestHeaderGivesTheLast(t *testing.T) {
	c := Chunk{Headers: []Header{{Key: "assay-tenant", Value: []byte("a")}, {Key: "Assay-Tenant", Value: []byte("b")}, {Key: "assay-job"}}}
	if v, ok := c.Header("assay-tenant"); !ok || string(v) != "b" {
		t.Errorf("%q, %v", v, ok)
	}
	if v, ok := c.Header("ASSAY-JOB"); !ok || v != nil {
		t.Errorf("a null is %q, %v", v, ok)
	}
	if v, ok := c.Header("assay-jobs"); ok {
		t.Errorf("a header that is not there: %q", v)
	}
}
