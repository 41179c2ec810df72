package engine_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/census"
	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/flow"
)

func gzipped(plain []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(plain)
	z.Close()
	return b.Bytes()
}

func zstded(plain []byte) []byte {
	z, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	defer z.Close()
	return z.EncodeAll(plain, nil)
}

// What is compressed is read as if it were not, at the places that it has once it is decompressed.
func TestContentEncoding(t *testing.T) {
	plain := append(persons(5000, census.Options{ABS: true, Flagged: 0.02}), "broken\n"...)
	for i, format := range formats {
		w := newWorker(t, pack(t), engine.Options{Format: format})
		want := run(t, w, chunk(plain))
		for name, value := range map[string][]byte{"gzip": gzipped(plain), "X-GZIP": gzipped(plain), "zstd": zstded(plain)} {
			got := run(t, w, chunk(value, flow.Header{Key: "Content-Encoding", Value: []byte(name)}))
			letter := got.only(t, flow.Dead)
			letter.Headers = slices.DeleteFunc(letter.Headers, func(h header) bool { return h.Name == "Content-Encoding" })
			if err := same(got, want); err != nil {
				t.Errorf("%s, %s: %v", name, names[i], err)
			}
			if got.counts.BytesIn != int64(len(plain)) {
				t.Errorf("%s, %s: %d bytes in, want the decompressed %d", name, names[i], got.counts.BytesIn, len(plain))
			}
		}
	}
}

// A chunk that cannot be decompressed leaves as it came, whatever its size would have been.
func TestContentEncodingRefused(t *testing.T) {
	plain := persons(1000, census.Options{})
	c := pack(t)
	c.Limits.Bytes = 0
	for _, test := range []struct {
		name, encoding string
		value          []byte
		limit          int64
		code, details  string
	}{
		{"no gzip", "gzip", plain, 0, "INVALID_FILE", `{"line":1,"reason":"the chunk is not whole gzip: gzip: invalid header"}`},
		{"cut off", "gzip", gzipped(plain)[:1000], 0, "INVALID_FILE", `{"line":1,"reason":"the chunk is not whole gzip: unexpected EOF"}`},
		{"no zstd", "zstd", plain, 0, "INVALID_FILE", `{"line":1,"reason":"the chunk is not whole zstd: invalid input: magic number mismatch"}`},
		{"a bomb", "gzip", gzipped(bytes.Repeat([]byte("\n"), 10_000_001)), 10_000_000, "FILE_TOO_LARGE", `{"max_size_mb":10}`},
		{"a zstd bomb", "zstd", zstded(bytes.Repeat([]byte("\n"), 10_000_001)), 10_000_000, "FILE_TOO_LARGE", `{"max_size_mb":10}`},
	} {
		w := newWorker(t, c, engine.Options{DecompressedBytes: test.limit})
		in := chunk(test.value, flow.Header{Key: "content-encoding", Value: []byte(test.encoding)})
		e := run(t, w, in).refusal(t, in)
		if e.Code != test.code || string(e.Details) != test.details || e.At != nil {
			t.Errorf("%s: %s %s", test.name, e.Code, e.Details)
		}
		if o := run(t, w, chunk(persons(10, census.Options{}))); o.refused != nil || o.counts.RowsScored != 10 {
			t.Errorf("%s: the next chunk: %v", test.name, o.refused)
		}
	}
	c.Limits.Bytes = 1_000_000 // the contract's limit is on what a sender sends, however it is packed
	in := chunk(zstded(bytes.Repeat([]byte("\n"), 1_000_001)), flow.Header{Key: "content-encoding", Value: []byte("zstd")})
	if e := run(t, newWorker(t, c, engine.Options{}), in).refusal(t, in); e.Code != "FILE_TOO_LARGE" || string(e.Details) != `{"max_size_mb":1}` {
		t.Errorf("%s %s", e.Code, e.Details)
	}
}

func encoded(text string, c charset.Charset) []byte {
	var b []byte
	for _, r := range text {
		switch c {
		case charset.UTF16LE, charset.UTF16BE:
			order := binary.AppendByteOrder(binary.LittleEndian)
			if c == charset.UTF16BE {
				order = binary.BigEndian
			}
			for _, u := range utf16.Encode([]rune{r}) {
				b = order.AppendUint16(b, u)
			}
		default:
			b = append(b, byte(r))
		}
	}
	return b
}

