package csvarrow

import (
	"errors"
	"fmt"
)

// Dialect is how a contract's input is written. The zero value is the usual one: comma, double quotes, quotes doubled.
type Dialect struct {
	Delimiter byte // 0 is a comma
	Quote     byte // 0 is a double quote
	Escape    byte // 0, or the same as Quote: a quote inside a quoted cell is doubled
	Trim      bool // cells lose the spaces and tabs around their text before it is used
}

// Check says what is wrong with d, for the linter. A scanner of a dialect that does not pass reads rubbish.
func (d Dialect) Check() error {
	d = d.filled()
	for _, c := range []struct {
		name string
		b    byte
	}{{"delimiter", d.Delimiter}, {"quote", d.Quote}, {"escape", d.Escape}} {
		switch {
		case c.b == '\n' || c.b == '\r':
			return fmt.Errorf("the %s cannot be a line end", c.name)
		case c.b >= 0x80:
			return fmt.Errorf("the %s must be an ASCII character: any other byte is part of a longer one in UTF-8", c.name)
		}
	}
	if d.Delimiter == d.Quote {
		return errors.New("the delimiter and the quote cannot be the same")
	}
	if d.Delimiter == d.Escape {
		return errors.New("the delimiter and the escape cannot be the same")
	}
	return nil
}

func (d Dialect) filled() Dialect {
	if d.Delimiter == 0 {
		d.Delimiter = ','
	}
	if d.Quote == 0 {
		d.Quote = '"'
	}
	if d.Escape == 0 {
		d.Escape = d.Quote
	}
	return d
}

// Limits are what a single record may not pass.
type Limits struct {
	FieldBytes int // one cell as it stands, quotes included; 0 is 1 MiB
	Columns    int // cells of one record; 0 is 4,096
}

func (l Limits) filled() Limits {
	if l.FieldBytes == 0 {
		l.FieldBytes = 1 << 20
	}
	if l.Columns == 0 {
		l.Columns = 4096
	}
	return l
}

// Classes of bytes. The scanner walks over text by table look-up, so that one load and one compare decide each byte.
const (
	text byte = iota // nothing to do: must be zero
	delimiter
	quote
	escape
	lineFeed
	carriageReturn
	nul
)

// classes gives the tables for bytes outside and inside quotes.
func (d Dialect) classes() (plain, quoted [256]byte) {
	plain['\n'], plain['\r'], plain[0] = lineFeed, carriageReturn, nul
	quoted = plain
	plain[d.Delimiter] = delimiter
	plain[d.Quote] = quote
	quoted[d.Escape] = escape
	quoted[d.Quote] = quote // last: an escape that is the quote itself is doubling
	return plain, quoted
}
