package fault

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/flow"
	"pgregory.net/rapid"
)

func TestAppendJSONString(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", `""`},
		{"plain", `"plain"`},
		{"exactly8", `"exactly8"`},
		{`say "hi" \ there`, `"say \"hi\" \\ there"`},
		{"a\tb\nc\rd\be\ff", `"a\tb\nc\rd\be\ff"`},
		{"\x00\x1f\x7f", "\"\\u0000\\u001f\x7f\""},
		{"<b>&amp;</b>", `"<b>&amp;</b>"`},
		{"15–19 years é 😀", `"15–19 years é 😀"`},
		{"line\u2028end", "\"line\u2028end\""},
		{"bad \xff\xfe byte", `"bad \ufffd\ufffd byte"`},
		{"cut \xe2\x80", `"cut \ufffd\ufffd"`},
		{"surrogate \xed\xa0\x80", `"surrogate \ufffd\ufffd\ufffd"`},
		{"real \ufffd", "\"real \ufffd\""},
	} {
		if got := string(AppendJSONString(nil, c.in)); got != c.want {
			t.Errorf("%q: got %s, want %s", c.in, got, c.want)
		}
		if got := string(AppendJSONString([]byte("x"), []byte(c.in))); got != "x"+c.want {
			t.Errorf("%q as bytes: got %s, want x%s", c.in, got, c.want)
		}
	}
}

// Each special byte is found at each place of the eight-byte stride and beyond it.
func TestAppendJSONStringAtEveryPlace(t *testing.T) {
	for c := range 256 {
		for n := 1; n < 20; n++ {
			for at := range n {
				in := bytes.Repeat([]byte{' '}, n)
				in[at] = byte(c)
				if got, want := AppendJSONString(nil, in), standard(t, in); !bytes.Equal(got, want) {
					t.Fatalf("%q: got %s, want %s", in, got, want)
				}
			}
		}
	}
}

func TestAppendJSONStringIsStandard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")
		if rapid.Bool().Draw(t, "text") {
			in = []byte(rapid.String().Draw(t, "string"))
		}
		if got, want := AppendJSONString(nil, in), standard(t, in); !bytes.Equal(got, want) {
			t.Fatalf("got %s, want %s", got, want)
		}
	})
}

func FuzzAppendJSONString(f *testing.F) {
	f.Add([]byte("Early career"))
	f.Add([]byte("\"\\\x00\u2028\xff 15–19"))
	f.Add([]byte("plain text, longer than a word of it\r\n\t\b\f\x1f\x7f"))
	f.Add([]byte("\xed\xa0\x80 \xf0\x9f\x98\x80 \xf0\x9f\x98 \xc0\xaf \\u2028 </script>"))
	f.Fuzz(func(t *testing.T, in []byte) {
		if got, want := AppendJSONString(nil, in), standard(t, in); !bytes.Equal(got, want) {
			t.Fatalf("got %s, want %s", got, want)
		}
	})
}

// standard is what encoding/json makes of in without HTML escaping; it also escapes U+2028 and U+2029, which JSON does not ask for.
func standard(t interface{ Fatal(...any) }, in []byte) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(string(in)); err != nil {
		t.Fatal(err)
	}
	out := b.Bytes()[:b.Len()-1]
	// A backslash of the input is doubled, so that these six characters can only be the encoder's unless the backslash
	// before them is itself escaped.
	var plain []byte
	for i := 0; i < len(out); i++ {
		if out[i] != '\\' {
			plain = append(plain, out[i])
			continue
		}
		switch rest := out[i:]; {
		case bytes.HasPrefix(rest, []byte(`\u2028`)):
			plain, i = append(plain, "\u2028"...), i+5
		case bytes.HasPrefix(rest, []byte(`\u2029`)):
			plain, i = append(plain, "\u2029"...), i+5
		default:
			plain, i = append(plain, out[i], out[i+1]), i+1
		}
	}
	return plain
}

func TestAppendJSONStringAllocates(t *testing.T) {
	dst := make([]byte, 0, 1024)
	text, cell := "Early \"career\" 15–19", []byte("Early career, no quotes")
	if n := testing.AllocsPerRun(100, func() {
		dst = AppendJSONString(dst[:0], text)
		dst = AppendJSONString(dst, cell)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestAppendDetail(t *testing.T) {
	for _, c := range []struct {
		in   any
		want string
	}{
		{"a\"b", `"a\"b"`},
		{true, "true"},
		{int64(-5), "-5"},
		{5, "5"},
		{100.0, "100"},
		{0.1, "0.1"},
		{1e300, "1e+300"},
		{1e-9, "1e-09"},
		{math.NaN(), "null"},
		{math.Inf(-1), "null"},
		{[]string(nil), "[]"},
		{[]string{"a", "b"}, `["a","b"]`},
		{flow.Messages(nil), "{}"},
		{flow.Messages{{Field: "f", Text: []string{"t", "u"}}, {Field: "g"}}, `{"f":["t","u"],"g":[]}`},
		{RawJSON(`[{"row":0,"id":""}]`), `[{"row":0,"id":""}]`},
		{nil, "null"},
		{struct{}{}, "null"},
	} {
		got := string(appendDetail(nil, c.in))
		if got != c.want || !json.Valid([]byte(got)) {
			t.Errorf("%v: got %s, want %s", c.in, got, c.want)
		}
	}
}

func TestAppendDetails(t *testing.T) {
	details := []flow.Detail{{Name: "line", Value: int64(3)}, {Name: "byte_offset", Value: int64(17)}, {Name: "reason", Value: "bare quote"}}
	if got, want := string(AppendDetails([]byte("x"), details)), `x{"line":3,"byte_offset":17,"reason":"bare quote"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := string(AppendDetails(nil, nil)); got != "{}" {
		t.Errorf("got %s", got)
	}
}

func BenchmarkAppendJSONString(b *testing.B) {
	for name, s := range map[string]string{
		"label": "Public and community services",
		"short": "Mid",
		"long":  strings.Repeat("all of this is clean text, ", 40),
		"mixed": strings.Repeat("größe \"quoted\" – ", 40),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			b.ReportAllocs()
			cell := []byte(s)
			dst := make([]byte, 0, 4096)
			for b.Loop() {
				dst = AppendJSONString(dst[:0], cell)
			}
		})
	}
}
