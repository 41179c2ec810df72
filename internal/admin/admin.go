// Package admin is the HTTP server of a process: probes, metrics, status, and the page that shows them to people. Nothing that a
// client sends changes what the process does; a trial scores a file and publishes nothing.
//
// Probes and metrics are open. What shows topics, values and findings (the page, the status, trials, the details of readiness)
// asks for the token when there is one, as a bearer token or by the page's form. Without a token the page, the status and trials
// are shown on a loopback address only, and under this machine's own names. Errors are problem documents (RFC 9457).
package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/assay-dev/assay/internal/observe"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// The time-outs bound what a client that is slow or gone can hold on to. Every answer is made from memory, so that the time
// to write one is the network's.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 10 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 60 * time.Second
	maxHeader     = 16 << 10
)

// Options are the settings of a server.
type Options struct {
	Listen string // host:port; a port of 0 picks a free one
	Token  string // empty asks for none
	Trial  Trial
}

// Server answers for one process.
type Server struct {
	listener net.Listener
	http     *http.Server
	guard    *guard
}

// New listens without answering yet.
func New(state *observe.State, o Options) (*Server, error) {
	l, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("listening for admin.listen: %w", err)
	}
	g := newGuard(o.Token, o.Listen, l.Addr())
	return &Server{listener: l, guard: g, http: &http.Server{
		Handler:           handler(state, g, &trials{Trial: o.Trial, token: o.Token != "", note: state.Tried, one: make(chan struct{}, 1)}),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(state.Log().Handler(), slog.LevelDebug),
	}}, nil
}

// Addr gives the address that the server listens on, with the port that it has got.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Hidden reports that the page and the status are shown to nobody: the address is not this machine's alone, and there is no token.
func (s *Server) Hidden() bool { return !s.guard.local && s.guard.token == "" }

// Serve answers until Shutdown or Close; it then gives nil at once, while Shutdown still waits for answers under way.
func (s *Server) Serve() error {
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving on %s: %w", s.Addr(), err)
	}
	return nil
}

// Shutdown takes no more requests and waits for the answers under way, until ctx ends; what is left then is cut off.
func (s *Server) Shutdown(ctx context.Context) error {
	defer s.listener.Close() // a server that never served does not know its listener
	if err := s.http.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("stopping the admin server: %w", err), s.http.Close())
	}
	return nil
}

// endpoint is one page of the server.
type endpoint struct {
	path    string
	doc     string // empty: the page uses it, people need not know of it
	post    bool   // takes POST and nothing else
	guarded bool
	handler http.HandlerFunc
}

// handler gives all endpoints with what holds for each of them.
func handler(state *observe.State, g *guard, t *trials) http.Handler {
	metrics := promhttp.HandlerFor(state.Gatherer(), promhttp.HandlerOpts{
		EnableOpenMetrics: true,
		ErrorLog:          slog.NewLogLogger(state.Log().Handler(), slog.LevelWarn),
	})
	endpoints := []endpoint{
		{path: "/", doc: "the page, in a browser; this list elsewhere"},
		{path: "/livez", doc: "ok while the process answers", handler: livez},
		{path: "/readyz", doc: "ok while the process does its work; with ?verbose why, or why not", handler: readyz(state, g)},
		{path: "/startupz", doc: "ok once a feed has got its first assignment", handler: startupz(state)},
		{path: "/metrics", doc: "metrics for Prometheus (OpenMetrics)", handler: metrics.ServeHTTP},
		{path: "/status", doc: "feeds, partitions, totals, findings and conditions as JSON", guarded: true, handler: status(state)},
		{path: "/feeds", guarded: true, handler: t.list},
		{path: "/try", post: true, guarded: true, handler: t.try},
		{path: "/login", post: true, handler: g.login},
		{path: "/logout", post: true, handler: g.logout},
	}
	pages := assets()
	for _, e := range endpoints {
		pages[e.path] = e
	}
	pages["/"] = endpoint{path: "/", guarded: true, handler: page(endpoints)}
	crossOrigin := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w)
		page, ok := pages[r.URL.Path]
		switch {
		case !ok:
			problem(w, r, http.StatusNotFound, "There is no page here; / lists those that there are.")
		case page.post && r.Method != http.MethodPost:
			notAllowed(w, r, "POST")
		case !page.post && r.Method != http.MethodGet && r.Method != http.MethodHead:
			notAllowed(w, r, "GET, HEAD")
		case crossOrigin.Check(r) != nil:
			problem(w, r, http.StatusForbidden, "Another site sent this request through a browser.")
		case page.guarded && !g.pass(w, r):
		default:
			page.handler(w, r)
		}
	})
}

// secure sets what holds for every answer. The page runs only what comes from here, and nobody frames it.
func secure(w http.ResponseWriter) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "+
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
}

func notAllowed(w http.ResponseWriter, r *http.Request, methods string) {
	w.Header().Set("Allow", methods)
	problem(w, r, http.StatusMethodNotAllowed, "This page takes "+strings.ReplaceAll(methods, ", ", " and ")+" only.")
}
