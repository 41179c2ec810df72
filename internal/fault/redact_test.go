package fault

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestRedact(t *testing.T) {
	jwt := "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"nothing secret: eye, token, ask_live", "nothing secret: eye, token, ask_live"},
		{"ask_live_abcdefghijklmnop", "ask_live_abc[redacted]"},
		{"live_sk_0123456789abcdef!", "live_sk_0123[redacted]!"},
		{"(test_sk_0123456789abcdef)", "(test_sk_0123[redacted])"},
		{"token_0123456789abcdef and more", "token_012345[redacted] and more"},
		{"ask_live_short", "ask_live_[redacted]"},
		{"ask_live_", "ask_live_"},
		{"key=" + jwt + ";", "key=[redacted];"},
		{"eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "[redacted]"},
		{"eyJust a word. And. More.", "eyJust a word. And. More."},
		{"eyJ.x", "eyJ.x"},
		{"Authorization: Bearer abc def\nnext", "Authorization: [redacted]\nnext"},
		{"AUTHORIZATION=Basic Zm9v", "AUTHORIZATION=[redacted]"},
		{`{"x-api-key": "00000000-0000-4000-8000-000000000000", "a": 1}`, `{"x-api-key": "[redacted]", "a": 1}`},
		{"X-Api-Key:00000000-0000-4000-8000-000000000000", "X-Api-Key:[redacted]"},
		{"authorization", "authorization"},
		{"authorization is needed", "authorization is needed"},
		{"authorization:", "authorization:"},
		{"two: ask_live_aaaaaaaaaaaaaaaa ask_live_bbbbbbbbbbbbbbbb", "two: ask_live_aaa[redacted] ask_live_bbb[redacted]"},
	} {
		if got := Redact(c.in); got != c.want {
			t.Errorf("Redact(%q) = %q, want %q", c.in, got, c.want)
		}
		if got := Clean([]byte(c.in)); got != c.want {
			t.Errorf("Clean(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"short", "short"},
		{strings.Repeat("a", 200), strings.Repeat("a", 200)},
		{strings.Repeat("a", 201), strings.Repeat("a", 200)},
		{strings.Repeat("é", 201), strings.Repeat("é", 200)},
		{strings.Repeat("😀", 200), strings.Repeat("😀", 200)},
		{strings.Repeat("\xff", 201), strings.Repeat("\xff", 200)},
	} {
		if got := string(Cut([]byte(c.in))); got != c.want {
			t.Errorf("%d bytes: got %d bytes, want %d", len(c.in), len(got), len(c.want))
		}
	}
}

// A secret that the cut goes through is gone as a whole, also when its end lies far behind the cut.
func TestValueRedactsBeforeItCuts(t *testing.T) {
	for _, secret := range []string{
		"ask_live_" + strings.Repeat("s", 5000),
		"eyJ" + strings.Repeat("s", 3000) + "." + strings.Repeat("s", 3000) + ".sss",
		"authorization: " + strings.Repeat("s", 5000),
	} {
		for lead := 150; lead < 200; lead++ {
			got := Clean([]byte(strings.Repeat("-", lead) + secret))
			if strings.Contains(got, "ssss") || utf8.RuneCountInString(got) > MaxValue {
				t.Fatalf("after %d: %q", lead, got)
			}
		}
	}
}

func TestValueProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOfN(rapid.Byte(), 0, 600).Draw(t, "in")
		got := Clean(in)
		if utf8.RuneCountInString(got) > MaxValue {
			t.Fatalf("%d characters", utf8.RuneCountInString(got))
		}
		if again := Clean([]byte(got)); again != got && !strings.Contains(got, redacted) {
			t.Fatalf("%q became %q", got, again)
		}
	})
}

// FuzzRedact writes secrets between any two texts: none is told, neither as it stands nor as a value that is cut.
func FuzzRedact(f *testing.F) {
	f.Add("Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "\nnext")
	f.Add(`{"x-api-key":"abc"} token_0123456789abcdef`, "")
	f.Add(`{"x-api-key": "`, `", "a": 1}`)
	f.Add("AUTHORIZATION=Basic '", "'; authorization:\r\n")
	f.Add("two: ask_live_aaaaaaaaaaaaaaaa live_sk_", ".eyJ.")
	f.Add("(test_sk_é", "-_)")
	f.Add(strings.Repeat("-", 190)+"eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "x")
	f.Fuzz(func(t *testing.T, before, behind string) {
		for _, secret := range []string{
			"ask_live_0123456789abcdef", " token_0123456789ABCDEF", "\nx-api-key: 00000000-0000-4000-8000-000000000000",
			" eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
		} {
			text := before + secret + behind
			if strings.Contains(before, secret) || strings.Contains(behind, secret) {
				continue // only that between them is known to begin where a secret can
			}
			got, clean := Redact(text), Clean([]byte(text))
			if strings.Contains(got, secret) || strings.Contains(clean, secret) {
				t.Fatalf("%q shows in %q and %q", secret, got, clean)
			}
			if n := utf8.RuneCountInString(clean); n > MaxValue {
				t.Fatalf("%d characters are shown", n)
			}
		}
	})
}
