package csvarrow

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/census"
	"github.com/assay-dev/assay/internal/flow"
)

// fragments are what programs are made of: the ways in which cells of all types are written, plainly and otherwise, with
// comma, quote and escape for those of the dialect.
var fragments = []string{
	"", "", " ", "\t", "x", "two words", "a text that is longer than twelve bytes", "é", "日本語のテキスト", "\"\"", "\"x\"", "\"x,y\"",
	"\"say \\\"\\\"hi\\\"\\\"\"", "\" x \"", "\"é\"", "a\tb",
	"Male", "Female", "Not stated", "\"Male\"", "\"Not stated\"", "male", " Female", "Mal", "Males", "Male\x00", "\"Fem\\\"ale\"",
	"0", "1", "-1", "+1", "12345678", "123456789", "1234567890123456", "12345678901234567", "9223372036854775807",
	"9223372036854775808", "-9223372036854775808", "-9223372036854775809", "99999999999999999999", "000000000000000000000000001",
	"\"42\"", "4 2", "-", "--1", "1-", "0x10", "1_000",
	"1.5", "-0.0", ".5", "5.", ".", "1.", "0.1", "123.45", "123.456", "1234.5", "-123.40", "9007199254740992", "9007199254740993",
	"0.30000000000000004", "1e3", "1E-3", "1.7976931348623157e308", "1e309", "NaN", "-inf", "123456789.123456789", "3.14159265358979323846",
	"1970-01-01", "2024-02-29", "2023-02-29", "0000-01-01", "9999-12-31", "1970-1-1", "1970-01-01x", "1970-13-01", "1970-00-10",
	"1970-01-00", "1970-01-32",
	"1970-01-01T00:00:00Z", "2024-02-29 23:59:59", "2024-02-29T23:59:59.5Z", "2024-02-29 23:59:59.123456789", "2024-02-29t23:59:59z",
	"2024-02-29T23:59:59.1234567890Z", "2024-02-29T24:00:00Z", "2024-02-29T23:60:00Z", "2024-02-29T23:59:60Z", "2024-02-29T23:59:59+01:00",
	"2024-02-29 23:59:59Z", "2024-02-29T23:59:59", "1677-09-21 00:12:44", "1678-01-01 00:00:00", "2262-04-11 23:47:16", "2261-12-31T23:59:59.999999999Z",
	"2024-02-29T23:59:59.Z", "2024-02-29 23.59.59",
	"00112233-4455-6677-8899-aAbBcCdDeEfF", "00112233-4455-6677-8899-aabbccddeefg", "00112233-4455-6677-8899-aabbccddeeff0",
	"00112233+4455-6677-8899-aabbccddeeff", "0011223344556677889900aabbccddeeff11", "00112233-4455-6677-8899-aabb@cddeeff",
	"true", "no", "Y", "yes!", "FALSE",
	longLabels[0], longLabels[6], longLabels[7], "\"" + longLabels[8] + "\"", longLabels[11], longLabels[12], "\"" + longLabels[13] + "\"",
	longLabels[16], longLabels[17], "\"" + longLabels[17] + "\"", longLabels[18], longLabels[19], longLabels[20], longLabels[19] + "x",
	// What breaks rows.
	",", "\n", "\r\n", "\r", "\"", "\\", "\x00", "\xff", "\xc3", "\"\xff\"", "\"unclosed", "\"x\"y", "x\"y", "\"two\nlines\"", "\"two\r\nlines\"",
	"\"\n", "\r\r\n", strings.Repeat("long ", 30),
}

// document makes a chunk from a program. Each byte below 192 is a cell, which gets what has to follow it: a delimiter, or the
// line end that the program chose. Other bytes put something down with nothing behind it.
func document(d Dialect, header []string, eol string, program []byte) []byte {
	d = d.filled()
	write := strings.NewReplacer(",", string(rune(d.Delimiter)), "\"", string(rune(d.Quote)), "\\", string(rune(d.Escape)))
	var b bytes.Buffer
	b.WriteString(strings.Join(header, string(rune(d.Delimiter))) + eol)
	column := 0
	for _, c := range program {
		b.WriteString(write.Replace(fragments[int(c)%len(fragments)]))
		if c >= 192 {
			continue
		}
		if column++; column == len(header) {
			column = 0
			b.WriteString(eol)
		} else {
			b.WriteByte(d.Delimiter)
		}
	}
	return b.Bytes()
}

