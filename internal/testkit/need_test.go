package testkit

import (
	"errors"
	"strings"
	"testing"
)

func TestNeed(t *testing.T) {
	broken := errors.New("not today")
	saved := needs
	defer func() { needs = saved }()
	needs = map[string]func() error{
		"there": func() error { return nil },
		"gone":  func() error { return broken },
	}
	for _, c := range []struct {
		what, required string
		want           decision
		text           string
	}{
		{"there", "", run, ""},
		{"there", "there,gone", run, ""},
		{"gone", "", skip, "needs gone: not today"},
		{"gone", "there,other", skip, "needs gone: not today"},
		{"gone", "there, gone", fail, "ASSAY_REQUIRE asks for gone, but: not today"},
		{"misspelt", "", fail, `testkit.Need: nothing is known of "misspelt"`},
	} {
		if got := need(c.what, c.required); got.decision != c.want || got.text != c.text {
			t.Errorf("need(%q, %q) = %d %q, want %d %q", c.what, c.required, got.decision, got.text, c.want, c.text)
		}
	}
}

func TestNeedAny(t *testing.T) {
	if err := needAny("no-such-program", "go")(); err != nil {
		t.Errorf("go is there, yet: %v", err)
	}
	err := needAny("no-such-program", "nor-this")()
	if err == nil || !strings.Contains(err.Error(), "no-such-program or nor-this") {
		t.Errorf("two missing programs: %v", err)
	}
}

func TestJavaVersion(t *testing.T) {
	for out, want := range map[string]int{
		"openjdk version \"17.0.15\" 2025-04-15\nOpenJDK Runtime Environment": 17,
		"java version \"1.8.0_402\"":                                          8,
		"openjdk version \"25\" 2025-09-16":                                   25,
		"openjdk version \"24-ea\"":                                           24,
		"command not found":                                                   0,
	} {
		if got := javaVersion(out); got != want {
			t.Errorf("javaVersion(%q) = %d, want %d", out, got, want)
		}
	}
}
