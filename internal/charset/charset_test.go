package charset

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func encode16(text string, order binary.AppendByteOrder) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, u)
	}
	return b
}

func TestParse(t *testing.T) {
	for name, want := range map[string]Charset{
		"utf-8": UTF8, "UTF8": UTF8, " us-ascii ": UTF8, "utf-16": UTF16, "UTF-16LE": UTF16LE, "utf-16be": UTF16BE,
		"latin-1": Latin1, "ISO-8859-1": Latin1, "windows-1252": Windows1252, "CP1252": Windows1252,
	} {
		if got, ok := Parse(name); !ok || got != want {
			t.Errorf("%q is %v, %v", name, got, ok)
		}
	}
	for _, name := range []string{"", "utf-7", "utf-32", "koi8-r"} {
		if got, ok := Parse(name); ok {
			t.Errorf("%q is %v", name, got)
		}
	}
	for _, name := range Names() {
		if c, ok := Parse(name); !ok || c.String() != name {
			t.Errorf("%q is %v, %v", name, c, ok)
		}
	}
}

func TestSniff(t *testing.T) {
	for _, c := range []struct {
		head     string
		declared Charset
		want     Charset
		mark     int
	}{
		{"id", UTF8, UTF8, 0},
		{"id", Latin1, Latin1, 0},
		{"\xef\xbb\xbfid", Latin1, UTF8, 0},
		{"\xff\xfei\x00", UTF8, UTF16LE, 2},
		{"\xfe\xff\x00i", UTF8, UTF16BE, 2},
		{"\xfe\xff\x00i", UTF16LE, UTF16BE, 2},
		{"i\x00d\x00", UTF16, UTF16LE, 0},
		{"\x00i\x00d", UTF16BE, UTF16BE, 0},
		{"", UTF8, UTF8, 0},
		{"\xff", UTF8, UTF8, 0},
	} {
		if got, mark := Sniff([]byte(c.head), c.declared); got != c.want || mark != c.mark {
			t.Errorf("%q declared %v: %v, %d", c.head, c.declared, got, mark)
		}
	}
}

func TestAppend(t *testing.T) {
	for _, c := range []struct {
		charset  Charset
		in, want string
	}{
		{Latin1, "caf\xe9 \x80\xff", "café \u0080ÿ"},
		{Windows1252, "caf\xe9 \x80 \x93quoted\x94 \x81", "café € “quoted” \u0081"},
		{UTF16LE, "a\x00\xe9\x00\x3d\xd8\x00\xde", "aé😀"},
		{UTF16BE, "\x00a\x00\xe9\xd8\x3d\xde\x00", "aé😀"},
		{UTF16LE, "a\x00\x3d\xd8b\x00", "a\xed\xa0\xbdb"}, // a surrogate without its partner
		{UTF16LE, "\x00\xde\x3d\xd8", "\xed\xb8\x80\xed\xa0\xbd"},
		{UTF16LE, "a\x00b", "a\xff\x81\xa2"}, // half a unit
		{UTF8, "caf\xe9", "caf\xe9"},
	} {
		got, used := c.charset.Append([]byte("x"), []byte(c.in), true)
		if string(got) != "x"+c.want || used != len(c.in) {
			t.Errorf("%v %q: %q, %d used", c.charset, c.in, got, used)
		}
		if back := c.charset.Restore([]byte("x"), []byte(c.want)); string(back) != "x"+c.in {
			t.Errorf("%v %q: %q came back", c.charset, c.in, back)
		}
		if n := c.charset.Size([]byte(c.want)); n != len(c.in) {
			t.Errorf("%v %q: a size of %d, want %d", c.charset, c.want, n, len(c.in))
		}
	}
}

// All that Unicode has goes there and back, and the size of any part leads to the byte that it came from.
func TestUTF16RoundTrip(t *testing.T) {
	for _, o := range []struct {
		charset Charset
		order   binary.AppendByteOrder
	}{{UTF16LE, binary.LittleEndian}, {UTF16BE, binary.BigEndian}} {
		rapid.Check(t, func(t *rapid.T) {
			head, tail := rapid.String().Draw(t, "head"), rapid.String().Draw(t, "tail")
			raw := encode16(head+tail, o.order)
			got, _ := o.charset.Append(nil, raw, true)
			if string(got) != head+tail {
				t.Fatalf("%q became %q", head+tail, got)
			}
			if n := o.charset.Size([]byte(head)); n != len(encode16(head, o.order)) {
				t.Fatalf("%q had a size of %d", head, n)
			}
		})
	}
}

