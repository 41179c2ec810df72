package csvarrow

import (
	"errors"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow/decimal128"
)

func TestNearlyTime(t *testing.T) {
	const leap, far = "a time whose seconds end at 59: leap seconds are not known", "a time from 1677-09-21T00:12:43.145224192Z to 2262-04-11T23:47:16.854775807Z"
	for text, want := range map[string]string{
		"2016-12-31T23:59:60Z": leap, "2016-12-31 23:59:60.5": leap, "2016-12-31T23:59:60": "", "2016-12-31T23:59:61Z": "", "2016-13-31T23:59:60Z": "",
		"9999-12-31 00:00:00": far, "1600-02-29T00:00:00Z": far, "1500-02-29T00:00:00Z": "", "1677-09-21 00:12:43": far, "2262-04-12T01:00:00+01:00": far,
		"0001-01-01": "", "1900-02-29 00:00:00": "", "x": "", "": "", "9999-12-31 00:00:00 and more": "",
	} {
		if _, ok := ParseTimestamp([]byte(text), ""); ok {
			t.Errorf("%s is a time", text)
		}
		if got := nearlyTime([]byte(text)); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestRule14Int64(t *testing.T) {
	for in, want := range map[string]int64{
		"0": 0, "-0": 0, "+7": 7, "007": 7, "9223372036854775807": math.MaxInt64, "-9223372036854775808": math.MinInt64,
		"000000000000000000000000000001": 1,
	} {
		if got, ok := ParseInt64([]byte(in)); !ok || got != want {
			t.Errorf("%q: got %d, %t", in, got, ok)
		}
	}
	for _, in := range []string{
		"", "+", "-", "+-1", " 1", "1 ", "1.0", "1e3", "0x1", "1_000", "9223372036854775808", "-9223372036854775809", "18446744073709551616",
		"99999999999999999999999999", "१",
	} {
		if got, ok := ParseInt64([]byte(in)); ok {
			t.Errorf("%q: got %d", in, got)
		}
	}
}

func FuzzInt64(f *testing.F) {
	for _, s := range []string{"0", "-9223372036854775808", "9223372036854775808", "+1", "-", "12a", "18446744073709551615"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, ok := ParseInt64(in)
		want, err := strconv.ParseInt(string(in), 10, 64)
		if ok != (err == nil) || ok && got != want {
			t.Fatalf("%q: got %d, %t, want %d, %v", in, got, ok, want, err)
		}
	})
}

func TestRule14Float64(t *testing.T) {
	for in, want := range map[string]float64{
		"0": 0, ".5": .5, "5.": 5, "-1.25e-3": -1.25e-3, "+1E+3": 1000, "1e-400": 0, "1.7976931348623157e308": math.MaxFloat64,
	} {
		if got, ok := ParseFloat64([]byte(in), false); !ok || got != want {
			t.Errorf("%q: got %v, %t", in, got, ok)
		}
	}
	for _, in := range []string{"", ".", "e1", "1e", "1e+", "0x1p3", "1_0", "1e999", "nan", "inf", "-Inf", " 1", "1,5", "--1"} {
		if got, ok := ParseFloat64([]byte(in), false); ok {
			t.Errorf("%q: got %v", in, got)
		}
	}
	for _, in := range []string{"NaN", "inf", "-Infinity", "+INF", "1"} {
		if _, ok := ParseFloat64([]byte(in), true); !ok {
			t.Errorf("%q with nan: allow is refused", in)
		}
	}
	for _, in := range []string{"-nan", "infinit", "in", "1e999"} {
		if got, ok := ParseFloat64([]byte(in), true); ok {
			t.Errorf("%q with nan: allow: got %v", in, got)
		}
	}
}

func FuzzFloat64(f *testing.F) {
	for _, s := range []string{"0", "-1.5e10", "1e400", "0x1p-2", "1_0", "NaN", "+Infinity", ".", "1.e1", "4.9e-324"} {
		f.Add([]byte(s), true)
		f.Add([]byte(s), false)
	}
	f.Fuzz(func(t *testing.T, in []byte, allowNaN bool) {
		got, ok := ParseFloat64(in, allowNaN)
		want, err := strconv.ParseFloat(string(in), 64)
		take := err == nil && !strings.ContainsAny(string(in), "_xX") && (allowNaN || !math.IsNaN(want) && !math.IsInf(want, 0))
		if ok != take || ok && math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("%q: got %v, %t, want %v, %v", in, got, ok, want, err)
		}
	})
}

