package fault

import (
	"testing"

	"github.com/assay-dev/assay/internal/flow"
)

func TestFill(t *testing.T) {
	args := []flow.Detail{
		{Name: "field", Value: "audio_file"},
		{Name: "text", Value: "a {count} b"},
		{Name: "count", Value: int64(-3)},
		{Name: "share", Value: 0.25},
		{Name: "whole", Value: 100.0},
		{Name: "yes", Value: true},
		{Name: "none", Value: []string{}},
		{Name: "one", Value: []string{"A"}},
		{Name: "two", Value: []string{"A", "B"}},
		{Name: "three", Value: []string{"A", "B", "C"}},
		{Name: "errors", Value: flow.Messages{{Field: "x"}, {Field: "y", Text: []string{"first", "second"}}}},
		{Name: "odd", Value: struct{}{}},
	}
	for _, c := range []struct{ template, want string }{
		{"plain", "plain"},
		{"", ""},
		{"{field} is {count}", "audio_file is -3"},
		{"{Field} cannot be empty", "Audio file cannot be empty"},
		{"{text}", "a {count} b"},
		{"{share} {whole} {yes}", "0.25 100 true"},
		{"[{none}] [{none|or}]", "[] []"},
		{"{one} / {one|or}", "A / A"},
		{"{two} / {two|or}", "A, B / A or B"},
		{"{three} / {three|or}", "A, B, C / A, B or C"},
		{"{errors_first}", "first"},
		{"{errors}", "x, y"},
		{"[{absent}]", "[]"},
		{"[{odd}]", "[]"},
		{"an open { brace", "an open { brace"},
		{"empty {} braces", "empty  braces"},
	} {
		if got := Fill(c.template, args); got != c.want {
			t.Errorf("Fill(%q) = %q, want %q", c.template, got, c.want)
		}
	}
	if got := Fill("[{Field}] [{errors_first}]", nil); got != "[] []" {
		t.Errorf("without arguments: %q", got)
	}
	if got := Fill("{Field}", []flow.Detail{{Name: "field", Value: "état_civil"}}); got != "État civil" {
		t.Errorf("first letter: %q", got)
	}
}

func TestTexts(t *testing.T) {
	for _, c := range []struct {
		code       flow.Code
		text, each string
	}{
		{MissingField, "Missing required field: birth_date", "Birth date cannot be empty"},
		{InvalidFormat, "Field birth_date has the wrong form; expected a date", "must be a date"},
		{UnsupportedLanguage, "Language '' is not supported", "Language '' is not supported"},
		{InvalidFile, "Not valid CSV at line : ", "Not valid CSV at line : "},
	} {
		e, _ := Lookup(c.code)
		args := []flow.Detail{{Name: "field", Value: "birth_date"}, {Name: "expected", Value: "a date"}}
		if got := e.Fill(args); got != c.text {
			t.Errorf("%s: text %q, want %q", c.code, got, c.text)
		}
		if got := e.FieldText(args); got != c.each {
			t.Errorf("%s: field text %q, want %q", c.code, got, c.each)
		}
	}
}
