package cli

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"golang.org/x/term"

	"github.com/assay-dev/assay/internal/flow"
)

// isTerminal reports whether r or w is a terminal.
func isTerminal(f any) bool {
	file, ok := f.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// progress is a line on a terminal that shows how far a long work is. Elsewhere it shows nothing.
type progress struct {
	w     io.Writer
	total int64 // bytes on the disk of all files; 0 when one has no size
	began time.Time
	last  time.Time
	shown bool
	base  int64 // bytes of the files before
	file  *input
}

func newProgress(s *streams, files []string) *progress {
	p := &progress{began: time.Now()}
	if !isTerminal(s.err) {
		return p
	}
	p.w = s.err
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() {
			p.total = 0
			return p
		}
		p.total += info.Size()
	}
	return p
}

// show refreshes the line, at most ten times a second.
func (p *progress) show(sum *summary, c *flow.Counts, in *input) {
	if p.w == nil {
		return
	}
	now := time.Now()
	if now.Sub(p.last) < 100*time.Millisecond || now.Sub(p.began) < 300*time.Millisecond {
		return
	}
	p.last, p.shown = now, true
	if p.file != in {
		if p.file != nil {
			p.base += p.file.raw.n
		}
		p.file = in
	}
	rows := sum.Rows + c.Rows
	read := p.base + in.raw.n
	seconds := now.Sub(p.began).Seconds()
	left := ""
	if p.total > 0 && read > 0 {
		left = fmt.Sprintf(", %d %%, %s left", 100*read/p.total, duration(seconds*float64(p.total-read)/float64(read)))
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s rows, %s rows/s, %.0f MB/s%s", thousands(rows), thousands(int64(float64(rows)/seconds)), float64(read)/1e6/seconds, left)
}

// done takes the line away.
func (p *progress) done() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}

// thousands writes n with commas.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	from := 1
	if n < 0 {
		from = 2
	}
	for i := len(s) - 3; i >= from; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// duration writes seconds as people read them.
func duration(seconds float64) string {
	switch d := time.Duration(seconds * float64(time.Second)); {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(100 * time.Millisecond).String()
	default:
		return d.Round(time.Second).String()
	}
}
