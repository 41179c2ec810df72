// Package cli holds the commands of assay, one file each. A command reads its flags, builds what it needs from the other
// packages, and turns errors into messages and exit codes; it holds no business rule.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// The exit codes of every command.
const (
	exitOK       = 0
	exitFindings = 1 // the command worked and found something: refused rows, a topic that lacks
	exitUsage    = 2 // flags, settings, files that do not fit together
	exitRuntime  = 3 // it could not be done
)

// exitError ends a command with a code. A nil err prints nothing.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func usageError(format string, args ...any) error {
	return &exitError{code: exitUsage, err: fmt.Errorf(format, args...)}
}

// streams are the process's own, so that tests can give others.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// commands is the command line.
type commands struct {
	Demo    demoCmd    `cmd:"" help:"Run the whole pipeline on an embedded broker with a sample, and show what comes out."`
	Score   scoreCmd   `cmd:"" help:"Score CSV files or standard input."`
	Run     runCmd     `cmd:"" help:"Run the service: feeds from Kafka to Kafka, exactly once."`
	Load    loadCmd    `cmd:"" help:"Put files into a topic as chunks of whole rows, each with the header."`
	Topics  topicsCmd  `cmd:"" help:"Check or create the topics that the settings need."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// Main runs the command line and gives the exit code.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	s := &streams{in: stdin, out: stdout, err: stderr}
	var c commands
	exited := -1
	parser, err := kong.New(&c,
		kong.Name("assay"),
		kong.Description("assay reads CSV chunks from Kafka, validates and scores them, and publishes the results exactly once.\n\nTry it: assay demo"),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exited = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Help(help),
	)
	if err != nil {
		fmt.Fprintln(stderr, "assay:", err)
		return exitRuntime
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if exited >= 0 { // help was asked for
		return exited
	}
	if err != nil {
		fmt.Fprintf(stderr, "assay: %v\n", err)
		fmt.Fprintf(stderr, "try: assay %s--help\n", commandOf(args))
		return exitUsage
	}
	ctx, stop := interruptible()
	defer stop()
	return exitCode(k.Run(ctx, s), stderr)
}

// commandOf gives the command that args begin with, for the hint after a usage error.
func commandOf(args []string) string {
	for _, name := range []string{"demo", "score", "run", "load", "topics", "version"} {
		if args[0] == name {
			return name + " "
		}
	}
	return ""
}

func exitCode(err error, stderr io.Writer) int {
	var e *exitError
	var settings *settingsError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &settings):
		fmt.Fprintln(stderr, settings)
		return exitUsage
	case errors.As(err, &e):
		if e.err != nil {
			fmt.Fprintf(stderr, "assay: %v\n", e.err)
		}
		return e.code
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "assay: interrupted")
		return exitRuntime
	case errors.Is(err, syscall.EPIPE):
		return exitOK // the reader has had enough
	}
	fmt.Fprintf(stderr, "assay: %v\n", err)
	return exitRuntime
}

// interrupted is the context of a command: it ends at the first Ctrl-C or SIGTERM; a second one ends the process at once.
type interrupted struct{ context.Context }

func interruptible() (*interrupted, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		select {
		case <-signals:
			cancel()
		case <-done:
			return
		}
		select {
		case <-signals:
			fmt.Fprintln(os.Stderr, "assay: ended at once by a second signal")
			os.Exit(exitRuntime)
		case <-done:
		}
	}()
	return &interrupted{ctx}, func() { signal.Stop(signals); close(done); cancel() }
}
