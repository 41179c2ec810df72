package detect

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"
)

func TestFindCharset(t *testing.T) {
	for _, c := range []struct {
		sample string
		want   Charset
	}{
		{"", UTF8}, {"a,b\n", UTF8}, {"é,ü\n", UTF8}, {"\xef\xbb\xbfa", UTF8},
		{"\xff\xfea\x00", UTF16LE}, {"\xfe\xff\x00a", UTF16BE}, {"a\x00,\x00b\x00", UTF16LE}, {"\x00a\x00,\x00b", UTF16BE},
		{"\xff\xfe\x00\x00a\x00\x00\x00", UTF32LE}, {"\x00\x00\xfe\xff\x00\x00\x00a", UTF32BE},
		{"caf\xe9,1\n", Latin1}, {"\x80 5,caf\xe9\n", Windows1252}, {"\x81,caf\xe9\n", Latin1},
		{"é ü ß \xe9\n", UTF8}, {"\xe9\xe9\xe9 é\n", Latin1}, {"aé\xc3", UTF8}, {"a\x00b,c\n1,2,3\n", UTF8},
	} {
		if got := findCharset([]byte(c.sample)); got.Value != c.want || got.Evidence == "" {
			t.Errorf("%q: %s (%s), want %s", c.sample, got.Value, got.Evidence, c.want)
		}
	}
}

func TestParseCharset(t *testing.T) {
	for name, want := range map[string]Charset{"UTF-8": UTF8, "latin1": Latin1, "CP1252": Windows1252, "utf-16LE": UTF16LE} {
		if got, ok := ParseCharset(name); !ok || got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	if _, ok := ParseCharset("ebcdic"); ok {
		t.Error("ebcdic is known")
	}
}

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		charset  Charset
		in, want string
		complete bool
	}{
		{UTF8, "\xef\xbb\xbfaé", "aé", true}, {UTF8, "a\xff", "a\xff", true},
		{UTF8, "a\xc3", "a\xc3", true}, {UTF8, "a\xc3", "a", false}, {UTF8, "a\xe2\x82", "a", false}, {UTF8, "aé", "aé", false},
		{UTF16LE, "\xff\xfea\x00\xe9\x00", "aé", true}, {UTF16BE, "\x00a\x20\xac", "a€", false},
		{UTF16LE, "\x3d\xd8\x00\xde", "😀", true}, {UTF16LE, "\x3d\xd8", "\ufffd", true}, {UTF16LE, "\x3d\xd8", "", false},
		{UTF16LE, "\x3d\xd8a\x00", "\ufffda", true}, {UTF16LE, "a\x00b", "a\ufffd", true}, {UTF16LE, "a\x00b", "a", false},
		{Latin1, "caf\xe9\x80", "café\u0080", true}, {Windows1252, "\x80\x93\xe9\x81", "€“é\ufffd", true},
	} {
		if got := string(Decode(c.charset, []byte(c.in), c.complete)); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.charset, c.in, got, c.want)
		}
	}
}

func TestDecodeUndoesEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.ToValidUTF8(rapid.String().Draw(t, "text"), "")
		text = strings.TrimPrefix(text, "\ufeff")
		for charset, order := range map[Charset]binary.AppendByteOrder{UTF16LE: binary.LittleEndian, UTF16BE: binary.BigEndian} {
			var encoded []byte
			for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
				encoded = order.AppendUint16(encoded, unit)
			}
			if got := string(Decode(charset, encoded, true)); got != text {
				t.Fatalf("%s: %q became %q", charset, text, got)
			}
		}
	})
}
