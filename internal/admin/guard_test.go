package admin

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/assay-dev/assay/internal/observe"
)

// handlerAt gives the handler of a server that listens on an address, without one that listens.
func handlerAt(listen, token string) (http.Handler, *guard) {
	addr, err := net.ResolveTCPAddr("tcp", listen)
	if err != nil {
		panic(err)
	}
	g := newGuard(token, listen, addr)
	trial := tryOut()
	return handler(observe.New(observe.Options{}), g, &trials{Trial: trial, note: func(observe.Trial) {}, one: make(chan struct{}, 1)}), g
}

// answer gives what the handler answers; headers come as pairs.
func answer(h http.Handler, method, target, host string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader("id,email,amount,country\n"))
	r.Host = host
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// Without a token what is guarded is shown on a loopback address only, and there under names that no other site can have.
func TestGuardWithoutToken(t *testing.T) {
	for _, test := range []struct {
		listen, host string
		code         int
	}{
		{"127.0.0.1:9600", "127.0.0.1:9600", 200}, {"127.0.0.1:9600", "localhost:9600", 200}, {"127.0.0.1:9600", "LOCALHOST", 200},
		{"[::1]:9600", "[::1]:9600", 200}, {"[::1]:9600", "[::1]", 200}, {"127.0.0.1:9600", "127.8.9.1:1", 200},
		{"127.0.0.1:9600", "evil.example:9600", 421}, {"127.0.0.1:9600", "localhost.evil.example", 421}, {"127.0.0.1:9600", "10.0.0.7:9600", 421},
		{"127.0.0.1:9600", "", 421}, {"127.0.0.1:9600", "127.0.0.1.evil.example:9600", 421},
		{"0.0.0.0:9600", "localhost:9600", 403}, {"10.0.0.7:9600", "10.0.0.7:9600", 403}, {":9600", "127.0.0.1:9600", 403},
	} {
		h, _ := handlerAt(test.listen, "")
		for _, target := range []string{"/", "/status", "/feeds", "/try?feed=orders"} {
			method := "GET"
			if strings.HasPrefix(target, "/try") {
				method = "POST"
			}
			if w := answer(h, method, target, test.host); w.Code != test.code {
				t.Errorf("%s as %q, %s: %d %s, want %d", test.listen, test.host, target, w.Code, w.Body, test.code)
			}
		}
		for _, open := range []string{"/livez", "/metrics", "/page.css", "/page.js"} {
			if w := answer(h, "GET", open, test.host); w.Code != 200 {
				t.Errorf("%s as %q, %s: %d", test.listen, test.host, open, w.Code)
			}
		}
	}
	// The machine's own name in admin.listen is no other site's.
	g := newGuard("", "scorer.internal:9600", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9600})
	if !g.ownName("scorer.internal:9600") || g.ownName("other.internal:9600") {
		t.Error("the name of admin.listen")
	}
}

