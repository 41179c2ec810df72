package csvarrow

import "testing"

func TestDialectCheck(t *testing.T) {
	for _, c := range []struct {
		d    Dialect
		want string
	}{
		{Dialect{}, ""},
		{Dialect{Delimiter: ';', Quote: '\'', Escape: '\\'}, ""},
		{Dialect{Delimiter: '\t', Escape: '"'}, ""},
		{Dialect{Delimiter: '\n'}, "the delimiter cannot be a line end"},
		{Dialect{Quote: '\r'}, "the quote cannot be a line end"},
		{Dialect{Escape: 0xa7}, "the escape must be an ASCII character: any other byte is part of a longer one in UTF-8"},
		{Dialect{Delimiter: '"'}, "the delimiter and the quote cannot be the same"},
		{Dialect{Quote: ','}, "the delimiter and the quote cannot be the same"},
		{Dialect{Escape: ','}, "the delimiter and the escape cannot be the same"},
	} {
		got := ""
		if err := c.d.Check(); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%+v: got %q, want %q", c.d, got, c.want)
		}
	}
}
