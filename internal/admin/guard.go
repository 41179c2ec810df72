package admin

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// sessionTime is how long a browser need not give the token again.
const sessionTime = 12 * time.Hour

// maxForm is the longest login form.
const maxForm = 8 << 10

// guard says who may see what is not open.
type guard struct {
	token  string
	local  bool   // the address is a loopback one: only this machine reaches it
	host   string // of admin.listen, by which the machine may call itself
	cookie string // its name; browsers share cookies among the ports of a host
	now    func() time.Time
}

func newGuard(token, listen string, addr net.Addr) *guard {
	g := &guard{token: token, cookie: "assay", now: time.Now}
	g.host, _, _ = net.SplitHostPort(listen)
	if tcp, ok := addr.(*net.TCPAddr); ok {
		g.local = tcp.IP.IsLoopback()
		g.cookie += "-" + strconv.Itoa(tcp.Port)
	}
	return g
}

// pass reports whether a request may go on, and answers it when it may not. A browser is shown the form instead of a problem.
func (g *guard) pass(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case g.token != "" && g.knows(r):
		return true
	case g.token != "" && r.URL.Path == "/" && wantsHTML(r):
		loginForm(w, http.StatusUnauthorized, "")
	case g.token != "":
		w.Header().Set("WWW-Authenticate", `Bearer realm="assay"`)
		problem(w, r, http.StatusUnauthorized, "This page needs the token of admin.token_file as a bearer token.")
	case !g.local:
		problem(w, r, http.StatusForbidden,
			"This address can be reached from other machines, so that the page and the status are shown with a token only: "+
				"set admin.token_file, or listen on 127.0.0.1. Probes and /metrics are open.")
	case !g.ownName(r.Host):
		// A page of another site may have its name resolve to 127.0.0.1; what gives it away is the name.
		problem(w, r, http.StatusMisdirectedRequest,
			"Without admin.token_file this is shown as http://localhost or http://127.0.0.1 only, and not under other names.")
	default:
		return true
	}
	return false
}

// ownName reports whether a Host header is a name that no other site can have.
func (g *guard) ownName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback()
	}
	return strings.EqualFold(host, "localhost") || g.host != "" && strings.EqualFold(host, g.host)
}

// knows reports whether a request has the token, or the cookie of a browser that had it. Without a token everybody has it.
func (g *guard) knows(r *http.Request) bool {
	if g.token == "" {
		return true
	}
	scheme, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") && g.isToken(strings.TrimSpace(given)) {
		return true
	}
	for _, c := range r.CookiesNamed(g.cookie) {
		if g.isSession(c.Value) {
			return true
		}
	}
	return false
}

// isToken compares the hashes of both tokens, so that neither their lengths nor a common beginning can be timed.
func (g *guard) isToken(given string) bool {
	got, want := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(g.token))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

// session gives the value of a cookie that is good until a time: the time, and a MAC under the token. It needs no memory, ends
// when the token changes, and outlives a restart, which is just when somebody watches the page.
func (g *guard) session(until time.Time) string {
	at := strconv.FormatInt(until.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(g.token))
	mac.Write([]byte("assay page until " + at))
	return at + "." + hex.EncodeToString(mac.Sum(nil))
}

func (g *guard) isSession(value string) bool {
	at, _, _ := strings.Cut(value, ".")
	until, err := strconv.ParseInt(at, 10, 64)
	if err != nil || g.now().Unix() >= until {
		return false
	}
	return hmac.Equal([]byte(value), []byte(g.session(time.Unix(until, 0))))
}

// login takes the token from the form and gives the browser a cookie instead.
func (g *guard) login(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if g.token == "" || !g.isToken(strings.TrimSpace(r.PostFormValue("token"))) {
		loginForm(w, http.StatusUnauthorized, "This is not the token of admin.token_file.")
		return
	}
	g.setCookie(w, r, g.session(g.now().Add(sessionTime)), int(sessionTime.Seconds()))
}

func (g *guard) logout(w http.ResponseWriter, r *http.Request) { g.setCookie(w, r, "", -1) }

// setCookie goes on to the page with a cookie. Paths are relative: a proxy may have put a prefix before them.
func (g *guard) setCookie(w http.ResponseWriter, r *http.Request, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: g.cookie, Value: value, MaxAge: maxAge, HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	})
	w.Header().Set("Location", "./")
	w.WriteHeader(http.StatusSeeOther)
}

// wantsHTML reports whether a person with a browser asks.
func wantsHTML(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }
