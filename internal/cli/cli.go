// Package cli holds the commands of assay, one file each. A command reads its flags, builds what it needs from the other
// packages, and turns errors into messages and exit codes; it holds no business rule.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/alecthomas/kong"

	"github.com/assay-dev/assay/internal/feed"
)

// The exit codes of every command.
const (
	exitOK       = 0
	exitFindings = 1 // the command worked and found something: refused rows, a topic that lacks
	exitUsage    = 2 // flags, settings, files that do not fit together
	exitRuntime  = 3 // it could not be done
	// exitPipe is what a shell sees of a filter that SIGPIPE has ended: whoever read the output has had enough.
	exitPipe = 128 + 13
)

// exitError ends a command with a code. A nil err prints nothing.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func usageError(format string, args ...any) error {
	return &exitError{code: exitUsage, err: fmt.Errorf(format, args...)}
}

// commands is the command line.
type commands struct {
	Demo       demoCmd       `cmd:"" help:"Run the whole pipeline on an embedded broker with a sample, and show what comes out."`
	Score      scoreCmd      `cmd:"" help:"Score CSV files, standard input or the last messages of a topic, publishing nothing."`
	Peek       peekCmd       `cmd:"" help:"Show how a CSV file is read: dialect, columns, types, first rows, problems."`
	Create     createCmd     `cmd:"" help:"Write a contract from a sample, or copy a feed pack out of the program."`
	Lint       lintCmd       `cmd:"" help:"Check contracts: what is wrong, at which line and column."`
	Fit        fitCmd        `cmd:"" help:"Make a scoring model from rows: synthetic persons, or your own."`
	Test       testCmd       `cmd:"" help:"Run the cases beside contracts."`
	Run        runCmd        `cmd:"" help:"Run the service: feeds from Kafka to Kafka, exactly once."`
	Health     healthCmd     `cmd:"" help:"Ask a running service how it is, as health checks of containers do."`
	Load       loadCmd       `cmd:"" help:"Put files into a topic as chunks of whole rows, each with the header."`
	Topics     topicsCmd     `cmd:"" help:"Check or create the topics that the settings need."`
	Inspect    inspectCmd    `cmd:"" help:"Print messages of a topic readably, whatever their format."`
	Offsets    offsetsCmd    `cmd:"" help:"Show where each feed stands, and move it."`
	Explain    explainCmd    `cmd:"" help:"Explain an error code: meaning, cure, when to try again, and how each dialect says it."`
	Broker     brokerCmd     `cmd:"" help:"Run the embedded broker by itself, for try-outs."`
	Completion completionCmd `cmd:"" help:"Print the script that completes assay's words in a shell."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
}

// Main runs the command line and gives the exit code. It takes over the process's signals.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ignoreBrokenPipes()
	s := newStreams(stdin, stdout, stderr)
	var c commands
	exited := -1
	parser, err := kong.New(&c,
		kong.Name("assay"),
		kong.Description("assay reads CSV chunks from Kafka, validates and scores them, and publishes the results exactly once.\n\nTry it: assay demo"),
		kong.Writers(s.out, s.err),
		kong.Exit(func(code int) { exited = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Help(help),
	)
	if err != nil {
		fmt.Fprintln(s.err, "assay:", err)
		return exitRuntime
	}
	if len(args) > 0 && args[0] == completeWord {
		return exitCode(printCandidates(s.out, parser.Model, args[1:]), s.err)
	}
	args = habitual(args)
	k, err := parser.Parse(args)
	switch {
	case exited >= 0: // help was asked for
		return exited
	case errors.Is(err, errReaderGone):
		return exitPipe
	case err != nil:
		fmt.Fprintf(s.err, "assay: %v\ntry: assay %s--help\n", err, commandOf(args))
		return exitUsage
	}
	ctx, stop := interruptible(s.err, k.Command() != "run") // a service reads its files again instead
	defer stop()
	k.BindTo(ctx, (*context.Context)(nil))
	return exitCode(k.Run(s), s.err)
}

// names are the commands, for the hint after a usage error.
var names = []string{"demo", "score", "peek", "create", "lint", "fit", "test", "run", "health", "load", "topics", "inspect", "offsets", "explain", "broker", "completion", "version"}

// habitual puts what people are used to type into the words of this command line.
func habitual(args []string) []string {
	switch {
	case len(args) == 0:
		return []string{"--help"}
	case args[0] == "help":
		return append(slices.Clone(args[1:]), "--help")
	case args[0] == "--version":
		return append([]string{"version"}, args[1:]...)
	}
	return args
}

// commandOf gives the command that args begin with and a space, or nothing.
func commandOf(args []string) string {
	if slices.Contains(names, args[0]) {
		return args[0] + " "
	}
	return ""
}

// exitCode prints what went wrong, if anything did, and gives the exit code for it.
func exitCode(err error, stderr io.Writer) int {
	var settings *settingsError
	var problems feed.Problems
	var exit *exitError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errReaderGone):
		return exitPipe
	case errors.As(err, &settings):
		fmt.Fprintln(stderr, settings)
		return exitUsage
	case errors.As(err, &problems):
		for _, p := range problems {
			fmt.Fprint(stderr, p.Show())
		}
		return exitUsage
	case errors.As(err, &exit):
		if exit.err != nil {
			fmt.Fprintf(stderr, "assay: %v\n", exit.err)
		}
		return exit.code
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "assay: interrupted")
		return exitRuntime
	}
	fmt.Fprintf(stderr, "assay: %v\n", err)
	return exitRuntime
}
