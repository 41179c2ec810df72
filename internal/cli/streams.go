package cli

import (
	"errors"
	"io"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/term"
)

// streams are the process's own, so that tests can give others.
type streams struct {
	in       io.Reader
	out, err io.Writer
	// The files behind the streams, nil where a test gave something else.
	inFile, outFile, errFile *os.File
}

func newStreams(stdin io.Reader, stdout, stderr io.Writer) *streams {
	s := &streams{in: stdin, out: pipe{stdout}, err: pipe{stderr}}
	s.inFile, _ = stdin.(*os.File)
	s.outFile, _ = stdout.(*os.File)
	s.errFile, _ = stderr.(*os.File)
	return s
}

// isTerminal reports whether f is a terminal; nil is none.
func isTerminal(f *os.File) bool { return f != nil && term.IsTerminal(int(f.Fd())) }

// errReaderGone says that whoever read our output has gone. It is told apart from a broken connection to Kafka, for which
// the system has the same word.
var errReaderGone = errors.New("the reader of the output has gone")

// pipe is standard output or standard error.
type pipe struct{ w io.Writer }

func (p pipe) Write(b []byte) (int, error) {
	n, err := p.w.Write(b)
	if err != nil && isBrokenPipe(err) {
		err = errReaderGone
	}
	return n, err
}

func isBrokenPipe(err error) bool {
	if runtime.GOOS == "windows" {
		const brokenPipe, noData = syscall.Errno(109), syscall.Errno(232)
		return errors.Is(err, brokenPipe) || errors.Is(err, noData)
	}
	return errors.Is(err, syscall.EPIPE)
}
