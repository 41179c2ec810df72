package csvarrow

import (
	"bytes"
	"testing"
)

// relaxed is a stand-in for the contract's relaxed key: trimmed, lower case, without commas and quotes.
func relaxed(dst, t []byte) []byte {
	t = bytes.Trim(t, " \t")
	for _, c := range t {
		switch {
		case 'A' <= c && c <= 'Z':
			dst = append(dst, c+'a'-'A')
		case c == ',' || c == '"' || c == '\'':
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func TestVocab(t *testing.T) {
	entries := []Entry{{"Male", 0}, {"Female", 1}, {"Male", 7}, {"MALE", 2}, {"Not, stated", 3}, {"'", 4}, {"", 5}}
	var scratch []byte
	for _, c := range []struct {
		cell           string
		exact, relaxed int16 // -1: unknown
	}{
		{"Male", 0, 0}, // the first of two equal ones
		{"MALE", 2, 2}, // exact bytes go before the relaxed key
		{"mAlE ", -1, 0},
		{"not stated", -1, 3},
		{"'", 4, 4},
		{"\"", -1, -1}, // an entry whose key is empty has none
		{"", 5, 5},
		{"Malee", -1, -1},
	} {
		for _, v := range []struct {
			name string
			v    *Vocab
			want int16
		}{
			{"exact", NewVocab(entries, nil), c.exact}, {"relaxed", NewVocab(entries, relaxed), c.relaxed},
		} {
			code, ok := v.v.Lookup([]byte(c.cell), &scratch)
			if !ok {
				code = -1
			}
			if code != v.want {
				t.Errorf("%s %q: got %d, want %d", v.name, c.cell, code, v.want)
			}
		}
	}
	if _, ok := NewVocab(nil, nil).Lookup([]byte("x"), &scratch); ok {
		t.Error("an empty vocabulary knows x")
	}
}

func TestVocabAllocatesNothing(t *testing.T) {
	v := NewVocab([]Entry{{"Early career", 0}}, relaxed)
	scratch := make([]byte, 0, 64)
	cells := [][]byte{[]byte("Early career"), []byte(" EARLY career"), []byte("thirty"), nil}
	if n := testing.AllocsPerRun(100, func() {
		for _, c := range cells {
			v.Lookup(c, &scratch)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
