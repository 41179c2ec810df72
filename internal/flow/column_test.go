package flow

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
)

// A View is one of Arrow's, byte for byte, so that a column of them is an Arrow buffer.
func TestViewHasArrowsLayout(t *testing.T) {
	if ours, theirs := unsafe.Sizeof(View{}), uintptr(arrow.ViewHeaderSizeBytes); ours != theirs {
		t.Fatalf("a View has %d bytes, Arrow's %d", ours, theirs)
	}
	text := []byte(strings.Repeat("abcdefghijklmnopqrstuvwxyz", 3))
	for size := range 40 {
		from := size % 7
		// Whatever the view held before must not shine through.
		v := View{size: 99, prefix: [4]byte{1, 2, 3, 4}, buffer: 5, offset: 6}
		v.SetView(text, from, from+size, 1)
		var want arrow.ViewHeader
		if size <= viewInline {
			want.SetBytes(text[from : from+size])
		} else {
			want.SetBytes(text[from : from+size])
			want.SetIndexOffset(1, int32(from))
		}
		if got := *(*arrow.ViewHeader)(unsafe.Pointer(&v)); got != want {
			t.Errorf("a text of %d bytes: %v, want %v", size, got, want)
		}
		if v.Len() != size {
			t.Errorf("a text of %d bytes has length %d", size, v.Len())
		}
	}
}

func TestCellGivesTheText(t *testing.T) {
	window, arena := []byte("0123456789abcdefghij"), []byte("ABCDEFGHIJKLMNOPQRST")
	c := NewColumn(&Field{Name: "x", Type: String}, 4, false)
	c.Buffers = [2][]byte{window, arena}
	c.Text[0].SetView(window, 3, 3, 0)
	c.Text[1].SetView(window, 1, 13, 0)
	c.Text[2].SetView(window, 2, 19, 0)
	c.Text[3].SetView(arena, 2, 19, 1)
	for i, want := range []string{"", "123456789abc", "23456789abcdefghi", "CDEFGHIJKLMNOPQRS"} {
		if got := string(c.Cell(i)); got != want {
			t.Errorf("cell %d is %q, want %q", i, got, want)
		}
	}
	if c.Cell(0) == nil {
		t.Error("an empty cell is nil: as a message key it would be a null")
	}
}

func TestNewColumnHasRoomForItsType(t *testing.T) {
	for typ := String; typ <= Int8; typ++ {
		t.Run(typ.String(), func(t *testing.T) {
			c := NewColumn(&Field{Type: typ, Labels: []string{"a"}}, 3, true)
			lengths := fmt.Sprint(len(c.Text), len(c.Ints), len(c.Floats), len(c.Decimals), len(c.UUIDs), len(c.Codes))
			want := map[Type]string{
				String: "3 0 0 0 0 0", Float64: "3 0 3 0 0 0", Decimal: "3 0 0 3 0 0", UUID: "3 0 0 0 3 0", Category: "3 0 0 0 0 3",
			}
			w, ok := want[typ]
			if !ok {
				w = "3 3 0 0 0 0"
			}
			if lengths != w {
				t.Errorf("text, ints, floats, decimals, uuids, codes: %s, want %s", lengths, w)
			}
			if typ == Category && c.Label(2) != "a" {
				t.Errorf("label %q", c.Label(2))
			}
		})
	}
	if c := NewColumn(&Field{Type: Int64}, 3, false); c.Text != nil {
		t.Error("a number whose text nobody needs has room for it")
	}
}

func TestTypeNames(t *testing.T) {
	for typ := String; typ < Int8; typ++ {
		if got, ok := ParseType(typ.String()); !ok || got != typ {
			t.Errorf("%s is read as %s, %t", typ, got, ok)
		}
	}
	for _, name := range []string{"int8", "", "ip", "Int64"} {
		if got, ok := ParseType(name); ok {
			t.Errorf("%q is read as %s", name, got)
		}
	}
	if got := Type(99).String(); got != "Type(99)" {
		t.Error(got)
	}
	s := Schema{{Name: "a"}, {Name: "b"}}
	if s.Index("b") != 1 || s.Index("B") != -1 {
		t.Error(s.Index("b"), s.Index("B"))
	}
	s = append(s, Field{Name: "a"})
	if p := s.Places(); len(p) != 2 || p["a"] != 0 || p["b"] != 1 {
		t.Error(p)
	}
}