// twins sets both scanners to the same document.
func twins(t tb, program []byte, columns uint32, kind, repeat byte, cut uint16) {
	t.Helper()
	d, l := dialects[int(kind)%len(dialects)], Limits{}
	d.Trim = kind&64 != 0
	if kind&128 != 0 {
		l = Limits{FieldBytes: 40, Columns: 4}
	}
	r := typed(d, l)
	var names, header []string
	for i := range typedNames {
		names = append(names, typedNames[i], typedNames[i]+"!")
	}
	names = append(names, structureOnly)
	for range 1 + columns%5 {
		columns /= 5
		header = append(header, names[int(columns)%len(names)])
	}
	// Rows enough for several blocks; more of them only take time.
	times := min(1+int(repeat)*int(repeat)/1024, 1+2048/max(1, len(program)))
	body := bytes.Repeat(program, times)
	in := document(d, header, []string{"\n", "\r\n", "\r"}[int(kind/8)%3], body)
	r.backwards = kind&32 != 0
	r.read(t, in)
	r.read(t, in, int(cut)%(len(in)+1))
}

// FuzzTwins holds the fast scanner to the plain one.
func FuzzTwins(f *testing.F) {
	f.Add([]byte{16, 16, 17, 16, 18, 17}, uint32(1), byte(0), byte(0), uint16(3))
	for i := range fragments {
		f.Add([]byte{16, byte(i), 16, 27, 70, byte(i)}, uint32(i*977), byte(i), byte(i), uint16(i))
	}
	f.Fuzz(func(t *testing.T, program []byte, columns uint32, kind, repeat byte, cut uint16) {
		if len(program) > 512 {
			t.Skip("long enough")
		}
		twins(t, program, columns, kind, repeat, cut)
	})
}

// TestRowsThatAreNotLines reads what once came out differently, or might: line ends between quotes in rows that are refused or
// not, among blank lines, and many of them.
func TestRowsThatAreNotLines(t *testing.T) {
	for _, in := range []string{
		"a,b\r1,2\r\"\n\"x,2\r3,4\r",
		"a,b\r\r,\"open\r\r,\"open\r\r,\"open\r",
		"a,b\r\n\r\n\"1\r\n\",2\r\n\r\n3,4\r\n",
		"a,b\n" + strings.Repeat("1,2\n\"3\n\",4\n", 200),
		"a,b\n" + strings.Repeat("\"1\n\"\"\n\"\"\n\",2\n", 200),
		"a,b\n" + strings.Repeat("1,2\n", 300) + "\"3\n" + strings.Repeat("1,2\n", 300) + "\",4\n" + strings.Repeat("1,2\n", 300),
		"a,b\r" + strings.Repeat("1,2\n", 200) + strings.Repeat("1,2\r", 200),
		"a,b\n" + strings.Repeat("1,2\n3\n", 200),
	} {
		newReading(Dialect{}, Limits{}).read(t, []byte(in))
		newReading(Dialect{Escape: '\\'}, Limits{}).read(t, []byte(strings.ReplaceAll(in, "\"\"", "\\\"")))
	}
}

// TestTwins runs programs at random, of which most cells suit none of the columns.
func TestTwins(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	programs := 400
	if testing.Short() {
		programs = 100
	}
	for range programs {
		program := make([]byte, r.IntN(60))
		odd := r.IntN(4) // of all bytes, in quarters, that may break rows
		for j := range program {
			if program[j] = byte(r.IntN(110)); r.IntN(16) < odd {
				program[j] = byte(r.Uint32())
			}
		}
		twins(t, program, r.Uint32(), byte(r.Uint32()), byte(r.Uint32()), uint16(r.Uint32()))
	}
}

