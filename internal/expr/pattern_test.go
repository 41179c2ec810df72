package expr

import (
	"errors"
	"strings"
	"testing"
)

// Patterns that people write are taken; those that would take minutes on a long text are not, with the place of the pattern.
func TestPatternsAreBounded(t *testing.T) {
	const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
	for _, c := range []struct{ pattern, want string }{
		{"^[a-z0-9.!#$%&'*+=?^_`{|}~-]+@" + label + "(?:\\." + label + ")*$", ""},
		{"^([a-z0-9-]{1,63}\\.){1,6}[a-z]{2,63}(:[0-9]{1,5})?$", ""},
		{"^[^\n]{1,255}$", ""},
		{"[0-9a-f]{128}", ""},
		{"(x{1000})(x{1000})y", "comes to 2007 steps; 1000 are the most; repetitions like x{100} count a hundred times"},
		{"x{500}y", "takes too long on long texts: 503 of its steps may be tried at every character; 300 are the most; begin it with ^, or repeat less"},
		{"^x{500}y", ""},
		{"^.*x{500}y", "takes too long on long texts: 504 of its steps may be tried at every character; 300 are the most"},
		{"^x{500}(y|.*z)", ""},
	} {
		text := "name matches " + writtenPattern(c.pattern)
		_, err := Compile(text, testEnv())
		switch {
		case c.want == "":
			if err != nil {
				t.Errorf("%s: %v", c.pattern, err)
			}
		case err == nil || !strings.HasSuffix(err.Error(), " "+c.want):
			t.Errorf("%s: %v, want %s", c.pattern, err, c.want)
		default:
			if at := (*Error)(nil); !errors.As(err, &at) || at.Offset != len("name matches ") || at.Offset+at.Length != len(text) {
				t.Errorf("%s: at another place: %+v", c.pattern, at)
			}
		}
	}
}