// A chunk in another character set is scored like the same text in UTF-8. What is refused of it leaves with the bytes that
// it came with, at the places that they had.
func TestCharsets(t *testing.T) {
	rows := []string{"é1" + retired, "broken ü", "ä2" + strings.Replace(retired, "Senior", "größer", 1), "3" + retired + ",ß", "4" + retired}
	text := lines(append([]string{collapsed}, rows...)...)
	want := scored(t, engine.CSV, text)
	for _, test := range []struct {
		name     string
		charset  charset.Charset
		mark     string
		contract charset.Charset
		content  string
	}{
		{"UTF-16 by its mark", charset.UTF16LE, "\xff\xfe", charset.UTF8, ""},
		{"big-endian by its mark", charset.UTF16BE, "\xfe\xff", charset.UTF8, "text/csv"},
		{"the mark before the content type", charset.UTF16BE, "\xfe\xff", charset.Latin1, "text/csv; charset=utf-16le"},
		{"UTF-16 by content type", charset.UTF16LE, "", charset.UTF8, "text/csv; charset=utf-16"},
		{"Latin-1 by contract", charset.Latin1, "", charset.Latin1, ""},
		{"Latin-1 by content type", charset.Latin1, "", charset.UTF16, "text/csv; charset=ISO-8859-1"},
		{"Windows-1252", charset.Windows1252, "", charset.Windows1252, "text/csv"},
	} {
		c := pack(t)
		c.CSV.Charset = test.contract
		in := chunk(append([]byte(test.mark), encoded(text, test.charset)...), flow.Header{Key: "content-type", Value: []byte(test.content)})
		o := run(t, newWorker(t, c, engine.Options{Format: engine.CSV}), in)
		if o.csv() != want.csv() || o.only(t, flow.Quality).Value != want.only(t, flow.Quality).Value {
			t.Errorf("%s: scored %q, want %q", test.name, o.csv(), want.csv())
		}
		if o.counts.BytesIn != int64(len(in.Value)) {
			t.Errorf("%s: %d bytes in, want %d", test.name, o.counts.BytesIn, len(in.Value))
		}
		for i, row := range []string{rows[1], rows[3]} {
			var from, to int64
			l, e := &o.topics[flow.Dead][i], o.events(t)[i]
			if _, err := fmt.Sscanf(l.header("assay-error-bytes"), "%d-%d", &from, &to); err != nil {
				t.Fatal(err)
			}
			bytes := string(encoded(row, test.charset))
			if l.Value != bytes || string(in.Value[from:to]) != bytes || l.header("assay-header-row") != string(encoded(collapsed, test.charset)) {
				t.Errorf("%s: the letter of %q is %+v", test.name, row, *l)
			}
			if e.At.Bytes != [2]int64{from, to} || e.At.Line != int64(2*i+3) {
				t.Errorf("%s: the event of %q is at %+v", test.name, row, e.At)
			}
		}
	}
}

// Half a character refuses the row that it stands in.
func TestBrokenUTF16(t *testing.T) {
	in := []byte("\xff\xfe")
	in = append(in, encoded(lines(collapsed, "1"+retired), charset.UTF16LE)...)
	from := len(in)
	in = append(in, 0x3d, 0xd8) // a surrogate without its partner
	in = append(in, encoded(retired+"\n3"+retired, charset.UTF16LE)...)
	to := from + 2 + 2*len(retired)
	o := run(t, newWorker(t, pack(t), engine.Options{}), chunk(in))
	if l := o.only(t, flow.Dead); o.counts.RowsScored != 2 || l.Value != string(in[from:to]) {
		t.Errorf("%d rows scored, letter %q, want %q", o.counts.RowsScored, l.Value, in[from:to])
	}
	if e := o.events(t)[0]; string(e.Details) != fmt.Sprintf(`{"line":3,"byte_offset":%d,"reason":"invalid UTF-8"}`, from) {
		t.Errorf("details %s", e.Details)
	}
	in = append(in[:2], encoded(collapsed+"\n", charset.UTF16LE)...)
	in = append(in, "half"[:1]...)
	if o := run(t, newWorker(t, pack(t), engine.Options{}), chunk(in)); o.only(t, flow.Dead).Value != "h" {
		t.Errorf("the odd byte left as %q", o.only(t, flow.Dead).Value)
	}
}