func TestRule14Decimal(t *testing.T) {
	for _, c := range []struct {
		in               string
		precision, scale int32
		want             string // unscaled, "" refused
	}{
		{"1234.56", 12, 2, "123456"},
		{"-1234.5", 12, 2, "-123450"},
		{"+.05", 3, 2, "5"},
		{"5.", 3, 2, "500"},
		{"0001.500", 3, 2, "150"}, // zeros that carry no value
		{"0.005", 3, 2, ""},
		{"10", 3, 2, ""},
		{"9.99", 3, 2, "999"},
		{"-0", 3, 2, "0"},
		{"0.00", 2, 2, "0"},
		{".99", 2, 2, "99"},
		{"1", 2, 2, ""},
		{"99999999999999999999999999999999999999", 38, 0, "99999999999999999999999999999999999999"},
		{"-0.99999999999999999999999999999999999999", 38, 38, "-99999999999999999999999999999999999999"},
		{"100000000000000000000000000000000000000", 38, 0, ""},
		{"", 3, 2, ""}, {".", 3, 2, ""}, {"-", 3, 2, ""}, {"1e2", 9, 2, ""}, {"1.2.3", 9, 2, ""}, {"1,5", 9, 2, ""}, {" 1", 9, 2, ""},
	} {
		got, ok := ParseDecimal([]byte(c.in), c.precision, c.scale)
		if !ok && c.want == "" && got == (decimal128.Num{}) {
			continue
		}
		if !ok || got.BigInt().String() != c.want {
			t.Errorf("%q: got %s, %t, want %q", c.in, got.BigInt(), ok, c.want)
		}
	}
}