// Whatever the bytes are, and in whatever pieces they come: the text is the same, its size is theirs, it is valid UTF-8
// unless they were broken, and it leads back to them.
func TestPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom([]Charset{UTF8, UTF16LE, UTF16BE, Latin1, Windows1252}).Draw(t, "charset")
		raw := rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")
		whole, _ := c.Append(nil, raw, true)
		if n := c.Size(whole); n != len(raw) {
			t.Fatalf("a size of %d for %d bytes", n, len(raw))
		}
		if back := c.Restore(nil, whole); !bytes.Equal(back, raw) {
			t.Fatalf("%q came back as %q", raw, back)
		}
		if (c == Latin1 || c == Windows1252) && !utf8.Valid(whole) {
			t.Fatalf("%q is not UTF-8", whole)
		}
		var pieces []byte
		rest := raw
		for len(rest) > 0 {
			k := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			var used int
			pieces, used = c.Append(pieces, rest[:k], k == len(rest))
			rest = rest[used:]
		}
		if !bytes.Equal(pieces, whole) {
			t.Fatalf("in pieces %q, whole %q", pieces, whole)
		}
	})
}

// Places in text, looked up in any order through any windows of whole characters, are those of the bytes that they came from.
func TestPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom([]Charset{UTF8, UTF16LE, UTF16BE, Latin1, Windows1252}).Draw(t, "charset")
		raw := rapid.SliceOf(rapid.SampledFrom([]byte("a\n\xe9\xd8\xdc\x00\x93"))).Draw(t, "bytes")
		text, _ := c.Append(nil, raw, true)
		places := NewPlaces(c, 2)
		for start := 0; ; {
			end := rapid.IntRange(start, len(text)).Draw(t, "end")
			if c != UTF8 {
				end = start + Whole(text[start:end])
			}
			window := bytes.Clone(text[start:end])
			places.Show(window)
			for range 5 {
				n := rapid.IntRange(0, len(window)).Draw(t, "place")
				if c != UTF8 {
					n = Whole(window[:n])
				}
				at := places.Of(n)
				if back := c.Restore(nil, text[:start+n]); at != 2+int64(len(back)) || !bytes.Equal(back, raw[:at-2]) {
					t.Fatalf("byte %d of %q is said to be byte %d", start+n, text, at)
				}
			}
			if len(window) == len(text)-start {
				return
			}
			n := rapid.IntRange(0, len(window)).Draw(t, "move")
			if c != UTF8 {
				n = Whole(window[:n])
			}
			places.Move(n)
			clear(window)
			start += n
		}
	})
}

