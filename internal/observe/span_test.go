package observe

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

const parentHeader = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

func TestParseParent(t *testing.T) {
	for _, tt := range []struct {
		in      string
		known   bool
		sampled bool
	}{
		{parentHeader, true, true},
		{strings.TrimSuffix(parentHeader, "1") + "0", true, false},
		{strings.TrimSuffix(parentHeader, "01") + "ff", true, true}, // flags to come
		{"cc" + parentHeader[2:] + "-what-is-to-come", true, true},
		{"cc" + parentHeader[2:], true, true},
		{"", false, false},
		{"cc" + parentHeader[2:] + ".what", false, false},
		{parentHeader + "-more", false, false}, // not in version 0
		{"ff" + parentHeader[2:], false, false},
		{"00-00000000000000000000000000000000-00f067aa0ba902b7-01", false, false},
		{"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false, false},
		{strings.ToUpper(parentHeader), false, false},
		{strings.Replace(parentHeader, "-", "_", 1), false, false},
		{parentHeader[:54], false, false},
		{"0x" + parentHeader[2:], false, false},
	} {
		p := ParseParent([]byte(tt.in), []byte("a=b"))
		if p.None() == tt.known || p.Sampled != tt.sampled {
			t.Errorf("%q: %+v", tt.in, p)
		}
		if tt.known && (hex.EncodeToString(p.Trace[:]) != "4bf92f3577b34da6a3ce929d0e0e4736" || hex.EncodeToString(p.Span[:]) != "00f067aa0ba902b7" || p.State != "a=b") {
			t.Errorf("%q: %+v", tt.in, p)
		}
		if !tt.known && p != (Parent{}) {
			t.Errorf("%q leaves %+v", tt.in, p)
		}
	}
	if p := ParseParent([]byte(parentHeader), []byte(strings.Repeat("x", maxTraceState+1))); p.None() || p.State != "" {
		t.Errorf("of a state that is too long comes %+v", p)
	}
}

// FuzzParseParent: whatever is taken for a parent says the same when it is written as version 0.
func FuzzParseParent(f *testing.F) {
	f.Add([]byte(parentHeader))
	f.Add([]byte("cc" + parentHeader[2:] + "-x"))
	f.Fuzz(func(t *testing.T, in []byte) {
		p := ParseParent(in, nil)
		if p.None() {
			return
		}
		flags := 0
		if p.Sampled {
			flags = 1
		}
		again := fmt.Sprintf("00-%x-%x-%02x", p.Trace, p.Span, flags)
		if q := ParseParent([]byte(again), nil); q != p {
			t.Errorf("%q is read as %+v, and %q as %+v", in, p, again, q)
		}
	})
}

func TestDrawnIDsAreNotZero(t *testing.T) {
	seen := map[[16]byte]bool{}
	for range 1000 {
		var id [16]byte
		drawID(id[:])
		if seen[id] || [8]byte(id[:8]) == [8]byte{} || [8]byte(id[8:]) == [8]byte{} {
			t.Fatalf("drew %x", id)
		}
		seen[id] = true
	}
}
