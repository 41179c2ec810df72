package fault

import (
	"math"
	"strconv"
	"unicode/utf8"
	"unsafe"

	"github.com/assay-dev/assay/internal/flow"
)

// RawJSON is the value of a detail that is rendered already, as lists of objects are. It must be valid compact JSON.
type RawJSON []byte

// plain says which bytes stand in a JSON string as they are. Bytes of multi-byte characters are not plain: they are checked.
var plain = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

const hexDigits = "0123456789abcdef"

// AppendJSONString appends s as a JSON string. Nothing is escaped that need not be (no HTML escaping, U+2028 stays), and each
// byte of invalid UTF-8 becomes \ufffd. It is used for every cell of JSON output: clean runs are found eight bytes at a time
// and copied whole.
func AppendJSONString[S ~string | ~[]byte](dst []byte, s S) []byte {
	// One compiled body serves both kinds; the bytes are only read.
	return appendJSONString(dst, *(*string)(unsafe.Pointer(&s)))
}

func appendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	if plainJSON(s) {
		dst = append(dst, s...)
		return append(dst, '"')
	}
	from := 0 // s[from:i] is clean and not yet copied
	for i := 0; i < len(s); {
		if i+8 <= len(s) && allPlain(load8(s[i:])) {
			i += 8
			continue
		}
		c := s[i]
		if plain[c] {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || size != 1 {
				i += size
				continue
			}
			dst = append(dst, s[from:i]...)
			dst = append(dst, `\ufffd`...)
			i++
			from = i
			continue
		}
		dst = append(dst, s[from:i]...)
		dst = appendEscaped(dst, c)
		i++
		from = i
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}

// PlainJSON reports that s is ASCII and stands in a JSON string as it is. Of a text of 8 bytes or more it may say no to one
// that does, see allPlain; AppendJSONString then looks closer.
func PlainJSON(s []byte) bool { return plainJSON(unsafe.String(unsafe.SliceData(s), len(s))) }

// plainJSON reads the last bytes together with some before them instead of one by one: most cells are short, and a loop of
// few turns is mostly mispredicted branches.
func plainJSON(s string) bool {
	n := len(s)
	switch {
	case n >= 8:
		for i := 0; i+8 < n; i += 8 {
			if !allPlain(load8(s[i:])) {
				return false
			}
		}
		return allPlain(load8(s[n-8:]))
	case n >= 4:
		return allPlain(uint64(load4(s)) | uint64(load4(s[n-4:]))<<32)
	}
	for i := range n {
		if !plain[s[i]] {
			return false
		}
	}
	return true
}

func load4(s string) uint32 {
	_ = s[3]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

// load8 reads the first eight bytes of s; the compiler makes it one load.
func load8(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// allPlain reports whether all eight bytes of w are plain. A byte is not plain when it is below 0x20 (a borrow from its top
// bit), at least 0x80 (its top bit), a quote or a backslash (a borrow once XOR has made it 0). A borrow may run into the next
// byte and make that look special; then the bytes are looked at one by one, which is slower but never wrong.
func allPlain(w uint64) bool {
	const (
		ones = 0x0101010101010101
		tops = 0x8080808080808080
	)
	quote := w ^ ones*'"'
	slash := w ^ ones*'\\'
	return (w|(w-ones*' ')|(quote-ones)|(slash-ones))&tops == 0
}

func appendEscaped(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// appendNumber appends f as a JSON number, an integer without a fraction, or null where JSON has no number for it.
func appendNumber(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}

// appendDetail appends the value of a detail. A value of a type that details do not have becomes null.
func appendDetail(dst []byte, value any) []byte {
	switch v := value.(type) {
	case string:
		return AppendJSONString(dst, v)
	case bool:
		return strconv.AppendBool(dst, v)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		return appendNumber(dst, v)
	case []string:
		return appendJSONStrings(dst, v)
	case flow.Messages:
		o := object{dst: dst}
		for _, m := range v {
			o.name(m.Field)
			o.dst = appendJSONStrings(o.dst, m.Text)
		}
		return o.end()
	case RawJSON:
		return append(dst, v...)
	}
	return append(dst, "null"...)
}

// AppendDetails appends details as an object, in their order, which is the catalogue's.
func AppendDetails(dst []byte, details []flow.Detail) []byte {
	o := object{dst: dst}
	for _, d := range details {
		o.value(d.Name, d.Value)
	}
	return o.end()
}

func find(details []flow.Detail, name string) (any, bool) {
	for i := range details {
		if details[i].Name == name {
			return details[i].Value, true
		}
	}
	return nil, false
}

func appendJSONStrings(dst []byte, list []string) []byte {
	dst = append(dst, '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendJSONString(dst, s)
	}
	return append(dst, ']')
}

// object writes a JSON object member by member.
type object struct {
	dst  []byte
	some bool // has a member
}

func (o *object) name(key string) {
	if o.some {
		o.dst = append(o.dst, ',')
	} else {
		o.dst = append(o.dst, '{')
		o.some = true
	}
	o.dst = AppendJSONString(o.dst, key)
	o.dst = append(o.dst, ':')
}

func (o *object) text(key, value string) {
	o.name(key)
	o.dst = AppendJSONString(o.dst, value)
}

func (o *object) int(key string, value int64) {
	o.name(key)
	o.dst = strconv.AppendInt(o.dst, value, 10)
}

func (o *object) value(key string, value any) {
	o.name(key)
	o.dst = appendDetail(o.dst, value)
}

func (o *object) end() []byte {
	if !o.some {
		o.dst = append(o.dst, '{')
	}
	return append(o.dst, '}')
}