func TestHidden(t *testing.T) {
	for _, test := range []struct {
		listen, token string
		hidden        bool
	}{{"127.0.0.1:0", "", false}, {"0.0.0.0:0", "", true}, {"0.0.0.0:0", "s3cret", false}} {
		s, err := New(observe.New(observe.Options{}), Options{Listen: test.listen, Token: test.token})
		if err != nil {
			t.Fatal(err)
		}
		if s.Hidden() != test.hidden {
			t.Errorf("%s with %q: %t", test.listen, test.token, s.Hidden())
		}
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// A browser is shown the form, a program the problem; with a token the name does not matter, since it gives nothing away.
func TestGuardWithToken(t *testing.T) {
	h, _ := handlerAt("0.0.0.0:9600", "s3cret")
	if w := answer(h, "GET", "/", "scorer:9600", "Accept", "text/html"); w.Code != 401 || !strings.Contains(w.Body.String(), `action="login"`) {
		t.Errorf("a browser: %d %s", w.Code, w.Body)
	}
	for target, method := range map[string]string{"/": "GET", "/status": "GET", "/feeds": "GET", "/try?feed=orders": "POST"} {
		w := answer(h, method, target, "scorer:9600")
		if w.Code != 401 || w.Header().Get("Content-Type") != "application/problem+json" || w.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%s without: %d %v", target, w.Code, w.Header())
		}
		if w := answer(h, method, target, "scorer:9600", "Authorization", "Bearer s3cret"); w.Code != 200 {
			t.Errorf("%s with: %d %s", target, w.Code, w.Body)
		}
	}
}

// signIn gives the cookie that the form gives for a token, or nil.
func signIn(h http.Handler, token string, headers ...string) (*http.Cookie, *httptest.ResponseRecorder) {
	r := httptest.NewRequest("POST", "/login", strings.NewReader(url.Values{"token": {token}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		return c, w
	}
	return nil, w
}

func TestLogin(t *testing.T) {
	h, g := handlerAt("0.0.0.0:9600", "s3cret")
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	g.now = func() time.Time { return now }
	for _, wrong := range []string{"", "s3cre", "s3cret2", "S3CRET", strings.Repeat("x", 2*maxForm)} {
		if c, w := signIn(h, wrong); c != nil || w.Code != 401 {
			t.Errorf("%.10q: %d, cookie %v", wrong, w.Code, c)
		}
	}
	c, w := signIn(h, " s3cret\n") // as it is pasted
	if c == nil || w.Code != 303 || w.Header().Get("Location") != "./" {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure || c.MaxAge != 12*3600 || c.Name != "assay-9600" || strings.Contains(c.Value, "s3cret") {
		t.Errorf("%+v", c)
	}
	if c, _ := signIn(h, "s3cret", "X-Forwarded-Proto", "https"); c == nil || !c.Secure {
		t.Errorf("behind TLS: %+v", c)
	}
	status := func(value string) int {
		return answer(h, "GET", "/status", "scorer", "Cookie", "assay-9600="+value).Code
	}
	if got := status(c.Value); got != 200 {
		t.Errorf("the cookie: %d", got)
	}
	at, mac, _ := strings.Cut(c.Value, ".")
	for _, forged := range []string{"", at, at + ".", at + "." + strings.Repeat("0", len(mac)), "9" + at + "." + mac, "x." + mac, c.Value + "0"} {
		if got := status(forged); got != 401 {
			t.Errorf("%q: %d", forged, got)
		}
	}
	other, _ := handlerAt("0.0.0.0:9600", "another")
	if got := answer(other, "GET", "/status", "scorer", "Cookie", "assay-9600="+c.Value).Code; got != 401 {
		t.Errorf("under another token: %d", got)
	}
	now = now.Add(sessionTime)
	if got := status(c.Value); got != 401 {
		t.Errorf("after %s: %d", sessionTime, got)
	}
	// Where no token is asked for there is nothing to sign in to.
	h, _ = handlerAt("127.0.0.1:9600", "")
	if c, w := signIn(h, ""); c != nil || w.Code != 401 {
		t.Errorf("without a token: %d %v", w.Code, c)
	}
}

// What another site has a browser send is refused, whatever it is and whoever is signed in.
func TestCrossSiteRequests(t *testing.T) {
	h, _ := handlerAt("127.0.0.1:9600", "")
	for _, target := range []string{"/try?feed=orders", "/login", "/logout"} {
		for _, from := range [][]string{
			{"Origin", "http://evil.example"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "null"},
		} {
			if w := answer(h, "POST", target, "127.0.0.1:9600", from...); w.Code != 403 {
				t.Errorf("%s from %v: %d", target, from, w.Code)
			}
		}
	}
	for _, from := range [][]string{nil, {"Sec-Fetch-Site", "same-origin"}, {"Origin", "http://127.0.0.1:9600"}} {
		if w := answer(h, "POST", "/try?feed=orders", "127.0.0.1:9600", from...); w.Code != 200 {
			t.Errorf("from %v: %d %s", from, w.Code, w.Body)
		}
	}
}

// The page runs nothing but what comes from here, and has nothing in it that would need more.
func TestPageKeepsToItsPolicy(t *testing.T) {
	h, _ := handlerAt("127.0.0.1:9600", "")
	w := answer(h, "GET", "/", "localhost", "Accept", "text/html,*/*")
	policy := w.Header().Get("Content-Security-Policy")
	if w.Code != 200 || strings.Contains(policy, "unsafe") || !strings.Contains(policy, "default-src 'none'") || w.Header().Get("Vary") != "Accept" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	for _, foreign := range []string{"http://", "https://", "<style", "style=", "onclick"} {
		if strings.Contains(w.Body.String(), foreign) {
			t.Errorf("the page has %q in it", foreign)
		}
	}
	for _, name := range []string{"/page.js", "/theme.js", "/page.css"} {
		if w := answer(h, "GET", name, "anything"); w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/") || w.Body.Len() == 0 {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
	}
	if w := answer(h, "GET", "/login.html", "localhost"); w.Code != 404 {
		t.Errorf("the template is served: %d", w.Code)
	}
}
