package cli

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"time"
	"unicode/utf8"

	"golang.org/x/term"
)

// liveLine is a line on a terminal that is written over again and again.
type liveLine struct {
	w     io.Writer
	file  *os.File // the terminal behind w
	shown bool
}

// show replaces the line. It is cut to the terminal's width, because a line that wraps cannot be written over.
func (l *liveLine) show(text string) {
	if width, _, err := term.GetSize(int(l.file.Fd())); err == nil && width > 1 && utf8.RuneCountInString(text) >= width {
		text = string([]rune(text)[:width-1])
	}
	fmt.Fprintf(l.w, "\r\x1b[K%s", text)
	l.shown = true
}

// clear takes the line away.
func (l *liveLine) clear() {
	if l.shown {
		fmt.Fprint(l.w, "\r\x1b[K")
		l.shown = false
	}
}

// meter shows on a terminal how far a long work is. Elsewhere, and as its zero value, it shows nothing.
type meter struct {
	line  *liveLine
	began time.Time
	last  time.Time
}

// Nothing is shown of a work that is done sooner, and nothing more often.
const (
	progressAfter = 300 * time.Millisecond
	progressEvery = 100 * time.Millisecond
)

func newMeter(s *streams) meter {
	if !isTerminal(s.errFile) {
		return meter{}
	}
	return meter{line: &liveLine{w: s.err, file: s.errFile}, began: time.Now()}
}

// show refreshes the line now and then with what text says of a work that has taken so long.
func (m *meter) show(text func(took time.Duration) string) {
	if m.line == nil {
		return
	}
	now := time.Now()
	if now.Sub(m.last) < progressEvery || now.Sub(m.began) < progressAfter {
		return
	}
	m.last = now
	m.line.show(text(now.Sub(m.began)))
}

// done takes the line away.
func (m *meter) done() {
	if m.line != nil {
		m.line.clear()
	}
}

// progress shows how far a work over files is.
type progress struct {
	meter
	total int64 // bytes on the disk of all files; 0 when one has no size
	base  int64 // bytes of the files before
	file  *input
}

func newProgress(s *streams, files []string) *progress {
	p := &progress{meter: newMeter(s)}
	if p.line == nil {
		return p
	}
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() {
			p.total = 0
			break
		}
		p.total += info.Size()
	}
	return p
}

// begin says that the next file is read.
func (p *progress) begin(in *input) {
	if p.file != nil {
		p.base += p.file.raw.Load()
	}
	p.file = in
}

// show refreshes the line now and then; rows are those of all files.
func (p *progress) show(rows int64) {
	p.meter.show(func(took time.Duration) string { return progressText(rows, p.base+p.file.raw.Load(), p.total, took) })
}

// steps shows how far a work in steps of one kind is.
type steps struct {
	meter
	of   int64
	what string
}

func newSteps(s *streams, of int64, what string) *steps {
	return &steps{meter: newMeter(s), of: of, what: what}
}

// show refreshes the line now and then; done steps are behind us.
func (p *steps) show(done int64) {
	p.meter.show(func(took time.Duration) string { return stepsText(done, p.of, p.what, took) })
}

// stepsText says how far a work is that has done so many steps.
func stepsText(done, of int64, what string, took time.Duration) string {
	text := fmt.Sprintf("%s of %s, %s/s", thousands(done), count(of, what), thousands(perSecond(done, took.Seconds())))
	if done <= 0 {
		return text
	}
	return fmt.Sprintf("%s, %d %%, %s left", text, 100*done/of, timeLeft(took, done, of))
}

// timeLeft is how long the rest of a work takes at the rate of what is done.
func timeLeft(took time.Duration, done, total int64) time.Duration {
	return time.Duration(float64(took) * float64(total-done) / float64(done)).Round(time.Second)
}

// progressText says how far a work is that has read so many bytes of total, 0 when nobody knows.
func progressText(rows, read, total int64, took time.Duration) string {
	seconds := took.Seconds()
	text := fmt.Sprintf("%s, %s rows/s, %.0f MB/s", count(rows, "row"), thousands(perSecond(rows, seconds)), float64(read)/1e6/max(seconds, 1e-9))
	if total <= 0 || read <= 0 {
		return text
	}
	read = min(read, total) // the file has grown since
	return fmt.Sprintf("%s, %d %%, %s left", text, 100*read/total, timeLeft(took, read, total))
}

// perSecond gives the rate of n in so many seconds.
func perSecond(n int64, seconds float64) int64 { return int64(float64(n) / max(seconds, 1e-9)) }

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

// count writes "1 row" or "1,234 rows".
func count(n int64, what string) string {
	if n != 1 {
		what += "s"
	}
	return thousands(n) + " " + what
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

// short cuts text to n bytes, at a rune, and says so.
func short(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n] + "…"
}