var plainNumber = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)$`)

func FuzzDecimal(f *testing.F) {
	f.Add([]byte("-1234.560"), uint8(12), uint8(2))
	f.Add([]byte("99999999999999999999999999999999999999"), uint8(38), uint8(0))
	f.Add([]byte(".00000000000000000000000000000000000001"), uint8(38), uint8(38))
	f.Fuzz(func(t *testing.T, in []byte, p, s uint8) {
		precision := int32(p)%38 + 1
		scale := int32(s) % (precision + 1)
		got, ok := ParseDecimal(in, precision, scale)
		want, take := new(big.Rat), false
		if plainNumber.Match(in) && len(in) < 1000 {
			if _, take = want.SetString(string(in)); take {
				ten := big.NewInt(10)
				want.Mul(want, new(big.Rat).SetInt(new(big.Int).Exp(ten, big.NewInt(int64(scale)), nil)))
				bound := new(big.Int).Exp(ten, big.NewInt(int64(precision)), nil)
				take = want.IsInt() && new(big.Int).Abs(want.Num()).Cmp(bound) < 0
			}
		}
		if len(in) < 1000 && (ok != take || ok && got.BigInt().Cmp(want.Num()) != 0) {
			t.Fatalf("%q as decimal(%d,%d): got %v, %t, want %v, %t", in, precision, scale, got.BigInt(), ok, want, take)
		}
	})
}

func TestRule14Bool(t *testing.T) {
	for _, in := range []string{"true", "TRUE", "t", "T", "yes", "Yes", "y", "Y", "1"} {
		if v, ok := ParseBool([]byte(in)); !v || !ok {
			t.Errorf("%q: got %t, %t", in, v, ok)
		}
	}
	for _, in := range []string{"false", "fALSE", "f", "F", "no", "NO", "n", "N", "0"} {
		if v, ok := ParseBool([]byte(in)); v || !ok {
			t.Errorf("%q: got %t, %t", in, v, ok)
		}
	}
	for _, in := range []string{"", "2", "on", "off", "tru", "yess", "truth", "nope", " t", "\xd4rue"} {
		if v, ok := ParseBool([]byte(in)); v || ok {
			t.Errorf("%q: got %t, %t", in, v, ok)
		}
	}
}

func TestRule14UUID(t *testing.T) {
	want := [16]byte{0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3, 0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40, 0x00}
	for _, in := range []string{"123e4567-e89b-12d3-a456-426614174000", "123E4567-E89B-12d3-A456-426614174000"} {
		if got, ok := ParseUUID([]byte(in)); !ok || got != want {
			t.Errorf("%q: got %x, %t", in, got, ok)
		}
	}
	for _, in := range []string{
		"", "123e4567e89b12d3a456426614174000", "{123e4567-e89b-12d3-a456-426614174000}", "123e4567-e89b-12d3-a456-42661417400g",
		"123e4567-e89b-12d3-a456_426614174000", "123e456-7e89b-12d3-a456-426614174000",
	} {
		if got, ok := ParseUUID([]byte(in)); ok || got != [16]byte{} {
			t.Errorf("%q: got %x, %t", in, got, ok)
		}
	}
}

func TestRule14Date(t *testing.T) {
	for in, want := range map[string]int64{
		"1970-01-01": 0, "1969-12-31": -1, "2000-02-29": 11016, "0000-01-01": -719528, "9999-12-31": 2932896,
	} {
		if got, ok := ParseDate([]byte(in)); !ok || got != want {
			t.Errorf("%q: got %d, %t, want %d", in, got, ok, want)
		}
	}
	for _, in := range []string{
		"", "1970-1-1", "1970-13-01", "1970-00-01", "1970-01-00", "1970-01-32", "1900-02-29", "2001-02-29", "1970/01/01", "19700101",
		"1970-01-01T00:00:00Z", "+970-01-01", "197a-01-01", "1970-04-31",
	} {
		if got, ok := ParseDate([]byte(in)); ok {
			t.Errorf("%q: got %d", in, got)
		}
	}
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{"1970-01-01", "2000-02-29", "1900-02-29", "0000-03-01", "9999-12-31"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, ok := ParseDate(in)
		want, err := time.Parse(time.DateOnly, string(in))
		if ok != (err == nil) || ok && got*86400 != want.Unix() {
			t.Fatalf("%q: got %d, %t, want %v, %v", in, got, ok, want, err)
		}
	})
}

// TestEveryDay walks over all days that a date can name.
func TestEveryDay(t *testing.T) {
	day := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	text := make([]byte, 0, 10)
	for want := day.Unix() / 86400; day.Year() < 10000; want++ {
		text = day.AppendFormat(text[:0], time.DateOnly)
		if got, ok := ParseDate(text); !ok || got != want {
			t.Fatalf("%s: got %d, %t, want %d", text, got, ok, want)
		}
		day = day.AddDate(0, 0, 1)
	}
}

func TestRule14Timestamp(t *testing.T) {
	for _, c := range []struct {
		in, unit string
		want     int64
	}{
		{"1970-01-01T00:00:00Z", "", 0},
		{"1970-01-01t00:00:00.5z", "", 5e8},
		{"1970-01-01T02:00:00.000000001+02:00", "", 1},
		{"1969-12-31T23:59:59.999999999-00:00", "", -1},
		{"1970-01-01 00:00:01", "", 1e9},
		{"1970-01-01 00:00:01.25", "", 1.25e9},
		{"1677-09-21 00:12:43.145224192", "", math.MinInt64},
		{"2262-04-11 23:47:16.854775807", "", math.MaxInt64},
		{"1700000000", "s", 1700000000},
		{"-1", "ms", -1},
		{"9223372036854775807", "s", math.MaxInt64},
	} {
		if got, ok := ParseTimestamp([]byte(c.in), c.unit); !ok || got != c.want {
			t.Errorf("%q %s: got %d, %t, want %d", c.in, c.unit, got, ok, c.want)
		}
	}
	for _, in := range []string{
		"", "1970-01-01", "1970-01-01T00:00:00", "1970-01-01 00:00:00Z", "1970-01-01T00:00Z", "1970-01-01T24:00:00Z",
		"1970-01-01T00:60:00Z", "1970-01-01T00:00:60Z", "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00.1234567890Z",
		"1970-01-01T00:00:00,5Z", "1970-01-01T00:00:00+24:00", "1970-01-01T00:00:00+01:60", "1970-01-01T00:00:00+0100",
		"1970-01-01_00:00:00", "1970-13-01T00:00:00Z", "1677-09-21 00:12:43.145224191", "2262-04-11 23:47:16.854775808",
		"9999-12-31T23:59:59Z", "1700000000",
	} {
		if got, ok := ParseTimestamp([]byte(in), ""); ok {
			t.Errorf("%q: got %d", in, got)
		}
	}
	for _, in := range []string{"", "1.5", "1970-01-01T00:00:00Z"} {
		if got, ok := ParseTimestamp([]byte(in), "s"); ok {
			t.Errorf("%q as Unix time: got %d", in, got)
		}
	}
}

// strictTime is the form that both time.Parse and we take; alone it takes more, such as hours of one digit.
var strictTime = regexp.MustCompile(`^\d{4}-\d\d-\d\d([Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)| \d\d:\d\d:\d\d(\.\d{1,9})?)$`)

func FuzzTimestamp(f *testing.F) {
	for _, s := range []string{
		"1970-01-01T00:00:00Z", "2024-02-29T23:59:59.123456789+14:00", "1677-09-21 00:12:43.145224192", "2262-04-11T23:47:16.854775808Z",
		"2024-01-01 00:00:00.5", "0000-01-01t00:00:00z",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, ok := ParseTimestamp(in, "")
		want, err := time.Time{}, errors.New("another form")
		if strictTime.Match(in) {
			layout := time.RFC3339
			if in[10] == ' ' {
				layout = time.DateTime
			}
			want, err = time.Parse(layout, strings.ToUpper(string(in)))
		}
		fits := err == nil && time.Unix(0, want.UnixNano()).Equal(want)
		if n := len(in); fits && in[10] != ' ' && in[n-1]|0x20 != 'z' {
			hour, _ := strconv.Atoi(string(in[n-5 : n-3]))
			minute, _ := strconv.Atoi(string(in[n-2:]))
			fits = hour < 24 && minute < 60
		}
		if ok != fits || ok && got != want.UnixNano() {
			t.Fatalf("%q: got %d, %t, want %v, %v", in, got, ok, want, err)
		}
	})
}

func TestParsersAllocateNothing(t *testing.T) {
	long := []byte("1." + strings.Repeat("3", 100))
	for name, parse := range map[string]func(){
		"int64":     func() { ParseInt64([]byte("-123456789")) },
		"float64":   func() { ParseFloat64(long, false) },
		"no float":  func() { ParseFloat64([]byte("12x"), true) },
		"decimal":   func() { ParseDecimal([]byte("1234.56"), 12, 2) },
		"date":      func() { ParseDate([]byte("2024-02-29")) },
		"timestamp": func() { ParseTimestamp([]byte("2024-02-29T01:02:03.5+01:00"), "") },
		"uuid":      func() { ParseUUID([]byte("123e4567-e89b-12d3-a456-426614174000")) },
		"bool":      func() { ParseBool([]byte("Yes")) },
	} {
		if n := testing.AllocsPerRun(10, parse); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
