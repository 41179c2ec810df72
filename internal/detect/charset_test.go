package detect

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/charset"
)

func TestFindCharset(t *testing.T) {
	for _, c := range []struct {
		sample string
		want   charset.Charset
	}{
		{"", charset.UTF8}, {"a,b\n", charset.UTF8}, {"é,ü\n", charset.UTF8}, {"\xef\xbb\xbfa", charset.UTF8},
		{"\xff\xfea\x00", charset.UTF16LE}, {"\xfe\xff\x00a", charset.UTF16BE}, {"a\x00,\x00b\x00", charset.UTF16LE}, {"\x00a\x00,\x00b", charset.UTF16BE},
		{"caf\xe9,1\n", charset.Latin1}, {"\x80 5,caf\xe9\n", charset.Windows1252}, {"\x81,caf\xe9\n", charset.Latin1},
		{"é ü ß \xe9\n", charset.UTF8}, {"\xe9\xe9\xe9 é\n", charset.Latin1}, {"aé\xc3", charset.UTF8}, {"a\x00b,c\n1,2,3\n", charset.UTF8},
	} {
		if got := findCharset([]byte(c.sample)); got.Value != c.want || got.Evidence == "" {
			t.Errorf("%q: %s (%s), want %s", c.sample, got.Value, got.Evidence, c.want)
		}
	}
}

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		charset  charset.Charset
		in, want string
		complete bool
	}{
		{charset.UTF8, "\xef\xbb\xbfaé", "aé", true}, {charset.UTF8, "a\xff", "a\xff", true},
		{charset.UTF8, "a\xc3", "a\xc3", true}, {charset.UTF8, "a\xc3", "a", false}, {charset.UTF8, "a\xe2\x82", "a", false}, {charset.UTF8, "aé", "aé", false},
		{charset.UTF16LE, "\xff\xfea\x00\xe9\x00", "aé", true}, {charset.UTF16BE, "\x00a\x20\xac", "a€", false},
		{charset.UTF16LE, "\x3d\xd8\x00\xde", "😀", true}, {charset.UTF16LE, "\x3d\xd8", "\xed\xa0\xbd", true}, {charset.UTF16LE, "\x3d\xd8", "", false},
		{charset.UTF16LE, "\x3d\xd8a\x00", "\xed\xa0\xbda", true}, {charset.UTF16LE, "a\x00b", "a\xff\x81\xa2", true}, {charset.UTF16LE, "a\x00b", "a", false},
		{charset.Latin1, "caf\xe9\x80", "café\u0080", true}, {charset.Windows1252, "\x80\x93\xe9\x81", "€“é\u0081", true},
	} {
		if got := string(decode(c.charset, []byte(c.in), c.complete)); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.charset, c.in, got, c.want)
		}
	}
}

func TestDecodeUndoesEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.ToValidUTF8(rapid.String().Draw(t, "text"), "")
		text = strings.TrimPrefix(text, "\ufeff")
		for c, order := range map[charset.Charset]binary.AppendByteOrder{charset.UTF16LE: binary.LittleEndian, charset.UTF16BE: binary.BigEndian} {
			var encoded []byte
			for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
				encoded = order.AppendUint16(encoded, unit)
			}
			if got := string(decode(c, encoded, true)); got != text {
				t.Fatalf("%s: %q became %q", c, text, got)
			}
		}
	})
}