func TestReader(t *testing.T) {
	long := strings.Repeat("naïve café 😀,\n", 20_000)
	for _, c := range []struct {
		name     string
		in       []byte
		declared Charset
		want     string
	}{
		{"plain", []byte("id\n1\n"), UTF8, "id\n1\n"},
		{"empty", nil, UTF8, ""},
		{"one byte", []byte("i"), UTF16LE, "\xff\x81\xa9"},
		{"a mark alone", []byte("\xff\xfe"), UTF8, ""},
		{"UTF-8 keeps its mark", []byte("\xef\xbb\xbfid"), UTF8, "\xef\xbb\xbfid"},
		{"UTF-16 by its mark", append([]byte("\xff\xfe"), encode16(long, binary.LittleEndian)...), UTF8, long},
		{"big-endian", append([]byte("\xfe\xff"), encode16(long, binary.BigEndian)...), UTF8, long},
		{"UTF-16 declared", encode16(long, binary.LittleEndian), UTF16, long},
		{"Latin-1", []byte("caf\xe9"), Latin1, "café"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, pieces := range []func(io.Reader) io.Reader{
				func(r io.Reader) io.Reader { return r }, iotest.OneByteReader, iotest.DataErrReader, iotest.HalfReader,
			} {
				r := NewReader(pieces(bytes.NewReader(c.in)), c.declared)
				want, length := Sniff(c.in, c.declared)
				if set, mark := r.Charset(); set != want || mark != length {
					t.Fatalf("it is %v behind %d bytes", set, mark)
				}
				got, err := io.ReadAll(r)
				if err != nil || string(got) != c.want {
					t.Fatalf("%d bytes, %v, want %d", len(got), err, len(c.want))
				}
			}
		})
	}
	broken := errors.New("the disk is gone")
	for _, in := range []string{"", "a", "\xff\xfea\x00b"} {
		got, err := io.ReadAll(NewReader(io.MultiReader(strings.NewReader(in), iotest.ErrReader(broken)), UTF8))
		if !errors.Is(err, broken) {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
}

// FuzzReader reads any bytes in any charset, at once and in pieces of any size: the text is the same, each of its bytes has its
// place in the original, and what is sound is valid UTF-8 that is written back as the same bytes.
func FuzzReader(f *testing.F) {
	f.Add([]byte("\xff\xfea\x00\x3d\xd8"), uint8(0), uint8(1))
	f.Add([]byte("\xfe\xff\x00i\x00d\x00\n\xd8\x3d\xde\x00"), uint8(Latin1), uint8(3))
	f.Add([]byte("\xef\xbb\xbfid,note\n1,é\n"), uint8(UTF16), uint8(2))
	f.Add([]byte("caf\xe9"), uint8(Latin1), uint8(0))
	f.Add([]byte("id,price\n1,\x80 9.99\n2,\x93quoted\x94\n"), uint8(Windows1252), uint8(5))
	f.Add(encode16("CUST_0000001,35-39 years,naïve,😀\r\n", binary.LittleEndian), uint8(UTF16LE), uint8(7))
	f.Fuzz(func(t *testing.T, in []byte, declared, pieces uint8) {
		d := Charset(declared % uint8(charsets))
		got, err := io.ReadAll(NewReader(bytes.NewReader(in), d))
		if err != nil {
			t.Fatal(err)
		}
		c, mark := Sniff(in, d)
		raw := in[mark:]
		want, used := c.Append(nil, raw, true)
		if !bytes.Equal(got, want) || used != len(raw) {
			t.Errorf("read %q, want %q of %d bytes", got, want, used)
		}
		if n := c.Size(want); n != len(raw) {
			t.Errorf("%q was %d bytes, want %d", want, n, len(raw))
		}
		if again := appendPieces(t, c, raw, int(pieces)+1); !bytes.Equal(again, want) {
			t.Errorf("in pieces of %d: %q, want %q", pieces+1, again, want)
		}
		if c != UTF8 && utf8.Valid(want) != sound(c, raw) {
			t.Errorf("%q is taken for sound: %t", raw, utf8.Valid(want))
		}
		if c != UTF8 && utf8.Valid(want) && !bytes.Equal(original(c, want), raw) {
			t.Errorf("%q was %q, not %q", want, raw, original(c, want))
		}
	})
}

// appendPieces turns src as it comes in pieces of n bytes, and checks that what is turned so far is what it says to have used.
func appendPieces(t *testing.T, c Charset, src []byte, n int) (text []byte) {
	t.Helper()
	used := 0
	for at := 0; ; {
		at = min(at+n, len(src))
		var k int
		before := len(text)
		text, k = c.Append(text, src[used:at], at == len(src))
		if size := c.Size(text[before:]); size != k {
			t.Errorf("%q was %d bytes, want the %d that were used", text[before:], size, k)
		}
		if used += k; at == len(src) {
			return text
		}
	}
}

// original writes a text in c.
func original(c Charset, text []byte) (raw []byte) {
	for _, r := range string(text) {
		switch i := slices.Index(high1252[:], r); {
		case c == UTF16LE:
			raw = append(raw, encode16(string(r), binary.LittleEndian)...)
		case c == UTF16BE:
			raw = append(raw, encode16(string(r), binary.BigEndian)...)
		case c == Windows1252 && i >= 0:
			raw = append(raw, byte(0x80+i))
		default:
			raw = append(raw, byte(r))
		}
	}
	return raw
}

// sound says whether raw is whole characters of c: with those that are none replaced, it would not be the same bytes.
func sound(c Charset, raw []byte) bool {
	if c != UTF16LE && c != UTF16BE {
		return true
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if c == UTF16BE {
		order = binary.BigEndian
	}
	var units []uint16
	for i := 0; i+1 < len(raw); i += 2 {
		units = append(units, order.Uint16(raw[i:]))
	}
	return bytes.Equal(original(c, []byte(string(utf16.Decode(units)))), raw)
}

func BenchmarkAppend(b *testing.B) {
	text := strings.Repeat("CUST_0000001,35-39 years,Male,Married,naïve\n", 1500)
	latin1, _ := encodeLatin1(text)
	for _, c := range []struct {
		charset Charset
		raw     []byte
	}{{Latin1, latin1}, {UTF16LE, encode16(text, binary.LittleEndian)}} {
		b.Run(c.charset.String(), func(b *testing.B) {
			var dst []byte
			b.SetBytes(int64(len(c.raw)))
			b.ReportAllocs()
			for b.Loop() {
				dst, _ = c.charset.Append(dst[:0], c.raw, true)
			}
		})
	}
}

func encodeLatin1(text string) (raw []byte, ok bool) {
	for _, r := range text {
		if r > 0xff {
			return nil, false
		}
		raw = append(raw, byte(r))
	}
	return raw, true
}