// TestTypedTwins writes many values of each type that are right or nearly so.
func TestTypedTwins(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	digits := func(most int) string {
		b := make([]byte, random.IntN(most+1))
		for i := range b {
			b[i] = '0' + byte(random.IntN(10))
		}
		return string(b)
	}
	sign := func() string { return []string{"", "", "-", "+"}[random.IntN(4)] }
	number := func() string { return sign() + digits(21) }
	point := func() string { return sign() + digits(1+random.IntN(20)) + "." + digits(1+random.IntN(12)) }
	date := func() string {
		return fmt.Sprintf("%04d-%02d-%02d", random.IntN(3000), random.IntN(14), random.IntN(33))
	}
	clock := func() string {
		return date() + string("T t"[random.IntN(3)]) + fmt.Sprintf("%02d:%02d:%02d", random.IntN(26), random.IntN(61), random.IntN(61)) +
			[]string{"", "Z", "z", "." + digits(10), "." + digits(10) + "Z", "+0" + digits(1) + ":00"}[random.IntN(6)]
	}
	uuid := func() string {
		return fmt.Sprintf("%08x-%04x-%04X-%04x-%06x%06X", random.Uint32(), random.IntN(1<<16), random.IntN(1<<16), random.IntN(1<<16),
			random.IntN(1<<24), random.IntN(1<<24))
	}
	label := func() string {
		return []string{"Male", "Female", "Not stated", "\"Male\"", "\"Not stated\""}[random.IntN(5)]
	}
	for column, write := range map[string]func() string{
		"int": number, "unix": number, "float": point, "decimal": point, "nan": number, "date": date, "time": clock, "uuid": uuid,
		"bool": func() string { return []string{"true", "F", "yes", "0", "No", "y"}[random.IntN(6)] }, "reject": label, "string": label,
	} {
		for _, header := range []string{column + ",string", "string," + column} {
			in := header + "\n"
			for range 500 {
				cell := write()
				if random.IntN(4) == 0 && len(cell) > 0 { // one byte is another
					b := []byte(cell)
					b[random.IntN(len(b))] = byte(random.IntN(127))
					cell = string(b)
				}
				if strings.HasPrefix(header, column) {
					in += cell + ",x\n"
				} else {
					in += "x," + cell + "\n"
				}
			}
			typed(Dialect{}, Limits{}).read(t, []byte(in))
		}
	}
}

// TestPlainDate reads every day of ten thousand years, and those that there are not, as ParseDate does.
// Delimiters and quotes that values are made of: a cell ends there all the same.
func TestDelimitersInsideValues(t *testing.T) {
	for _, c := range []struct {
		d           Dialect
		column, row string
	}{
		{Dialect{Delimiter: '-'}, "date", "2020-01-01-x"},
		{Dialect{Delimiter: '-'}, "int", "-5-x"},
		{Dialect{Delimiter: '1'}, "date", "2020-01-011x"},
		{Dialect{Delimiter: ' '}, "time", "2020-01-01 10:00:00 x"},
		{Dialect{Delimiter: '.'}, "decimal", "1.5.x"},
		{Dialect{Delimiter: 'a'}, "uuid", "00112233-4455-6677-8899-aabbccddeeffax"},
		{Dialect{Delimiter: 'e'}, "bool", "truee" + "x"},
		{Dialect{Quote: '5'}, "int", "151,x"},
	} {
		delimiter := ","
		if c.d.Delimiter != 0 {
			delimiter = string(rune(c.d.Delimiter))
		}
		typed(c.d, Limits{}).read(t, []byte(c.column+delimiter+"string\n"+strings.Repeat(c.row+"\n", 200)))
	}
}

func TestPlainDate(t *testing.T) {
	text := append([]byte("YYYY-MM-DD"), make([]byte, slack)...)
	two := func(at, n int) { text[at], text[at+1] = '0'+byte(n/10), '0'+byte(n%10) }
	for year := range 10000 {
		two(0, year/100)
		two(2, year%100)
		for month := range 14 {
			two(5, month)
			for day := range 33 {
				two(8, day)
				want, ok := ParseDate(text[:10])
				if got, y, is := plainDate(text); got != want || is != ok || ok && y != year {
					t.Fatalf("%s: got %d %d %t, want %d %t", text[:10], got, y, is, want, ok)
				}
			}
		}
	}
}

