package apptest

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sys/unix"

	"github.com/assay-dev/assay/internal/census"
)

// terminal is a pseudo terminal with a command in it, and a screen of endless height on which nothing may wrap.
type terminal struct {
	t       *testing.T
	cmd     *exec.Cmd
	keys    *os.File
	columns int
	done    chan struct{}

	mu     sync.Mutex
	raw    bytes.Buffer
	screen [][]rune
	at     int // column in the last line
	widest int
}

// open runs assay in a terminal of so many columns.
func open(t *testing.T, columns int, args ...string) *terminal {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("needs a pseudo terminal: %v", err)
	}
	if err := unix.IoctlSetPointerInt(int(keys.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(keys.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(int(keys.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: uint16(columns)}); err != nil {
		t.Fatal(err)
	}
	tty, err := os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	x := &terminal{t: t, keys: keys, columns: columns, done: make(chan struct{}), screen: make([][]rune, 1)}
	x.cmd = exec.Command(Binary(t), args...)
	x.cmd.Env = Environ()
	x.cmd.Stdin, x.cmd.Stdout, x.cmd.Stderr = tty, tty, tty
	x.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := x.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	go x.show()
	t.Cleanup(func() {
		_ = x.cmd.Process.Kill() // it has ended, as a rule
		<-x.done
		keys.Close()
	})
	return x
}

// show draws what the command writes, until it has closed the terminal.
func (x *terminal) show() {
	defer close(x.done)
	in := bufio.NewReader(io.TeeReader(x.keys, &x.raw))
	for {
		r, _, err := in.ReadRune()
		if err != nil {
			return
		}
		escape := ""
		if r == '\x1b' {
			if escape, err = in.ReadString('K'); err != nil { // the only one that assay writes; another is garbage on this screen
				return
			}
		}
		x.mu.Lock()
		line := &x.screen[len(x.screen)-1]
		switch {
		case escape != "":
			*line = append((*line)[:x.at], []rune(strings.TrimSuffix(escape, "[K"))...)
		case r == '\r':
			x.at = 0
		case r == '\n':
			x.screen = append(x.screen, nil)
		default:
			*line = append((*line)[:x.at], append([]rune{r}, (*line)[min(x.at+1, len(*line)):]...)...)
			x.at++
			x.widest = max(x.widest, len(*line))
		}
		x.mu.Unlock()
	}
}

// lines are what stands on the screen.
func (x *terminal) lines() (all []string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, line := range x.screen {
		all = append(all, string(line))
	}
	return all
}

// until waits until a line on the screen matches.
func (x *terminal) until(pattern string) {
	x.t.Helper()
	want := regexp.MustCompile(pattern)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		for _, line := range x.lines() {
			if want.MatchString(line) {
				return
			}
		}
		if time.Now().After(deadline) {
			x.t.Fatalf("not within 30 s: %s\n%s", pattern, strings.Join(x.lines(), "\n"))
		}
	}
}

// end waits for the command to end and gives its exit code.
func (x *terminal) end() int {
	x.t.Helper()
	select {
	case <-x.done:
	case <-time.After(time.Minute):
		x.t.Fatalf("it does not end\n%s", strings.Join(x.lines(), "\n"))
	}
	_ = x.cmd.Wait() // the exit code says it
	if x.widest > x.columns {
		x.t.Errorf("a line of %d columns on a terminal of %d\n%s", x.widest, x.columns, strings.Join(x.lines(), "\n"))
	}
	return x.cmd.ProcessState.ExitCode()
}

const ctrlC = "\x03"

// TestDemoOnATerminal: one line moves while the work goes on, and every line fits.
func TestDemoOnATerminal(t *testing.T) {
	x := open(t, 80, "demo", "--rows", "1000000")
	x.until(`^[0-9,]+ rows scored, [0-9,]+ rows/s, [0-9]+ MB/s in, lag [0-9]+ chunks?$`)
	if code := x.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	moving := 0
	for _, line := range x.lines() {
		if strings.Contains(line, "rows/s") {
			moving++
		}
	}
	if moving != 1 {
		t.Errorf("%d lines tell of the progress, at the end one should be left\n%s", moving, strings.Join(x.lines(), "\n"))
	}
	if n := bytes.Count(x.raw.Bytes(), []byte("\r\x1b[K")); n < 2 {
		t.Errorf("the line has moved %d times", n)
	}
}

// TestInterruptOnATerminal: Ctrl-C leaves the screen in order and no half files behind.
func TestInterruptOnATerminal(t *testing.T) {
	x := open(t, 80, "demo", "--rows", "100000000")
	x.until(`^[1-9][0-9,]* rows scored, `)
	if _, err := x.keys.WriteString(ctrlC); err != nil {
		t.Fatal(err)
	}
	if code, last := x.end(), x.lines(); code != 3 || len(last) < 3 || last[len(last)-2] != "assay: interrupted" || strings.Contains(strings.Join(last, ""), "rows/s") {
		t.Errorf("exit code %d\n%s", code, strings.Join(last, "\n"))
	}

	dir := t.TempDir()
	people, out := filepath.Join(dir, "people.csv.zst"), filepath.Join(dir, "out.csv")
	if err := os.WriteFile(people, manyPeople(t), 0o600); err != nil {
		t.Fatal(err)
	}
	x = open(t, 80, "score", people, "-o", out, "--dead", filepath.Join(dir, "dead.csv"))
	x.until(`^[0-9,]+ rows, [0-9,]+ rows/s, [0-9]+ MB/s, [0-9]+ %, [0-9]+s left$`)
	if _, err := x.keys.WriteString(ctrlC); err != nil {
		t.Fatal(err)
	}
	if code, last := x.end(), x.lines(); code != 3 || len(last) != 2 || last[0] != "assay: interrupted" {
		t.Errorf("exit code %d\n%s", code, strings.Join(last, "\n"))
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 1 {
		t.Errorf("this is left: %v", left)
	}
}

// manyPeople is a small file of 10 GB: frames of one row that repeats. No machine has scored it before a test has looked.
func manyPeople(t *testing.T) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	g := census.New(1, census.Options{})
	file := z.EncodeAll(g.Header(), nil)
	row := g.Append(nil, 1)
	frame := z.EncodeAll(bytes.Repeat(row, 4<<20/len(row)), nil)
	return append(file, bytes.Repeat(frame, 2500)...)
}
