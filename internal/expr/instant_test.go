package expr

import "testing"

func TestParseDate(t *testing.T) {
	for _, c := range []struct {
		text string
		days int64
		ok   bool
	}{
		{"1970-01-01", 0, true},
		{"1969-12-31", -1, true},
		{"2024-02-29", 19782, true},
		{"0000-01-01", -719528, true},
		{"9999-12-31", 2932896, true},
		{"2023-02-29", 0, false},
		{"2024-2-9", 0, false},
		{"2024-02-29T00:00:00Z", 0, false},
		{"24-02-29", 0, false},
		{" 2024-02-29", 0, false},
		{"", 0, false},
	} {
		got, ok := parseDate(c.text)
		if ok != c.ok || ok && (got.unscaled.Int64() != c.days || got.scale != 0) {
			t.Errorf("%q: %v, %v", c.text, got, ok)
		}
	}
}

// Literals are taken in the form of cells (CSV rule 14), but from a longer time than nanoseconds in 64 bits reach.
func TestParseTimestamp(t *testing.T) {
	for _, c := range []struct {
		text  string
		nanos string // "" is refused
	}{
		{"1970-01-01T00:00:00Z", "0"},
		{"1970-01-01 00:00:00", "0"},
		{"1970-01-01t00:00:01.5z", "1500000000"},
		{"1969-12-31T23:59:59.999999999Z", "-1"},
		{"1970-01-01 00:00:00.000000001", "1"},
		{"2024-02-29T13:00:00+01:00", "1709208000000000000"},
		{"2024-02-29T12:00:00-00:00", "1709208000000000000"},
		{"0000-01-01T00:00:00Z", "-62167219200000000000"},
		{"9999-12-31T23:59:59Z", "253402300799000000000"},
		{"2024-02-29T12:00:00", ""},
		{"2024-02-29 12:00:00Z", ""},
		{"2024-02-29 12:00:00+01:00", ""},
		{"2024-02-29", ""},
		{"2024-02-29T12:00Z", ""},
		{"2024-02-29T12:00:60Z", ""},
		{"2024-02-29T24:00:00Z", ""},
		{"2024-02-29T12:00:00,5Z", ""},
		{"2024-02-29T12:00:00.Z", ""},
		{"2024-02-29T12:00:00.1234567890Z", ""},
		{"2024-02-29T12:00:00+24:00", ""},
		{"2024-02-29T12:00:00+01:60", ""},
		{"2024-02-29T12:00:00+0100", ""},
		{"2023-02-29T12:00:00Z", ""},
		{"2024-02-29T2:00:00Z", ""},
		{"", ""},
	} {
		got, ok := parseTimestamp(c.text)
		switch {
		case ok != (c.nanos != ""):
			t.Errorf("%q: %v, %v", c.text, got, ok)
		case ok && (got.unscaled.String() != c.nanos || got.scale != 9):
			t.Errorf("%q: %v", c.text, got)
		}
	}
}

func TestParseUUID(t *testing.T) {
	want := [16]byte{0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3, 0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40, 0xff}
	for text, ok := range map[string]bool{
		"123e4567-e89b-12d3-a456-4266141740ff": true, "123E4567-E89B-12D3-A456-4266141740FF": true,
		"123e4567e89b12d3a4564266141740ff": false, "123e4567-e89b-12d3-a456-4266141740f": false, "123e4567-e89b-12d3-a456-4266141740fg": false,
		"123e-4567e89b-12d3-a456-4266141740ff": false, "": false,
	} {
		if got, parsed := parseUUID(text); parsed != ok || ok && got != want {
			t.Errorf("%q: %x, %v", text, got, parsed)
		}
	}
}
