package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

type healthCmd struct {
	settingsFlags
	Live bool `help:"Ask only whether the process answers, not whether it does its work."`
	JSON bool `help:"Print one JSON line."`
}

// healthTimeout is how long the service may take to answer a probe; it answers from memory.
const healthTimeout = 3 * time.Second

// maxHealth is the most that is read of an answer: a line for each check.
const maxHealth = 1 << 20

// Run asks the service of the same settings how it is, for health checks of containers that have nothing but this program.
func (c *healthCmd) Run(ctx context.Context, s *streams) error {
	settings, _, err := c.load()
	if err != nil {
		return err
	}
	probe, url := "ready", "http://"+local(settings.Admin.Listen)
	if c.Live {
		probe = "live"
		url += "/livez"
	} else {
		url += "/readyz?verbose"
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return usageError("admin.listen %q is no address: %w", settings.Admin.Listen, err)
	}
	if settings.Admin.Token != "" {
		req.Header.Set("Authorization", "Bearer "+settings.Admin.Token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("no answer from the service at admin.listen: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxHealth))
	if err != nil {
		return fmt.Errorf("reading the service's answer: %w", err)
	}
	ok, text := resp.StatusCode == http.StatusOK, strings.TrimRight(string(body), "\n")
	if c.JSON {
		err = json.NewEncoder(s.out).Encode(map[string]any{"probe": probe, "ok": ok, "checks": strings.Split(text, "\n")})
	} else {
		_, err = fmt.Fprintln(s.out, text)
	}
	if err == nil && !ok {
		return &exitError{code: exitFindings}
	}
	return err
}

// local gives the address at which this machine reaches a server that listens on an address, which may be all of them.
func local(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	switch ip := net.ParseIP(host); {
	case host == "", ip.Equal(net.IPv4zero):
		host = "127.0.0.1"
	case ip.Equal(net.IPv6unspecified):
		host = "::1"
	}
	return net.JoinHostPort(host, port)
}
