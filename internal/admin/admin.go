// Package admin is the HTTP server of a process: probes, metrics and status. It only reads: every request is GET or HEAD, and
// nothing that a client sends changes what the process does.
//
// Probes and metrics are open. The list of endpoints, the status and the details of readiness, which name topics and brokers,
// ask for a bearer token when there is one. Errors are problem documents (RFC 9457).
package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
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

// Server answers for one process.
type Server struct {
	listener net.Listener
	http     *http.Server
}

// New listens on an address, host:port, without answering yet. A port of 0 picks a free one. An empty token asks for none.
func New(state *observe.State, listen, token string) (*Server, error) {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("listening for admin.listen: %w", err)
	}
	return &Server{listener: l, http: &http.Server{
		Handler:           handler(state, token),
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
	doc     string
	guarded bool // asks for the token
	handler http.HandlerFunc
}

// handler gives all endpoints with what holds for each of them.
func handler(state *observe.State, token string) http.Handler {
	metrics := promhttp.HandlerFor(state.Gatherer(), promhttp.HandlerOpts{
		EnableOpenMetrics: true,
		ErrorLog:          slog.NewLogLogger(state.Log().Handler(), slog.LevelWarn),
	})
	endpoints := []endpoint{
		{"/livez", "ok while the process answers", false, livez},
		{"/readyz", "ok while the process does its work; with ?verbose why, or why not", false, readyz(state, token)},
		{"/startupz", "ok once a feed has got its first assignment", false, startupz(state)},
		{"/metrics", "metrics for Prometheus (OpenMetrics)", false, metrics.ServeHTTP},
		{"/status", "feeds, partitions, totals and conditions as JSON", true, status(state)},
	}
	pages := map[string]endpoint{"/": {"/", "", true, index(endpoints)}}
	for _, e := range endpoints {
		pages[e.path] = e
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		page, ok := pages[r.URL.Path]
		switch {
		case !ok:
			problem(w, r, http.StatusNotFound, "There is no page here; / lists those that there are.")
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			problem(w, r, http.StatusMethodNotAllowed, "This server only answers GET and HEAD.")
		case page.guarded && !allowed(r, token):
			w.Header().Set("WWW-Authenticate", `Bearer realm="assay"`)
			problem(w, r, http.StatusUnauthorized, "This page needs the token of admin.token_file as a bearer token.")
		default:
			page.handler(w, r)
		}
	})
}
