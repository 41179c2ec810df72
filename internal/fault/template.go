package fault

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/assay-dev/assay/internal/flow"
)

// Fill gives the template with its placeholders replaced by arguments:
//
//	{name}          a scalar as text, a list joined with ", "
//	{name|or}       a list as "A, B or C"
//	{Field}         the argument field with blanks for underscores and a capital first letter
//	{errors_first}  the first message of the argument errors
//
// An argument that is absent leaves nothing behind. Braces inside arguments are text.
func Fill(template string, args []flow.Detail) string {
	return string(appendFilled(nil, template, func(name string) (any, bool) { return find(args, name) }))
}

// Fill gives the message of e filled from args.
func (e *Entry) Fill(args []flow.Detail) string { return Fill(e.Message, args) }

// AppendFill appends the same message to dst.
func (e *Entry) AppendFill(dst []byte, args []flow.Detail) []byte {
	return appendFilled(dst, e.Message, func(name string) (any, bool) { return find(args, name) })
}

// FieldText gives what is wrong with one field as one of several entries in a VALIDATION_ERROR.
func (e *Entry) FieldText(args []flow.Detail) string {
	if e.FieldMessage == "" {
		return e.Fill(args)
	}
	return Fill(e.FieldMessage, args)
}

func appendFilled(dst []byte, template string, arg func(name string) (any, bool)) []byte {
	for {
		before, rest, found := strings.Cut(template, "{")
		dst = append(dst, before...)
		if !found {
			return dst
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			dst = append(dst, '{')
			return append(dst, rest...)
		}
		dst = appendArgument(dst, name, arg)
		template = after
	}
}

func appendArgument(dst []byte, placeholder string, arg func(name string) (any, bool)) []byte {
	switch placeholder {
	case "Field":
		v, _ := arg("field")
		field, _ := v.(string)
		field = strings.ReplaceAll(field, "_", " ")
		first, size := utf8.DecodeRuneInString(field)
		if size == 0 {
			return dst
		}
		dst = utf8.AppendRune(dst, unicode.ToUpper(first))
		return append(dst, field[size:]...)
	case "errors_first":
		v, _ := arg("errors")
		errors, _ := v.(flow.Messages)
		return append(dst, firstText(errors)...)
	}
	name, form, _ := strings.Cut(placeholder, "|")
	v, ok := arg(name)
	if !ok {
		return dst
	}
	last := ", "
	if form == "or" {
		last = " or "
	}
	return appendText(dst, v, last)
}

// firstText gives the first message of all, or "".
func firstText(errors flow.Messages) string {
	for _, m := range errors {
		if len(m.Text) > 0 {
			return m.Text[0]
		}
	}
	return ""
}

// appendText appends the value of a detail as text for people; last stands before the last element of a list.
func appendText(dst []byte, value any, last string) []byte {
	switch v := value.(type) {
	case string:
		return append(dst, v...)
	case bool:
		return strconv.AppendBool(dst, v)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		return strconv.AppendFloat(dst, v, 'f', -1, 64)
	case []string:
		for i, s := range v {
			switch {
			case i == 0:
			case i == len(v)-1:
				dst = append(dst, last...)
			default:
				dst = append(dst, ", "...)
			}
			dst = append(dst, s...)
		}
		return dst
	case flow.Messages:
		for i, m := range v {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(dst, m.Field...)
		}
		return dst
	}
	return dst
}
