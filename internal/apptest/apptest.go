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
	"slices"
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
	return Start(t, exec.Command(Binary(t), append([]string{"run", "-c", path}, args...)...))
}

// Start starts a command, with what it writes as the process's log. It is killed when the test ends.
func Start(t testing.TB, cmd *exec.Cmd) *Process {
	t.Helper()
	p := &Process{t: t, cmd: cmd, done: make(chan struct{})}
	if cmd.Env == nil {
		cmd.Env = Environ()
	}
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout = cmd.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go p.read(out)
	t.Cleanup(p.Kill)
	return p
}

// Environ is the environment without assay's settings, among which the test's own variables would be unknown, and with more.
func Environ(more ...string) []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "ASSAY_") })
	return append(env, more...)
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

// StopLimit is how long a process may take to end after SIGTERM or Ctrl-C, whatever it is doing.
const StopLimit = 10 * time.Second

// Stop sends SIGTERM and gives the exit code.
func (p *Process) Stop() int {
	p.t.Helper()
	p.Signal(syscall.SIGTERM)
	return p.Exit(StopLimit)
}

// Signal sends a signal.
func (p *Process) Signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatalf("%v: %v", s, err)
	}
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

// Log gives what the process has written.
func (p *Process) Log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.log, "\n")
}

// UntilLogged waits until the process has logged a line that contains text.
func (p *Process) UntilLogged(text string) {
	p.t.Helper()
	p.until("a log with "+text, func() bool { return strings.Contains(p.Log(), text) })
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
	last := ""
	p.until(what, func() bool {
		status, body, err := p.Get(path)
		last = fmt.Sprintf("%s: %d %s %v", path, status, body, err)
		return err == nil && is(status, body)
	}, &last)
}

// until asks again and again until is gives true. It fails the test when the process ends first, or after longer than anything
// takes; more is said then.
func (p *Process) until(what string, is func() bool, more ...*string) {
	p.t.Helper()
	fail := func(why string) {
		p.t.Helper()
		for _, m := range more {
			why += "\n" + *m
		}
		p.t.Fatalf("%s: %s\n%s", what, why, p.Log())
	}
	for deadline := time.Now().Add(30 * time.Second); !is(); time.Sleep(10 * time.Millisecond) {
		select {
		case <-p.done:
			fail("the process has ended before")
		default:
		}
		if time.Now().After(deadline) {
			fail("not within 30 s")
		}
	}
}