// TestLabelTwins draws labels that have beginnings and ends in common, and cells that are such labels or nearly so.
func TestLabelTwins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.SampledFrom([]string{"", "a", "b", " ", "label ", "another ", "of twenty characters", "é", ",", "\"", "\n", strings.Repeat("long ", 9)})
		text := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(part, 1, 4).Draw(t, "parts"), "") })
		texts := rapid.SliceOfN(text, 1, rapid.SampledFrom([]int{3, 30, 300}).Draw(t, "most")).Draw(t, "labels")
		var entries []Entry
		for i, l := range texts {
			entries = append(entries, Entry{l, int16(i)})
		}
		d := Dialect{Trim: rapid.Bool().Draw(t, "trim")}
		r := newReading(d, Limits{})
		vocab := NewVocab(entries, nil)
		kept := rapid.SampledFrom([]int16{-1, int16(len(texts))}).Draw(t, "kept")
		column := func() (*flow.Field, Target) {
			return &flow.Field{Type: flow.Category, Labels: texts, Keeps: kept >= 0}, Target{Vocab: vocab, Empty: EmptyNull, Unknown: UnknownKept, UnknownCode: kept}
		}
		r.fields = map[string]func() (*flow.Field, Target){"first": column, "last": column}
		cell := rapid.OneOf(rapid.SampledFrom(texts), rapid.SampledFrom(texts), text)
		in := "first,last\n"
		for range rapid.IntRange(1, 60).Draw(t, "cells") {
			for i := range 2 {
				c := cell.Draw(t, "cell")
				if strings.ContainsAny(c, ",\"\n") || rapid.Bool().Draw(t, "quoted") {
					c = "\"" + strings.ReplaceAll(c, "\"", "\"\"") + "\""
				}
				in += c + string(",\n"[i])
			}
		}
		r.read(t, []byte(in))
	})
}

// TestPlainRowsAreReadSideBySide holds the scanner to its fast ways where cells are written plainly: the twins would agree even
// if it never used them.
func TestPlainRowsAreReadSideBySide(t *testing.T) {
	for _, f := range []feed{
		censusFeed("collapsed", census.Options{}, nil), censusFeed("abs", census.Options{ABS: true}, nil), mixedFeed(),
		censusFeed("quoted", census.Options{}, everyCell(10, func(c string) string { return `"` + c + `"` })),
		censusFeed("blank", census.Options{}, everyCell(10, func(string) string { return "" })),
		censusFeed("crlf", census.Options{}, func(in string) string { return strings.ReplaceAll(in, "\n", "\r\n\r\n") }),
	} {
		s, b := New(Dialect{}, Limits{}), flow.Batch{}
		n, _, err := s.Header(f.in, true)
		if err != nil {
			t.Fatal(err)
		}
		s.Bind(f.plan(&b, false))
		b.Reset(nil)
		total, odds, ids := 0, 0, 0
		for at := n; ; {
			records, next := s.block(&b, f.in, at, laneRows)
			if records == 0 {
				if len(f.in)-at > slack+census.MaxRow {
					t.Errorf("%s: no rows are read at %d of %d", f.name, at, len(f.in))
				}
				break
			}
			for _, p := range s.places {
				if p.step() == 0 {
					ids++ // a quoted or empty id is text like no other
				}
			}
			total, odds, at = total+records, odds+len(s.odds), next
		}
		if most := total / 50; odds-ids > most {
			t.Errorf("%s: %d of the cells of %d rows are odd", f.name, odds-ids, total)
		}
	}
}

// TestSetView holds it against flow's, for all lengths of short texts and some long ones.
func TestSetView(t *testing.T) {
	text := []byte(strings.Repeat("abcdefghijklmnopqrstuvwxyz", 4))
	for from := range 5 {
		for size := range 40 {
			var got, want flow.View
			setView(&got, start(text), uint32(from), uint32(from+size))
			want.SetView(text, from, from+size, 0)
			if got != want {
				t.Errorf("[%d:%d] %v, want %v", from, from+size, got, want)
			}
		}
	}
}
