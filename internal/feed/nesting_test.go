package feed

import (
	"strings"
	"testing"
	"testing/fstest"
)

// What would take the parser minutes is refused before it: the place is that of the bracket, dash or key that is one too many.
func TestNesting(t *testing.T) {
	deep := func(unit string) string { return strings.Repeat(unit, 200_000) }
	var steps strings.Builder
	for i := range 30 {
		steps.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	keys := strings.Repeat("    k: 1\n", maxKeys)
	for name, c := range map[string]struct{ text, want string }{
		"brackets":     {"columns: " + deep("["), "1:29: more than 20 levels in each other"},
		"braces":       {"columns: " + deep("{a: "), "1:86: more than 20 levels in each other"},
		"dashes":       {"columns:\n  " + deep("- "), "2:41: more than 20 levels in each other"},
		"questions":    {deep("? "), "1:41: more than 20 levels in each other"},
		"indentation":  {steps.String(), "21:21: more than 20 levels in each other"},
		"mixed":        {"a:\n- b:\n  - [[" + deep("["), "3:21: more than 20 levels in each other"},
		"nested keys":  {"score:\n  weights:\n" + keys + "    k: 1\n", "10003:5: more than 10000 keys in one mapping"},
		"outer keys":   {strings.ReplaceAll(keys, "    ", "") + "k: 1\n", "10001:1: more than 10000 keys in one mapping"},
		"keys, broken": {"columns:\n" + keys + "    k: 1\n   l: 1\n", "10003:4: "},
	} {
		_, err := Load(fstest.MapFS{"f.yaml": {Data: []byte(c.text)}}, "f.yaml")
		if err == nil || !strings.HasPrefix(err.Error(), "f.yaml:"+c.want) {
			t.Errorf("%s: %.200v, want %s", name, err, c.want)
		}
	}
}

// What stands in quotes, comments and blocks of text is no nesting, nor is one bracket behind the other.
func TestNoNesting(t *testing.T) {
	many := strings.Repeat("[{(", 50)
	text := "feed: f # " + many + "\nversion: 1\ncolumns:\n  a: {type: string}\n  b: {type: category, values: [" +
		strings.TrimSuffix(strings.Repeat("'[', \"{\", ", 1), ", ") + "]}\nrules:\n  one: 'a matches /" + strings.Repeat("[x]", 60) +
		"/'\n  two: \"a matches /" + strings.Repeat("(?:[(\\\\[{])", 30) + "/\"\n  three: |\n    a ==\n    \"" + many + "\"\n  four: a matches /" +
		strings.Repeat("[y]", 30) + "/\n"
	if _, err := Load(fstest.MapFS{"f.yaml": {Data: []byte(text)}}, "f.yaml"); err != nil {
		t.Error(err)
	}
}
