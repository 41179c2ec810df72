package feed

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// CP-11: the relaxed key.
func TestKey(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"Early career", "early career"},
		{"  early CAREER ", "early career"},
		{"\t\r\n\u00a0Male\u00a0 \t", "male"},
		{"15–19 years", "15-19 years"},
		{"15—19 years", "15-19 years"},
		{"Employed, worked full-time", "employed worked full-time"},
		{"$650-$799 ($33,800-$41,599)", "$650-$799 $33800-$41599"},
		{"'Male'; \"Male\": ‘Male’ “Male”", "male male male male"},
		{"two  or\u00a0\tmore   blanks", "two or more blanks"},
		{"( Male )", "male"},
		{"Other / Not employed", "other / not employed"},
		{" , : ; ( ) ' \" ‘’ “” ", ""},
		{"Ünïted É", "Ünïted É"},
		{"100% & more_less.", "100% & more_less."},
		{"\u2015 \u201a \u201e \u2026", "\u2015 \u201a \u201e \u2026"},
		{"cut \xe2\x80", "cut \xe2\x80"},
		{"cut \xc2", "cut \xc2"},
		{"\xff\x00", "\xff\x00"},
	} {
		if got := Key(c.text); got != c.want {
			t.Errorf("Key(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func TestAppendRelaxedAppends(t *testing.T) {
	if got := AppendRelaxed([]byte("before"), []byte(" A b ")); string(got) != "beforea b" {
		t.Errorf("got %q", got)
	}
}

func TestAppendRelaxedAllocates(t *testing.T) {
	text := []byte("  Husband, Wife or Partner in a registered marriage, opposite–sex couple ")
	dst := make([]byte, 0, len(text))
	if n := testing.AllocsPerRun(100, func() { dst = AppendRelaxed(dst[:0], text) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// A key is its own key, is never longer than its text, and does not see what the rules say is not seen.
func TestKeyProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(
			rapid.StringOf(rapid.SampledFrom([]rune("aB-–—,:;()'\"‘’“”\u00a0 \t\r\n\u2010é"))),
			rapid.String(),
		).Draw(t, "text")
		key := Key(text)
		if Key(key) != key {
			t.Fatalf("%q has the key %q, which has the key %q", text, key, Key(key))
		}
		if len(key) > len(text) {
			t.Fatalf("%q has the longer key %q", text, key)
		}
		if got := Key(" \t" + text + "\u00a0"); got != key {
			t.Fatalf("with blanks around it: %q, want %q", got, key)
		}
		if got := Key(asciiUpper(text)); got != key {
			t.Fatalf("in capitals: %q, want %q", got, key)
		}
		if strings.ContainsAny(key, "–—,:;()'\"‘’“”\t\r\n") || strings.Contains(key, "  ") {
			t.Fatalf("%q has the key %q", text, key)
		}
	})
}

func asciiUpper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

func FuzzAppendRelaxed(f *testing.F) {
	f.Add([]byte("  Employed, worked full–time (“x”)\u00a0 "))
	f.Add([]byte("\xe2\x80\xe2\x80\x93\xc2"))
	f.Add([]byte("Other / Not employed; \"Year 11 or below\",\r\n\t(25—29 YEARS)"))
	f.Add([]byte("Côte d’Ivoire: ‘São Tomé’"))
	f.Fuzz(func(t *testing.T, text []byte) {
		before := bytes.Clone(text)
		key := AppendRelaxed(nil, text)
		if !bytes.Equal(text, before) {
			t.Fatal("the text has changed")
		}
		if got := AppendRelaxed([]byte("before "), text); string(got) != "before "+string(key) {
			t.Fatalf("%q has the key %q, behind another text %q", text, key, got)
		}
		if wide := AppendRelaxed(nil, slices.Concat([]byte(" \t"), text, []byte("\u00a0\n"))); utf8.Valid(text) && !bytes.Equal(wide, key) {
			t.Fatalf("%q has the key %q, with blanks around it %q", text, key, wide)
		}
		if len(key) > len(text) || bytes.ContainsAny(key, "\t\r\n,:;()'\"ABCDEFGHIJKLMNOPQRSTUVWXYZ") || bytes.Contains(key, []byte("  ")) {
			t.Fatalf("%q has the key %q", text, key)
		}
		if again := AppendRelaxed(nil, key); utf8.Valid(text) && !bytes.Equal(again, key) {
			t.Fatalf("%q has the key %q", key, again)
		}
	})
}

func BenchmarkAppendRelaxed(b *testing.B) {
	text := []byte(" Employed, worked full–time ")
	dst := make([]byte, 0, 64)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		dst = AppendRelaxed(dst[:0], text)
	}
}
