package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// interruptible gives the context of a command: it ends at the first Ctrl-C, SIGTERM or, with hangup, loss of the terminal; a
// second signal ends the process at once.
func interruptible(stderr io.Writer, hangup bool) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	wanted := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if hangup && !signal.Ignored(syscall.SIGHUP) { // nohup's wish
		wanted = append(wanted, syscall.SIGHUP)
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, wanted...)
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
			fmt.Fprintln(stderr, "assay: ended at once by a second signal")
			os.Exit(exitRuntime)
		case <-done:
		}
	}()
	return ctx, func() { signal.Stop(signals); close(done); cancel() }
}

// ignoreBrokenPipes makes a write to a pipe without a reader fail instead of ending the process, so that files which are not
// complete are removed first, and so that the service goes on when nobody reads its log any more.
func ignoreBrokenPipes() { signal.Ignore(syscall.SIGPIPE) }

// onHangup calls do at each SIGHUP until ctx ends: a service's sign to read its files again.
func onHangup(ctx context.Context, do func()) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	for {
		select {
		case <-hangups:
			do()
		case <-ctx.Done():
			return
		}
	}
}
