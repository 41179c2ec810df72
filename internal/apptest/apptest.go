// Package apptest starts the built binary as a process and judges it from outside: by topics, exit code and metrics. It holds
// the harness; the tests are beside it.
package apptest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var built struct {
	once sync.Once
	path string
	err  error
}

// Binary builds cmd/assay once for all tests of the process and gives its path.
func Binary(t testing.TB) string {
	t.Helper()
	built.once.Do(func() {
		dir, err := os.MkdirTemp("", "assay-apptest-")
		if err != nil {
			built.err = err
			return
		}
		built.path = filepath.Join(dir, "assay")
		out, err := exec.Command("go", "build", "-o", built.path, "github.com/assay-dev/assay/cmd/assay").CombinedOutput()
		if err != nil {
			built.err = fmt.Errorf("%w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatalf("building assay: %v", built.err)
	}
	return built.path
}

// Clean removes what Binary has made; TestMain calls it.
func Clean() {
	if built.path != "" {
		_ = os.RemoveAll(filepath.Dir(built.path)) // a temporary folder
	}
}

// Process is a running assay.
type Process struct {
	t     testing.TB
	cmd   *exec.Cmd
	done  chan struct{}
	err   error
	mu    sync.Mutex
	admin string
	log   []string
}

// Run starts `assay run` with settings in YAML. The process is killed when the test ends.
func Run(t testing.TB, settings string, args ...string) *Process {
	t.Helper()
	path := filepath.Join(t.TempDir(), "assay.yaml")
	if err := os.WriteFile(path, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &Process{t: t, done: make(chan struct{})}
	p.cmd = exec.Command(Binary(t), append([]string{"run", "-c", path}, args...)...)
	p.cmd.Env = append(os.Environ(), "ASSAY_REQUIRE=")
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go p.read(stderr)
	t.Cleanup(p.Kill)
	return p
}

var adminAddr = regexp.MustCompile(`"?admin"?[=:]"?(http://[0-9.:]+)`)

// read keeps the log and finds the admin server's address in it.
func (p *Process) read(r io.Reader) {
	defer close(p.done)
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		p.mu.Lock()
		p.log = append(p.log, s.Text())
		if m := adminAddr.FindStringSubmatch(s.Text()); m != nil && p.admin == "" {
			p.admin = m[1]
		}
		p.mu.Unlock()
	}
	p.err = p.cmd.Wait()
}

// Kill ends the process with SIGKILL and waits for it. It may be called again.
func (p *Process) Kill() {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Errorf("kill: %v", err)
	}
	<-p.done
}

// Stop sends SIGTERM and gives the exit code.
func (p *Process) Stop() int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatalf("SIGTERM: %v", err)
	}
	return p.Exit(15 * time.Second)
}

// Exit waits for the process to end by itself and gives the exit code.
func (p *Process) Exit(limit time.Duration) int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(limit):
		p.t.Fatalf("the process does not end within %s:\n%s", limit, p.Log())
	}
	return p.cmd.ProcessState.ExitCode()
}

// Log gives what the process has written to standard error.
func (p *Process) Log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.log, "\n")
}

// Get fetches a path of the admin server.
func (p *Process) Get(path string) (status int, body string, err error) {
	p.mu.Lock()
	admin := p.admin
	p.mu.Unlock()
	if admin == "" {
		return 0, "", errors.New("the admin server has not started")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, admin+path, nil)
	if err != nil {
		return 0, "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

// Until asks for a path again and again until is gives true for the answer.
func (p *Process) Until(what, path string, is func(status int, body string) bool) {
	p.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		status, body, err := p.Get(path)
		if err == nil && is(status, body) {
			return
		}
		select {
		case <-p.done:
			p.t.Fatalf("the process has ended while the test waited for %s:\n%s", what, p.Log())
		default:
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("not within 30 s: %s; last answer of %s: %d %s %v\n%s", what, path, status, body, err, p.Log())
		}
		time.Sleep(10 * time.Millisecond)
	}
}