// A header at fault is told at its own place, too.
func TestCharsetOfARefusal(t *testing.T) {
	text := "\n\"ä\"ü,b\nc,d\n"
	in := chunk(append([]byte("\xff\xfe"), encoded(text, charset.UTF16LE)...))
	e := run(t, newWorker(t, pack(t), engine.Options{}), in).refusal(t, in)
	if e.Code != "INVALID_FILE" || e.At == nil || string(in.Value[e.At.Bytes[0]:e.At.Bytes[1]]) != string(encoded("\"ä\"ü,b", charset.UTF16LE)) {
		t.Errorf("%s %s at %+v", e.Code, e.Details, e.At)
	}
	if want := fmt.Sprintf(`"byte_offset":%d`, 2+2*4); !strings.Contains(string(e.Details), want) {
		t.Errorf("details %s, want %s", e.Details, want)
	}
}

// However broken a chunk in UTF-16 is: letters tile it, with what was scored.
func TestLettersOfUTF16(t *testing.T) {
	w := newWorker(t, pack(t), engine.Options{})
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.SampledFrom([]string{
			"1" + retired, "é" + retired, "😀" + retired, "ragged,é", "quote\"é" + retired, "", "😀", "nul\x00" + retired,
		}), 0, 20).Draw(t, "rows")
		value := append([]byte("\xff\xfe"), encoded(lines(append([]string{collapsed}, rows...)...), charset.UTF16LE)...)
		o := run(t, w, chunk(value))
		dead := 0
		for _, row := range rows {
			if row == "" || strings.HasSuffix(row, retired) && !strings.ContainsAny(row, "\"\x00") {
				continue
			}
			if dead >= len(o.topics[flow.Dead]) {
				t.Fatalf("%d letters, want more", dead)
			}
			if got := o.topics[flow.Dead][dead].Value; got != string(encoded(row, charset.UTF16LE)) {
				t.Fatalf("letter %d is %q, want %q", dead, got, row)
			}
			dead++
		}
		if dead != len(o.topics[flow.Dead]) {
			t.Fatalf("%d letters, want %d", len(o.topics[flow.Dead]), dead)
		}
	})
}

// The faults of one row stand at one place, and each at its own byte, wherever the row is.
func TestSeveralFaultsOfARow(t *testing.T) {
	c := contract(t, "feed: pairs\nversion: 1\ncsv: {charset: latin-1}\ncolumns:\n  é: {type: int64}\n  b: {type: int64}\n")
	text := "é,b\n" + strings.Repeat("1,2\nü,ß\nö\"x,1\n", 50)
	in := chunk(encoded(text, charset.Latin1))
	o := run(t, newWorker(t, c, engine.Options{Findings: 1000}), in)
	events := o.events(t)
	if len(events) != 150 || o.counts.RowsScored != 50 {
		t.Fatalf("%d events and %d rows scored", len(events), o.counts.RowsScored)
	}
	for i := range 50 {
		for k, want := range []string{"ü,ß", "ü,ß", "ö\"x,1"} {
			e := events[3*i+k]
			if got := string(in.Value[e.At.Bytes[0]:e.At.Bytes[1]]); got != string(encoded(want, charset.Latin1)) {
				t.Fatalf("event %d is at %q, want %q", 3*i+k, got, want)
			}
		}
	}
}

// A contract that names the columns itself has no header record, in no character set.
func TestNoHeaderRecordInLetters(t *testing.T) {
	c := contract(t, "feed: one\nversion: 1\ncsv: {charset: latin-1, header: never}\ncolumns:\n  a: {type: int64}\n")
	l := run(t, newWorker(t, c, engine.Options{}), chunk("\xfc\n")).only(t, flow.Dead)
	for _, h := range l.Headers {
		if h.Name == "assay-header-row" {
			t.Errorf("the letter has the header row %q", h.Value)
		}
	}
}
